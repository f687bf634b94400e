"""Forwards of layers/ops/elementwise.py. Infinity and NaN come out without a warning, as from log(0)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.activation_functions import ACTIVATIONS, compute_in_parts, compute_in_single, erf, gelu_by_tanh
from shapecalc.forward.base import Array, forward
from shapecalc.forward.dtypes import cast_to_float
from shapecalc.forward.memory import entries, flatten_feed, inputs_and_result_memory, list_outputs
from shapecalc.forward.ops.base import cast_operands, list_operands, name_class
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.ops.base import Operation
    from shapecalc.layers.ops.elementwise import (
        OpsCast,
        OpsClip,
        OpsElu,
        OpsFullLike,
        OpsGelu,
        OpsLeakyRelu,
        OpsOnesLike,
        OpsRound,
        OpsStopGradient,
        OpsWhere,
        OpsZerosLike,
    )

_FLOATING: dict[str, Callable[[Array], Any]] = {
    name: getattr(np, name)
    for name in [
        "exp",
        "exp2",
        "expm1",
        "log",
        "log2",
        "log10",
        "log1p",
        "sqrt",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "arcsin",
        "arccos",
        "arctan",
        "arcsinh",
        "arccosh",
        "arctanh",
        "floor",
        "ceil",
        "reciprocal",
    ]
} | {
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "erf": erf,
    **{
        name: ACTIVATIONS[name]
        for name in [
            "sigmoid",
            "silu",
            "swish",
            "selu",
            "softplus",
            "softsign",
            "hard_sigmoid",
            "hard_silu",
            "hard_swish",
            "hard_tanh",
            "log_sigmoid",
            "sparse_plus",
            "sparse_sigmoid",
            "tanh_shrink",
        ]
    },
}
"""Functions of floating numbers: half precision and whole numbers are computed in single."""

_PLAIN: dict[str, Callable[[Array], Any]] = {
    "abs": np.abs,
    "absolute": np.abs,
    "copy": lambda x: x,
    "trunc": lambda x: np.trunc(x).astype(x.dtype, copy=False),
    "square": lambda x: np.square(x.astype(np.int32) if x.dtype.kind == "b" else x),
    "negative": np.negative,
    "sign": np.sign,
    "relu": lambda x: np.maximum(x, x.dtype.type(0)),
    "relu6": lambda x: np.clip(x, x.dtype.type(0), x.dtype.type(6)),
    "logical_not": np.logical_not,
    "isnan": np.isnan,
    "isinf": np.isinf,
    "isfinite": np.isfinite,
}
"""Functions that keep the dtype, or make truth values."""


def _make_unary(function: Callable[[Array], Any]) -> Callable[..., Array]:
    def run(cfg: Operation, weight: Weights, x: Array) -> Array:
        with np.errstate(all="ignore"):
            return compute_in_parts(lambda part: np.asarray(function(part)), x)

    return run


for _name, _function in _PLAIN.items():
    forward(name_class(_name))(_make_unary(_function))
for _name, _function in _FLOATING.items():
    forward(name_class(_name))(_make_unary(lambda x, function=_function: compute_in_single(function, x)))  # type: ignore[misc]


@forward("OpsGelu")
def gelu(cfg: OpsGelu, weight: Weights, x: Array) -> Array:
    function = gelu_by_tanh if cfg.approximate else ACTIVATIONS["gelu"]
    return compute_in_parts(lambda part: compute_in_single(function, part), x)


@forward("OpsLeakyRelu")
def leaky_relu(cfg: OpsLeakyRelu, weight: Weights, x: Array) -> Array:
    return compute_in_parts(lambda part: np.where(part > 0, part, part * part.dtype.type(cfg.negative_slope)), x)


@forward("OpsElu")
def elu(cfg: OpsElu, weight: Weights, x: Array) -> Array:
    def compute(y: Array) -> Array:
        return np.where(y > 0, y, cfg.alpha * np.expm1(np.minimum(y, 0)))

    return compute_in_parts(lambda part: compute_in_single(compute, part), x)


@forward("OpsRound")
def round_decimals(cfg: OpsRound, weight: Weights, x: Array) -> Array:
    """`x` rounded to `decimals`, by scaling up, rounding and scaling down; whole numbers keep their dtype."""
    if x.dtype.kind != "f":
        return np.round(x, max(-40, min(cfg.decimals, 40)))
    scale = x.dtype.type(10.0 ** max(-40, min(cfg.decimals, 40)))
    with np.errstate(all="ignore"):
        return compute_in_parts(lambda part: np.asarray(np.rint(part * scale) / scale), x)


@forward("OpsStopGradient")
def stop_gradient(cfg: OpsStopGradient, weight: Weights, variable: Array) -> Array:
    return variable


def _raise(x: Array, y: Array) -> Any:
    return np.power(x, y) if x.dtype.kind == "f" else np.power(x.astype(np.float64), y).astype(x.dtype)


def _divide(x: Array, y: Array) -> Any:
    return np.divide(cast_to_float(x), cast_to_float(y))


def _divide_safely(x: Array, y: Array) -> Any:
    over, under = cast_to_float(x), cast_to_float(y)
    return np.where(under == 0, over.dtype.type(0), over / under)


def _count_truth(function: Callable[[Array, Array], Any]) -> Callable[[Array, Array], Any]:
    """`function` with truth values counted as 0 and 1."""

    def run(x: Array, y: Array) -> Any:
        return function(x.astype(np.int32), y.astype(np.int32)) if x.dtype.kind == "b" else function(x, y)

    return run


_BINARY: dict[str, Callable[[Array, Array], Any]] = {
    "power": _raise,
    "mod": _count_truth(np.mod),
    "divide": _divide,
    "true_divide": _divide,
    "divide_no_nan": _divide_safely,
    **{
        name: getattr(np, name)
        for name in [
            "add",
            "subtract",
            "multiply",
            "maximum",
            "minimum",
            "floor_divide",
            "equal",
            "not_equal",
            "logical_and",
            "logical_or",
            "logical_xor",
            "greater",
            "greater_equal",
            "less",
            "less_equal",
        ]
    },
}


def _make_binary(function: Callable[[Array, Array], Any]) -> Callable[..., Array]:
    def run(cfg: Operation, weight: Weights, x1: Array | None = None, x2: Array | None = None) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(function(*cast_operands(*list_operands(cfg, x1, x2))))

    return run


def power_memory(cfg: Operation, feed: Any, inferred: Any) -> int:
    whole = not any((tensor.dtype or "float32").startswith(("float", "bfloat")) for tensor in flatten_feed(feed))
    return inputs_and_result_memory(cfg, feed, inferred) + (24 * entries(*list_outputs(inferred)) if whole else 0)


for _name, _pair in _BINARY.items():
    forward(name_class(_name), memory=power_memory if _name == "power" else inputs_and_result_memory)(
        _make_binary(_pair)
    )


@forward("OpsClip", memory=inputs_and_result_memory)
def clip(cfg: OpsClip, weight: Weights, x: Array, x_min: Array | None = None, x_max: Array | None = None) -> Array:
    values = x.astype(np.int32) if x.dtype.kind == "b" else x
    with np.errstate(all="ignore"):
        low, high = (np.asarray(bound).astype(values.dtype) for bound in list_operands(cfg, x_min, x_max))
    return np.asarray(np.maximum(np.minimum(values, high), low))


@forward("OpsWhere", memory=inputs_and_result_memory)
def where(cfg: OpsWhere, weight: Weights, condition: Array, x1: Array | None = None, x2: Array | None = None) -> Array:
    return np.where(condition.astype(bool), *cast_operands(*list_operands(cfg, x1, x2)))


@forward("OpsCast")
def cast(cfg: OpsCast, weight: Weights, x: Array) -> Array:
    with np.errstate(all="ignore"):
        return x.astype(cfg.dtype)


@forward("OpsZerosLike")
def zeros_like(cfg: OpsZerosLike, weight: Weights, x: Array) -> Array:
    return np.zeros(x.shape, cfg.dtype or x.dtype)


@forward("OpsOnesLike")
def ones_like(cfg: OpsOnesLike, weight: Weights, x: Array) -> Array:
    return np.ones(x.shape, cfg.dtype or x.dtype)


@forward("OpsFullLike")
def full_like(cfg: OpsFullLike, weight: Weights, x: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.full(x.shape, np.float64(cfg.fill_value).astype(cfg.dtype or x.dtype))
