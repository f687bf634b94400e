"""Activation functions by Keras's names. https://keras.io/api/layers/activations/

Elementwise functions of large arrays go block by block, so that what lies between their steps stays in cache.
Results are right to a millionth of themselves, in both tails: where single precision does not give that, double does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from shapecalc.forward.base import Array

_BLOCK = 1 << 15
"""Elements of a block: three or four of this size stay in cache, and the calls for one cost a tenth of its passes."""

_ZEROS = {np.dtype(kind): np.zeros(_BLOCK, kind) for kind in ("float32", "float64")}

_SINGLE_EXP = -88.0
"""Below this, 1 / exp(x) is infinite in single precision."""

_TAIL = -0.5
"""Below it `gelu` is made of the tail of the normal distribution: 1 + erf loses what is left of it."""

_MILLS = [
    *(0.398982505479904, 0.8951173113025044, 1.6854219883712853, 0.9450441708293794),
    *(6.766316517076, -45.08388418828501, 74.83848685095678, -42.847379987239314),
]
"""By powers of t = 1 / (a + 2.25): the share of a normal distribution above a >= 0.5, over exp(-a^2 / 2), to 7.3e-8."""

_HALF, _ROOT_HALF = (np.array(value, np.float32) for value in (0.5, math.sqrt(0.5)))

_ERF = [
    np.array(coefficient, np.float32)
    for coefficient in (0.144186467, 2.37546825, -1.35412812, -5.95816967, 87.8871002, 11.4214716)
]
"""a, b, c, d, e, f of erf(h sqrt 2) = tanh(h (a u + b + c / (u + d + e / (u + f)))), u = h^2, to 5.3e-7 of itself.

As a fraction it needs eight passes, where a polynomial of the same error needs twelve and a limit to u. A division is a
pass like any other, and arrays of rank 0 cost less a call than numbers. Beyond the fit the fraction goes on growing.
"""

_SELU_SCALE = 1.0507009873554805
_SELU_ALPHA = 1.6732632423543772


def fill_blocks(function: Callable[[Array, Array], object], x: Array) -> Array:
    """A new array shaped as `x` that `function(block of x, block of the result)` fills.

    Both blocks are vectors of at most `_BLOCK` entries.
    """
    flat = x.reshape(-1)
    result = np.empty_like(flat)
    for start in range(0, flat.size, _BLOCK):
        function(flat[start : start + _BLOCK], result[start : start + _BLOCK])
    return np.asarray(result.reshape(x.shape))


def compute_in_double(function: Callable[[Array], Array], x: Array) -> Array:
    """`function(x)`, elementwise, computed in double precision and rounded once."""

    def fill(block: Array, out: Array) -> None:
        np.copyto(out, function(block.astype(np.float64, copy=False)), casting="same_kind")

    return fill_blocks(fill, x)


def compute_in_parts(function: Callable[[Array], Array], x: Array, *, rows: bool = False) -> Array:
    """`function(x)`, computed for a large array part by part: for some entries, or with `rows` some rows, at a time.

    So the arrays between the steps of the function are small, whatever the size of `x`.
    """
    if x.size <= _BLOCK:
        return function(x)
    flat = x.reshape(-1, x.shape[-1]) if rows else x.reshape(-1)
    step = max(1, _BLOCK // flat[0].size)
    first = function(flat[:step])
    result = np.empty((len(flat), *first.shape[1:]), first.dtype)
    result[:step] = first
    for start in range(step, len(flat), step):
        result[start : start + step] = function(flat[start : start + step])
    return np.asarray(result.reshape(*x.shape[:-1], *first.shape[1:]) if rows else result.reshape(x.shape))


def _make_zeros(x: Array) -> Array:
    """Zeros shaped as a block: the maximum of two arrays is faster than that of an array and a number."""
    return _ZEROS[x.dtype][: x.size].reshape(x.shape)


def relu(x: Array) -> Array:
    """max(x, 0)."""
    if x.dtype not in _ZEROS:
        return np.asarray(np.maximum(x, x.dtype.type(0)))
    return fill_blocks(lambda block, out: np.maximum(block, _make_zeros(block), out=out), x)


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)); where exp(-x) is infinite, the result is less than the smallest normal number."""
    return fill_blocks(_sigmoid, x)


