"""How PyTorch counts the parameters of each layer where that differs from Keras, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.dims import Size, add_up, unrecorded
from shapecalc.layers.base import Layer
from shapecalc.layers.opaque import Opaque
from shapecalc.layers.recurrent import GRU, LSTM, GRUCell, LSTMCell, SimpleRNN, SimpleRNNCell

if TYPE_CHECKING:
    from shapecalc.analysis.report import Row
    from shapecalc.layers.values import Inferred, Weight

SECOND_BIAS = "PyTorch adds a second bias to the product with the state (bias_hh)"
SECOND_BIAS_GRU = "PyTorch's GRU resets after the product, and so has a second bias (bias_hh)"
CODE = "what PyTorch would count of code is not known"
BUFFERS = "moving_mean and moving_variance are buffers in PyTorch, not parameters"

_BUFFERS = ("moving_mean", "moving_variance")
_RECURRENT = (LSTM, GRU, SimpleRNN, LSTMCell, GRUCell, SimpleRNNCell)


class Difference(NamedTuple):
    """How many parameters PyTorch counts more (or fewer) than Keras, in how many layers, and why.

    `formula` is the difference in the layer's arguments, where it is one layer.
    """

    params: Size
    formula: str
    why: str
    layers: int = 1


class Comparison(NamedTuple):
    """A row's parameters by both conventions; `buffers` are those that PyTorch keeps apart."""

    row: Row
    params: Size
    differences: tuple[Difference, ...]
    buffers: Size

    @property
    def torch_params(self) -> Size:
        return add_up((self.params, *(difference.params for difference in self.differences)))


def compare_conventions(rows: list[Row]) -> list[Comparison]:
    """Each row with the parameters that PyTorch would count."""
    return [_compare_row(row) for row in rows]


def _compare_row(row: Row) -> Comparison:
    single = [] if row.reused or row.node.layer is None else list(_list_differences(row.node.layer, row.inferred))
    differences = tuple(
        _merge([difference for difference in single if difference.why == why])
        for why in dict.fromkeys(each.why for each in single)
    )
    buffers = -add_up(difference.params for difference in differences if difference.why == BUFFERS)
    return Comparison(row, row.params, differences, buffers)


def _merge(differences: list[Difference]) -> Difference:
    """One difference in place of several for the same reason."""
    if len(differences) == 1:
        return differences[0]
    return Difference(add_up(difference.params for difference in differences), "", differences[0].why, len(differences))


def _list_differences(layer: Layer, inferred: Inferred) -> Iterator[Difference]:
    """The differences of a layer and of those within it that have weights of their own."""
    if isinstance(layer, Opaque) and inferred.weights:
        yield Difference(unrecorded(1)[0], "", CODE)
    if isinstance(layer, _RECURRENT):
        yield from _count_second_bias(layer, inferred)
    yield from _count_buffers(inferred.weights)
    for inner_layer, part in _list_inner(layer, inferred):
        yield from _list_differences(inner_layer, part)


def _count_second_bias(layer: Layer, inferred: Inferred) -> Iterator[Difference]:
    """The second bias of a recurrent layer: PyTorch has one for the input and one for the state, Keras one for both."""
    bias = next((weight for weight in inferred.weights if weight.name == "bias"), None)
    if bias is None or len(bias.shape) == 2:
        # A GRU of Keras that resets after the product has both as rows of one weight.
        return
    gates: int = layer.gates  # type: ignore[attr-defined]  # every recurrent layer says how many it has
    formula = "units" if gates == 1 else f"{gates}*units"
    yield Difference(bias.params, formula, SECOND_BIAS_GRU if isinstance(layer, (GRU, GRUCell)) else SECOND_BIAS)


def _count_buffers(weights: tuple[Weight, ...]) -> Iterator[Difference]:
    """The moving statistics of batch normalization: weights in Keras, buffers in PyTorch."""
    held = [weight for weight in weights if weight.name in _BUFFERS]
    if held:
        yield Difference(-add_up(weight.params for weight in held), "2*channels", BUFFERS)


def _list_inner(layer: Layer, inferred: Inferred) -> Iterator[tuple[Layer, Inferred]]:
    """The layers within a layer, but for those whose weights are another's."""
    if inferred.walk is not None:
        for node, part in zip(inferred.walk.graph.nodes, inferred.walk.results, strict=False):
            if node.layer is not None and part is not None and node.entry is not None and node.weights_of == node.name:
                yield node.layer, part
        return
    parts = [part for part in inferred.inner if not part.reused]
    yield from zip(_list_inner_layers(layer, len(parts)), (part.inferred for part in parts), strict=False)


def _list_inner_layers(layer: Layer, count: int) -> list[Layer]:
    """The configs of a layer's inner layers, in the order of its parts."""
    cells = getattr(layer, "cells", ())
    if cells:
        return list(cells)
    held = getattr(layer, "step", None) or getattr(layer, "layer", None)
    if not isinstance(held, Layer):
        return []
    back = getattr(layer, "backward_layer", None)
    return [held, back if isinstance(back, Layer) else held][:count]
