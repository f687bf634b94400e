"""Functions of each entry, and what PyTorch saves of their inputs and outputs for the gradient.

https://github.com/pytorch/pytorch/blob/main/tools/autograd/derivatives.yaml says what each function needs.
"""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.dims import Shape, broadcast_shapes
from shapecalc.layers.values import BYTES
from shapecalc.training.array import Array, arrange_like, make_array
from shapecalc.training.tape import Tape

SAVES_RESULT = frozenset({"exp", "exp2", "expm1", "reciprocal", "relu", "rsqrt", "sigmoid", "sqrt", "tan", "tanh"})
"""Functions whose gradient is computed from what they gave."""

SAVES_INPUT = frozenset(
    {
        *("gelu", "silu", "elu", "selu", "celu", "softplus", "leaky_relu", "relu6", "hardtanh", "hardsigmoid"),
        *("hardswish", "hardshrink", "softshrink", "threshold", "log", "log1p", "log2", "log10", "square"),
        *("sin", "cos", "sinh", "cosh", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh"),
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


def combine(*arrays: Array, name: str, dtype: str | None = None) -> Array:
    """A new array shaped as all broadcast, that needs a gradient where one of them does: a sum or a difference."""
    shape = Shape(broadcast_shapes(*(array.shape for array in arrays)))
    needs_grad = any(array.needs_grad for array in arrays)
    strides = arrange_like(*arrays, shape=shape)
    return make_array(name, shape, dtype or promote(arrays), needs_grad, strides=strides)


def promote(arrays: Sequence[Array]) -> str:
    """The dtype in which PyTorch combines arrays: the widest of the floating ones; those without axes have no say."""
    asked = [array.dtype for array in arrays if array.ndim] or [array.dtype for array in arrays]
    floating = [dtype for dtype in asked if dtype.startswith(("float", "bfloat", "complex"))]
    return max(floating, key=BYTES.__getitem__) if floating else asked[0]


def add(x: Array, y: Array, name: str = "sum") -> Array:
    """x + y or x - y, whose gradients need neither."""
    return combine(x, y, name=name)


def add_in_place(x: Array, y: Array) -> Array:
    """x += y, in the memory and dtype of x."""
    return x._replace(needs_grad=x.needs_grad or y.needs_grad)


def multiply(tape: Tape, x: Array, y: Array, name: str = "product", dtype: str | None = None) -> Array:
    """x * y: the gradient of each needs the other."""
    if x.needs_grad:
        tape.save(y)
    if y.needs_grad:
        tape.save(x)
    return combine(x, y, name=name, dtype=dtype)


def divide(tape: Tape, x: Array, y: Array, name: str = "quotient", dtype: str | None = None) -> Array:
    """x / y: both gradients need y, that of y needs x too."""
    if x.needs_grad or y.needs_grad:
        tape.save(y)
    if y.needs_grad:
        tape.save(x)
    return combine(x, y, name=name, dtype=dtype)


def choose(tape: Tape, condition: Array, x: Array, y: Array, name: str = "choice", dtype: str | None = None) -> Array:
    """x where a condition holds, else y: the gradients need the condition, a byte an entry."""
    shape = Shape(broadcast_shapes(condition.shape, x.shape, y.shape))
    needs_grad = x.needs_grad or y.needs_grad
    if needs_grad:
        tape.save(condition, "mask")
    strides = arrange_like(condition, x, y, shape=shape)
    return make_array(name, shape, dtype or x.dtype, needs_grad, strides=strides)


def clip(tape: Tape, x: Array) -> Array:
    """x within two bounds, which Keras makes arrays of: the gradient needs all three."""
    if x.needs_grad:
        for array in (x, make_scalar(x.dtype), make_scalar(x.dtype)):
            tape.save(array)
    return make_array("clipped", x.shape, x.dtype, x.needs_grad, strides=arrange_like(x))


def select(tape: Tape, x: Array, y: Array, name: str) -> Array:
    """The greater or the smaller of each two entries: the gradient needs both."""
    if x.needs_grad or y.needs_grad:
        tape.save(x)
        tape.save(y)
    return combine(x, y, name=name)


def make_scalar(dtype: str = "float32") -> Array:
    """A number of the layer's own as an array without axes."""
    return make_array("number", (), dtype)


def make_condition(x: Array, name: str = "mask") -> Array:
    """Whether each entry of an array is what a function asks for."""
    return make_array(name, x.shape, "bool", strides=arrange_like(x))
