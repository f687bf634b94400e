"""Forwards of layers/onnx/shape.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.onnx.base import list_whole, move_memory, operator, place_axis

if TYPE_CHECKING:
    from shapecalc.layers.onnx.shape import (
        ConstantOfShape,
        DepthToSpace,
        Expand,
        Flatten,
        Range,
        Reshape,
        ShapeOf,
        SizeOf,
        SpaceToDepth,
        Squeeze,
        Tile,
        Transpose,
        Unsqueeze,
    )


@operator("Shape", memory=move_memory)
def shape(cfg: ShapeOf, data: Array) -> Any:
    return np.array(data.shape[cfg.start : cfg.end], np.int64)


@operator("Size", memory=move_memory)
def size(cfg: SizeOf, data: Array) -> Any:
    return np.array(data.size, np.int64)


@operator("Reshape", memory=move_memory)
def reshape(cfg: Reshape, data: Array, shape: Array) -> Any:
    sizes = [
        data.shape[position] if size == 0 and not cfg.allowzero else size
        for position, size in enumerate(list_whole(shape) or ())
    ]
    return data.reshape(sizes)


@operator("Flatten", memory=move_memory)
def flatten(cfg: Flatten, input: Array) -> Any:
    axis = place_axis(cfg.axis, input.ndim)
    return input.reshape(int(np.prod(input.shape[:axis], dtype=np.int64)), int(np.prod(input.shape[axis:])))


@operator("Squeeze", memory=move_memory)
def squeeze(cfg: Squeeze, data: Array, axes: Array | None) -> Any:
    return np.squeeze(data) if axes is None else np.squeeze(data, tuple(list_whole(axes) or ()))


@operator("Unsqueeze", memory=move_memory)
def unsqueeze(cfg: Unsqueeze, data: Array, axes: Array) -> Any:
    return np.expand_dims(data, tuple(list_whole(axes) or ()))


@operator("Transpose", memory=move_memory)
def transpose(cfg: Transpose, data: Array) -> Any:
    return np.transpose(data, (cfg.perm,) if isinstance(cfg.perm, int) else cfg.perm)


@operator("Expand", memory=move_memory)
def expand(cfg: Expand, input: Array, shape: Array) -> Any:
    return np.broadcast_to(input, np.broadcast_shapes(input.shape, tuple(list_whole(shape) or ())))


@operator("Tile", memory=move_memory)
def tile(cfg: Tile, input: Array, repeats: Array) -> Any:
    return np.tile(input, tuple(list_whole(repeats) or ()))


@operator("ConstantOfShape", memory=move_memory)
def constant_of_shape(cfg: ConstantOfShape, input: Array) -> Any:
    fill: Any = cfg.value
    value = np.float32(0)
    if fill is not None:
        value = _read_fill(fill)
    return np.full(tuple(list_whole(input) or ()), value)


def _read_fill(fill: Any) -> Any:
    """The number in a list of one, or in a constant with its dtype."""
    if isinstance(fill, dict):
        values = np.asarray(fill.get("values", 0)).reshape(-1)
        return values[0].astype(fill.get("dtype", "float32"))
    first = np.asarray(fill).reshape(-1)[0]
    return np.float32(first) if first.dtype.kind == "f" else first


@operator("Range")
def range_(cfg: Range, start: Array, limit: Array, delta: Array) -> Any:
    first, last, step = (np.asarray(bound).reshape(-1)[0] for bound in (start, limit, delta))
    count = max(int(np.ceil((np.float64(last) - np.float64(first)) / np.float64(step))), 0)
    return (first + np.arange(count) * step).astype(start.dtype)


@operator("DepthToSpace")
def depth_to_space(cfg: DepthToSpace, input: Array) -> Any:
    batch, channels, height, width = input.shape
    side = cfg.blocksize
    rest = channels // (side * side)
    if cfg.mode == "DCR":
        split = input.reshape(batch, side, side, rest, height, width).transpose(0, 3, 4, 1, 5, 2)
    else:
        split = input.reshape(batch, rest, side, side, height, width).transpose(0, 1, 4, 2, 5, 3)
    return split.reshape(batch, rest, height * side, width * side)


@operator("SpaceToDepth")
def space_to_depth(cfg: SpaceToDepth, input: Array) -> Any:
    batch, channels, height, width = input.shape
    side = cfg.blocksize
    split = input.reshape(batch, channels, height // side, side, width // side, side)
    split = split.transpose((0, 3, 5, 1, 2, 4) if cfg.mode == "DCR" else (0, 1, 3, 5, 2, 4))
    return split.reshape(batch, channels * side * side, height // side, width // side)
