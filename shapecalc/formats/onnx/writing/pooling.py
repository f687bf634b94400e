"""Pooling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.dims import Size
from shapecalc.dims.division import exact_quotient
from shapecalc.formats.onnx.writing.base import Value, WeightView, writer
from shapecalc.formats.onnx.writing.casts import as_bool, cast_floats
from shapecalc.formats.onnx.writing.counting import count_up
from shapecalc.formats.onnx.writing.windows import channels_first, has_open_borders, restore_format, slide

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


def _slide(nodes: Nodes, cfg: Any, x: Value, fill: float = 0.0) -> tuple[Value, dict[str, Any]]:
    return slide(nodes, cfg, x, cfg.pool_size, cfg.strides or cfg.pool_size, [1] * len(cfg.pool_size), fill)


def _as_pooled(nodes: Nodes, x: Value) -> Value:
    """Whole numbers as floats, since ONNX pools these alone; up to 2**24 they are exact."""
    return x if x.is_float else nodes.cast(x, "float32")


@writer("MaxPooling1D", "MaxPooling2D", "MaxPooling3D")
def max_pooling(nodes: Nodes, cfg: MaxPool, weight: WeightView, inputs: Value) -> Value:
    x = cast_floats(nodes, inputs, cfg)
    turned = channels_first(nodes, cfg, _as_pooled(nodes, x))
    turned, attributes = _slide(nodes, cfg, turned, lowest(turned.dtype))
    return nodes.cast(restore_format(nodes, cfg, nodes.op("MaxPool", turned, **attributes)), x.dtype)


@writer("AveragePooling1D", "AveragePooling2D", "AveragePooling3D")
def average_pooling(nodes: Nodes, cfg: AveragePool, weight: WeightView, inputs: Value) -> Value:
    """Zeros at the borders count neither in the sum nor in the number of entries."""
    x = channels_first(nodes, cfg, _as_pooled(nodes, cast_floats(nodes, inputs, cfg)))
    if not has_open_borders(cfg, x.shape[2:], cfg.strides or cfg.pool_size):
        return restore_format(nodes, cfg, nodes.op("AveragePool", x, **_slide(nodes, cfg, x)[1]))
    means = []
    for summed in (x, nodes.full(1.0, (1, 1, *x.shape[2:]), x.dtype)):
        wide, attributes = _slide(nodes, cfg, summed)
        means.append(nodes.op("AveragePool", wide, **attributes))
    return restore_format(nodes, cfg, nodes.op("Div", *means))


def list_spatial_axes(cfg: Any, x: Value) -> list[int]:
    """The positions of the axes between batch and channels."""
    first = 2 if cfg.data_format == "channels_first" else 1
    return list(range(first, first + x.ndim - 2))


@writer("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D")
def global_max_pooling(nodes: Nodes, cfg: GlobalMaxPool, weight: WeightView, inputs: Value) -> Value:
    x = cast_floats(nodes, inputs, cfg)
    x = nodes.cast(x, "int32") if x.dtype == "bool" else x
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
    """Portions of each axis, spread evenly and rounded outwards: windows where they are equal, else masks."""
    x = channels_first(nodes, cfg, _as_pooled(nodes, cast_floats(nodes, inputs, cfg)))
    pairs = list(zip(x.shape[2:], cfg.output_size, strict=True))
    if all(isinstance(size, int) and exact_quotient(size, count) is not None for size, count in pairs):
        window = [int(size) // count for size, count in pairs if isinstance(size, int)]
        pooled = nodes.op({"ReduceMax": "MaxPool"}.get(kind, "AveragePool"), x, kernel_shape=window, strides=window)
        return restore_format(nodes, cfg, pooled)
    for axis, count in enumerate(cfg.output_size, start=2):
        rows = nodes.move(x, axis, -1)
        inside, length = _mask_portions(nodes, rows.shape[-1], count)
        if kind == "ReduceMax":
            seen = nodes.where(inside, nodes.unsqueeze(rows, rows.ndim - 1), nodes.like(lowest(x.dtype), x))
            y = nodes.reduce("ReduceMax", seen, [-1])
        else:
            total = nodes.matmul(rows, nodes.transpose(nodes.cast(inside, x.dtype), (1, 0)))
            y = nodes.op("Div", total, nodes.cast(length, x.dtype))
        x = nodes.move(y, -1, axis)
    return restore_format(nodes, cfg, x)


def _mask_portions(nodes: Nodes, size: Size, count: int) -> tuple[Value, Value]:
    """Which entries of an axis each of `count` portions holds, (count, size), and how many these are."""
    if isinstance(size, int):
        bounds = np.array([(i * size // count, -(-(i + 1) * size // count)) for i in range(count)])
        places = np.arange(size)
        inside = (places >= bounds[:, :1]) & (places < bounds[:, 1:])
        return nodes.array("constant", inside), nodes.array("constant", np.diff(bounds)[:, 0])
    entries, steps = nodes.sizes([size]), np.arange(count, dtype=np.int64)
    start = nodes.op("Div", nodes.op("Mul", nodes.ints(steps.tolist()), entries), nodes.constant(count, "int64"))
    rounded = nodes.op(
        "Add", nodes.op("Mul", nodes.ints((steps + 1).tolist()), entries), nodes.constant(count - 1, "int64")
    )
    end = nodes.op("Div", rounded, nodes.constant(count, "int64"))
    places_of = count_up(nodes, size)
    behind = nodes.op("GreaterOrEqual", places_of, nodes.unsqueeze(start, 1))
    return nodes.op("And", behind, nodes.op("Less", places_of, nodes.unsqueeze(end, 1))), nodes.op("Sub", end, start)


def lowest(dtype: str) -> float:
    """The lowest finite number of a floating dtype."""
    return float(np.finfo(dtype).min)