def _sigmoid(x: Array, out: Array) -> None:
    np.negative(x, out=out)
    np.exp(out, out=out)
    np.add(out, 1, out=out)
    np.reciprocal(out, out=out)


def silu(x: Array) -> Array:
    """x sigmoid(x). Ramachandran et al., 2017, https://arxiv.org/abs/1710.05941"""
    return fill_blocks(_silu, x)


def _silu(x: Array, out: Array) -> None:
    if x.dtype == np.float32 and x.min() < _SINGLE_EXP:
        wide = x.astype(np.float64)
        np.divide(wide, 1 + np.exp(-wide), out=out, casting="same_kind")
        return
    np.negative(x, out=out)
    np.exp(out, out=out)
    np.add(out, 1, out=out)
    np.divide(x, out, out=out)


def erf(x: Array) -> Array:
    """The error function: to 5.3e-7 of itself in single precision, exact in double."""
    if x.dtype == np.float64:
        return np.asarray(np.frompyfunc(math.erf, 1, 1)(x)).astype(np.float64)
    return fill_blocks(lambda block, out: _erf(np.multiply(block, _ROOT_HALF, out=np.empty_like(block)), out), x)


def _erf(h: Array, out: Array) -> None:
    """Fills `out` with erf(h sqrt 2)."""
    a, b, c, d, e, f = _ERF
    square = np.multiply(h, h, out=np.empty_like(h))
    np.add(square, f, out=out)
    np.divide(e, out, out=out)
    np.add(out, square, out=out)
    np.add(out, d, out=out)
    np.divide(c, out, out=out)
    np.add(out, b, out=out)
    np.multiply(square, a, out=square)
    np.add(out, square, out=out)
    np.multiply(out, h, out=out)
    np.tanh(out, out=out)


def gelu(x: Array) -> Array:
    """x / 2 (1 + erf(x / sqrt(2))), not the approximation by tanh. Hendrycks et al., 2016, https://arxiv.org/abs/1606.08415"""
    if x.dtype == np.float64:
        twice = np.asarray(np.frompyfunc(math.erfc, 1, 1)(x * -math.sqrt(0.5))).astype(np.float64)
        return np.asarray(0.5 * x * twice)
    return fill_blocks(_gelu, x)


def _gelu(x: Array, out: Array) -> None:
    half = np.multiply(x, _HALF, out=np.empty_like(x))
    _erf(half, out)
    np.multiply(out, half, out=out)
    np.add(out, half, out=out)
    tail = np.flatnonzero(x < _TAIL)
    if tail.size:
        below = x[tail].astype(np.float64)
        out[tail] = below * np.exp(-0.5 * below * below) * _compute_mills(-below)


def _compute_mills(a: Array) -> Array:
    """The share of a normal distribution above `a`, which is at least 0.5, over exp(-a^2 / 2)."""
    t = 1 / (a + 2.25)
    total = np.zeros_like(t)
    for coefficient in reversed(_MILLS):
        total += coefficient
        total *= t
    return total


def gelu_by_tanh(x: Array) -> Array:
    """x / 2 (1 + tanh(u)) with u near x sqrt(2 / pi), which is x sigmoid(2 u)."""

    def compute(wide: Array) -> Array:
        return np.asarray(wide / (1 + np.exp(-2 * math.sqrt(2 / math.pi) * (wide + 0.044715 * wide * wide * wide))))

    return compute_in_double(compute, x)


