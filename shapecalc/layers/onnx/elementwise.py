"""Operators on each number by itself: activations, arithmetic, comparisons. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from shapecalc.dims import broadcast_shapes, known
from shapecalc.layers.arguments import arg
from shapecalc.layers.onnx.base import Operator, give, index_by_name, known_of, make_operator, rule
from shapecalc.layers.onnx.dtypes import DTYPES, is_float
from shapecalc.layers.values import Inferred, Tensor

_SATURATE = "Hold numbers within the bounds of a dtype of eight bits; else they become infinite or no number."
_ROUND = "How numbers become float8e8m0."
_ROUND_MODES = ("up", "down", "nearest")


class Unary(Operator):
    """One tensor to another of its shape. `operate` computes with numbers that are known."""

    type_name = "onnx.Unary"
    ports = ("X",)
    operate: ClassVar[Callable[[Any], Any] | None] = None
    output_dtype: ClassVar[str | None] = None


@rule(Unary)
def unary(cfg: Unary, X: Tensor) -> Inferred:
    array, operate = known_of(X), type(cfg).operate
    items = None if array is None or operate is None else known.combine(operate, array)
    return give(X.shape, cfg.output_dtype or X.dtype, items)


class Binary(Operator):
    """Two tensors broadcast together. `operate` computes with numbers that are known."""

    type_name = "onnx.Binary"
    ports = ("A", "B")
    operate: ClassVar[Callable[[Any, Any], Any] | None] = None
    output_dtype: ClassVar[str | None] = None


@rule(Binary)
def binary(cfg: Binary, A: Tensor, B: Tensor) -> Inferred:
    return _combine(cfg, [A, B], cfg.output_dtype or A.dtype)


class Variadic(Operator):
    """Any number of tensors broadcast together."""

    type_name = "onnx.Variadic"
    ports = ("data+",)
    operate: ClassVar[Callable[[Any, Any], Any] | None] = None


@rule(Variadic)
def variadic(cfg: Variadic, data: tuple[Tensor, ...]) -> Inferred:
    return _combine(cfg, data, data[0].dtype)


def _combine(cfg: Any, tensors: Sequence[Tensor], dtype: str | None) -> Inferred:
    """The broadcast shape, and the numbers where all are known."""
    shape = broadcast_shapes(*(tensor.shape for tensor in tensors))
    operate = type(cfg).operate
    arrays = [known_of(tensor) for tensor in tensors]
    items = arrays[0]
    if operate is None or any(array is None for array in arrays):
        return give(shape, dtype)
    for array in arrays[1:]:
        if items is None or array is None:
            return give(shape, dtype)
        if dtype is not None and operate is _divide:
            items = known.combine(lambda a, b: known.divide(a, b, whole=not is_float(dtype)), items, array)
        else:
            items = known.combine(operate, items, array)
    return give(shape, dtype, items)


def _divide(left: Any, right: Any) -> Any:
    return known.divide(left, right, whole=False)


class Clip(Operator):
    """Each number held between two bounds. https://onnx.ai/onnx/operators/onnx__Clip.html"""

    type_name = "onnx.Clip"
    ports = ("input", "min?", "max?")
    numbers = ("min", "max")


@rule(Clip)
def clip(cfg: Clip, input: Tensor, min: Tensor | None = None, max: Tensor | None = None) -> Inferred:
    items = known_of(input)
    for bound, choose in ((min, known.greatest), (max, known.least)):
        limit = known_of(bound)
        if items is None or (bound is not None and limit is None):
            return give(input.shape, input.dtype)
        items = items if limit is None else known.combine(choose, items, limit)
    return give(input.shape, input.dtype, items)


class Where(Operator):
    """One of two numbers, as a condition says. https://onnx.ai/onnx/operators/onnx__Where.html"""

    type_name = "onnx.Where"
    ports = ("condition", "X", "Y")


@rule(Where)
def where(cfg: Where, condition: Tensor, X: Tensor, Y: Tensor) -> Inferred:
    shape = broadcast_shapes(condition.shape, X.shape, Y.shape)
    test, left, right = known_of(condition), known_of(X), known_of(Y)
    items = None if test is None or left is None or right is None else known.combine(known.choose, test, left, right)
    return give(shape, X.dtype, items)


class Cast(Operator):
    """The same numbers in another dtype. https://onnx.ai/onnx/operators/onnx__Cast.html"""

    type_name = "onnx.Cast"
    ports = ("input",)
    to = arg.choice(*DTYPES, doc="The dtype.")
    saturate = arg.flag(True, doc=_SATURATE)
    round_mode = arg.choice(*_ROUND_MODES, default="up", doc=_ROUND)


@rule(Cast)
def cast(cfg: Cast, input: Tensor) -> Inferred:
    return _convert(input, cfg.to)


class CastLike(Operator):
    """The same numbers in the dtype of another tensor. https://onnx.ai/onnx/operators/onnx__CastLike.html"""

    type_name = "onnx.CastLike"
    ports = ("input", "target_type")
    saturate = arg.flag(True, doc=_SATURATE)
    round_mode = arg.choice(*_ROUND_MODES, default="up", doc=_ROUND)


@rule(CastLike)
def cast_like(cfg: CastLike, input: Tensor, target_type: Tensor) -> Inferred:
    return _convert(input, target_type.dtype or "float32")


def _convert(tensor: Tensor, dtype: str) -> Inferred:
    array = known_of(tensor)
    items = None
    if array is not None and not any(isinstance(item, str) for item in array.items) and dtype != "string":
        items = known.combine(lambda item: known.cast(item, dtype), array)
    return give(tensor.shape, dtype, items)


