"""Forwards of layers/normalization.py. Statistics are taken in float32 at least, as in Keras."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array, cast_floats, fed_mask, forward, mask_rule, refuse_training
from shapecalc.forward.memory import three_inputs_memory
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.normalization import (
        BatchNormalization,
        GroupNormalization,
        LayerNormalization,
        RMSNormalization,
        UnitNormalization,
    )

_CACHED = 1 << 17
"""Elements of a block that stays in a core's cache between the passes over it."""


def cast_to_single(inputs: Array) -> Array:
    """The inputs in float32; float64 stays."""
    return inputs if inputs.dtype == np.float64 else inputs.astype(np.float32, copy=False)


def lay_along(vector: Array, axis: int, rank: int) -> Array:
    """A vector laid along one axis of `rank`."""
    shape = [1] * rank
    shape[axis] = len(vector)
    return vector.reshape(shape)


def invert_root(variance: Array, epsilon: float) -> Array:
    """1 / sqrt(variance + epsilon)."""
    kind = variance.dtype.type
    return np.asarray(kind(1) / np.sqrt(variance + kind(epsilon)))


def split_rows(rows: Array) -> Iterator[slice]:
    """Slices of the rows of a matrix, each small enough for a core's cache."""
    count, width = rows.shape
    step = max(1, _CACHED // max(1, width))
    return (slice(start, start + step) for start in range(0, count, step))


def is_last(axis: Any, rank: int) -> bool:
    """Whether `axis` is the last one alone, so that rows of a matrix are what is normalized."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    return len(axes) == 1 and range(rank)[axes[0]] == rank - 1


@forward("BatchNormalization")
def batch_normalization(cfg: BatchNormalization, weight: Weights, inputs: Array, mask: Array | None = None) -> Array:
    """One product and one sum: the statistics are known before the first sample."""
    if cfg.training and cfg.trainable:
        refuse_training("takes the statistics of the batch in training, and a forward pass has its own")
    x = cast_to_single(cast_floats(inputs, cfg.compute_dtype))
    shape = (x.shape[cfg.axis],)
    gamma = weight("gamma", shape, cfg.gamma_initializer) if cfg.scale else None
    beta = weight("beta", shape, cfg.beta_initializer) if cfg.center else None
    mean = weight("moving_mean", shape, cfg.moving_mean_initializer).astype(x.dtype)
    variance = weight("moving_variance", shape, cfg.moving_variance_initializer).astype(x.dtype)
    if cfg.renorm:
        weight("moving_stddev", shape, cfg.moving_variance_initializer)
        weight("renorm_mean", shape, cfg.moving_mean_initializer)
        weight("renorm_stddev", shape, cfg.moving_variance_initializer)
    factor = invert_root(variance, cfg.epsilon)
    if gamma is not None:
        factor = factor * gamma.astype(x.dtype)
    offset = -mean * factor
    if beta is not None:
        offset = offset + beta.astype(x.dtype)
    y = x * lay_along(factor, cfg.axis, x.ndim)
    y += lay_along(offset, cfg.axis, x.ndim)
    return y.astype(cfg.compute_dtype, copy=False)


@mask_rule("BatchNormalization")
def batch_normalization_mask(cfg: BatchNormalization, feed: tuple[Any, ...], masks: tuple[Any, ...]) -> Array | None:
    """The mask fed on the port `mask?`, else the one that came with the input."""
    mask: Array | None = fed_mask(feed, 1, masks)
    return mask


@forward("LayerNormalization", memory=three_inputs_memory)
def layer_normalization(cfg: LayerNormalization, weight: Weights, inputs: Array) -> Array:
    """Integers come back cut to integers, as Keras's operation returns what it was given."""
    x = cast_to_single(np.asarray(inputs))
    axes = tuple(sorted(cfg.axis)) if isinstance(cfg.axis, tuple) else (cfg.axis,)
    shape = tuple(x.shape[axis] for axis in axes)
    gamma = weight("gamma", shape, cfg.gamma_initializer) if cfg.scale or cfg.rms_scaling else None
    beta = weight("beta", shape, cfg.beta_initializer) if cfg.center and not cfg.rms_scaling else None
    gamma, beta = (None if vector is None else vector.astype(x.dtype, copy=False) for vector in (gamma, beta))
    if is_last(axes, x.ndim) and not cfg.rms_scaling:
        y = normalize_rows(x.reshape(-1, x.shape[-1]), gamma, beta, cfg.epsilon).reshape(x.shape)
    else:
        y = normalize_axes(x, axes, gamma, beta, cfg.epsilon, centred=not cfg.rms_scaling)
    return y.astype(np.asarray(inputs).dtype, copy=False).astype(cfg.compute_dtype, copy=False)


def normalize_rows(rows: Array, gamma: Array | None, beta: Array | None, epsilon: float) -> Array:
    """Layer normalization of a matrix: means as a product, then every pass on a block while it is in cache."""
    y = np.empty_like(rows)
    mean_of = np.full(rows.shape[1], 1 / max(1, rows.shape[1]), rows.dtype)
    for block in split_rows(rows):
        out = y[block]
        np.subtract(rows[block], (rows[block] @ mean_of)[:, None], out=out)
        variance = np.einsum("ij,ij->i", out, out) * mean_of[:1]
        out *= invert_root(variance, epsilon)[:, None]
        if gamma is not None:
            out *= gamma
        if beta is not None:
            out += beta
    return y


def normalize_axes(
    x: Array, axes: tuple[int, ...], gamma: Array | None, beta: Array | None, epsilon: float, *, centred: bool
) -> Array:
    """Layer normalization over any axes; not centred, it is what `rms_scaling` does."""
    shape = [1] * x.ndim
    for axis in axes:
        shape[axis] = x.shape[axis]
    deviation = x - x.mean(axis=axes, keepdims=True)
    factor = invert_root(np.square(deviation).mean(axis=axes, keepdims=True), epsilon)
    y = (deviation if centred else x) * factor
    if gamma is not None:
        y *= gamma.reshape(shape)
    if beta is not None:
        y += beta.reshape(shape)
    return y


@forward("GroupNormalization", memory=three_inputs_memory)
def group_normalization(cfg: GroupNormalization, weight: Weights, inputs: Array) -> Array:
    """Each channel is summed by products, then the channels of a group are added: the input is never rearranged."""
    x = cast_to_single(np.asarray(inputs))
    axis = range(x.ndim)[cfg.axis]
    channels = x.shape[axis]
    groups = channels if cfg.groups == -1 else cfg.groups
    gamma = weight("gamma", (channels,), cfg.gamma_initializer).astype(x.dtype, copy=False) if cfg.scale else None
    beta = weight("beta", (channels,), cfg.beta_initializer).astype(x.dtype, copy=False) if cfg.center else None
    cube = x.reshape(x.shape[0], math.prod(x.shape[1:axis]), channels, math.prod(x.shape[axis + 1 :]))
    y = cube - group_means(sum_by_channel(cube), groups, cube)[:, None, :, None]
    factor = invert_root(group_means(np.einsum("bicj,bicj->bc", y, y), groups, cube), cfg.epsilon)
    y *= (factor if gamma is None else factor * gamma)[:, None, :, None]
    if beta is not None:
        y += beta[:, None]
    return y.reshape(x.shape).astype(np.asarray(inputs).dtype, copy=False).astype(cfg.compute_dtype, copy=False)


def sum_by_channel(cube: Array) -> Array:
    """Sums of (batch, before, channels, after) over what is before and after the channels, as products with ones."""
    before, after = cube.shape[1], cube.shape[3]
    rows = cube[..., 0] if after == 1 else cube @ np.ones(after, cube.dtype)
    return np.asarray(np.ones(before, cube.dtype) @ rows)


def group_means(sums: Array, groups: int, cube: Array) -> Array:
    """Means of groups of channels from the sums of channels (batch, channels), each channel with its group's."""
    batch, before, channels, after = cube.shape
    size = channels // groups
    means = sums.reshape(batch, groups, size).sum(axis=-1) / sums.dtype.type(before * size * after)
    return np.repeat(means, size, axis=1)


@forward("UnitNormalization", memory=three_inputs_memory)
def unit_normalization(cfg: UnitNormalization, weight: Weights, inputs: Array) -> Array:
    x = cast_floats(inputs, cfg.compute_dtype)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        squares = np.square(x).sum(axis=cfg.axis, keepdims=True, dtype=x.dtype)
        inverse = x.dtype.type(1) / np.sqrt(squares)
        return np.asarray(x * np.minimum(inverse, np.asarray(1e12).astype(x.dtype)))


@forward("RMSNormalization", memory=three_inputs_memory)
def rms_normalization(cfg: RMSNormalization, weight: Weights, x: Array) -> Array:
    """Integers come back cut to integers, as in Keras."""
    given = cast_floats(x, cfg.compute_dtype)
    x = cast_to_single(given)
    axes = tuple(sorted(cfg.axis)) if isinstance(cfg.axis, tuple) else (cfg.axis,)
    scale = weight("scale", tuple(x.shape[axis] for axis in axes), "ones").astype(cfg.compute_dtype).astype(x.dtype)
    if is_last(axes, x.ndim):
        rows = x.reshape(-1, x.shape[-1])
        squares = np.einsum("ij,ij->i", rows, rows).reshape(*x.shape[:-1], 1) / x.dtype.type(max(1, x.shape[-1]))
    else:
        squares = np.square(x).mean(axis=axes, keepdims=True)
    y = x * invert_root(squares, cfg.epsilon)
    y *= scale
    return y.astype(given.dtype, copy=False)
