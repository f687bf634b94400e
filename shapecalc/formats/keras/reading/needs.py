"""What stands in the way of a conversion: the layers that hold code, and what each would have to be replaced by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.analysis.code import list_code_layers
from shapecalc.diagnostics import Fault, Span, error, shorten
from shapecalc.dims import add_up
from shapecalc.formats.flat_model import FlatModel
from shapecalc.layers.opaque import Opaque, shape_text
from shapecalc.layers.values import Tensor
from shapecalc.model.feeds import flatten

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row

_LAYERS_OF_KERAS = "replace it, in Keras, by layers and functions of Keras that give these shapes"


def refuse_conversion(flat: FlatModel, report: Report) -> None:
    """Raises Fault with SC609 for all layers that hold code at once, and what would have to stand in their place.

    `report` is that of the spec with an entry for each call: it says what they are fed where nothing recorded it.
    """
    if flat.code is None:
        return
    rows = {id(layer.row.node.layer): layer.row for layer in list_code_layers(report)}
    findings = []
    for block, model in (*flat.blocks.items(), ("", flat)):
        for name, (type_name, _) in model.layers.items():
            layer = flat.code.layers.get(type_name)
            if layer is not None and layer.is_code:
                message = _need_of(layer, rows.get(id(layer)))
                findings.append((model, name, message, _LAYERS_OF_KERAS))
        for (where, node), code in flat.code.arguments.items():
            if where == block:
                name = model.calls[node - len(model.inputs)].layer
                findings.append((model, name, *_need_of_arguments(code)))
    raise Fault(
        *(
            error("SC609", message, Span(report.file, 0, 0, 0, model.places[name]), subject=name, help=help)
            for model, name, message, help in findings
        )
    )


def _need_of(layer: Opaque, row: Row | None) -> str:
    """What a layer that is all code would have to be replaced by."""
    fed = [] if row is None else [str(source.shape) for source in flatten(row.walk.feed_of(row.node), Tensor)]
    shapes = []
    for call in layer.calls:
        inputs = [shape_text(tensor.shape) for tensor in call.inputs]
        outputs = [shape_text(tensor.shape) for tensor in call.outputs]
        inputs = fed if len(layer.calls) == 1 and len(fed) == len(inputs) else inputs
        shapes.append(f"{_list_shapes(inputs)} -> {_list_shapes(outputs)}")
    held = add_up(weight.params for weight in layer.held or ())
    words = f", {held} parameters" if held != 0 else ""
    return f"{shorten(layer.owner)} is code, for which a spec has no word: {' and '.join(dict.fromkeys(shapes))}{words}"


def _need_of_arguments(code: dict[str, str]) -> tuple[str, str]:
    """What the arguments of a layer would have to be that hold code, and the way out."""
    words = " and ".join(f"`{argument}` is {shorten(owner)}" for argument, owner in code.items())
    help = "take one of Keras's own, in Keras, or leave it out and put what it does after the layer, as Keras's layers"
    if not any(argument.endswith("activation") for argument in code):
        help = (
            "take one of Keras's own, in Keras, or leave it out: no shape, no count and no trained weight depends on it"
        )
    return f"{words}: code, for which a spec has no word", help


def _list_shapes(shapes: list[str]) -> str:
    """Shapes as Keras prints them, several in brackets."""
    return shapes[0] if len(shapes) == 1 else f"[{', '.join(shapes)}]"