def softmax(x: Array, axis: int | tuple[int, ...] = -1) -> Array:
    """exp(x) over its sum along `axis`, shifted so that nothing overflows."""
    wide = x.astype(np.float64)
    wide -= wide.max(axis=axis, keepdims=True)
    np.exp(wide, out=wide)
    wide /= wide.sum(axis=axis, keepdims=True)
    return np.asarray(wide, x.dtype)


def log_softmax(x: Array, axis: int = -1) -> Array:
    """The logarithm of softmax along `axis`."""
    wide = x.astype(np.float64)
    wide -= wide.max(axis=axis, keepdims=True)
    greatest = wide == 0
    rest = np.exp(np.where(greatest, -np.inf, wide)).sum(axis=axis, keepdims=True)
    count = greatest.sum(axis=axis, keepdims=True)
    wide -= np.log(count) + np.log1p(rest / count)
    return np.asarray(wide, x.dtype)


def sparsemax(x: Array) -> Array:
    """max(x - tau, 0) on the last axis. Martins & Astudillo, 2016, https://arxiv.org/abs/1602.02068

    As Keras has it: its tau adds up the running sums of all values in the support, the paper's takes the last one.
    """
    wide = x.astype(np.float64)
    ordered = -np.sort(-wide, axis=-1)
    running = ordered.cumsum(axis=-1)
    ranks = np.arange(1, x.shape[-1] + 1, dtype=wide.dtype)
    support = ordered - (running - 1) / ranks > 0
    tau = ((running * support).sum(axis=-1, keepdims=True) - 1) / support.sum(axis=-1, keepdims=True)
    return relu(wide - tau).astype(x.dtype)


def glu(x: Array) -> Array:
    """The first half of the last axis, gated by the sigmoid of the second. https://arxiv.org/abs/1612.08083"""
    values, gates = np.split(x, 2, axis=-1)
    return np.asarray(values * sigmoid(gates))


def softplus(x: Array) -> Array:
    """log(exp(x) + 1), written so that nothing overflows."""
    return np.asarray(relu(x) + np.log1p(np.exp(-np.abs(x))))


def leaky_relu(x: Array, negative_slope: float = 0.2) -> Array:
    """x above zero, negative_slope x below."""
    return np.asarray(relu(x) + negative_slope * np.minimum(x, 0))


def elu(x: Array, alpha: float = 1.0) -> Array:
    """x above zero, alpha (exp(x) - 1) below. https://arxiv.org/abs/1511.07289"""
    return np.asarray(relu(x) + alpha * np.expm1(np.minimum(x, 0)))


def clip_relu(x: Array, negative_slope: float, max_value: float | None, threshold: float) -> Array:
    """ReLU with a threshold, an upper limit and a slope below the threshold."""
    if negative_slope and max_value is None and not threshold:
        return leaky_relu(x, negative_slope)
    result = np.where(x > x.dtype.type(threshold), x, x.dtype.type(0)) if threshold else relu(x)
    if max_value is not None:
        result = np.minimum(result, x.dtype.type(max_value))
    return result - negative_slope * relu(threshold - x) if negative_slope else result


def _hard_sigmoid(x: Array) -> Array:
    return np.asarray(np.clip(x + 3, 0, 6) / 6)


def _keras2_hard_sigmoid(x: Array) -> Array:
    """0.2 x + 0.5, between 0 and 1; written so that the terms do not cancel."""
    return np.asarray(np.clip(x + x.dtype.type(2.5), 0, 5) / 5)


def _sparse_plus(x: Array) -> Array:
    """0 up to -1, x from 1 on, a parabola between: the parabola at x clipped to its range, plus what lies beyond."""
    inside = np.clip(x, -1, 1)
    return np.asarray(0.25 * (inside + 1) ** 2 + relu(x - 1))


def _mish(x: Array) -> Array:
    """x tanh(softplus(x)), by e = exp(x): tanh(log(1 + e)) = e (e + 2) / (e (e + 2) + 2). https://arxiv.org/abs/1908.08681"""
    e = np.exp(np.minimum(x, 20))
    product = e * (e + 2)
    return np.asarray(x * (product / (product + 2)))


