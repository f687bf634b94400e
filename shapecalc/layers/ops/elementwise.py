"""Operations entry by entry: one input, two that broadcast, comparisons, casts. https://keras.io/api/ops/numpy/

The tables at the end are the families; each gives the dtype of the output, and the dtypes that it refuses.
"""

from __future__ import annotations

from typing import ClassVar

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Dim
from shapecalc.layers.arguments import arg
from shapecalc.layers.base import rule
from shapecalc.layers.dtypes import find_result_type, is_float, require_floats
from shapecalc.layers.ops.base import (
    DTYPES,
    Operation,
    broadcast_operands,
    constant,
    fill_operands,
    find_dtype,
    index_by_name,
    make_operation,
    make_output,
    note_numbers,
    optional_dtype,
    promote_dtypes,
    refuse_dtype,
)
from shapecalc.layers.values import WIDE, Inferred, Numbers, Tensor


class Unary(Operation):
    """One input of any shape, output the same shape. `gives` says the dtype, `refuses` which have no meaning."""

    ports = ("x",)
    gives: ClassVar[str] = "same"
    refuses: ClassVar[tuple[str, ...]] = ()


@rule(Unary)
def unary(cfg: Unary, x: Tensor) -> Inferred:
    if find_dtype(x) in cfg.refuses:
        refuse_dtype(x, "numbers" if cfg.refuses == ("bool",) else "signed numbers", "x")
    if cfg.gives == "needs float":
        require_floats(x, "x")
    return make_output(x.shape, _find_dtype(cfg.gives, find_dtype(x)))


def _find_dtype(gives: str, dtype: str) -> str:
    """The dtype that a family gives for operands of `dtype`."""
    if gives == "bool":
        return "bool"
    if gives == "number" and dtype == "bool":
        return "int32"
    return "float32" if gives == "float" and not is_float(dtype) else dtype


class OpsGelu(Unary):
    """Gaussian error linear unit, entry by entry. https://keras.io/api/ops/nn/#gelu-function"""

    type_name = "ops.gelu"
    gives = "needs float"
    approximate = arg.flag(True, doc="By tanh instead of the exact erf.")


class OpsLeakyRelu(Unary):
    """max(x, negative_slope * x), entry by entry. https://keras.io/api/ops/nn/#leaky_relu-function"""

    type_name = "ops.leaky_relu"
    gives = "needs float"
    negative_slope = arg.number(0.2, "Slope below 0.")


class OpsElu(Unary):
    """x, and alpha * (exp(x) - 1) below 0. https://keras.io/api/ops/nn/#elu-function"""

    type_name = "ops.elu"
    gives = "needs float"
    alpha = arg.number(1.0, "Scale below 0.")


class OpsRound(Unary):
    """The nearest number of so many decimals, halves to even. https://keras.io/api/ops/numpy/#round-function"""

    type_name = "ops.round"
    refuses = ("bool",)
    decimals = arg.axis(0, doc="Digits after the point.")


class OpsStopGradient(Operation):
    """The input as it is; training goes no further back. https://keras.io/api/ops/core/#stop_gradient-function"""

    type_name = "ops.stop_gradient"
    keeps_values = True
    ports = ("variable",)


@rule(OpsStopGradient)
def stop_gradient(cfg: OpsStopGradient, variable: Tensor) -> Inferred:
    return make_output(variable.shape, variable.dtype)


class Binary(Operation):
    """Two operands that broadcast against one another; a number or a list of numbers may stand for either."""

    ports = ("x1?", "x2?")
    operands = ("x1", "x2")
    gives: ClassVar[str] = "same"
    takes_bool: ClassVar[bool] = True
    x1 = constant("A constant in place of the first tensor.")
    x2 = constant("A constant in place of the second tensor.")


@rule(Binary)
def binary(cfg: Binary, x1: Tensor | None = None, x2: Tensor | None = None) -> Inferred:
    left, right = fill_operands(cfg, x1, x2)
    shape = broadcast_operands(left.shape, right.shape, port="x2")
    dtype = promote_dtypes(cfg, left, right)
    if dtype == "bool" and not cfg.takes_bool:
        refuse_dtype(left, "numbers", "x1")
    inferred = make_output(shape, _find_dtype(cfg.gives, dtype))
    known = shift_numbers(cfg, left, right, dtype)
    return inferred if known is None else note_numbers(inferred, *known)


def shift_numbers(cfg: Binary, left: Tensor, right: Tensor, dtype: str) -> Numbers | None:
    """The numbers known of a sum or a difference with one constant whole number."""
    numbers, number = (right.numbers, cfg.x1) if left.numbers is None else (left.numbers, cfg.x2)
    if numbers is None or number.__class__ not in (int, Dim) or dtype not in WIDE or dtype.startswith("u"):
        return None
    if cfg.type_name == "ops.add":
        return Numbers(numbers.least + number, numbers.most + number)
    if cfg.type_name == "ops.subtract":
        least, most = numbers
        return Numbers(least - number, most - number) if number is cfg.x2 else Numbers(number - most, number - least)
    return None


class OpsClip(Operation):
    """Values held between two bounds, each a number or a tensor. https://keras.io/api/ops/numpy/#clip-function"""

    type_name = "ops.clip"
    ports = ("x", "x_min?", "x_max?")
    operands = ("x_min", "x_max")
    x_min = constant("The least value.")
    x_max = constant("The greatest value.")


