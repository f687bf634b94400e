"""Forwards of layers/onnx/parts.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array, forward
from shapecalc.forward.onnx.base import list_whole, make_constant, move_memory, operator, place_axis
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.onnx.parts import (
        Concat,
        Gather,
        GatherElements,
        GatherND,
        Initializer,
        NonZero,
        OneHot,
        Pad,
        Slice,
        Split,
        Trilu,
    )


@operator("Concat", memory=move_memory)
def concat(cfg: Concat, inputs: tuple[Array, ...]) -> Any:
    return np.concatenate(inputs, cfg.axis)


@operator("Split", memory=move_memory)
def split(cfg: Split, input: Array, split: Array | None) -> Any:
    lengths = list_whole(split)
    if lengths is None:
        parts = cfg.num_outputs or 1
        size = input.shape[cfg.axis]
        each = -(-size // parts)
        lengths = [max(min(each, size - each * part), 0) for part in range(parts)]
    return tuple(np.split(input, np.cumsum(lengths)[:-1], cfg.axis))


@operator("Slice", memory=move_memory)
def slice_(cfg: Slice, data: Array, starts: Array, ends: Array, axes: Array | None, steps: Array | None) -> Any:
    first, last = list_whole(starts) or [], list_whole(ends) or []
    listed = list(range(len(first))) if axes is None else list_whole(axes) or []
    strides = [1] * len(first) if steps is None else list_whole(steps) or []
    index: list[slice] = [slice(None)] * data.ndim
    for axis, start, stop, step in zip(listed, first, last, strides, strict=True):
        size = data.shape[axis]
        lowest, highest = (0, size) if step > 0 else (-1, size - 1)
        start = min(max(start + size if start < 0 else start, max(lowest, 0)), highest)
        stop = min(max(stop + size if stop < 0 else stop, lowest), highest if step > 0 else size)
        index[axis] = slice(start, None if stop < 0 else stop, step)
    return data[tuple(index)]


@operator("Gather", memory=move_memory)
def gather(cfg: Gather, data: Array, indices: Array) -> Any:
    return np.take(data, indices, axis=cfg.axis)


@operator("GatherElements")
def gather_elements(cfg: GatherElements, data: Array, indices: Array) -> Any:
    axis = place_axis(cfg.axis, data.ndim)
    places = np.where(indices < 0, indices + data.shape[axis], indices)
    others = [
        places if number == axis else np.arange(size).reshape([-1 if at == number else 1 for at in range(data.ndim)])
        for number, size in enumerate(indices.shape)
    ]
    return data[tuple(others)]


@operator("GatherND")
def gather_nd(cfg: GatherND, data: Array, indices: Array) -> Any:
    batch = cfg.batch_dims
    lead = [
        np.arange(size).reshape([-1 if at == number else 1 for at in range(indices.ndim - 1)])
        for number, size in enumerate(data.shape[:batch])
    ]
    return data[(*lead, *np.moveaxis(indices, -1, 0))]


@operator("Pad")
def pad(cfg: Pad, data: Array, pads: Array, constant_value: Array | None, axes: Array | None) -> Any:
    listed = list(range(data.ndim)) if axes is None else [place_axis(a, data.ndim) for a in list_whole(axes) or []]
    widths = list_whole(pads) or []
    pairs = [(0, 0)] * data.ndim
    for number, axis in enumerate(listed):
        pairs[axis] = widths[number], widths[number + len(listed)]
    cropped = data[tuple(slice(max(-low, 0), data.shape[at] - max(-high, 0)) for at, (low, high) in enumerate(pairs))]
    around = [(max(low, 0), max(high, 0)) for low, high in pairs]
    if cfg.mode != "constant":
        mode: Any = cfg.mode
        return np.pad(cropped, around, mode)
    fill = data.dtype.type() if constant_value is None else np.asarray(constant_value).reshape(-1)[0]
    return np.pad(cropped, around, constant_values=fill)


@operator("NonZero")
def non_zero(cfg: NonZero, X: Array) -> Any:
    return np.array(np.nonzero(np.atleast_1d(X)), np.int64)


@operator("OneHot")
def one_hot(cfg: OneHot, indices: Array, depth: Array, values: Array) -> Any:
    width = int(np.asarray(depth).reshape(-1)[0])
    axis = place_axis(cfg.axis, indices.ndim + 1)
    whole = indices.astype(np.int64)
    places = np.expand_dims(np.where(whole < 0, whole + width, whole), axis)
    marks = np.arange(width).reshape([-1 if at == axis else 1 for at in range(indices.ndim + 1)])
    return np.where(places == marks, values[1], values[0]).astype(values.dtype, copy=False)


@operator("Trilu")
def trilu(cfg: Trilu, input: Array, k: Array | None) -> Any:
    diagonal = 0 if k is None else int(np.asarray(k).reshape(-1)[0])
    return np.triu(input, diagonal) if cfg.upper else np.tril(input, diagonal)


@forward("onnx.Initializer", memory=lambda cfg, feed, inferred: 0)
def initializer(cfg: Initializer, weight: Weights) -> Any:
    return make_constant(cfg, weight, "value", cfg.value)
