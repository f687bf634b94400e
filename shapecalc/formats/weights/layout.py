"""Where Keras's files keep the weights of a layer, below the layer's own group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from shapecalc.formats.weights.order import class_name, number_names, place_layers

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.base import Layer
    from shapecalc.layers.onnx.base import Operator
    from shapecalc.layers.values import Inferred, Weight

_OWNERS = dict.fromkeys(("LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), "cell/")
_OWNERS["TimeDistributedDense"] = "layer/"
"""The group of a layer's own weights, which in Keras are those of a layer within."""
_HEADS = {
    "query": "query_dense", "key": "key_dense", "value": "value_dense", "attention_output": "output_dense",
    "gate": "_gate_dense",
}  # fmt: skip


class WantedLayer(NamedTuple):
    """A layer of a model that has weights: its path, its class and number in each model around it as in Keras's files,
    its weights by their path below it, and the places of each in the layer's group of the file: two where Keras writes
    a weight twice, none where it does not.
    """

    path: str
    places: tuple[str, ...]
    weights: dict[str, Weight]
    kept: dict[str, tuple[str, ...]]


def list_wanted(report: Report, *, flat: bool = False) -> list[WantedLayer]:
    """The layers of a model that have weights, blocks opened, in Keras's order.

    A block is a model of its own, or with `flat` a part of the model.
    """
    return list(_open(report.walk, "", (), flat)) if report.walk is not None else []


def _open(walk: Walk, prefix: str, around: tuple[str, ...], flat: bool) -> Iterator[WantedLayer]:
    for path, place, layer, inferred in place_layers(walk, flat=flat):
        path, places = prefix + path, (*around, place)
        if inferred.walk is not None:
            yield from _open(inferred.walk, f"{path}/", places, flat)
        elif weights := dict(inferred.all_weights()):
            yield WantedLayer(path, places, weights, dict(place_weights(layer, inferred)))


def list_unsaid(report: Report) -> list[str]:
    """The paths of constants of ONNX's operators that are no weights, and whose numbers the model does not say."""
    return list(_list_unsaid(report.walk, "")) if report.walk is not None else []


def _list_unsaid(walk: Walk, prefix: str) -> Iterator[str]:
    for node, inferred in zip(walk.graph.nodes, walk.results, strict=False):
        if node.layer is None or inferred is None:
            continue
        path = f"{prefix}{node.weights_of}/"
        if node.layer.counts_call:
            yield from (path + name for name in cast("Operator", node.layer).list_unsaid())
        yield from _list_unsaid_within(inferred, path)


def _list_unsaid_within(inferred: Inferred, path: str) -> Iterator[str]:
    if inferred.walk is not None:
        yield from _list_unsaid(inferred.walk, path)
    for part in inferred.inner if inferred.walk is None else ():
        if not part.reused:
            yield from _list_unsaid_within(part.inferred, f"{path}{part.name}/")


def place_weights(layer: Layer, inferred: Inferred) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every weight by its path below a layer, with its places in the layer's group: `bias`, `vars/1`."""
    if inferred.walk is not None:
        for placed in place_layers(inferred.walk):
            for path, kept in place_weights(placed.layer, placed.inferred):
                yield f"{placed.path}/{path}", tuple(f"layers/{placed.place}/{place}" for place in kept)
        return
    own = _OWNERS.get(layer.type_name, "")
    normalizes = layer.type_name == "SpectralNormalization"  # its first weight is the first of the layer within
    for number, weight in enumerate(inferred.weights):
        copies = ("layer/vars/0",) if normalizes and number == 0 else ()
        yield weight.name, () if is_adapter(weight.name) else (f"{own}vars/{number}", *copies)
    for part, (group, held) in zip(inferred.inner, _held(layer, inferred), strict=False):
        if part.reused:
            continue
        for path, kept in place_weights(held, part.inferred) if held is not None else _plain(part.inferred):
            yield f"{part.name}/{path}", tuple(f"{group}/{_move_up(place) if normalizes else place}" for place in kept)


def is_adapter(path: str) -> bool:
    """Whether a weight is one of LoRA: Keras saves their product as part of the kernel, and loads none of them."""
    return path.rpartition("/")[2].startswith("lora_")


def _plain(inferred: Inferred) -> Iterator[tuple[str, tuple[str, ...]]]:
    for number, weight in enumerate(inferred.weights):
        yield weight.name, (f"vars/{number}",)


def _move_up(place: str) -> str:
    """The place of a weight whose layer has another before it."""
    group, _, number = place.rpartition("/")
    return f"{group}/{int(number) + 1}" if group == "vars" else place


def _held(layer: Any, inferred: Inferred) -> list[tuple[str, Layer | None]]:
    """The layers within a layer, as its rule lists them, each with its group; None for one without layers in it."""
    kind = layer.type_name
    if kind == "Bidirectional":
        return [("forward_layer", layer.forward), ("backward_layer", layer.backward)]
    if kind == "RNN":
        return [("cell", layer.step)]
    if kind in ("StackedRNNCells", "Pipeline"):
        group, held = ("cells", layer.cells) if kind == "StackedRNNCells" else ("layers", layer.layers)
        names = number_names(class_name(inner.type_name) for inner in held)
        return [(f"{group}/{name}", inner) for name, inner in zip(names, held, strict=True)]
    if kind in ("MultiHeadAttention", "GroupQueryAttention"):
        private = "_" if kind == "GroupQueryAttention" else ""
        groups = [_HEADS[part.name] for part in inferred.inner]
        return [(group if group.startswith("_") else private + group, None) for group in groups]
    if layer.counts_call:  # an operator that runs graphs, of which Keras has none
        return [(part.name, None if part.reused else getattr(layer, part.name)) for part in inferred.inner]
    return [("layer", layer.layer)] if inferred.inner else []
