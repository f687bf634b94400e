"""What the operations of layers/ops/elementwise.py keep for the backward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.training.activation_functions import apply_function
from shapecalc.training.array import Array, arrange_like, make_array
from shapecalc.training.dtypes import find_result_type
from shapecalc.training.elementwise import (
    choose,
    combine,
    divide,
    make_condition,
    map_entries,
    multiply,
    select,
)
from shapecalc.training.keeping import keeps
from shapecalc.training.ops.base import fill_operands, is_number, promote
from shapecalc.training.tape import Tape, cast

if TYPE_CHECKING:
    from shapecalc.layers.ops.elementwise import Binary, Like, OpsCast, OpsClip, OpsStopGradient, OpsWhere, Unary

ACTIVATIONS = (
    *("relu", "relu6", "gelu", "leaky_relu", "elu", "selu", "sigmoid", "silu", "swish", "softplus", "softsign"),
    *("hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "log_sigmoid", "sparse_plus", "sparse_sigmoid"),
    *("tanh_shrink", "tanh"),
)
FUNCTIONS = (
    *("abs", "absolute", "copy", "trunc", "square", "negative", "sign", "exp", "exp2", "expm1", "log", "log2"),
    *("log10", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "arcsin", "arccos", "arctan", "arcsinh"),
    *("arccosh", "arctanh", "floor", "ceil", "reciprocal", "rsqrt", "erf", "round"),
)
TRUTHS = ("logical_not", "isnan", "isinf")
COMPARISONS = (
    *("equal", "not_equal", "logical_and", "logical_or", "logical_xor"),
    *("greater", "greater_equal", "less", "less_equal"),
)


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"ops.{name}" for name in names)


def _short(cfg: Unary | Binary) -> str:
    return cfg.type_name.removeprefix("ops.")


@keeps(*_names(ACTIVATIONS))
def activation(cfg: Unary, tape: Tape, x: Array) -> Array:
    return apply_function(tape, _short(cfg), x)


@keeps(*_names(FUNCTIONS))
def function(cfg: Unary, tape: Tape, x: Array) -> Array:
    name = {"absolute": "abs"}.get(_short(cfg), _short(cfg))
    if name in ("floor", "ceil"):  # which Keras computes in 32 bits
        x = cast(x, find_result_type(x.dtype, "float")) if "float" in x.dtype else x
    return map_entries(tape, name, x, name)


@keeps(*_names(TRUTHS))
def truth(cfg: Unary, tape: Tape, x: Array) -> Array:
    return make_condition(x)


@keeps("ops.isfinite")
def is_finite(cfg: Unary, tape: Tape, x: Array) -> Array:
    """The input: PyTorch computes it of absolute values."""
    return make_condition(map_entries(tape, "abs", x))


@keeps("ops.stop_gradient")
def stop_gradient(cfg: OpsStopGradient, tape: Tape, variable: Array) -> Array:
    """Nothing: the same array, without a gradient."""
    return variable._replace(needs_grad=False)


@keeps("ops.add", "ops.subtract")
def add(cfg: Binary, tape: Tape, x1: Array | None = None, x2: Array | None = None) -> Array:
    left, right = fill_operands(cfg, x1, x2)
    return combine(left, right, name="sum", dtype=promote(left, right))


@keeps("ops.multiply")
def multiply_op(cfg: Binary, tape: Tape, x1: Array | None = None, x2: Array | None = None) -> Array:
    """Of each operand that needs a gradient the other one."""
    left, right = fill_operands(cfg, x1, x2)
    return multiply(tape, left, right, dtype=promote(left, right))


@keeps("ops.divide", "ops.true_divide")
def divide_op(cfg: Binary, tape: Tape, x1: Array | None = None, x2: Array | None = None) -> Array:
    """The divisor, and for its gradient also what is divided; numbers are not kept."""
    left, right = fill_operands(cfg, x1, x2)
    dtype = promote(left, right)
    if is_number(cfg.x2):
        return combine(left, right, name="quotient", dtype=dtype)
    if is_number(cfg.x1):
        if right.needs_grad:
            tape.save(right)
        return combine(left, right, name="quotient", dtype=dtype)
    return divide(tape, left, right, dtype=dtype)


@keeps("ops.divide_no_nan")
def divide_no_nan(cfg: Binary, tape: Tape, x1: Array | None = None, x2: Array | None = None) -> Array:
    """As a division, and where the divisor is zero."""
    left, right = fill_operands(cfg, x1, x2)
    dtype = find_result_type(left.dtype, right.dtype, "float")
    left, right = cast(left, dtype), cast(right, dtype)
    safe = choose(tape, make_condition(right, "x2 == 0"), right, right, "safe divisor")
    quotient = divide(tape, left, safe)
    return choose(tape, make_condition(right, "x2 == 0"), quotient, quotient)


@keeps("ops.floor_divide")
def floor_divide(cfg: Binary, tape: Tape, x1: Array | None = None, x2: Array | None = None) -> Array:
    left, right = fill_operands(cfg, x1, x2)
    return cast(
        combine(left, right, name="quotient", dtype=promote(left, right)), find_result_type(left.dtype, right.dtype)
    )


@keeps("ops.mod")
def mod(cfg: Binary, tape: Tape, x1: Array | None = None, x2: Array | None = None) -> Array:
    """For the gradient of the divisor both operands."""
    left, right = fill_operands(cfg, x1, x2)
    if right.needs_grad:
        tape.save(right)
        tape.save(left)
    return combine(left, right, name="remainder", dtype=promote(left, right))


@keeps("ops.power")
def power(cfg: Binary, tape: Tape, x1: Array | None = None, x2: Array | None = None) -> Array:
    """Base, exponent and power, whichever needs a gradient."""
    left, right = fill_operands(cfg, x1, x2)
    result = combine(left, right, name="power", dtype=promote(left, right))
    if result.needs_grad:
        for array in (right, left, result):
            tape.save(array)
    return result


@keeps("ops.maximum", "ops.minimum")
def extreme(cfg: Binary, tape: Tape, x1: Array | None = None, x2: Array | None = None) -> Array:
    """Both operands."""
    left, right = fill_operands(cfg, x1, x2)
    dtype = _find_shared_type(cfg, left, right)
    return select(tape, cast(left, dtype), cast(right, dtype), "selected")


def _find_shared_type(cfg: Binary, left: Array, right: Array) -> str:
    """The dtype of both operands once Keras has cast them: a number takes that of the array."""
    weak = {"float32": "float", "int32": "int"}
    operands = ((cfg.x1, left), (cfg.x2, right))
    return find_result_type(
        *(weak.get(array.dtype, array.dtype) if is_number(value) else array.dtype for value, array in operands)
    )


@keeps(*_names(COMPARISONS))
def comparison(cfg: Binary, tape: Tape, x1: Array | None = None, x2: Array | None = None) -> Array:
    return combine(*fill_operands(cfg, x1, x2), name="comparison", dtype="bool")._replace(needs_grad=False)


@keeps("ops.clip")
def clip(cfg: OpsClip, tape: Tape, x: Array, x_min: Array | None = None, x_max: Array | None = None) -> Array:
    """The input and its bounds."""
    low, high = fill_operands(cfg, x_min, x_max)
    result = combine(x, low, high, name="clipped", dtype=promote(x, low, high))
    if result.needs_grad:
        for array in (x, low, high):
            tape.save(array)
    return result


@keeps("ops.where")
def where(cfg: OpsWhere, tape: Tape, condition: Array, x1: Array | None = None, x2: Array | None = None) -> Array:
    """The condition, a byte an entry."""
    left, right = fill_operands(cfg, x1, x2)
    met = condition if condition.dtype == "bool" else make_condition(condition)
    return choose(tape, met, left, right, dtype=promote(left, right))


@keeps("ops.cast")
def cast_op(cfg: OpsCast, tape: Tape, x: Array) -> Array:
    return cast(x, cfg.dtype)


@keeps("ops.zeros_like", "ops.ones_like", "ops.full_like")
def like(cfg: Like, tape: Tape, x: Array) -> Array:
    return make_array("constant", x.shape, cfg.dtype or x.dtype, strides=arrange_like(x))