@rule(OpsClip)
def clip(cfg: OpsClip, x: Tensor, x_min: Tensor | None = None, x_max: Tensor | None = None) -> Inferred:
    low, high = fill_operands(cfg, x_min, x_max)
    shape = broadcast_operands(x.shape, low.shape, high.shape, port="x_min")
    dtype = _find_dtype("number", find_dtype(x))
    for name, bound in (("x_min", low), ("x_max", high)):
        if not is_float(dtype) and is_float(find_result_type(dtype, find_dtype(bound))):
            raise ShapeError(
                f"cannot hold {dtype} values to a floating bound", arg=name, code="SC407", help="give a whole number"
            )
    return make_output(shape, dtype)


class OpsWhere(Operation):
    """x1 where the condition holds, x2 elsewhere; numbers may stand for both. https://keras.io/api/ops/numpy/#where-function"""

    type_name = "ops.where"
    ports = ("condition", "x1?", "x2?")
    operands = ("x1", "x2")
    x1 = constant("A constant where the condition holds.")
    x2 = constant("A constant elsewhere.")


@rule(OpsWhere)
def where(cfg: OpsWhere, condition: Tensor, x1: Tensor | None = None, x2: Tensor | None = None) -> Inferred:
    left, right = fill_operands(cfg, x1, x2)
    shape = broadcast_operands(condition.shape, left.shape, right.shape, port="x1")
    return make_output(shape, promote_dtypes(cfg, left, right))


class OpsCast(Operation):
    """The same values in another dtype. https://keras.io/api/ops/core/#cast-function"""

    type_name = "ops.cast"
    keeps_values = True
    ports = ("x",)
    dtype = arg.choice(*DTYPES, doc="The dtype to cast to.")  # type: ignore[assignment]


@rule(OpsCast)
def cast(cfg: OpsCast, x: Tensor) -> Inferred:
    return make_output(x.shape, cfg.dtype)


class Like(Operation):
    """A constant in the shape of the input, and in its dtype unless another is given."""

    ports = ("x",)
    dtype = optional_dtype("Dtype of the output; the input's by default.")  # type: ignore[assignment]


@rule(Like)
def like(cfg: Like, x: Tensor) -> Inferred:
    return make_output(x.shape, cfg.dtype or x.dtype)


class OpsZerosLike(Like):
    """Zeros in the input's shape. https://keras.io/api/ops/numpy/#zeros_like-function"""

    type_name = "ops.zeros_like"


class OpsOnesLike(Like):
    """Ones in the input's shape. https://keras.io/api/ops/numpy/#ones_like-function"""

    type_name = "ops.ones_like"


class OpsFullLike(Like):
    """One number in the input's shape. https://keras.io/api/ops/numpy/#full_like-function"""

    type_name = "ops.full_like"
    fill_value = arg.number(doc="The number to fill with.")


_ARRAYS = "https://keras.io/api/ops/numpy/#{}-function"
_CORE = "https://keras.io/api/ops/core/#{}-function"
_NETS = "https://keras.io/api/ops/nn/#{}-function"
_UNSIGNED = ("bool", "uint8", "uint16", "uint32", "uint64")

_UNARY: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("same", _ARRAYS, (), "abs absolute copy trunc"),
    ("number", _ARRAYS, (), "square"),
    ("same", _ARRAYS, _UNSIGNED, "negative sign"),
    ("same", _NETS, ("bool",), "relu relu6"),
    (
        "float",
        _ARRAYS,
        (),
        "exp exp2 expm1 log log2 log10 log1p sqrt sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh arccosh "
        "arctanh floor ceil",
    ),
    ("needs float", _ARRAYS, (), "reciprocal"),
    ("needs float", _CORE, (), "rsqrt erf"),
    (
        "needs float",
        _NETS,
        (),
        "sigmoid silu swish selu softplus softsign hard_sigmoid hard_silu hard_swish hard_tanh log_sigmoid sparse_plus "
        "sparse_sigmoid tanh_shrink",
    ),
    ("bool", _ARRAYS, (), "logical_not isnan isinf isfinite"),
)
"""The dtype of the output, the section of Keras's pages, the refused dtypes, and the operations."""

_BINARY: tuple[tuple[str, bool, str], ...] = (
    ("same", False, "add subtract multiply maximum minimum power floor_divide"),
    ("number", True, "mod"),
    ("float", True, "divide true_divide divide_no_nan"),
    ("bool", True, "equal not_equal logical_and logical_or logical_xor"),
    ("bool", False, "greater greater_equal less less_equal"),
)
"""The dtype of the output, whether two truth values are taken, and the operations."""

TYPES = index_by_name(
    *(
        make_operation(name, Unary, f"{name}(x), entry by entry. {page.format(name)}", gives=gives, refuses=refuses)
        for gives, page, refuses, names in _UNARY
        for name in names.split()
    ),
    *(
        make_operation(
            name,
            Binary,
            f"{name}(x1, x2), entry by entry; shapes broadcast. {_ARRAYS.format(name)}",
            gives=gives,
            takes_bool=takes_bool,
        )
        for gives, takes_bool, names in _BINARY
        for name in names.split()
    ),
    OpsGelu,
    OpsLeakyRelu,
    OpsElu,
    OpsRound,
    OpsStopGradient,
    OpsClip,
    OpsWhere,
    OpsCast,
    OpsZerosLike,
    OpsOnesLike,
    OpsFullLike,
)
