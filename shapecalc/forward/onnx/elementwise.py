"""Forwards of layers/onnx/elementwise.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from shapecalc.forward.activation_functions import erf
from shapecalc.forward.base import Array, refuse_training
from shapecalc.forward.dtypes import name_dtype
from shapecalc.forward.onnx.base import operator
from shapecalc.forward.onnx.dtypes import convert

if TYPE_CHECKING:
    from shapecalc.layers.onnx.elementwise import Binary, Cast, CastLike, Clip, Dropout, PRelu, Unary, Variadic, Where

_ROOT_HALF = np.sqrt(0.5)


class Attributes(Protocol):
    """The attributes that operators made from a line each have, every operator some of them."""

    @property
    def alpha(self) -> float: ...
    @property
    def beta(self) -> float: ...
    @property
    def gamma(self) -> float: ...
    @property
    def lambd(self) -> float: ...
    @property
    def bias(self) -> float: ...
    @property
    def approximate(self) -> str: ...
    @property
    def detect_negative(self) -> bool: ...
    @property
    def detect_positive(self) -> bool: ...
    @property
    def fmod(self) -> bool: ...
    @property
    def direction(self) -> str: ...


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), of whose exponentials none overflows."""
    with np.errstate(over="ignore"):
        return np.asarray(0.5 * (1 + np.tanh(0.5 * x))).astype(x.dtype, copy=False)


def softplus(x: Array) -> Array:
    """log(exp(x) + 1), without an overflow."""
    return np.asarray(np.logaddexp(x, x.dtype.type(0)))


def gelu(x: Array, approximate: str = "none") -> Array:
    """x times the chance that a normal number is below it."""
    if approximate == "tanh":
        return np.asarray(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))
    return np.asarray(0.5 * x * (1 + erf(x * x.dtype.type(_ROOT_HALF))))


_PLAIN: dict[str, Callable[[Array], Any]] = {
    "Acos": np.arccos, "Acosh": np.arccosh, "Asin": np.arcsin, "Asinh": np.arcsinh, "Atan": np.arctan,
    "Atanh": np.arctanh, "Cos": np.cos, "Cosh": np.cosh, "Exp": np.exp, "Log": np.log, "Sin": np.sin,
    "Sinh": np.sinh, "Tan": np.tan, "Tanh": np.tanh, "Sqrt": np.sqrt, "Floor": np.floor, "Ceil": np.ceil,
    "Round": np.rint, "Sign": np.sign, "Neg": np.negative, "Abs": np.abs, "Identity": lambda x: x,
    "Reciprocal": lambda x: 1 / x, "Relu": lambda x: np.maximum(x, x.dtype.type(0)), "Not": np.logical_not,
    "BitwiseNot": np.invert, "IsNaN": np.isnan, "Erf": erf, "Sigmoid": sigmoid, "Softplus": softplus,
    "Softsign": lambda x: x / (1 + np.abs(x)), "Mish": lambda x: x * np.tanh(softplus(x)),
    "HardSwish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
}  # fmt: skip
"""Operators of one tensor that have no attributes."""

_WITH_ATTRIBUTES: dict[str, Callable[[Attributes, Array], Any]] = {
    "Elu": lambda cfg, x: np.where(x < 0, cfg.alpha * np.expm1(np.minimum(x, 0)), x),
    "Celu": lambda cfg, x: np.maximum(x, 0) + np.minimum(0, cfg.alpha * np.expm1(np.minimum(x, 0) / cfg.alpha)),
    "LeakyRelu": lambda cfg, x: np.where(x < 0, cfg.alpha * x, x),
    "ThresholdedRelu": lambda cfg, x: np.where(x > cfg.alpha, x, 0),
    "Swish": lambda cfg, x: x * sigmoid(cfg.alpha * x),
    "Selu": lambda cfg, x: cfg.gamma * np.where(x > 0, x, cfg.alpha * np.expm1(np.minimum(x, 0))),
    "HardSigmoid": lambda cfg, x: np.clip(cfg.alpha * x + cfg.beta, 0, 1),
    "Gelu": lambda cfg, x: gelu(x, cfg.approximate),
    "Shrink": lambda cfg, x: np.where(x < -cfg.lambd, x + cfg.bias, np.where(x > cfg.lambd, x - cfg.bias, 0)),
}
"""Operators of one tensor, in the dtype of the tensor."""


def _divide(left: Array, right: Array) -> Any:
    """The quotient; of whole numbers its whole part, towards 0."""
    if left.dtype.kind == "f":
        return left / right
    if left.dtype.kind == "u":
        return left // right
    quotient = np.abs(left) // np.abs(right)
    return np.where((left < 0) != (right < 0), -quotient, quotient)


_PAIRS: dict[str, Callable[[Array, Array], Any]] = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": _divide, "BitwiseAnd": np.bitwise_and,
    "BitwiseOr": np.bitwise_or, "BitwiseXor": np.bitwise_xor,
}  # fmt: skip
"""Operators of two tensors, in the dtype of the first."""