def _squareplus(x: Array) -> Array:
    """(x + sqrt(x^2 + 4)) / 2; below zero as 2 / (sqrt(x^2 + 4) - x), whose terms do not cancel."""
    root = np.sqrt(x * x + 4)
    return np.asarray(np.where((x < 0) & np.isfinite(x), 2 / (root - x), 0.5 * (x + root)))


def _tanh_shrink(x: Array) -> Array:
    """x - tanh(x); near zero its series, whose terms do not cancel."""
    square = x * x
    series = x * square * (1 / 3 - square * (2 / 15 - square * (17 / 315)))
    return np.asarray(np.where(np.abs(x) < 0.01, series, x - np.tanh(x)))


def _soft_shrink(x: Array) -> Array:
    """`x` moved 0.5 towards zero; NaN becomes 0, as in Keras."""
    return np.asarray(np.where(np.abs(x) > 0.5, x - np.copysign(x.dtype.type(0.5), x), x.dtype.type(0)))


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda x: x,
    "celu": elu,
    "elu": elu,
    "exponential": np.exp,
    "gelu": gelu,
    "glu": glu,
    "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, x.dtype.type(0)),
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": lambda x: np.asarray(x * _hard_sigmoid(x)),
    "hard_swish": lambda x: np.asarray(x * _hard_sigmoid(x)),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "keras2_hard_sigmoid": _keras2_hard_sigmoid,
    "leaky_relu": leaky_relu,
    "log_sigmoid": lambda x: -softplus(-x),
    "log_softmax": log_softmax,
    "mish": lambda x: compute_in_double(_mish, x),
    "relu": relu,
    "relu6": lambda x: np.clip(x, 0, 6),
    "selu": lambda x: np.asarray(_SELU_SCALE * elu(x, _SELU_ALPHA)),
    "sigmoid": sigmoid,
    "silu": silu,
    "soft_shrink": _soft_shrink,
    "softmax": softmax,
    "softplus": softplus,
    "softsign": lambda x: np.asarray(x / (1 + np.abs(x))),
    "sparse_plus": _sparse_plus,
    "sparse_sigmoid": lambda x: np.clip(0.5 * (x + 1), 0, 1),
    "sparsemax": sparsemax,
    "squareplus": lambda x: compute_in_double(_squareplus, x),
    "swish": silu,
    "tanh": np.tanh,
    "tanh_shrink": lambda x: compute_in_double(_tanh_shrink, x),
}
"""The functions of keras.activations by name, with Keras's defaults, and the gate of Keras 2."""

ROW_WISE = ("glu", "log_softmax", "softmax", "sparsemax")
"""Activations that look at the whole last axis; the others take each entry by itself."""

_KEEP_INTEGERS = ("linear", "relu", "relu6")


def activate(name: str | None, x: Array) -> Array:
    """The activation called `name`, elementwise or on the last axis; None is linear.

    Half precision is computed in single; of whole numbers Keras makes float32, except for `relu`, `relu6` and `linear`.
    """
    if name is None or name == "linear":
        return x
    function = ACTIVATIONS[name]
    if x.dtype.kind != "f" and name in _KEEP_INTEGERS:
        return compute_in_parts(function, x, rows=name in ROW_WISE)
    return compute_in_parts(lambda part: compute_in_single(function, part), x, rows=name in ROW_WISE)


def compute_in_single(function: Callable[..., Any], x: Array, *arguments: Any) -> Array:
    """`function(x, ...)`; half precision and whole numbers are computed in float32, half precision is cast back.

    Infinities and NaN come without a warning.
    """
    with np.errstate(all="ignore"):
        if x.dtype.char in "fd":
            return np.asarray(function(x, *arguments))
        result = np.asarray(function(x.astype(np.float32), *arguments))
        return result.astype(x.dtype) if x.dtype.kind == "f" else result
