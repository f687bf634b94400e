"""The loops of LSTM and GRU with Keras's default activations, made for speed.

A gate is 1 / (1 + exp(-z)), computed for all gates of a step at once: the weights of the gates are negated when they
are packed, and what a gate multiplies is divided by 1 + exp(-z). So small gates keep their relative accuracy, which
halves of tanh would lose. Gates stand one after the other in memory. For one sample they are one vector.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np

from shapecalc.forward.base import Array

States: TypeAlias = tuple[Array, ...]
Skips: TypeAlias = "Iterable[Array | None]"
"""For each step the entries that keep their state, (batch, 1) or (batch, units); None where none do."""

Product: TypeAlias = Callable[[Array, Array], object]
"""Writes the product of a state with the packed weights to its second argument."""

_PROJECTED = 1 << 20
"""Bytes of the steps that are projected at a time: they stay in cache, and long sequences need no more memory."""

_LINE = 64
"""Bytes of a line of the cache."""


class PackedWeights(NamedTuple):
    """The weights of a cell, gate by gate: `kernel` (gates, features, units), `recurrent` (gates, units, units).

    For one sample these are `kernel` (features, gates * units) and `recurrent` (units, gates * units).
    `bias` is (gates, 1, units); `recurrent_bias` (units,) that of a GRU's candidate, which its reset gate multiplies.
    """

    kernel: Array
    recurrent: Array
    bias: Array
    recurrent_bias: Array | None = None


def pack_lstm(kernel: Array, recurrent: Array, bias: Array | None, batch: int) -> PackedWeights:
    """Keras's weights, whose gates stand as input, forget, candidate, output, for `run_lstm`."""
    return _pack(kernel, recurrent, bias, batch, order=(3, 0, 1, 2), signs=(-1, -1, -1, 1))


def pack_gru(
    kernel: Array, recurrent: Array, bias: Array | None, recurrent_bias: Array | None, batch: int
) -> PackedWeights:
    """Keras's weights, whose gates stand as update, reset, candidate, for `run_gru`."""
    own = None
    if bias is not None and recurrent_bias is not None:
        units = len(recurrent)
        own = recurrent_bias[2 * units :]
        bias = np.concatenate((bias[: 2 * units] + recurrent_bias[: 2 * units], bias[2 * units :]))
    packed = _pack(kernel, recurrent, bias, batch, order=(0, 1, 2), signs=(-1, -1, 1))
    return packed._replace(recurrent_bias=own)


def _pack(
    kernel: Array, recurrent: Array, bias: Array | None, batch: int, *, order: tuple[int, ...], signs: tuple[int, ...]
) -> PackedWeights:
    """The gates of each weight in `order`, times their `signs`."""
    gates, units = len(order), len(recurrent)
    bias = np.zeros((1, gates * units), kernel.dtype) if bias is None else bias[None]

    def pack(weight: Array, joined: bool) -> Array:
        by_gate = np.array(signs, weight.dtype)[:, None] * weight.reshape(-1, gates, units)[:, order]
        packed = by_gate.reshape(-1, gates * units) if joined else by_gate.swapaxes(0, 1)
        return np.ascontiguousarray(packed)

    joined = batch == 1
    return PackedWeights(pack(kernel, joined), _align(pack(recurrent, joined)), pack(bias, joined=False))


def _align(array: Array) -> Array:
    """A copy that starts with a line of the cache: its product with a vector takes a fifth less time."""
    room = np.empty(array.size + _LINE, array.dtype)
    start = -room.ctypes.data % _LINE // array.itemsize
    aligned = room[start : start + array.size].reshape(array.shape)
    aligned[...] = array
    return aligned


