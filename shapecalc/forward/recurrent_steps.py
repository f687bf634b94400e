"""The loops of LSTM, GRU and SimpleRNN with Keras's default activations, made for speed.

Samples stand in columns, so that every gate is one block of memory; a batch of one is plain vectors. sigmoid(x) is
(tanh(x/2) + 1) / 2: the gates' weights are halved so that one tanh serves all, and the halving that is left over goes
into what follows. A step is one product with [x_t, 1, h_t-1]; where features are many and samples few, the inputs of
all steps are projected first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from shapecalc.forward.base import Array

States = tuple[Array, ...]
Skips = Sequence["Array | None"]
"""For each step, the samples (batch,) or their units (units, batch) to leave as they are; None where there are none."""

_CACHED = 1 << 20
"""Bytes of a matrix that stays in a core's second cache from one step to the next."""


class Laid(NamedTuple):
    """Weights as the loops want them. `matrix` (gates, ...) meets [x_t, 1, h_t-1].

    Where the inputs are projected first it meets h_t-1 alone: then `kernel` and `bias` are of the projection, whose
    first gates see no inputs and whose last no states. `candidate` of a GRU that resets before meets the reset state.
    """

    matrix: Array
    kernel: Array | None = None
    bias: Array | None = None
    candidate: Array | None = None


class Tape(NamedTuple):
    """What steps read and write: matrix times `rows[t]`, plus `inputs[t]`, makes `hidden[t + 1]`, part of `rows`."""

    rows: Array
    hidden: Array
    inputs: Array | Sequence[None]


def meets_inputs(features: int, batch: int) -> bool:
    """Whether a step's product does its share of the inputs: many features of few samples are projected at once."""
    return features <= 28 + 4 * batch


def laid_out(
    matrix: Array, units: int, batch: int, fed: int = 0, kept: int | None = None, candidate: Array | None = None
) -> Laid:
    """`matrix` (gates, features + 1 + units) laid out for a batch: gates before `fed` do not look at the inputs, those
    from `kept` on not at the states."""
    features = matrix.shape[1] - units - 1
    if meets_inputs(features, batch):
        return Laid(_in_order(matrix, batch), candidate=candidate)
    kernel, bias = np.ascontiguousarray(matrix[fed:, :features]), np.ascontiguousarray(matrix[:, features])
    return Laid(_in_order(matrix[:kept, features + 1 :], batch), kernel, bias, candidate)


def _in_order(matrix: Array, batch: int) -> Array:
    """Columns as runs where one vector meets a matrix that stays in cache, a third faster; else rows."""
    return np.array(matrix, order="F" if batch == 1 and matrix.nbytes <= _CACHED else "C")


def tape(laid: Laid, x: Array, h: Array) -> Tape:
    """Lays out `x` (batch, time, features) and `h` (batch, units)."""
    batch, time, features = x.shape
    before = features + 1 if laid.kernel is None else 0
    shape = (time + 1, before + h.shape[1])
    rows = np.empty(shape if batch == 1 else (*shape, batch), x.dtype)
    inputs: Array | Sequence[None] = [None] * time
    if laid.kernel is not None:
        inputs = _projected(laid, x)
    elif batch == 1:
        rows[:time, :features] = x[0]
        rows[:, features] = 1
    else:
        rows[:time, :features] = x.transpose(1, 2, 0)
        rows[:, features] = 1
    hidden = rows[:, before:]
    hidden[0] = _columns(h)
    return Tape(rows, hidden, inputs)


def _projected(laid: Laid, x: Array) -> Array:
    """Inputs and bias of every step, (time, gates, batch); of a batch of one, (time, gates)."""
    batch, time, _ = x.shape
    kernel: Any = laid.kernel
    bias: Any = laid.bias
    fed = len(bias) - len(kernel)
    if batch == 1:
        vectors = np.empty((time, len(bias)), x.dtype)
        np.matmul(x[0], kernel.T, out=vectors[:, fed:])
        vectors[:, :fed] = 0
        vectors += bias
        return vectors
    columns = np.empty((time, len(bias), batch), x.dtype)
    np.matmul(kernel, x.transpose(1, 2, 0), out=columns[:, fed:])
    columns[:, :fed] = 0
    columns += bias[:, None]
    return columns


def _columns(state: Array) -> Array:
    """(batch, units) as (units, batch); of a batch of one, (units,)."""
    return state[0] if len(state) == 1 else state.T


def _samples(columns: Array, batch: int) -> Array:
    """(time, units, batch), or (time, units) of a batch of one, as (time, batch, units)."""
    return columns[:, None] if batch == 1 else columns.transpose(0, 2, 1)


def _joined(kernel: Array, bias: Array, recurrent: Array) -> Array:
    """(gates, features + 1 + units): what meets [x_t, 1, h_t-1]."""
    return np.concatenate((kernel, bias[None], recurrent)).T


def lay_lstm(kernel: Array, bias: Array, recurrent: Array, batch: int) -> Laid:
    """Keras's weights for `lstm`: gates stand as output, input, forget, candidate, the first three halved."""
    units = len(recurrent)
    keras = _joined(kernel, bias, recurrent)
    ordered = np.concatenate((keras[3 * units :], keras[: 3 * units]))
    ordered[: 3 * units] *= 0.5
    ordered[:, -units:] *= 0.5
    return laid_out(ordered, units, batch)


