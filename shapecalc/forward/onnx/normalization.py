"""Forwards of layers/onnx/normalization.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.onnx.base import as_single, operator, place_axis

if TYPE_CHECKING:
    from shapecalc.layers.onnx.normalization import (
        LRN,
        BatchNormalization,
        GroupNormalization,
        InstanceNormalization,
        LayerNormalization,
        MeanVarianceNormalization,
        RMSNormalization,
    )


def _along_channels(weight: Array, ndim: int) -> Array:
    """A weight of the channels, laid out to broadcast to (batch, channels, ...)."""
    return weight.reshape(-1, *(1,) * (ndim - 2))


@operator("BatchNormalization")
def batch_normalization(
    cfg: BatchNormalization, X: Array, scale: Array, B: Array, input_mean: Array, input_var: Array
) -> Any:
    x = as_single(X)
    mean, variance = as_single(input_mean), as_single(input_var)
    if cfg.training_mode:
        axes = (0, *range(2, x.ndim))
        own_mean, own_variance = x.mean(axes), x.var(axes)
        kept = x.dtype.type(cfg.momentum)
        running = mean * kept + own_mean * (1 - kept), variance * kept + own_variance * (1 - kept)
        mean, variance = own_mean, own_variance
    factor = as_single(scale) / np.sqrt(variance + mean.dtype.type(cfg.epsilon))
    shift = as_single(B) - mean * factor
    y = (x * _along_channels(factor, x.ndim) + _along_channels(shift, x.ndim)).astype(X.dtype, copy=False)
    if not cfg.training_mode:
        return y
    return y, running[0].astype(input_mean.dtype), running[1].astype(input_var.dtype)


@operator("LayerNormalization")
def layer_normalization(cfg: LayerNormalization, X: Array, Scale: Array, B: Array | None) -> Any:
    axes = tuple(range(place_axis(cfg.axis, X.ndim), X.ndim))
    x = as_single(X)
    mean = x.mean(axes, keepdims=True)
    around = x - mean
    inverse = 1 / np.sqrt(np.mean(np.square(around), axis=axes, keepdims=True) + x.dtype.type(cfg.epsilon))
    y = around * inverse * as_single(Scale)
    y = y if B is None else y + as_single(B)
    return y.astype(X.dtype, copy=False), mean, inverse


@operator("RMSNormalization")
def rms_normalization(cfg: RMSNormalization, X: Array, scale: Array) -> Any:
    axes = tuple(range(place_axis(cfg.axis, X.ndim), X.ndim))
    x = as_single(X)
    inverse = 1 / np.sqrt(np.mean(np.square(x), axis=axes, keepdims=True) + x.dtype.type(cfg.epsilon))
    return ((x * inverse).astype(X.dtype, copy=False) * scale).astype(X.dtype, copy=False)


def _normalize(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    around = x - x.mean(axes, keepdims=True)
    return np.asarray(around / np.sqrt(np.mean(np.square(around), axis=axes, keepdims=True) + x.dtype.type(epsilon)))


@operator("InstanceNormalization")
def instance_normalization(cfg: InstanceNormalization, input: Array, scale: Array, B: Array) -> Any:
    x = as_single(input)
    y = _normalize(x, tuple(range(2, x.ndim)), cfg.epsilon)
    factor, shift = _along_channels(as_single(scale), x.ndim), _along_channels(as_single(B), x.ndim)
    return (y * factor + shift).astype(input.dtype, copy=False)


@operator("GroupNormalization")
def group_normalization(cfg: GroupNormalization, X: Array, scale: Array, bias: Array) -> Any:
    """Scales are one a channel; of old versions one a group."""
    x = as_single(X).reshape(X.shape[0], cfg.num_groups, -1)
    y = _normalize(x, (2,), cfg.epsilon)
    if scale.size == cfg.num_groups != X.shape[1]:
        y = y * as_single(scale).reshape(-1, 1) + as_single(bias).reshape(-1, 1)
        return y.reshape(X.shape).astype(X.dtype, copy=False)
    factor, shift = _along_channels(as_single(scale), X.ndim), _along_channels(as_single(bias), X.ndim)
    return (y.reshape(X.shape) * factor + shift).astype(X.dtype, copy=False)


@operator("MeanVarianceNormalization")
def mean_variance_normalization(cfg: MeanVarianceNormalization, X: Array) -> Any:
    axes = (cfg.axes,) if isinstance(cfg.axes, int) else cfg.axes
    x = as_single(X)
    around = x - x.mean(axes, keepdims=True)
    return (around / (x.std(axes, keepdims=True) + x.dtype.type(1e-9))).astype(X.dtype, copy=False)


@operator("LRN")
def lrn(cfg: LRN, X: Array) -> Any:
    before, after = (cfg.size - 1) // 2, cfg.size // 2
    x = as_single(X)
    borders = [(0, 0), (before, after), *[(0, 0)] * (x.ndim - 2)]
    squares = np.pad(np.square(x), borders)
    channels = x.shape[1]
    total = np.sum([squares[:, start : start + channels] for start in range(cfg.size)], axis=0)
    return (x / (cfg.bias + cfg.alpha / cfg.size * total) ** cfg.beta).astype(X.dtype, copy=False)
