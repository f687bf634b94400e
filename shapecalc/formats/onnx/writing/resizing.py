"""Images resized along one axis at a time: a product with the weights of the entries that each output is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shapecalc.dims import Shape, Size
from shapecalc.formats.onnx.writing.base import NoForm, Value, number

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes


def resize(nodes: Nodes, x: Value, axis: int, size: int, method: str, antialias: bool = False) -> Value:
    """`x` with `size` entries along `axis`. Floating values come out as float32 at least, nearest ones as they are."""
    from shapecalc.analysis.verify import import_forward

    before = number(x.shape[axis], "an axis that it resizes")
    if before == size:
        return x
    if method == "nearest":
        places = np.floor((np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(before / size))
        held = nodes.array("constant", np.minimum(places.astype(np.int64), before - 1))
        return nodes.op("Gather", x, held, axis=axis)
    places, weights = import_forward("resizing").find_taps(before, size, method, antialias)
    matrix = np.zeros((before, size), np.float64)
    np.add.at(matrix, (places, np.arange(size)[:, None]), weights)
    x = x if x.dtype == "float64" else nodes.cast(x, "float32")
    return nodes.move(nodes.matmul(nodes.move(x, axis, -1), nodes.array("constant", matrix.astype(x.dtype))), -1, axis)


def resize_both(
    nodes: Nodes, x: Value, axes: tuple[int, int], sizes: tuple[Size, Size], method: str, antialias: bool = False
) -> Value:
    """Height and width resized; of a size that is not known by ONNX's own operator, which knows fewer methods."""
    if all(isinstance(x.shape[axis], int) for axis in axes):
        for axis, size in zip(axes, sizes, strict=True):
            x = resize(nodes, x, axis, number(size, "a side that it resizes to"), method, antialias)
        return x
    if method not in ("nearest", "bilinear") or antialias:
        message = f"it resizes images of unknown size by `{method}`, of which no operator of ONNX gives Keras's numbers"
        raise NoForm(message, "give the images a size, or use `interpolation: bilinear` without `antialias`")
    return _resize_unknown(nodes, x, axes, sizes, method)


def _resize_unknown(nodes: Nodes, x: Value, axes: tuple[int, int], sizes: tuple[Size, Size], method: str) -> Value:
    """Images by the operator Resize, channels in front."""
    turned = nodes.move(x, -1, 1) if axes[0] == 1 else x
    turned = turned if turned.dtype == "float64" or method == "nearest" else nodes.cast(turned, "float32")
    attributes = {"mode": "nearest", "nearest_mode": "round_prefer_ceil"} if method == "nearest" else {"mode": "linear"}
    shape = Shape((*turned.shape[:2], *sizes))
    result = [turned.tensor._replace(shape=shape, values=None)]
    (y,) = nodes.place("Resize", (turned, None, None, nodes.sizes(shape)), result, attributes)
    return nodes.move(y, 1, -1) if axes[0] == 1 else y