def lstm(laid: Laid, x: Array, states: States, skips: Skips) -> tuple[Array, States]:
    """Outputs (time, batch, units) and the last states.

    The cell state stands behind the gates, so that two products are one. Each gate is twice a sigmoid; hence c is
    halved at every step and h is kept doubled.
    """
    h, cell = states
    batch, units = h.shape
    half, one = np.asarray(0.5, x.dtype), np.asarray(1, x.dtype)
    matrix = laid.matrix
    rows, hidden, inputs = tape(laid, x, h + h)
    block = np.empty((5 * units, *rows.shape[2:]), x.dtype)
    z, output, gates, pair = block[: 4 * units], block[:units], block[: 3 * units], block[units : 3 * units]
    held, c = block[3 * units :], block[4 * units :]
    c[...] = _columns(cell)
    products = np.empty_like(pair)
    first, second = products[:units], products[units:]
    dot, tanh, add, multiply = np.dot, np.tanh, np.add, np.multiply
    for row, old, new, fed, skip in zip(rows[:-1], hidden[:-1], hidden[1:], inputs, skips, strict=True):
        before = None if skip is None else c.copy()
        dot(matrix, row, z)
        if fed is not None:
            add(z, fed, z)
        tanh(z, z)
        add(gates, one, gates)
        multiply(pair, held, products)
        add(first, second, c)
        multiply(c, half, c)
        tanh(c, first)
        multiply(output, first, new)
        if before is not None:
            np.copyto(c, before, where=skip)
            np.copyto(new, old, where=skip)
    outputs = _samples(hidden[1:] * half, batch)
    return outputs, (outputs[-1], _samples(c[None], batch)[0])


def lay_gru(kernel: Array, bias: Array, recurrent: Array, recurrent_bias: Array | None, batch: int) -> Laid:
    """Keras's weights for `gru`; `recurrent_bias` says reset after.

    Rows stand as candidate's share of the state, update, reset, candidate's share of the inputs.
    """
    units, features = len(recurrent), len(kernel)
    keras = _joined(kernel, bias, recurrent)
    gates, own = keras[: 2 * units], keras[2 * units :]
    if recurrent_bias is None:
        matrix = keras.copy()
        matrix[: 2 * units] *= 0.5
        matrix[2 * units :, features + 1 :] = 0
        candidate = _in_order(own[:, features + 1 :], batch)
        candidate *= 0.5
        return laid_out(matrix, units, batch, kept=2 * units, candidate=candidate)
    matrix = np.concatenate((own, gates, own))
    matrix[: 3 * units] *= 0.5
    matrix[:units, :features] = 0
    matrix[:units, features] = recurrent_bias[2 * units :] * 0.5
    matrix[units : 3 * units, features] += recurrent_bias[: 2 * units] * 0.5
    matrix[3 * units :, features + 1 :] = 0
    return laid_out(matrix, units, batch, fed=units, kept=3 * units)


def gru(laid: Laid, x: Array, states: States, skips: Skips) -> tuple[Array, States]:
    """Outputs (time, batch, units) and the last state.

    The gates are twice a sigmoid: the reset's halving is in the candidate's weights, the update's in the loop.
    """
    (h,) = states
    batch, units = h.shape
    half, one = np.asarray(0.5, x.dtype), np.asarray(1, x.dtype)
    matrix, candidate = laid.matrix, laid.candidate
    start = units if candidate is None else 0
    rows, hidden, inputs = tape(laid, x, h)
    block = np.empty((start + 3 * units, *rows.shape[2:]), x.dtype)
    z, gates = block[: len(matrix)], block[start : start + 2 * units]
    update, reset, own = gates[:units], gates[units:], block[start + 2 * units :]
    share = block[:units] if candidate is None else np.empty_like(own)
    dot, tanh, add, multiply, subtract = np.dot, np.tanh, np.add, np.multiply, np.subtract
    for row, old, new, fed, skip in zip(rows[:-1], hidden[:-1], hidden[1:], inputs, skips, strict=True):
        dot(matrix, row, z)
        if fed is not None:
            add(z, fed[: len(z)], z)
        tanh(gates, gates)
        add(gates, one, gates)
        if candidate is None:
            multiply(reset, share, share)
        else:
            multiply(reset, old, reset)
            dot(candidate, reset, share)
        add(share, own if fed is None else fed[len(z) :], share)
        tanh(share, share)
        subtract(old, share, reset)
        multiply(update, reset, reset)
        multiply(reset, half, reset)
        add(share, reset, new)
        if skip is not None:
            np.copyto(new, old, where=skip)
    outputs = _samples(hidden[1:], batch)
    return outputs, (outputs[-1],)


def lay_simple_rnn(kernel: Array, bias: Array, recurrent: Array, batch: int) -> Laid:
    """Keras's weights for `simple_rnn`."""
    return laid_out(_joined(kernel, bias, recurrent), len(recurrent), batch)


def simple_rnn(laid: Laid, x: Array, states: States, skips: Skips) -> tuple[Array, States]:
    """Outputs (time, batch, units) and the last state."""
    (h,) = states
    matrix = laid.matrix
    rows, hidden, inputs = tape(laid, x, h)
    z = np.empty((len(matrix), *rows.shape[2:]), x.dtype)
    dot, tanh, add = np.dot, np.tanh, np.add
    for row, old, new, fed, skip in zip(rows[:-1], hidden[:-1], hidden[1:], inputs, skips, strict=True):
        dot(matrix, row, z)
        if fed is not None:
            add(z, fed, z)
        tanh(z, new)
        if skip is not None:
            np.copyto(new, old, where=skip)
    outputs = _samples(hidden[1:], len(h))
    return outputs, (outputs[-1],)