def _project(packed: PackedWeights, x: Array) -> Iterator[Array]:
    """For each step of `x` (batch, time, features) its product with the kernel, plus the bias, (gates, batch, units).

    It is overwritten when the next is asked for.
    """
    batch, time, features = x.shape
    gates, _, units = packed.bias.shape
    most = max(1, _PROJECTED // max(1, gates * units * batch * x.itemsize))
    for start in range(0, time, most):
        steps = x[:, start : start + most].swapaxes(0, 1)
        products = np.matmul(steps.reshape(len(steps) * batch, features), packed.kernel)
        if batch == 1:
            by_step = products.reshape(len(steps), gates, 1, units)
        else:
            by_step = products.reshape(gates, len(steps), batch, units).swapaxes(0, 1)
        by_step += packed.bias
        yield from by_step


def _start(x: Array, states: States, units: int) -> Array:
    """The outputs, (time + 1, batch, units), the first of them the initial state or zeros."""
    hidden = np.empty((x.shape[1] + 1, len(x), units), x.dtype)
    hidden[0] = states[0] if states else 0
    return hidden


def _prepare_product(packed: PackedWeights, hidden: Array, sums: Array) -> tuple[Product, Array, Array]:
    """What writes the product of a state with the packed weights: a function, and views of `hidden` and `sums`."""
    if hidden.shape[1] == 1:
        return packed.recurrent.T.dot, hidden[:, 0], sums.reshape(-1)
    return lambda state, out: np.matmul(state, packed.recurrent, out), hidden, sums


def run_lstm(packed: PackedWeights, x: Array, states: States, skips: Skips) -> tuple[Array, States]:
    """Outputs (batch, time, units) over `x` (batch, time, features) from `states` or zeros, and the last states."""
    hidden = _start(x, states, packed.bias.shape[-1])
    block = np.empty((5, *hidden.shape[1:]), x.dtype)
    output, write, keep, candidate, cell = block
    sums, gates, values, shares = block[:4], block[:3], block[3:], block[1:3]
    cell[...] = states[1] if states else 0
    multiply, factors, products = _prepare_product(packed, hidden, sums)
    squashed, ones = np.empty_like(cell), np.array(1, x.dtype)
    add, exp, tanh, divide = np.add, np.exp, np.tanh, np.divide
    with np.errstate(over="ignore"):
        for inputs, factor, old, new, skipped in zip(
            _project(packed, x), factors, hidden, hidden[1:], skips, strict=False
        ):
            before = None if skipped is None else cell.copy()
            multiply(factor, products)
            add(sums, inputs, sums)
            exp(gates, gates)
            add(gates, ones, gates)
            tanh(candidate, candidate)
            divide(values, shares, shares)
            add(write, keep, cell)
            tanh(cell, squashed)
            divide(squashed, output, new)
            if before is not None:
                np.copyto(cell, before, where=skipped)
                np.copyto(new, old, where=skipped)
    return hidden[1:].swapaxes(0, 1), (hidden[-1], cell)


def run_gru(packed: PackedWeights, x: Array, states: States, skips: Skips) -> tuple[Array, States]:
    """As `run_lstm`, of a GRU that resets after the product.

    With e = exp(-z) the update gate is 1 / (1 + e), and the new state (old + e candidate) / (1 + e) is exact where the
    gate is nearly 0 and where it is nearly 1. There e is bounded, so that e candidate is finite.
    """
    hidden = _start(x, states, packed.bias.shape[-1])
    sums = np.empty((3, *hidden.shape[1:]), x.dtype)
    gates, update, candidate = sums[:2], sums[0], sums[2]
    divisors = np.empty_like(gates)
    keep, reset = divisors
    share_bias = None if packed.recurrent_bias is None else np.array(np.broadcast_to(packed.recurrent_bias, keep.shape))
    most, ones = np.full_like(keep, np.finfo(x.dtype).max / 4), np.array(1, x.dtype)
    multiply, factors, products = _prepare_product(packed, hidden, sums)
    add, exp, tanh, divide = np.add, np.exp, np.tanh, np.divide
    with np.errstate(over="ignore"):
        for inputs, factor, old, new, skipped in zip(
            _project(packed, x), factors, hidden, hidden[1:], skips, strict=False
        ):
            multiply(factor, products)
            add(gates, inputs[:2], gates)
            exp(gates, gates)
            np.minimum(update, most, out=update)
            add(gates, ones, divisors)
            if share_bias is not None:
                add(candidate, share_bias, candidate)
            divide(candidate, reset, candidate)
            add(candidate, inputs[2], candidate)
            tanh(candidate, candidate)
            np.multiply(update, candidate, update)
            add(old, update, update)
            divide(update, keep, new)
            if skipped is not None:
                np.copyto(new, old, where=skipped)
    return hidden[1:].swapaxes(0, 1), (hidden[-1],)
