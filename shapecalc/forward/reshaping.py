"""Forwards of layers/reshaping.py. Outputs are views where NumPy can give them: no value is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from shapecalc.forward.base import Array, cast_floats, forward
from shapecalc.forward.memory import bytes_of, copy_memory, entries, list_outputs
from shapecalc.forward.resizing import cast_back, resize
from shapecalc.forward.sizes import number, numbers
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.reshaping import (
        Cropping,
        Flatten,
        OfSpace,
        Permute,
        RepeatVector,
        Reshape,
        UpSampling,
        UpSampling2D,
        ZeroPadding,
    )


@forward("Reshape")
def reshape(cfg: Reshape, weight: Weights, inputs: Array) -> Array:
    x = cast_floats(inputs, cfg.compute_dtype)
    if -1 in cfg.target_shape and x.shape[0] == 0:
        filled = np.empty(x.shape[1:]).reshape(numbers(cfg.target_shape)).shape
        return x.reshape(0, *filled)
    return x.reshape(x.shape[0], *numbers(cfg.target_shape))


@forward("Flatten")
def flatten(cfg: Flatten, weight: Weights, inputs: Array) -> Array:
    x = cast_floats(inputs, cfg.compute_dtype)
    if cfg.data_format == "channels_first" and x.ndim > 1:
        x = np.moveaxis(x, 1, -1)
    return x.reshape(x.shape[0], int(np.prod(x.shape[1:])))


@forward("Permute")
def permute(cfg: Permute, weight: Weights, inputs: Array) -> Array:
    return cast_floats(inputs, cfg.compute_dtype).transpose(0, *cast("tuple[int, ...]", cfg.dims))


@forward("RepeatVector")
def repeat_vector(cfg: RepeatVector, weight: Weights, inputs: Array) -> Array:
    return np.repeat(cast_floats(inputs, cfg.compute_dtype)[:, None], number(cfg.n), axis=1)


def find_first_spatial(cfg: OfSpace) -> int:
    """The position of the first spatial axis."""
    return 2 if cfg.data_format == "channels_first" else 1


@forward("Cropping1D", "Cropping2D", "Cropping3D")
def crop(cfg: Cropping, weight: Weights, inputs: Array) -> Array:
    x = cast_floats(inputs, cfg.compute_dtype)
    spatial = [slice(before, -after or None) for before, after in cfg.cropping]
    return x[(slice(None),) * find_first_spatial(cfg) + tuple(spatial)]


@forward("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D")
def zero_padding(cfg: ZeroPadding, weight: Weights, inputs: Array) -> Array:
    x = cast_floats(inputs, cfg.compute_dtype)
    borders = [(0, 0)] * x.ndim
    first = find_first_spatial(cfg)
    borders[first : first + len(cfg.padding)] = cfg.padding
    if not any(map(any, borders)):
        return x
    padded = np.zeros([before + size + after for size, (before, after) in zip(x.shape, borders, strict=True)], x.dtype)
    padded[tuple(slice(before, before + size) for size, (before, _) in zip(x.shape, borders, strict=True))] = x
    return padded


def larger_memory(cfg: UpSampling, feed: Any, inferred: Any) -> int:
    """Bytes of the input and of it with one axis enlarged, and of the entries that an interpolation mixes."""
    mixed = 4 * 4 * entries(*list_outputs(inferred)) if getattr(cfg, "interpolation", "nearest") != "nearest" else 0
    return copy_memory(cfg, feed, inferred) + bytes_of(*list_outputs(inferred)) + mixed


@forward("UpSampling1D", "UpSampling3D", memory=larger_memory)
def repeat(cfg: UpSampling, weight: Weights, inputs: Array) -> Array:
    x = cast_floats(inputs, cfg.compute_dtype)
    for axis, factor in enumerate(cfg.size, find_first_spatial(cfg)):
        x = np.repeat(x, factor, axis=axis)
    return x


@forward("UpSampling2D", memory=larger_memory)
def upsample(cfg: UpSampling2D, weight: Weights, inputs: Array) -> Array:
    """`x` enlarged; the axis that grows least first, so that the second pass has less to read."""
    if cfg.interpolation == "nearest":
        return repeat(cfg, weight, inputs)  # type: ignore[return-value]
    x = cast_floats(inputs, cfg.compute_dtype)
    rows = find_first_spatial(cfg)
    y = x
    for axis, factor in sorted(((rows, cfg.size[0]), (rows + 1, cfg.size[1])), key=lambda pair: pair[1]):
        y = resize(y, axis, x.shape[axis] * factor, cfg.interpolation)
    return cast_back(y, x.dtype)