_TESTS: dict[str, Callable[[Array, Array], Any]] = {
    "Equal": np.equal, "Less": np.less, "Greater": np.greater, "LessOrEqual": np.less_equal,
    "GreaterOrEqual": np.greater_equal, "And": np.logical_and, "Or": np.logical_or, "Xor": np.logical_xor,
}  # fmt: skip
"""Operators of two tensors that say yes or no."""


def _register_plain(name: str, function: Callable[[Array], Any]) -> None:
    @operator(name)
    def run(cfg: Unary, X: Array) -> Any:
        return function(X)


def _register_with_attributes(name: str, function: Callable[[Attributes, Array], Any]) -> None:
    @operator(name)
    def run(cfg: Attributes, X: Array) -> Any:
        return np.asarray(function(cfg, X)).astype(X.dtype, copy=False)


def _register_pair(name: str, function: Callable[[Array, Array], Any]) -> None:
    @operator(name)
    def run(cfg: Binary, A: Array, B: Array) -> Any:
        return np.asarray(function(A, B)).astype(A.dtype, copy=False)


def _register_test(name: str, function: Callable[[Array, Array], Any]) -> None:
    @operator(name)
    def run(cfg: Binary, A: Array, B: Array) -> Any:
        return function(A, B)


for _name, _plain in _PLAIN.items():
    _register_plain(_name, _plain)
for _name, _other in _WITH_ATTRIBUTES.items():
    _register_with_attributes(_name, _other)
for _name, _pair in _PAIRS.items():
    _register_pair(_name, _pair)
for _name, _pair in _TESTS.items():
    _register_test(_name, _pair)


@operator("IsInf")
def is_inf(cfg: Attributes, X: Array) -> Any:
    return (np.isposinf(X) & cfg.detect_positive) | (np.isneginf(X) & cfg.detect_negative)


@operator("Pow")
def power(cfg: Binary, A: Array, B: Array) -> Any:
    """The power, in the dtype of the base; computed in double precision where either is whole."""
    if A.dtype.kind == B.dtype.kind == "f":
        return np.power(A, B.astype(A.dtype, copy=False))
    if A.dtype.kind in "iu" and B.dtype.kind in "iu" and (not B.size or B.min() >= 0):
        return np.power(A, B.astype(A.dtype, copy=False))
    return np.power(A.astype(np.float64), B.astype(np.float64)).astype(A.dtype)


@operator("Mod")
def remainder(cfg: Attributes, A: Array, B: Array) -> Any:
    return np.fmod(A, B) if cfg.fmod else np.mod(A, B)


@operator("BitShift")
def bit_shift(cfg: Attributes, A: Array, B: Array) -> Any:
    return np.left_shift(A, B) if cfg.direction == "LEFT" else np.right_shift(A, B)


def _join(function: Callable[[Array, Array], Any]) -> Callable[[Variadic, tuple[Array, ...]], Any]:
    def run(cfg: Variadic, data: tuple[Array, ...]) -> Any:
        return reduce(function, data)

    return run


operator("Sum")(_join(np.add))
operator("Max")(_join(np.maximum))
operator("Min")(_join(np.minimum))


@operator("Mean")
def mean(cfg: Variadic, data: tuple[Array, ...]) -> Any:
    return np.asarray(reduce(np.add, data) / len(data)).astype(data[0].dtype, copy=False)


@operator("Clip")
def clip(cfg: Clip, input: Array, min: Array | None, max: Array | None) -> Any:
    held = input if min is None else np.maximum(input, min.astype(input.dtype, copy=False))
    return held if max is None else np.minimum(held, max.astype(input.dtype, copy=False))


@operator("Where")
def where(cfg: Where, condition: Array, X: Array, Y: Array) -> Any:
    return np.where(condition, X, Y)


@operator("Cast")
def cast(cfg: Cast, input: Array) -> Any:
    return convert(input, cfg.to, saturate=cfg.saturate, round_mode=cfg.round_mode)


@operator("CastLike", dtypes=True)
def cast_like(cfg: CastLike, input: Array, target_type: Array, dtypes: tuple[str, ...] = ()) -> Any:
    dtype = dtypes[0] if dtypes else name_dtype(target_type)
    return convert(input, dtype, saturate=cfg.saturate, round_mode=cfg.round_mode)


@operator("SwiGLU")
def swiglu(cfg: Attributes, A: Array, B: Array) -> Any:
    """The first tensor's swish times the second."""
    return (A * sigmoid(cfg.alpha * A) * B).astype(A.dtype, copy=False)


@operator("PRelu")
def prelu(cfg: PRelu, X: Array, slope: Array) -> Any:
    return np.where(X < 0, slope * X, X).astype(X.dtype, copy=False)


@operator("Dropout")
def dropout(cfg: Dropout, data: Array, ratio: Array | None, training_mode: Array | None) -> Any:
    if training_mode is not None and bool(training_mode) and (ratio is None or float(ratio) > 0):
        refuse_training("it drops numbers at random, as in training")
    return data, np.ones(data.shape, bool)
