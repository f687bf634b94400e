"""An ONNX file's model as layers, and the law that holds it to its nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Diagnostic, Fault, Span, note, shorten
from shapecalc.formats.onnx.lifting.folding import fold
from shapecalc.formats.onnx.lifting.net import Net
from shapecalc.formats.onnx.lifting.replacing import replace_patterns

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.formats.flat_model import FlatModel

_SHOWN = 8


def lift(flat: FlatModel, report_of: Callable[[FlatModel], Report]) -> FlatModel:
    """The model with sizes folded and patterns as layers; as it is where that would change any of its numbers.

    `report_of` analyses a flat model.
    """
    try:
        exact = report_of(flat)
        if not exact.ok or exact.walk is None:
            return flat
        lifted = lift_nodes(flat, exact)
        return lifted if agree(exact, report_of(lifted), lifted) else flat
    except Fault:
        return flat


def lift_nodes(flat: FlatModel, report: Report) -> FlatModel:
    """The lifted form of a model, of which `report` says the shapes."""
    net = Net(flat, report)
    fold(net)
    replace_patterns(net)
    lifted = net.flatten()
    if lifted.surplus:
        lifted.notes.append(_note_surplus(lifted.surplus, report.file))
    return lifted


def _note_surplus(surplus: dict[str, int], file: str) -> Diagnostic:
    """Says which layers have fewer numbers than the file, and why."""
    names = [shorten(name) for name in surplus]
    listed = ", ".join(names[:_SHOWN]) + ("" if len(names) <= _SHOWN else f" and {len(names) - _SHOWN} more")
    message = f"the file has {sum(surplus.values()):,} numbers more: two biases, of which {listed} "
    message += "has the sum" if len(names) == 1 else "have the sum"
    return note("SC616", message, Span(file, 0, 0, 0))


def agree(exact: Report, lifted: Report, flat: FlatModel) -> bool:
    """Whether two forms of a model give the same shapes and have the same parameters and MACs.

    `flat` is the lifted form, which says how many numbers its layers have less than the file.
    """
    return lifted.ok and _list_totals(exact) == _list_totals(lifted, sum(flat.surplus.values()))


def _list_totals(report: Report, surplus: int = 0) -> tuple[object, ...]:
    """Shapes and counts; a size that is not known is another one in each report, and so sizes are compared as text."""
    outputs = [(list(map(repr, tensor.shape)), tensor.dtype) for tensor in report.outputs.values()]
    return outputs, report.params + surplus, report.trainable + surplus, repr(report.macs)
