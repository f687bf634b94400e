"""Images resized along one axis at a time: a product with the weights of the entries that each output is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shapecalc.formats.onnx.writing.base import Value, number

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes


def resize(nodes: Nodes, x: Value, axis: int, size: int, method: str, antialias: bool = False) -> Value:
    """`x` with `size` entries along `axis`. Floating values come out as float32 at least, nearest ones as they are."""
    from shapecalc.analysis.verify import find_taps

    before = number(x.shape[axis], "an axis that it resizes")
    if before == size:
        return x
    if method == "nearest":
        places = np.floor((np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(before / size))
        return nodes.op("Gather", x, nodes.array("constant", np.minimum(places.astype(np.int64), before - 1)), axis=axis)
    places, weights = find_taps(before, size, method, antialias)
    matrix = np.zeros((before, size), np.float64)
    np.add.at(matrix, (places, np.arange(size)[:, None]), weights)
    x = x if x.dtype == "float64" else nodes.cast(x, "float32")
    held = nodes.array("constant", matrix.astype(x.dtype))
    return nodes.move(nodes.matmul(nodes.move(x, axis, -1), held), -1, axis)
