"""Normalization. Statistics are taken in float32 at least, as in Keras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.dims import prod
from shapecalc.formats.onnx.writing.activations import fed_mask
from shapecalc.formats.onnx.writing.base import Masks, NoForm, Value, WeightView, mask_writer, number, numbers, writer
from shapecalc.formats.onnx.writing.casts import cast_floats
from shapecalc.formats.onnx.writing.core import add_weight
from shapecalc.formats.onnx.writing.regularization import IN_TRAINING

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.normalization import (
        BatchNormalization,
        GroupNormalization,
        LayerNormalization,
        RMSNormalization,
        UnitNormalization,
    )


def cast_to_single(nodes: Nodes, x: Value) -> Value:
    """In float32; float64 stays."""
    return x if x.dtype == "float64" else nodes.cast(x, "float32")


@writer("BatchNormalization")
def batch_normalization(
    nodes: Nodes, cfg: BatchNormalization, weight: WeightView, inputs: Value, mask: Value | None = None
) -> Value:
    if cfg.training and cfg.trainable:
        raise NoForm("takes the statistics of the batch in training, and the file has its own", IN_TRAINING)
    x = cast_to_single(nodes, cast_floats(nodes, inputs, cfg))
    size = number(x.shape[cfg.axis], "the axis that it normalizes")

    def ask(name: str, initializer: Any, wanted: bool, neutral: float) -> Value:
        if not wanted:
            return nodes.array("constant", np.full((size,), neutral, x.dtype))
        return add_weight(nodes, weight, name, (size,), initializer, x.dtype)

    statistics = (
        ask("gamma", cfg.gamma_initializer, cfg.scale, 1.0),
        ask("beta", cfg.beta_initializer, cfg.center, 0.0),
        ask("moving_mean", cfg.moving_mean_initializer, True, 0.0),
        ask("moving_variance", cfg.moving_variance_initializer, True, 1.0),
    )
    axis = range(x.ndim)[cfg.axis]
    if axis == 0:
        along = (size, *(1 for _ in range(x.ndim - 1)))
        gamma, beta, mean, variance = (nodes.reshape(one, along) for one in statistics)
        deviation = nodes.op("Sub", x, mean)
        root = nodes.op("Sqrt", nodes.op("Add", variance, nodes.like(cfg.epsilon, x)))
        return nodes.op("Add", nodes.op("Mul", nodes.op("Div", deviation, root), gamma), beta)
    turned = nodes.move(x, axis, 1) if x.ndim > 1 else x
    y = nodes.op("BatchNormalization", turned, *statistics, epsilon=float(cfg.epsilon))
    return nodes.move(y, 1, axis)


@mask_writer("BatchNormalization")
def batch_normalization_mask(nodes: Nodes, cfg: BatchNormalization, feed: Any, masks: Masks) -> Value | None:
    """The mask fed on the port `mask?`, else the one that came with the input."""
    mask: Value | None = fed_mask(feed, 1, masks)
    return mask


@writer("LayerNormalization")
def layer_normalization(nodes: Nodes, cfg: LayerNormalization, weight: WeightView, inputs: Value) -> Value:
    """Integers come back cut to integers, as Keras's operation returns what it was given."""
    x = cast_to_single(nodes, inputs)
    axes = tuple(sorted(cfg.axis)) if isinstance(cfg.axis, tuple) else (cfg.axis,)
    shape = numbers(tuple(x.shape[axis] for axis in axes), "the shape of its weights")
    gamma = beta = None
    if cfg.scale or cfg.rms_scaling:
        gamma = add_weight(nodes, weight, "gamma", shape, cfg.gamma_initializer, x.dtype)
    if cfg.center and not cfg.rms_scaling:
        beta = add_weight(nodes, weight, "beta", shape, cfg.beta_initializer, x.dtype)
    is_last = len(axes) == 1 and range(x.ndim)[axes[0]] == x.ndim - 1
    if is_last and not cfg.rms_scaling and nodes.versions("LayerNormalization") is not None:
        scale = nodes.array("constant", np.ones(shape, x.dtype)) if gamma is None else gamma
        y = nodes.op("LayerNormalization", x, scale, beta, axis=-1, epsilon=float(cfg.epsilon))
    else:
        y = _normalize_axes(nodes, x, axes, gamma, beta, cfg.epsilon, centred=not cfg.rms_scaling)
    return nodes.cast(nodes.cast(y, inputs.dtype), cfg.compute_dtype)


