"""Where Keras's files keep the weights of a layer, below the layer's own group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.formats.weights.order import class_name, number_nodes

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.base import Layer
    from shapecalc.layers.values import Inferred, Weight

_OWN_IN_CELL = ("LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
"""Types whose weights are those of a cell in Keras."""
_HEADS = {
    "query": "query_dense", "key": "key_dense", "value": "value_dense", "attention_output": "output_dense",
    "gate": "gate_dense",
}  # fmt: skip


class WantedLayer(NamedTuple):
    """A layer of a model that has weights: its path, its class and number in each model around it as in Keras's files,
    its weights by their path below it, and the place of each in the layer's group of the file.
    """

    path: str
    places: tuple[str, ...]
    weights: dict[str, Weight]
    kept: dict[str, str]


def list_wanted(report: Report) -> list[WantedLayer]:
    """The layers of a model that have weights, blocks opened, in Keras's order."""
    return list(_open(report.walk, "", ())) if report.walk is not None else []


def _open(walk: Walk, prefix: str, places: tuple[str, ...]) -> Iterator[WantedLayer]:
    for node, place in number_nodes(walk):
        inferred = walk.results[node.index]
        path = prefix + node.weights_of
        if inferred is None or node.layer is None:
            continue
        if inferred.walk is not None:
            yield from _open(inferred.walk, f"{path}/", (*places, place))
            continue
        weights = dict(inferred.all_weights())
        if weights:
            yield WantedLayer(path, (*places, place), weights, dict(place_weights(node.layer, inferred)))


def place_weights(layer: Layer, inferred: Inferred) -> Iterator[tuple[str, str]]:
    """Every weight by its path below a layer, with its place in the layer's group: `bias`, `vars/1`."""
    if inferred.walk is not None:
        for node, place in number_nodes(inferred.walk):
            within = inferred.walk.results[node.index]
            if within is not None and node.layer is not None:
                for path, kept in place_weights(node.layer, within):
                    yield f"{node.weights_of}/{path}", f"layers/{place}/{kept}"
        return
    own = "cell/" if layer.type_name in _OWN_IN_CELL else ""
    for number, weight in enumerate(inferred.weights):
        yield weight.name, f"{own}vars/{number}"
    normalized = layer.type_name == "SpectralNormalization"  # the first weight of the layer within is its own
    for part, (group, held) in zip(inferred.inner, _held(layer, inferred), strict=False):
        if part.reused:
            continue
        for path, kept in place_weights(held, part.inferred) if held is not None else _plain(part.inferred):
            yield f"{part.name}/{path}", f"{group}/{_move_up(kept) if normalized else kept}"


def _plain(inferred: Inferred) -> Iterator[tuple[str, str]]:
    for number, weight in enumerate(inferred.weights):
        yield weight.name, f"vars/{number}"


def _move_up(kept: str) -> str:
    """The place of a weight whose layer has another before it."""
    group, _, number = kept.rpartition("/")
    return f"{group}/{int(number) + 1}" if group == "vars" else kept


def _held(layer: Any, inferred: Inferred) -> list[tuple[str, Layer | None]]:
    """The layers within a layer, as its rule lists them, each with its group; None for one without layers in it."""
    kind = layer.type_name
    if kind == "Bidirectional":
        return [("forward_layer", layer.forward), ("backward_layer", layer.backward)]
    if kind == "RNN":
        return [("cell", layer.step)]
    if kind in ("StackedRNNCells", "Pipeline"):
        held = layer.cells if kind == "StackedRNNCells" else layer.layers
        return list(zip(_number("cells" if kind == "StackedRNNCells" else "layers", held), held, strict=True))
    if kind in ("MultiHeadAttention", "GroupQueryAttention"):
        private = "_" if kind == "GroupQueryAttention" else ""
        return [(private + _HEADS[part.name], None) for part in inferred.inner]
    return [("layer", layer.layer)] if inferred.inner else []


def _number(group: str, layers: Any) -> list[str]:
    """The groups of layers in a list: `cells/lstm_cell`, `cells/lstm_cell_1`."""
    counts: dict[str, int] = {}
    groups = []
    for layer in layers:
        name = class_name(layer.type_name)
        number = counts.get(name, 0)
        counts[name] = number + 1
        groups.append(f"{group}/{name}_{number}" if number else f"{group}/{name}")
    return groups