class PRelu(Operator):
    """A slope of its own for each channel below 0. https://onnx.ai/onnx/operators/onnx__PRelu.html"""

    type_name = "onnx.PRelu"
    ports = ("X", "slope")


@rule(PRelu)
def prelu(cfg: PRelu, X: Tensor, slope: Tensor) -> Inferred:
    broadcast_shapes(X.shape, slope.shape)
    return give(X.shape, X.dtype)


class Dropout(Operator):
    """The input as it is: nothing is dropped when a model is used. https://onnx.ai/onnx/operators/onnx__Dropout.html"""

    type_name = "onnx.Dropout"
    ports = ("data", "ratio?", "training_mode?")
    numbers = ("ratio", "training_mode")
    seed = arg.optional(arg.count(doc="Seed of what is dropped in training.", low=None))


@rule(Dropout)
def dropout(cfg: Dropout, data: Tensor, ratio: Tensor | None = None, training_mode: Tensor | None = None) -> Inferred:
    return Inferred({"output": data._replace(masked=False), "mask": Tensor(data.shape, "bool", False)})


def _make_unary(
    name: str, operate: Callable[[Any], Any] | None = None, dtype: str | None = None, **arguments: Any
) -> Any:
    """`onnx.NAME` on one tensor, with the attributes of the standard."""
    doc = f"https://onnx.ai/onnx/operators/onnx__{name}.html"
    return make_operator(name, Unary, doc, operate=operate and staticmethod(operate), output_dtype=dtype, **arguments)


def _make_binary(
    name: str, operate: Callable[[Any, Any], Any] | None = None, dtype: str | None = None, **arguments: Any
) -> Any:
    doc = f"https://onnx.ai/onnx/operators/onnx__{name}.html"
    return make_operator(name, Binary, doc, operate=operate and staticmethod(operate), output_dtype=dtype, **arguments)


_FMOD = arg.flag(doc="Take the sign of the dividend, as C does.")

TYPES = index_by_name(
    Clip, Where, Cast, CastLike, PRelu, Dropout,
    *(
        _make_unary(name)
        for name in (
            "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Cos", "Cosh", "Erf", "Exp", "HardSwish", "Log", "Mish",
            "Reciprocal", "Round", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Tan", "Tanh",
            "BitwiseNot",
        )
    ),
    _make_unary("Identity", lambda item: item), _make_unary("Neg", known.negate), _make_unary("Abs", known.measure),
    _make_unary("Floor", known.floor), _make_unary("Ceil", known.ceil), _make_unary("Sqrt", known.root),
    _make_unary("Relu", known.relu), _make_unary("Not", known.invert, "bool"),
    _make_unary("IsNaN", None, "bool"),
    _make_unary(
        "IsInf", None, "bool", detect_negative=arg.flag(True, doc="Whether minus infinity counts."),
        detect_positive=arg.flag(True, doc="Whether infinity counts."),
    ),
    _make_unary("Elu", alpha=arg.number(1.0, doc="Value far below 0, negated.")),
    _make_unary("Celu", alpha=arg.number(1.0, doc="Value far below 0, negated.")),
    _make_unary("LeakyRelu", alpha=arg.number(0.01, doc="Slope below 0.")),
    _make_unary("ThresholdedRelu", alpha=arg.number(1.0, doc="Below this all is 0.")),
    _make_unary("Swish", alpha=arg.number(1.0, doc="Factor within the sigmoid.")),
    _make_unary(
        "Selu", alpha=arg.number(1.6732632, doc="Value far below 0, negated."),
        gamma=arg.number(1.050701, doc="Factor of all."),
    ),
    _make_unary(
        "HardSigmoid", alpha=arg.number(0.2, doc="Slope."), beta=arg.number(0.5, doc="Value at 0."),
    ),
    _make_unary("Gelu", approximate=arg.choice("none", "tanh", default="none", doc="How erf is computed.")),
    _make_unary(
        "Shrink", bias=arg.number(0.0, doc="What is taken off."), lambd=arg.number(0.5, doc="Below this all is 0."),
    ),
    _make_binary("Add", known.add), _make_binary("Sub", known.subtract), _make_binary("Mul", known.multiply),
    _make_binary("Div", _divide), _make_binary("Pow", known.power), _make_binary("Mod", known.remainder, fmod=_FMOD),
    _make_binary("Equal", known.equal, "bool"), _make_binary("Less", known.less, "bool"),
    _make_binary("Greater", known.greater, "bool"), _make_binary("LessOrEqual", known.at_most, "bool"),
    _make_binary("GreaterOrEqual", known.not_less, "bool"),
    _make_binary("And", known.both, "bool"),
    _make_binary("Or", known.either, "bool"),
    _make_binary("Xor", known.one_of_two, "bool"),
    _make_binary("SwiGLU", alpha=arg.number(1.0, doc="Factor within the sigmoid.")),
    _make_binary("BitwiseAnd"), _make_binary("BitwiseOr"), _make_binary("BitwiseXor"),
    _make_binary("BitShift", direction=arg.choice("LEFT", "RIGHT", doc="Where the bits move.")),
    *(
        make_operator(
            name, Variadic, f"https://onnx.ai/onnx/operators/onnx__{name}.html",
            operate=operate and staticmethod(operate),
        )
        for name, operate in (
            ("Sum", known.add), ("Max", known.greatest), ("Min", known.least), ("Mean", None),
        )
    ),
)  # fmt: skip
