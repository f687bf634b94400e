"""An ONNX file's model as layers, and the law that holds it to its nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Diagnostic, Fault, Span, note, shorten
from shapecalc.formats.onnx.lifting.exact import Exact, infer_nodes, read_walk
from shapecalc.formats.onnx.lifting.folding import fold
from shapecalc.formats.onnx.lifting.net import Net
from shapecalc.formats.onnx.lifting.replacing import replace_patterns
from shapecalc.formats.onnx.lifting.rolling import roll_up

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.dims import Size
    from shapecalc.formats.flat_model import FlatModel
    from shapecalc.layers.values import Tensor

_SHOWN = 8


def lift(flat: FlatModel, report_of: Callable[[FlatModel], Report], file: str = "model.onnx") -> FlatModel:
    """The model with sizes folded and patterns as layers; as it is where that would change any of its numbers.

    `report_of` analyses a flat model, `file` is what findings call it.
    """
    try:
        exact = _infer(flat, report_of)
        if exact is None:
            return flat
        lifted = lift_nodes(flat, exact, file)
        return lifted if agree(flat, exact, lifted, report_of(lifted)) else flat
    except Fault:
        return flat


def _infer(flat: FlatModel, report_of: Callable[[FlatModel], Report]) -> Exact | None:
    """What the nodes give; None where one is refused. Graphs within the model are walked as blocks of a spec."""
    if not flat.blocks:
        return infer_nodes(flat)
    report = report_of(flat)
    return read_walk(flat, report.walk) if report.ok and report.walk is not None else None


def lift_nodes(flat: FlatModel, exact: Exact, file: str) -> FlatModel:
    """The lifted form of a model, of whose nodes `exact` was inferred."""
    net = Net(flat, exact)
    fold(net)
    roll_up(net)
    replace_patterns(net)
    lifted = net.flatten()
    lifted.notes += _list_surplus(lifted, file)
    return lifted


def _list_surplus(lifted: FlatModel, file: str) -> list[Diagnostic]:
    """Says which layers have fewer numbers than the file, and why."""
    constants = [name for name in lifted.surplus if lifted.layers[name][0] == "MultiHeadAttention"]
    biases = [name for name in lifted.surplus if name not in constants]
    notes = []
    for names, words, ending in (
        (biases, "two biases, of which", "has the sum|have the sum"),
        (constants, "constants that", "has not|have not"),
    ):
        if names:
            count = sum(lifted.surplus[name] for name in names)
            listed = ", ".join(map(shorten, names[:_SHOWN]))
            listed += "" if len(names) <= _SHOWN else f" and {len(names) - _SHOWN} more"
            numbers = f"{count:,} number{'s' * (count > 1)} more"
            message = f"the file has {numbers}: {words} {listed} {ending.split('|')[len(names) > 1]}"
            notes.append(note("SC616", message, Span(file, 0, 0, 0)))
    return notes


def agree(flat: FlatModel, exact: Exact, lifted: FlatModel, report: Report) -> bool:
    """Whether a lifted model, of which there is a report, has the shapes, parameters and MACs of its nodes.

    It says itself how many numbers its layers have less than the file. A size that is not known is another one in each
    of the two, and so sizes are compared as text.
    """
    if not report.ok:
        return False
    nodes = [exact.tensor(source) for source in flat.outputs.values()], exact.params, exact.trainable, exact.macs
    surplus = sum(lifted.surplus.values())
    layers = report.outputs.values(), report.params + surplus, report.trainable + surplus, report.macs
    return _write_totals(*nodes) == _write_totals(*layers)


def _write_totals(outputs: Iterable[Tensor], params: Size, trainable: Size, macs: Size) -> tuple[object, ...]:
    """Shapes and counts as texts."""
    return [(list(map(repr, tensor.shape)), tensor.dtype) for tensor in outputs], params, trainable, repr(macs)
