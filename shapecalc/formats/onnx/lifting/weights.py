"""The weights of layers that nodes were lifted to: the numbers of the file in Keras's order of axes and gates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapecalc.formats.flat_model import FlatModel, Held

Array = NDArray[Any]

_GATES = {"LSTM": (0, 2, 3, 1), "GRU": (0, 1, 2), "RNN": (0,)}
"""Where the gates of Keras stand in ONNX: of an LSTM input, output, forget, cell."""


def lift_weights(lifted: FlatModel, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The weights of a lifted model by their paths; `arrays` are the tensors of the file by node and argument."""
    weights = {path: array for path, array in arrays.items() if path.partition("/")[0] in lifted.held}
    for layer, origin in lifted.origins.items():
        for name, held in origin.weights.items():
            weights[f"{layer}/{name}"] = _arrange(arrays[f"{held.node}/{held.port}"], held)
    return weights


def _arrange(array: Array, held: Held) -> Array:
    """An array as Keras has it; several changes, one after the other, are joined by `+`."""
    first, _, more = held.change.partition("+")
    if more:
        return _arrange(_arrange(array, held._replace(change=first)), held._replace(change=more))
    if held.change == "last":
        return array.reshape(*array.shape[:-1], held.number, -1)
    if held.change == "first":
        return array.reshape(held.number, -1, *array.shape[1:])
    if held.change == "transpose":
        return array.T
    if held.change == "kernel":
        return np.transpose(array, (*range(2, array.ndim), 1, 0))
    if held.change == "depthwise":
        split = array.reshape(held.number, -1, *array.shape[2:])
        return np.transpose(split, (*range(2, split.ndim), 0, 1))
    if held.change.startswith("part "):
        place, _, count = held.change.removeprefix("part ").partition("/")
        return np.split(array, int(count), axis=-1)[int(place)]
    if held.change.startswith("rows "):
        start, _, stop = held.change.removeprefix("rows ").partition(":")
        return array[int(start) : int(stop)]
    if held.change:
        operator, _, part = held.change.partition(" ")
        return _arrange_gates(array[held.number], _GATES[operator], part)
    return array


def _arrange_gates(array: Array, order: tuple[int, ...], part: str) -> Array:
    """One direction of a recurrent node's weights: `kernel`, `bias` of which the two are added, or `biases`."""
    if part == "kernel":
        return np.concatenate([np.split(array, len(order))[gate] for gate in order]).T
    both = [np.concatenate([np.split(bias, len(order))[gate] for gate in order]) for bias in np.split(array, 2)]
    return np.stack(both) if part == "biases" else both[0] + both[1]
