"""Pooling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.formats.onnx.writing.base import NoForm, Value, WeightView, number, writer
from shapecalc.formats.onnx.writing.casts import as_bool, cast_floats
from shapecalc.formats.onnx.writing.windows import channels_first, restore_format, window_attributes

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.pooling import (
        AdaptivePool,
        AveragePool,
        GlobalAveragePool,
        GlobalAveragePooling1D,
        GlobalMaxPool,
        MaxPool,
    )


def _windows(cfg: Any, x: Value) -> dict[str, Any]:
    strides = cfg.strides or cfg.pool_size
    return window_attributes(cfg, x.shape[2:], cfg.pool_size, strides, [1] * len(cfg.pool_size))


def _as_pooled(nodes: Nodes, x: Value) -> Value:
    """Whole numbers as floats, since ONNX pools these alone; up to 2**24 they are exact."""
    return x if x.is_float else nodes.cast(x, "float32")


@writer("MaxPooling1D", "MaxPooling2D", "MaxPooling3D")
def max_pooling(nodes: Nodes, cfg: MaxPool, weight: WeightView, inputs: Value) -> Value:
    x = cast_floats(nodes, inputs, cfg)
    turned = channels_first(nodes, cfg, _as_pooled(nodes, x))
    y = restore_format(nodes, cfg, nodes.op("MaxPool", turned, **_windows(cfg, turned)))
    return nodes.cast(y, x.dtype)


@writer("AveragePooling1D", "AveragePooling2D", "AveragePooling3D")
def average_pooling(nodes: Nodes, cfg: AveragePool, weight: WeightView, inputs: Value) -> Value:
    """Zeros at the borders count neither in the sum nor in the number of entries."""
    x = channels_first(nodes, cfg, _as_pooled(nodes, cast_floats(nodes, inputs, cfg)))
    return restore_format(nodes, cfg, nodes.op("AveragePool", x, **_windows(cfg, x)))


def list_spatial_axes(cfg: Any, x: Value) -> list[int]:
    """The positions of the axes between batch and channels."""
    first = 2 if cfg.data_format == "channels_first" else 1
    return list(range(first, first + x.ndim - 2))


@writer("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D")
def global_max_pooling(nodes: Nodes, cfg: GlobalMaxPool, weight: WeightView, inputs: Value) -> Value:
    x = cast_floats(nodes, inputs, cfg)
    return nodes.reduce("ReduceMax", x, list_spatial_axes(cfg, x), keepdims=cfg.keepdims)


@writer("GlobalAveragePooling2D", "GlobalAveragePooling3D")
def global_average_pooling(nodes: Nodes, cfg: GlobalAveragePool, weight: WeightView, inputs: Value) -> Value:
    x = _as_pooled(nodes, cast_floats(nodes, inputs, cfg))
    return nodes.reduce("ReduceMean", x, list_spatial_axes(cfg, x), keepdims=cfg.keepdims)


@writer("GlobalAveragePooling1D")
def global_average_pooling1d(
    nodes: Nodes, cfg: GlobalAveragePooling1D, weight: WeightView, inputs: Value, mask: Value | None = None
) -> Value:
    """With a mask, the mean of the steps it keeps."""
    x = _as_pooled(nodes, cast_floats(nodes, inputs, cfg))
    (time,) = list_spatial_axes(cfg, x)
    if mask is None:
        return nodes.reduce("ReduceMean", x, [time], keepdims=cfg.keepdims)
    kept = nodes.unsqueeze(as_bool(nodes, mask), 1 if time == 2 else 2)
    total = nodes.reduce("ReduceSum", nodes.where(kept, x, nodes.like(0, x)), [time], keepdims=cfg.keepdims)
    count = nodes.reduce("ReduceSum", nodes.cast(kept, x.dtype), [time], keepdims=cfg.keepdims)
    return nodes.op("Div", total, count)


@writer("AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D")
def adaptive_max_pooling(nodes: Nodes, cfg: AdaptivePool, weight: WeightView, inputs: Value) -> Value:
    return _pool_adaptively(nodes, cfg, inputs, "ReduceMax")


@writer("AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D")
def adaptive_average_pooling(nodes: Nodes, cfg: AdaptivePool, weight: WeightView, inputs: Value) -> Value:
    return _pool_adaptively(nodes, cfg, inputs, "ReduceMean")


def _pool_adaptively(nodes: Nodes, cfg: AdaptivePool, inputs: Value, kind: str) -> Value:
    """Portions of each axis, spread evenly and rounded outwards: a window where they are equal, else one by one."""
    x = channels_first(nodes, cfg, _as_pooled(nodes, cast_floats(nodes, inputs, cfg)))
    sizes = [number(size, "an axis that it pools") for size in x.shape[2:]]
    if all(size % count == 0 for size, count in zip(sizes, cfg.output_size, strict=True)):
        window = [size // count for size, count in zip(sizes, cfg.output_size, strict=True)]
        pooled = nodes.op({"ReduceMax": "MaxPool"}.get(kind, "AveragePool"), x, kernel_shape=window, strides=window)
        return restore_format(nodes, cfg, pooled)
    for axis, (size, count) in enumerate(zip(sizes, cfg.output_size, strict=True), start=2):
        bounds = [(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]
        if count > _MOST_PORTIONS:
            raise NoForm(f"it pools {size} entries into {count} portions of unequal length", "pool into fewer")
        parts = [nodes.reduce(kind, nodes.slice(x, axis, *bound), [axis], keepdims=True) for bound in bounds]
        x = nodes.concat(parts, axis)
    return restore_format(nodes, cfg, x)


_MOST_PORTIONS = 512
"""Portions of an axis that are reduced one by one."""


def lowest(dtype: str) -> float:
    """The lowest finite number of a floating dtype."""
    return float(np.finfo(dtype).min)
