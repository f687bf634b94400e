"""Forwards of layers/activations.py: layers that apply the functions of activation_functions.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.activation_functions import (
    ROW_WISE,
    activate,
    clip_relu,
    compute_in_parts,
    compute_in_single,
    elu,
    leaky_relu,
    relu,
    softmax,
)
from shapecalc.forward.base import Array, cast_floats, fed_mask, forward, mask_rule
from shapecalc.forward.memory import copy_memory, three_inputs_memory, working_width
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.activations import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax


def activation_memory(cfg: Activation, feed: Any, inferred: Any) -> int:
    """Bytes of a copy of the input, and of the steps on one row where the activation looks at whole rows."""
    (x,) = feed
    rows = 6 * x.shape[-1] * working_width(cfg) if cfg.activation in ROW_WISE and len(x.shape) > 1 else 0
    return copy_memory(cfg, feed, inferred) + rows


@forward("Activation", memory=activation_memory)
def activation_layer(cfg: Activation, weight: Weights, inputs: Array) -> Array:
    x = cast_floats(inputs, cfg.compute_dtype)
    return activate(cfg.activation, x)


@forward("ReLU")
def relu_layer(cfg: ReLU, weight: Weights, inputs: Array) -> Array:
    x = cast_floats(inputs, cfg.compute_dtype)
    if x.dtype.kind == "f" or cfg.negative_slope:
        return compute_in_parts(
            lambda part: compute_in_single(clip_relu, part, cfg.negative_slope, cfg.max_value, cfg.threshold), x
        )
    return compute_in_parts(lambda part: clip_relu(part, 0.0, cfg.max_value, cfg.threshold), x)


@forward("LeakyReLU")
def leaky_relu_layer(cfg: LeakyReLU, weight: Weights, inputs: Array) -> Array:
    x = cast_floats(inputs, cfg.compute_dtype)
    return compute_in_parts(lambda part: compute_in_single(leaky_relu, part, cfg.negative_slope), x)


@forward("ELU")
def elu_layer(cfg: ELU, weight: Weights, inputs: Array) -> Array:
    return compute_in_parts(
        lambda part: compute_in_single(elu, part, cfg.alpha), cast_floats(inputs, cfg.compute_dtype)
    )


@forward("PReLU", memory=three_inputs_memory)
def prelu_layer(cfg: PReLU, weight: Weights, inputs: Array) -> Array:
    x = cast_floats(inputs, cfg.compute_dtype)
    alpha_shape = list(x.shape[1:])
    for axis in np.atleast_1d(() if cfg.shared_axes is None else cfg.shared_axes).tolist():
        alpha_shape[int(axis) - 1] = 1
    alpha = weight("alpha", tuple(alpha_shape), cfg.alpha_initializer)
    return np.asarray(relu(x) + alpha.astype(x.dtype, copy=False) * np.minimum(x, x.dtype.type(0)))


@forward("Softmax", memory=three_inputs_memory)
def softmax_layer(cfg: Softmax, weight: Weights, inputs: Array, mask: Array | None = None) -> Array:
    """Softmax over `axis`; entries that the mask leaves out are lowered before the softmax, and 0 after it."""
    x = cast_floats(inputs, cfg.compute_dtype)
    if mask is None:
        return compute_in_single(softmax, x, cfg.axis)
    kept = mask if mask.dtype == bool else mask > 0.5
    lowest = x.dtype.type(-3e4 if x.dtype == np.float16 else -1e9)
    return np.where(kept, compute_in_single(softmax, np.where(kept, x, lowest), cfg.axis), x.dtype.type(0))


@mask_rule("Softmax")
def softmax_mask(cfg: Softmax, feed: tuple[Array, ...], masks: tuple[Any, ...]) -> Array | None:
    """The mask fed on the port `mask?`, else the one that came with the input."""
    mask: Array | None = fed_mask(feed, 1, masks)
    return mask
