"""Functions of each entry by itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from shapecalc.formats.onnx.writing.activations import ACTIVATIONS, gelu_by_tanh
from shapecalc.formats.onnx.writing.base import Value, WeightView, writer
from shapecalc.formats.onnx.writing.ops.base import as_float, comparable, countable, operands, value_of

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes

_Function = Callable[["Nodes", Value], Value]

_OPERATORS = {
    "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "sin": "Sin", "cos": "Cos", "tan": "Tan", "sinh": "Sinh",
    "cosh": "Cosh", "tanh": "Tanh", "arcsin": "Asin", "arccos": "Acos", "arctan": "Atan", "arcsinh": "Asinh",
    "arccosh": "Acosh", "arctanh": "Atanh", "floor": "Floor", "ceil": "Ceil", "reciprocal": "Reciprocal", "erf": "Erf",
}  # fmt: skip

_ACTIVATIONS = (
    *("sigmoid", "silu", "swish", "selu", "softplus", "softsign", "hard_sigmoid", "hard_silu", "hard_swish"),
    *("hard_tanh", "log_sigmoid", "sparse_plus", "sparse_sigmoid", "tanh_shrink"),
)


def _operator(kind: str) -> _Function:
    return lambda nodes, x: nodes.op(kind, x)


def _by_number(kind: str, number: float) -> _Function:
    """An operator on a number and the tensor."""
    return lambda nodes, x: nodes.op(kind, nodes.like(number, x), x)


def _log_to(base: float) -> _Function:
    return lambda nodes, x: nodes.op("Mul", nodes.op("Log", x), nodes.like(1 / math.log(base), x))


def _log1p(nodes: Nodes, x: Value) -> Value:
    return nodes.op("Log", nodes.op("Add", x, nodes.like(1.0, x)))


def _expm1(nodes: Nodes, x: Value) -> Value:
    return nodes.op("Sub", nodes.op("Exp", x), nodes.like(1.0, x))


_FLOATING: dict[str, _Function] = {
    **{name: _operator(kind) for name, kind in _OPERATORS.items()},
    **{name: ACTIVATIONS[name] for name in _ACTIVATIONS},
    "exp2": _by_number("Pow", 2.0),
    "log2": _log_to(2.0),
    "log10": _log_to(10.0),
    "log1p": _log1p,
    "expm1": _expm1,
    "rsqrt": lambda nodes, x: nodes.op("Reciprocal", nodes.op("Sqrt", x)),
}
"""Functions of floating numbers: whole numbers are computed in single precision."""


def _square(nodes: Nodes, x: Value) -> Value:
    x = nodes.cast(x, "int32") if x.dtype == "bool" else x
    return nodes.op("Mul", x, x)


def _trunc(nodes: Nodes, x: Value) -> Value:
    return nodes.op("Mul", nodes.op("Sign", x), nodes.op("Floor", nodes.op("Abs", x))) if x.is_float else x


def _is_nan(nodes: Nodes, x: Value) -> Value:
    return nodes.op("IsNaN", as_float(nodes, x))


def _is_inf(nodes: Nodes, x: Value) -> Value:
    return nodes.op("IsInf", as_float(nodes, x))


def _is_finite(nodes: Nodes, x: Value) -> Value:
    return nodes.op("Not", nodes.op("Or", _is_nan(nodes, x), _is_inf(nodes, x)))


def _relu6(nodes: Nodes, x: Value) -> Value:
    return nodes.op("Min", nodes.op("Max", x, nodes.like(0, x)), nodes.like(6, x))


def _plain(kind: str) -> _Function:
    """An operator that keeps the dtype; truth values have no sign."""

    def run(nodes: Nodes, x: Value) -> Value:
        return x if x.dtype == "bool" and kind in ("Abs", "Sign") else nodes.op(kind, x)

    return run


_PLAIN: dict[str, _Function] = {
    "abs": _plain("Abs"),
    "absolute": _plain("Abs"),
    "copy": lambda nodes, x: x,
    "trunc": _trunc,
    "square": _square,
    "negative": _plain("Neg"),
    "sign": _plain("Sign"),
    "relu": lambda nodes, x: nodes.op("Relu", x) if x.is_float else nodes.op("Max", x, nodes.like(0, x)),
    "relu6": _relu6,
    "logical_not": lambda nodes, x: nodes.op("Not", nodes.cast(x, "bool")),
    "isnan": _is_nan,
    "isinf": _is_inf,
    "isfinite": _is_finite,
}
"""Functions that keep the dtype, or make truth values."""


def _unary(function: _Function, *, floating: bool) -> Callable[..., Value]:
    def write(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
        return function(nodes, as_float(nodes, x) if floating else x)

    return write


for _name, _function in _FLOATING.items():
    writer(f"ops.{_name}")(_unary(_function, floating=True))
for _name, _function in _PLAIN.items():
    writer(f"ops.{_name}")(_unary(_function, floating=False))


@writer("ops.gelu")
def gelu(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    return (gelu_by_tanh if cfg.approximate else ACTIVATIONS["gelu"])(nodes, as_float(nodes, x))


@writer("ops.leaky_relu")
def leaky_relu(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    return nodes.op("LeakyRelu", as_float(nodes, x), alpha=float(cfg.negative_slope))


@writer("ops.elu")
def elu(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    return nodes.op("Elu", as_float(nodes, x), alpha=float(cfg.alpha))


@writer("ops.round")
def round_decimals(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    """Rounded to `decimals`, by scaling up, rounding and scaling down."""
    decimals = max(-40, min(cfg.decimals, 40))
    if not x.is_float:
        if decimals >= 0:
            return x
        wide = nodes.cast(x, "float64")
        scale = nodes.like(10.0**-decimals, wide)
        return nodes.op("Mul", nodes.op("Round", nodes.op("Div", wide, scale)), scale)
    if not decimals:
        return nodes.op("Round", x)
    scale = nodes.like(10.0**decimals, x)
    return nodes.op("Div", nodes.op("Round", nodes.op("Mul", x, scale)), scale)


@writer("ops.stop_gradient")
def stop_gradient(nodes: Nodes, cfg: Any, weight: WeightView, variable: Value) -> Value:
    return variable


def _simple(kind: str, for_truth: str = "") -> Callable[[Nodes, Value, Value], Value]:
    """An operator of two tensors; that of truth values may be another."""
    return lambda nodes, x, y: nodes.op(for_truth if for_truth and x.dtype == "bool" else kind, x, y)


def _compare(kind: str, *, negated: bool = False) -> Callable[[Nodes, Value, Value], Value]:
    def run(nodes: Nodes, x: Value, y: Value) -> Value:
        if kind != "Equal":
            x, y = countable(nodes, x), countable(nodes, y)
        result = nodes.op(kind, comparable(nodes, x), comparable(nodes, y))
        return nodes.op("Not", result) if negated else result

    return run


def _logical(kind: str) -> Callable[[Nodes, Value, Value], Value]:
    return lambda nodes, x, y: nodes.op(kind, nodes.cast(x, "bool"), nodes.cast(y, "bool"))


def _divide(nodes: Nodes, x: Value, y: Value) -> Value:
    return nodes.op("Div", as_float(nodes, x), as_float(nodes, y))


def _divide_safely(nodes: Nodes, x: Value, y: Value) -> Value:
    over, under = as_float(nodes, x), as_float(nodes, y)
    zero = nodes.like(0.0, over)
    return nodes.where(
        nodes.op("Equal", comparable(nodes, under), comparable(nodes, zero)), zero, nodes.op("Div", over, under)
    )


def _mod(nodes: Nodes, x: Value, y: Value) -> Value:
    """What is left over, with the sign of the divisor."""
    if not x.is_float:
        return nodes.op("Mod", countable(nodes, x), countable(nodes, y))
    rest = nodes.op("Mod", x, y, fmod=1)
    zero = nodes.like(0.0, rest)
    crosses = nodes.op("Less", nodes.op("Mul", nodes.op("Sign", rest), nodes.op("Sign", y)), zero)
    return nodes.where(crosses, nodes.op("Add", rest, y), rest)


def _floor_divide(nodes: Nodes, x: Value, y: Value) -> Value:
    if x.is_float:
        return nodes.op("Floor", nodes.op("Div", x, y))
    x, y = countable(nodes, x), countable(nodes, y)
    return nodes.op("Div", nodes.op("Sub", x, nodes.op("Mod", x, y)), y)


def _power(nodes: Nodes, x: Value, y: Value) -> Value:
    return nodes.op("Pow", countable(nodes, x), countable(nodes, y))


def _extreme(kind: str, for_truth: str) -> Callable[[Nodes, Value, Value], Value]:
    def run(nodes: Nodes, x: Value, y: Value) -> Value:
        if x.dtype == "bool":
            return nodes.op(for_truth, x, y)
        return nodes.op(kind, *(x if x.is_float else countable(nodes, x) for x in (x, y)))

    return run


_BINARY: dict[str, Callable[[Nodes, Value, Value], Value]] = {
    "add": _simple("Add", "Or"),
    "subtract": _simple("Sub"),
    "multiply": _simple("Mul", "And"),
    "divide": _divide,
    "true_divide": _divide,
    "divide_no_nan": _divide_safely,
    "maximum": _extreme("Max", "Or"),
    "minimum": _extreme("Min", "And"),
    "mod": _mod,
    "floor_divide": _floor_divide,
    "power": _power,
    "equal": _compare("Equal"),
    "not_equal": _compare("Equal", negated=True),
    "greater": _compare("Greater"),
    "greater_equal": _compare("GreaterOrEqual"),
    "less": _compare("Less"),
    "less_equal": _compare("LessOrEqual"),
    "logical_and": _logical("And"),
    "logical_or": _logical("Or"),
    "logical_xor": _logical("Xor"),
}


def _binary(function: Callable[[Nodes, Value, Value], Value]) -> Callable[..., Value]:
    def write(nodes: Nodes, cfg: Any, weight: WeightView, x1: Value | None = None, x2: Value | None = None) -> Value:
        return function(nodes, *operands(nodes, cfg, x1, x2))

    return write


for _name, _pair in _BINARY.items():
    writer(f"ops.{_name}")(_binary(_pair))


@writer("ops.clip")
def clip(
    nodes: Nodes, cfg: Any, weight: WeightView, x: Value, x_min: Value | None = None, x_max: Value | None = None
) -> Value:
    x = nodes.cast(x, "int32") if x.dtype == "bool" else x
    rest = iter([value for value in (x_min, x_max) if value is not None])
    given = [next(rest) if getattr(cfg, name) is None else getattr(cfg, name) for name in cfg.operands]
    low, high = (value_of(nodes, value, x.dtype) for value in given)
    return nodes.op("Max", nodes.op("Min", x, high), low)


@writer("ops.where")
def where(
    nodes: Nodes, cfg: Any, weight: WeightView, condition: Value, x1: Value | None = None, x2: Value | None = None
) -> Value:
    return nodes.where(nodes.cast(condition, "bool"), *operands(nodes, cfg, x1, x2))


@writer("ops.cast")
def cast(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    return nodes.cast(x, cfg.dtype)


@writer("ops.zeros_like")
def zeros_like(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    return nodes.full(0, x.shape, cfg.dtype or x.dtype)


@writer("ops.ones_like")
def ones_like(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    return nodes.full(1, x.shape, cfg.dtype or x.dtype)


@writer("ops.full_like")
def full_like(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    return nodes.expand(value_of(nodes, cfg.fill_value, cfg.dtype or x.dtype), x.shape)
