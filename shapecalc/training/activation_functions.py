"""What Keras's activation functions keep. https://keras.io/api/layers/activations/

Each follows what Keras calls on PyTorch; an activation that is one function of PyTorch is in `_FUNCTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable

from shapecalc.dims import Shape
from shapecalc.dims.division import exact_quotient
from shapecalc.training.array import Array, arrange_like, make_array
from shapecalc.training.elementwise import (
    add,
    choose,
    combine,
    divide,
    make_condition,
    make_scalar,
    map_entries,
    multiply,
)
from shapecalc.training.reductions import average, sort
from shapecalc.training.tape import Tape
from shapecalc.training.views import take_range

_FUNCTIONS = {
    "relu": "relu",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "exponential": "exp",
    "exp": "exp",
    "gelu": "gelu",
    "silu": "silu",
    "swish": "silu",
    "elu": "elu",
    "selu": "elu",
    "celu": "celu",
    "softplus": "softplus",
    "leaky_relu": "leaky_relu",
    "relu6": "hardtanh",
    "hard_sigmoid": "hardsigmoid",
    "keras2_hard_sigmoid": "hardsigmoid",
    "hard_silu": "hardswish",
    "hard_swish": "hardswish",
    "hard_tanh": "hardtanh",
    "hard_shrink": "hardshrink",
    "soft_shrink": "softshrink",
    "threshold": "threshold",
}
"""Keras's name to PyTorch's."""

_REMEMBERED = ("sigmoid", "softmax")
"""Functions whose input Keras remembers on the output, for a loss that wants logits."""


def activate(tape: Tape, name: str | None, x: Array) -> Array:
    """What an activation function gives, of those that a layer names."""
    if name in _REMEMBERED:
        tape.pin(x, "logits")
    return apply_function(tape, name or "linear", x)


def apply_function(tape: Tape, name: str, x: Array) -> Array:
    """What an activation function gives."""
    if name == "linear":
        return x
    if name in _FUNCTIONS:
        return map_entries(tape, _FUNCTIONS[name], x, name)
    return _COMPOSED[name](tape, x)


def softmax(tape: Tape, x: Array, name: str = "softmax") -> Array:
    """Its gradient, and that of its logarithm, need what it gives: stored row by row, however the input stands."""
    result = make_array(name, x.shape, x.dtype, x.needs_grad)
    if x.needs_grad:
        tape.save(result)
    return result


def _log_softmax(tape: Tape, x: Array) -> Array:
    return softmax(tape, x, "log_softmax")


def _log_sigmoid(tape: Tape, x: Array) -> Array:
    """The input, and a buffer of exp(-|x|)."""
    if x.needs_grad:
        tape.save(x)
        tape.save(make_array("exp(-|x|)", x.shape, x.dtype))
    return make_array("log_sigmoid", x.shape, x.dtype, x.needs_grad)


def _softsign(tape: Tape, x: Array) -> Array:
    """x / (|x| + 1)"""
    return divide(tape, x, add(map_entries(tape, "abs", x), make_scalar(x.dtype), "|x| + 1"), "softsign")


def _tanh_shrink(tape: Tape, x: Array) -> Array:
    """x - tanh(x)"""
    return add(x, map_entries(tape, "tanh", x, "tanh"), "tanh_shrink")


def _squareplus(tape: Tape, x: Array) -> Array:
    """(x + sqrt(x ** 2 + b)) / 2"""
    square = map_entries(tape, "square", x)
    root = map_entries(tape, "sqrt", add(square, make_scalar(x.dtype)), "sqrt(x ** 2 + b)")
    return add(x, root, "squareplus")


def _mish(tape: Tape, x: Array) -> Array:
    """x * tanh(softplus(x))"""
    return multiply(tape, x, map_entries(tape, "tanh", map_entries(tape, "softplus", x), "tanh(softplus)"), "mish")


def _sparse_plus(tape: Tape, x: Array) -> Array:
    """0 up to -1, (x + 1) ** 2 / 4 up to 1, then x."""
    shifted = add(x, make_scalar(x.dtype), "x + 1")
    square = map_entries(tape, "square", shifted)
    middle = choose(tape, make_condition(x, "x < 1"), square, x)
    return choose(tape, make_condition(x, "x <= -1"), make_scalar(x.dtype), middle, "sparse_plus")


def _sparse_sigmoid(tape: Tape, x: Array) -> Array:
    """0 up to -1, (x + 1) / 2 up to 1, then 1."""
    one = make_scalar(x.dtype)
    middle = choose(tape, make_condition(x, "x >= 1"), one, add(x, one))
    return choose(tape, make_condition(x, "x <= -1"), make_scalar(x.dtype), middle, "sparse_sigmoid")


def _glu(tape: Tape, x: Array) -> Array:
    """One half times the sigmoid of the other."""
    if x.needs_grad:
        tape.save(x)
    half = take_range(x, x.ndim - 1, exact_quotient(x.shape[-1], 2) or x.shape[-1])
    return make_array("glu", half.shape, x.dtype, x.needs_grad, strides=arrange_like(half))


def _sparsemax(tape: Tape, x: Array) -> Array:
    """The input less a threshold, found by sorting: where values stood, the counts, and what lies above zero."""
    rising, _ = sort(tape, x)
    total = combine(rising, name="running sum")
    counts = make_array("1, 2, ...", Shape((*(1,) * (x.ndim - 1), x.shape[-1])), x.dtype)
    divide(tape, total, counts)
    kept = choose(tape, make_condition(x, "support"), total, make_scalar())
    number = make_array("size of the support", Shape((*x.shape[:-1], 1)), "int64")
    bound = divide(tape, average(kept, (-1,), name="sum"), number, "threshold")
    return map_entries(tape, "clamp", add(x, bound, "input - threshold"), "sparsemax")


_COMPOSED: dict[str, Callable[[Tape, Array], Array]] = {
    "softmax": softmax,
    "log_softmax": _log_softmax,
    "log_sigmoid": _log_sigmoid,
    "softsign": _softsign,
    "tanh_shrink": _tanh_shrink,
    "squareplus": _squareplus,
    "mish": _mish,
    "sparse_plus": _sparse_plus,
    "sparse_sigmoid": _sparse_sigmoid,
    "sparsemax": _sparsemax,
    "glu": _glu,
}
"""Activations of several calls, or of one that is told apart from the others."""
