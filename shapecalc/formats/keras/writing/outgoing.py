"""What becomes of a model on its way to Keras: what Keras cannot build is refused, what it leaves out is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Diagnostic, Fault, note
from shapecalc.dims import Dim, symbols
from shapecalc.formats.flat_model import FlatModel, flatten, refusal
from shapecalc.formats.keras.stand_ins import list_unused

OPERATORS = "onnx."
"""What the names of ONNX's operators begin with."""

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.values import Inferred


def prepare(report: Report) -> tuple[FlatModel, list[Diagnostic]]:
    """The model laid flat, and notes on the layers that Keras leaves out. Raises Fault with SC609."""
    check_report(report)
    flat = flatten(report)
    return flat, note_unused(flat)


def note_unused(flat: FlatModel) -> list[Diagnostic]:
    """Notes on the layers that lead to no output."""
    message = "leads to no output of the model, and Keras leaves it out with its weights"
    return [note("SC303", message, subject=name) for name in list_unused(flat)]


def check_report(report: Report) -> None:
    """Raises Fault for a report of what is no model, or none that Keras can build."""
    if report.walk is None:
        raise Fault(*report.diagnostics)
    if not report.inputs:
        raise refusal("Keras makes no model that has no input", report.name)
    refuse_unbuilt(report.walk)


def refuse_unbuilt(walk: Walk, path: str = "") -> None:
    """Raises Fault with SC609 for a layer that Keras cannot build: its arguments and weights must be numbers."""
    for node, inferred in zip(walk.graph.nodes, walk.results, strict=True):
        if node.entry is None or node.layer is None or inferred is None:
            continue
        own = f"{path}{node.name}"
        if node.layer.type_name.startswith(OPERATORS):
            help = "`--to yaml` keeps it, and so do `--to dot`, `mermaid` and `svg`"
            raise refusal(f"Keras has no layer for the operator {node.layer.type_name}", own, help)
        for name in type(node.layer).args:
            formula = _find_formula(node.layer.__dict__.get(name))
            if formula is not None:
                raise _refusal(f"`{name}` of {node.layer.type_name} is the formula {formula}", own, formula)
        _refuse_weights(inferred, own)
        if inferred.walk is not None:
            refuse_unbuilt(inferred.walk, f"{own}/")


def _refuse_weights(inferred: Inferred, path: str) -> None:
    """Raises Fault for a weight whose shape holds a formula."""
    for weight in inferred.weights:
        formula = _find_formula(weight.shape)
        if formula is not None:
            raise _refusal(f"the shape of its `{weight.name}` depends on {formula}", path, formula)
    for part in inferred.inner if inferred.walk is None else ():
        _refuse_weights(part.inferred, f"{path}/{part.name}")


def _refusal(message: str, path: str, formula: Dim) -> Exception:
    name = min(symbols(formula), default="")
    return refusal(message, path, f"give its symbols values: `--set {name}=8`" if name else "give the input a size")


def _find_formula(value: Any) -> Dim | None:
    """A formula in the value of an argument, or in a shape."""
    if isinstance(value, Dim):
        return value
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return next((found for item in items if (found := _find_formula(item)) is not None), None)