def _normalize_axes(
    nodes: Nodes,
    x: Value,
    axes: Sequence[int],
    gamma: Value | None,
    beta: Value | None,
    epsilon: float,
    *,
    centred: bool,
) -> Value:
    """Layer normalization over any axes; not centred, it is what `rms_scaling` does."""
    shape = [1] * x.ndim
    for axis in axes:
        shape[axis] = number(x.shape[axis], "an axis that it normalizes")
    deviation = nodes.op("Sub", x, nodes.reduce("ReduceMean", x, axes, keepdims=True))
    variance = nodes.reduce("ReduceMean", nodes.op("Mul", deviation, deviation), axes, keepdims=True)
    y = divide_by_root(nodes, deviation if centred else x, variance, epsilon)
    if gamma is not None:
        y = nodes.op("Mul", y, nodes.reshape(gamma, shape))
    return y if beta is None else nodes.op("Add", y, nodes.reshape(beta, shape))


def divide_by_root(nodes: Nodes, x: Value, variance: Value, epsilon: float) -> Value:
    """x / sqrt(variance + epsilon)."""
    return nodes.op("Div", x, nodes.op("Sqrt", nodes.op("Add", variance, nodes.like(epsilon, x))))


@writer("GroupNormalization")
def group_normalization(nodes: Nodes, cfg: GroupNormalization, weight: WeightView, inputs: Value) -> Value:
    """The axes of a group are laid side by side, normalized, and put back."""
    x = cast_to_single(nodes, inputs)
    axis = range(x.ndim)[cfg.axis]
    channels = number(x.shape[axis], "the number of its channels")
    groups = channels if cfg.groups == -1 else cfg.groups
    turned = nodes.move(x, axis, 1)
    rest = turned.shape[2:]
    cube = nodes.reshape(turned, (x.shape[0], groups, prod((channels // groups, *rest))))
    deviation = nodes.op("Sub", cube, nodes.reduce("ReduceMean", cube, [-1], keepdims=True))
    variance = nodes.reduce("ReduceMean", nodes.op("Mul", deviation, deviation), [-1], keepdims=True)
    y = nodes.reshape(divide_by_root(nodes, deviation, variance, cfg.epsilon), turned.shape)
    along = (channels, *(1 for _ in rest))
    if cfg.scale:
        gamma = add_weight(nodes, weight, "gamma", (channels,), cfg.gamma_initializer, x.dtype)
        y = nodes.op("Mul", y, nodes.reshape(gamma, along))
    if cfg.center:
        beta = add_weight(nodes, weight, "beta", (channels,), cfg.beta_initializer, x.dtype)
        y = nodes.op("Add", y, nodes.reshape(beta, along))
    y = nodes.move(y, 1, axis)
    return nodes.cast(nodes.cast(y, inputs.dtype), cfg.compute_dtype)


@writer("UnitNormalization")
def unit_normalization(nodes: Nodes, cfg: UnitNormalization, weight: WeightView, inputs: Value) -> Value:
    x = cast_floats(nodes, inputs, cfg)
    axes = cfg.axis if isinstance(cfg.axis, tuple) else (cfg.axis,)
    squares = nodes.reduce("ReduceSum", nodes.op("Mul", x, x), axes, keepdims=True)
    inverse = nodes.op("Reciprocal", nodes.op("Sqrt", squares))
    most = min(1e12, float(np.finfo(x.dtype).max))
    return nodes.op("Mul", x, nodes.op("Min", inverse, nodes.like(most, x)))


@writer("RMSNormalization")
def rms_normalization(nodes: Nodes, cfg: RMSNormalization, weight: WeightView, x: Value) -> Value:
    """Integers come back cut to integers, as in Keras."""
    given = cast_floats(nodes, x, cfg)
    x = cast_to_single(nodes, given)
    axes = tuple(sorted(cfg.axis)) if isinstance(cfg.axis, tuple) else (cfg.axis,)
    shape = numbers(tuple(x.shape[axis] for axis in axes), "the shape of its weight")
    scale = nodes.weight(weight, "scale", weight("scale", shape, "ones").astype(cfg.compute_dtype).astype(x.dtype))
    squares = nodes.reduce("ReduceMean", nodes.op("Mul", x, x), axes, keepdims=True)
    y = nodes.op("Mul", divide_by_root(nodes, x, squares, cfg.epsilon), scale)
    return nodes.cast(y, given.dtype)
