"""Functions of each entry, and what PyTorch saves of their inputs and outputs for the gradient.

https://github.com/pytorch/pytorch/blob/main/tools/autograd/derivatives.yaml says what each function needs.
"""

from __future__ import annotations

from shapecalc.dims import Shape, broadcast_shapes
from shapecalc.training.array import Array, arrange_like, make_array
from shapecalc.training.strides import make_strides
from shapecalc.training.tape import Tape

SAVES_RESULT = frozenset(
    {"exp", "expm1", "log_softmax", "reciprocal", "relu", "rsqrt", "sigmoid", "softmax", "sqrt", "tanh"}
)
"""Functions whose gradient is computed from what they gave."""

SAVES_INPUT = frozenset(
    {
        *("gelu", "silu", "elu", "selu", "celu", "softplus", "leaky_relu", "relu6", "hardtanh", "hardsigmoid"),
        *("hardswish", "hardshrink", "softshrink", "threshold", "log", "log1p", "log2", "log10", "square"),
        *("sin", "cos", "tan", "sinh", "cosh", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh"),
        *("abs", "erf", "erfinv", "sinc", "logit", "clamp", "mish", "lgamma", "digamma"),
    }
)
"""Functions whose gradient is computed from what they were given."""


def map_entries(tape: Tape, name: str, x: Array, label: str = "") -> Array:
    """What the function `name` gives for each entry of `x`; `label` says what the result is."""
    result = make_array(label or name, x.shape, x.dtype, x.needs_grad, strides=arrange_like(x))
    if x.needs_grad:
        if name in SAVES_RESULT:
            tape.save(result, label)
        elif name in SAVES_INPUT:
            tape.save(x)
    return result


def combine(x: Array, y: Array, name: str, dtype: str | None = None) -> Array:
    """A new array shaped as both broadcast, that needs a gradient where one of them does: a sum or a difference."""
    shape = Shape(broadcast_shapes(x.shape, y.shape))
    # PyTorch lays the result out as the first operand that is not repeated along an axis.
    full = next((array for array in (x, y) if array.shape == shape), None)
    strides = make_strides(shape) if full is None else arrange_like(full)
    return make_array(name, shape, dtype or x.dtype, x.needs_grad or y.needs_grad, strides=strides)


def add(x: Array, y: Array, name: str = "sum") -> Array:
    """x + y or x - y, whose gradients need neither."""
    return combine(x, y, name)


def multiply(tape: Tape, x: Array, y: Array, name: str = "product") -> Array:
    """x * y: the gradient of each needs the other."""
    if x.needs_grad:
        tape.save(y)
    if y.needs_grad:
        tape.save(x)
    return combine(x, y, name)


def divide(tape: Tape, x: Array, y: Array, name: str = "quotient") -> Array:
    """x / y: both gradients need y, that of y needs x too."""
    if x.needs_grad or y.needs_grad:
        tape.save(y)
    if y.needs_grad:
        tape.save(x)
    return combine(x, y, name)


def choose(tape: Tape, condition: Array, x: Array, y: Array) -> Array:
    """x where a condition holds, else y: the gradients need the condition, a byte an entry."""
    result = combine(x, y, "choice")
    if result.needs_grad:
        tape.save(condition, "mask")
    return result


def select(tape: Tape, x: Array, y: Array, name: str) -> Array:
    """The greater or the smaller of each two entries: the gradient needs both."""
    if x.needs_grad or y.needs_grad:
        tape.save(x)
        tape.save(y)
    return combine(x, y, name)


def make_scalar(dtype: str = "float32") -> Array:
    """A number of the layer's own as an array without axes."""
    return make_array("number", (), dtype)
