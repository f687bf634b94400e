"""Forwards of layers/pooling.py: windows are reduced axis by axis, which gives the same maxima and sums."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array, cast_floats, forward
from shapecalc.forward.memory import copy_memory, list_outputs, width
from shapecalc.forward.weights import Weights
from shapecalc.forward.windows import count_borders, move_channels_last, restore_format

if TYPE_CHECKING:
    from shapecalc.layers.pooling import (
        AdaptivePool,
        AveragePool,
        GlobalAveragePool,
        GlobalAveragePooling1D,
        GlobalMaxPool,
        GlobalPool,
        MaxPool,
        WindowPool,
    )


def pool_memory(cfg: WindowPool, feed: Any, inferred: Any) -> int:
    """Bytes of the input with all its borders, three times: cast, and before and after an axis is reduced."""
    (x,) = feed
    spatial = x.shape[2:] if cfg.data_format == "channels_first" else x.shape[1:-1]
    pairs = count_borders(cfg.padding, spatial, cfg.pool_size, cfg.strides or cfg.pool_size)
    wide = math.prod(size + sum(pair) for size, pair in zip(spatial, pairs, strict=True))
    entries = math.prod(x.shape) // max(1, math.prod(spatial)) * wide
    needed: int = 3 * entries * max(4, width(x.dtype), width(cfg.compute_dtype))
    return needed


@forward("MaxPooling1D", "MaxPooling2D", "MaxPooling3D", memory=pool_memory)
def max_pooling(cfg: MaxPool, weight: Weights, inputs: Array) -> Array:
    """The largest number of each window, at least the lowest finite one; NaN is ignored, as in TensorFlow."""
    x = move_channels_last(cfg, cast_floats(inputs, cfg.compute_dtype))
    lowest = find_lowest(x.dtype)
    return restore_format(cfg, np.asarray(np.fmax(pool(cfg, x, np.fmax, lowest), lowest)))


def find_lowest(dtype: np.dtype[Any]) -> Any:
    """The lowest finite number of a dtype, in it."""
    if dtype.kind == "b":
        return dtype.type(False)
    limits = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    return dtype.type(limits.min)


@forward("AveragePooling1D", "AveragePooling2D", "AveragePooling3D", memory=pool_memory)
def average_pooling(cfg: AveragePool, weight: Weights, inputs: Array) -> Array:
    """Zeros at the borders count neither in the sum nor in the number of entries."""
    x = move_channels_last(cfg, cast_floats(inputs, cfg.compute_dtype))
    counted = pool(cfg, np.ones((1, *x.shape[1:-1], 1), x.dtype), np.add, 0)
    return restore_format(cfg, np.asarray(pool(cfg, x, np.add, 0) / counted))


def pool(cfg: WindowPool, x: Array, reduce: np.ufunc, fill: float) -> Array:
    """`x` (batch, *spatial, channels) with the windows of each axis reduced; `fill` changes nothing in a window."""
    strides = cfg.strides or cfg.pool_size
    pairs = count_borders(cfg.padding, x.shape[1:-1], cfg.pool_size, strides)
    for axis, (size, stride, pair) in enumerate(zip(cfg.pool_size, strides, pairs, strict=True), start=1):
        x = reduce_axis(x, axis, size, stride, pair, reduce, fill)
    return x


def reduce_axis(
    x: Array, axis: int, size: int, stride: int, pair: tuple[int, int], reduce: np.ufunc, fill: float
) -> Array:
    """`x` with the windows of one axis reduced: the first entries of all windows with the second ones, and so on."""
    if any(pair):
        ends = [(*x.shape[:axis], border, *x.shape[axis + 1 :]) for border in pair]
        x = np.concatenate([np.full(ends[0], fill, x.dtype), x, np.full(ends[1], fill, x.dtype)], axis=axis)
    last = x.shape[axis] - size
    taps = (x[(slice(None),) * axis + (slice(tap, tap + last + 1, stride),)] for tap in range(size))
    y = next(taps)
    for position, tap in enumerate(taps):
        y = reduce(y, tap, out=y if position else None)
    return y


@forward("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D")
def global_max_pooling(cfg: GlobalMaxPool, weight: Weights, inputs: Array) -> Array:
    x = cast_floats(inputs, cfg.compute_dtype)
    return np.asarray(x.max(axis=list_spatial_axes(cfg, x), keepdims=cfg.keepdims))


@forward("GlobalAveragePooling2D", "GlobalAveragePooling3D")
def global_average_pooling(cfg: GlobalAveragePool, weight: Weights, inputs: Array) -> Array:
    return average_spatial(cfg, cast_floats(inputs, cfg.compute_dtype))


def average_spatial(cfg: GlobalAveragePool, x: Array) -> Array:
    """The mean of `x` over its spatial axes, that of whole numbers in float32."""
    dtype = None if x.dtype.kind == "f" else np.float32
    return np.asarray(x.mean(axis=list_spatial_axes(cfg, x), dtype=dtype, keepdims=cfg.keepdims))


def masked_memory(cfg: GlobalAveragePooling1D, feed: Any, inferred: Any) -> int:
    """Bytes of the input cast, and of the input with zeros where it is masked."""
    return 2 * copy_memory(cfg, feed, inferred)


@forward("GlobalAveragePooling1D", memory=masked_memory)
def global_average_pooling1d(
    cfg: GlobalAveragePooling1D, weight: Weights, inputs: Array, mask: Array | None = None
) -> Array:
    """With a mask, the mean of the steps it keeps; where it keeps none, 0 / 0, as in Keras."""
    x = cast_floats(inputs, cfg.compute_dtype)
    if mask is None:
        return average_spatial(cfg, x)
    (time,) = list_spatial_axes(cfg, x)
    kept = np.expand_dims(mask.astype(bool), 1 if time == 2 else 2)
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float32)
    total = np.where(kept, x, x.dtype.type(0)).sum(axis=time, dtype=dtype, keepdims=cfg.keepdims)
    with np.errstate(invalid="ignore"):
        return np.asarray(total / kept.sum(axis=time, dtype=dtype, keepdims=cfg.keepdims))


def list_spatial_axes(cfg: GlobalPool, x: Array) -> tuple[int, ...]:
    """The positions of the axes between batch and channels."""
    first = 2 if cfg.data_format == "channels_first" else 1
    return tuple(range(first, first + x.ndim - 2))


def adaptive_memory(cfg: AdaptivePool, feed: Any, inferred: Any) -> int:
    """Bytes of the input cast, and of it while some axes are reduced."""
    (x,), (y,) = feed, list_outputs(inferred)
    between = math.prod(map(max, x.shape, y.shape))
    needed: int = copy_memory(cfg, feed, inferred) + between * max(
        8 if width(x.dtype) > 4 else 4, width(cfg.compute_dtype)
    )
    return needed


@forward("AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D", memory=adaptive_memory)
def adaptive_max_pooling(cfg: AdaptivePool, weight: Weights, inputs: Array) -> Array:
    y = pool_adaptively(cfg, inputs, lambda part, axis: np.asarray(np.fmax.reduce(part, axis=axis)))
    return np.asarray(np.fmax(y, find_lowest(y.dtype)))


@forward("AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D", memory=adaptive_memory)
def adaptive_average_pooling(cfg: AdaptivePool, weight: Weights, inputs: Array) -> Array:
    return pool_adaptively(cfg, inputs, lambda part, axis: part.mean(axis=axis))


def pool_adaptively(cfg: AdaptivePool, inputs: Array, reduce: Callable[[Array, int], Array]) -> Array:
    """`output_size` windows an axis, reduced axis by axis; their ends are spread evenly and rounded outwards."""
    x = move_channels_last(cfg, cast_floats(inputs, cfg.compute_dtype))
    for axis, count in enumerate(cfg.output_size, start=1):
        y: Array | None = None
        for position, part in enumerate(split_portions(x, axis, count)):
            reduced_part = reduce(part, axis)
            if y is None:
                y = np.empty((*x.shape[:axis], count, *x.shape[axis + 1 :]), reduced_part.dtype)
            y[(slice(None),) * axis + (position,)] = reduced_part
        assert y is not None
        x = y
    return restore_format(cfg, x)


def split_portions(x: Array, axis: int, count: int) -> Iterator[Array]:
    """Views of `count` portions of an axis, which overlap where its length is no multiple."""
    size = x.shape[axis]
    before = (slice(None),) * axis
    return (x[(*before, slice(i * size // count, -(-(i + 1) * size // count)))] for i in range(count))
