"""Activation functions by Keras's names, and the layers that apply them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from shapecalc.formats.onnx.writing.base import Masks, Value, WeightView, mask_writer, numbers, writer
from shapecalc.formats.onnx.writing.casts import cast_floats

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.activations import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax

_SELU_SCALE = 1.0507009873554805
_SELU_ALPHA = 1.6732632423543772


def _clip(nodes: Nodes, x: Value, low: float, high: float) -> Value:
    return nodes.op("Clip", x, nodes.like(low, x), nodes.like(high, x))


def _scale(nodes: Nodes, x: Value, factor: float) -> Value:
    return nodes.op("Mul", x, nodes.like(factor, x))


def _shift(nodes: Nodes, x: Value, term: float) -> Value:
    return nodes.op("Add", x, nodes.like(term, x))


def _gelu(nodes: Nodes, x: Value) -> Value:
    if nodes.versions("Gelu") is not None:
        return nodes.op("Gelu", x)
    share = _shift(nodes, nodes.op("Erf", _scale(nodes, x, math.sqrt(0.5))), 1.0)
    return _scale(nodes, nodes.op("Mul", x, share), 0.5)


def gelu_by_tanh(nodes: Nodes, x: Value) -> Value:
    """The approximation of gelu."""
    if nodes.versions("Gelu") is not None:
        return nodes.op("Gelu", x, approximate="tanh")
    cube = nodes.op("Mul", x, nodes.op("Mul", x, x))
    inner = _scale(nodes, nodes.op("Add", x, _scale(nodes, cube, 0.044715)), math.sqrt(2 / math.pi))
    return _scale(nodes, nodes.op("Mul", x, _shift(nodes, nodes.op("Tanh", inner), 1.0)), 0.5)


def _hard_sigmoid(nodes: Nodes, x: Value) -> Value:
    return nodes.op("HardSigmoid", x, alpha=1 / 6, beta=0.5)


def _hard_silu(nodes: Nodes, x: Value) -> Value:
    return nodes.op("Mul", x, _hard_sigmoid(nodes, x))


def _silu(nodes: Nodes, x: Value) -> Value:
    return nodes.op("Mul", x, nodes.op("Sigmoid", x))


def softplus(nodes: Nodes, x: Value) -> Value:
    """log(exp(x) + 1)."""
    return nodes.op("Softplus", x)


def _mish(nodes: Nodes, x: Value) -> Value:
    return nodes.op("Mul", x, nodes.op("Tanh", softplus(nodes, x)))


def _log_sigmoid(nodes: Nodes, x: Value) -> Value:
    return nodes.op("Neg", softplus(nodes, nodes.op("Neg", x)))


def _beyond_half(nodes: Nodes, x: Value) -> Value:
    return nodes.op("Greater", nodes.op("Abs", x), nodes.like(0.5, x))


def _hard_shrink(nodes: Nodes, x: Value) -> Value:
    return nodes.where(_beyond_half(nodes, x), x, nodes.like(0.0, x))


def _soft_shrink(nodes: Nodes, x: Value) -> Value:
    moved = nodes.op("Sub", x, _scale(nodes, nodes.op("Sign", x), 0.5))
    return nodes.where(_beyond_half(nodes, x), moved, nodes.like(0.0, x))


def _sparse_plus(nodes: Nodes, x: Value) -> Value:
    inside = _shift(nodes, _clip(nodes, x, -1, 1), 1.0)
    curve = _scale(nodes, nodes.op("Mul", inside, inside), 0.25)
    return nodes.op("Add", curve, nodes.op("Relu", _shift(nodes, x, -1.0)))


def _sparse_sigmoid(nodes: Nodes, x: Value) -> Value:
    return _clip(nodes, _scale(nodes, _shift(nodes, x, 1.0), 0.5), 0, 1)


def _squareplus(nodes: Nodes, x: Value) -> Value:
    root = nodes.op("Sqrt", _shift(nodes, nodes.op("Mul", x, x), 4.0))
    return _scale(nodes, nodes.op("Add", x, root), 0.5)


def _tanh_shrink(nodes: Nodes, x: Value) -> Value:
    return nodes.op("Sub", x, nodes.op("Tanh", x))


def _softsign(nodes: Nodes, x: Value) -> Value:
    return nodes.op("Softsign", x)


def _glu(nodes: Nodes, x: Value) -> Value:
    (size,) = numbers(x.shape[-1:], "the last axis of what `glu` halves")
    values, gates = nodes.split(x, [size // 2, size // 2], -1)
    return nodes.op("Mul", values, nodes.op("Sigmoid", gates))


def _sparsemax(nodes: Nodes, x: Value) -> Value:
    """As Keras has it: its tau adds up the running sums of all values in the support."""
    (size,) = numbers(x.shape[-1:], "the last axis of `sparsemax`")
    ordered, _ = nodes.ops("TopK", x, nodes.ints([size]), outputs=2, axis=-1)
    running = nodes.op("CumSum", ordered, nodes.constant(x.ndim - 1, "int64"))
    ranks = nodes.constant([float(rank) for rank in range(1, size + 1)], x.dtype)
    over = nodes.op("Sub", ordered, nodes.op("Div", _shift(nodes, running, -1.0), ranks))
    support = nodes.cast(nodes.op("Greater", over, nodes.like(0.0, x)), x.dtype)
    total = nodes.reduce("ReduceSum", nodes.op("Mul", running, support), [-1], keepdims=True)
    tau = nodes.op("Div", _shift(nodes, total, -1.0), nodes.reduce("ReduceSum", support, [-1], keepdims=True))
    return nodes.op("Relu", nodes.op("Sub", x, tau))


def _simple(kind: str, **attributes: Any) -> Callable[[Nodes, Value], Value]:
    return lambda nodes, x: nodes.op(kind, x, **attributes)


ACTIVATIONS: dict[str, Callable[[Nodes, Value], Value]] = {
    "celu": _simple("Elu"),
    "elu": _simple("Elu"),
    "exponential": _simple("Exp"),
    "gelu": _gelu,
    "glu": _glu,
    "hard_shrink": _hard_shrink,
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": _hard_silu,
    "hard_swish": _hard_silu,
    "hard_tanh": lambda nodes, x: _clip(nodes, x, -1, 1),
    "keras2_hard_sigmoid": _simple("HardSigmoid", alpha=0.2, beta=0.5),
    "leaky_relu": _simple("LeakyRelu", alpha=0.2),
    "log_sigmoid": _log_sigmoid,
    "log_softmax": _simple("LogSoftmax", axis=-1),
    "mish": _mish,
    "relu": _simple("Relu"),
    "relu6": lambda nodes, x: _clip(nodes, x, 0, 6),
    "selu": _simple("Selu", alpha=_SELU_ALPHA, gamma=_SELU_SCALE),
    "sigmoid": _simple("Sigmoid"),
    "silu": _silu,
    "soft_shrink": _soft_shrink,
    "softmax": _simple("Softmax", axis=-1),
    "softplus": softplus,
    "softsign": _softsign,
    "sparse_plus": _sparse_plus,
    "sparse_sigmoid": _sparse_sigmoid,
    "sparsemax": _sparsemax,
    "squareplus": _squareplus,
    "swish": _silu,
    "tanh": _simple("Tanh"),
    "tanh_shrink": _tanh_shrink,
}
"""Every activation of Keras but `linear`, and the gate of Keras 2."""

_KEEP_INTEGERS = ("linear", "relu", "relu6")


def activate(nodes: Nodes, name: str | None, x: Value) -> Value:
    """The activation called `name`; of whole numbers Keras makes float32 but for `relu`, `relu6` and `linear`."""
    if name is None or name == "linear":
        return x
    if not x.is_float and name not in _KEEP_INTEGERS:
        x = nodes.cast(x, "float32")
    return ACTIVATIONS[name](nodes, x)


@writer("Activation")
def activation(nodes: Nodes, cfg: Activation, weight: WeightView, inputs: Value) -> Value:
    return activate(nodes, cfg.activation, cast_floats(nodes, inputs, cfg))


@writer("ReLU")
def relu_layer(nodes: Nodes, cfg: ReLU, weight: WeightView, inputs: Value) -> Value:
    x = cast_floats(nodes, inputs, cfg)
    if cfg.negative_slope and not x.is_float:
        x = nodes.cast(x, "float32")
    if cfg.negative_slope and cfg.max_value is None and not cfg.threshold:
        return nodes.op("LeakyRelu", x, alpha=float(cfg.negative_slope))
    if cfg.threshold:
        result = nodes.where(nodes.op("Greater", x, nodes.like(cfg.threshold, x)), x, nodes.like(0, x))
    else:
        result = nodes.op("Relu", x)
    if cfg.max_value is not None:
        result = nodes.op("Min", result, nodes.like(cfg.max_value, x))
    if not cfg.negative_slope:
        return result
    below = nodes.op("Relu", nodes.op("Sub", nodes.like(cfg.threshold, x), x))
    return nodes.op("Sub", result, _scale(nodes, below, cfg.negative_slope))


@writer("LeakyReLU")
def leaky_relu_layer(nodes: Nodes, cfg: LeakyReLU, weight: WeightView, inputs: Value) -> Value:
    x = cast_floats(nodes, inputs, cfg)
    return nodes.op("LeakyRelu", x if x.is_float else nodes.cast(x, "float32"), alpha=float(cfg.negative_slope))


@writer("ELU")
def elu_layer(nodes: Nodes, cfg: ELU, weight: WeightView, inputs: Value) -> Value:
    return nodes.op("Elu", cast_floats(nodes, inputs, cfg), alpha=float(cfg.alpha))


@writer("PReLU")
def prelu_layer(nodes: Nodes, cfg: PReLU, weight: WeightView, inputs: Value) -> Value:
    x = cast_floats(nodes, inputs, cfg)
    shape = list(x.shape[1:])
    shared = (cfg.shared_axes,) if isinstance(cfg.shared_axes, int) else cfg.shared_axes or ()
    for axis in shared:
        shape[axis - 1] = 1
    alpha = weight("alpha", numbers(tuple(shape), "the shape of `alpha`"), cfg.alpha_initializer)
    slope = nodes.cast(nodes.weight(weight, "alpha", alpha), x.dtype)
    return nodes.op("PRelu", x, slope)


@writer("Softmax")
def softmax_layer(nodes: Nodes, cfg: Softmax, weight: WeightView, inputs: Value, mask: Value | None = None) -> Value:
    """Entries that the mask leaves out are lowered before the softmax, and 0 after it."""
    x = cast_floats(nodes, inputs, cfg)
    if mask is None:
        return softmax(nodes, x, cfg.axis)
    zero = nodes.like(0.0, x)
    kept = mask if mask.dtype == "bool" else nodes.op("Greater", mask, nodes.like(0.5, mask))
    lowest = nodes.like(-3e4 if x.dtype == "float16" else -1e9, x)
    return nodes.where(kept, softmax(nodes, nodes.where(kept, x, lowest), cfg.axis), zero)


def softmax(nodes: Nodes, x: Value, axis: int | tuple[int, ...]) -> Value:
    """exp(x) over its sum along an axis, or along several."""
    if isinstance(axis, int) or len(axis) == 1:
        return nodes.op("Softmax", x, axis=axis if isinstance(axis, int) else axis[0])
    shifted = nodes.op("Sub", x, nodes.reduce("ReduceMax", x, axis, keepdims=True))
    exponentials = nodes.op("Exp", shifted)
    return nodes.op("Div", exponentials, nodes.reduce("ReduceSum", exponentials, axis, keepdims=True))


@mask_writer("Softmax")
def softmax_mask(nodes: Nodes, cfg: Softmax, feed: Any, masks: Masks) -> Value | None:
    """The mask fed on the port `mask?`, else the one that came with the input."""
    mask: Value | None = fed_mask(feed, 1, masks)
    return mask


def fed_mask(feed: Any, position: int, masks: Masks) -> Any:
    """The mask fed on the port at `position`, else what came with the first input."""
    fed = feed[position] if len(feed) > position else None
    return masks[0] if fed is None else fed
