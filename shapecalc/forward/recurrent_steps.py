"""The loops of LSTM, GRU and SimpleRNN with Keras's default activations, made for speed.

Samples stand in columns, so that every gate is one block of memory; a batch of one is plain vectors. sigmoid(x) is
(tanh(x/2) + 1) / 2: the gates' weights are halved so that one tanh serves all, and the halving that is left over goes
into what follows. A step is one product with [x_t, 1, h_t-1]; where features are many and samples few, the inputs of
all steps are projected first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from shapecalc.forward.base import Array

States = tuple[Array, ...]
Skips = Sequence["Array | None"]
"""For each step, the samples (batch,) or their units (units, batch) to leave as they are; None where there are none."""


class Tape(NamedTuple):
    """What steps read and write: `matrix` times `rows[t]`, plus `inputs[t]`, makes `hidden[t + 1]`, part of `rows`."""

    matrix: Array
    rows: Array
    hidden: Array
    inputs: Array | Sequence[None]


def tape(matrix: Array, x: Array, h: Array, fed: int = 0, kept: int | None = None) -> Tape:
    """Lays out `x` (batch, time, features) and `h` (batch, units) for `matrix` (gates, features + 1 + units).

    Rows of the matrix before `fed` do not look at the inputs, those from `kept` on not at the states.
    """
    batch, time, features = x.shape
    joined = features <= 28 + 4 * batch
    before = features + 1 if joined else 0
    rows = np.empty((time + 1, before + h.shape[1], batch), x.dtype)
    inputs: Array | Sequence[None] = [None] * time
    if joined:
        rows[:time, :features] = x.transpose(1, 2, 0)
        rows[:, features] = 1
    else:
        inputs = _projected(matrix, x, fed)
        matrix = np.ascontiguousarray(matrix[:kept, features + 1 :])
    if batch == 1:
        rows = rows[:, :, 0]
    hidden = rows[:, before:]
    hidden[0] = _columns(h)
    return Tape(matrix, rows, hidden, inputs)


def _projected(matrix: Array, x: Array, fed: int) -> Array:
    """Inputs and bias of every step, (time, gates, batch); of a batch of one, (time, gates)."""
    batch, time, features = x.shape
    kernel, bias = matrix[fed:, :features], matrix[:, features]
    if batch == 1:
        vectors = np.empty((time, len(matrix)), x.dtype)
        np.matmul(x[0], kernel.T, out=vectors[:, fed:])
        vectors[:, :fed] = 0
        vectors += bias
        return vectors
    columns = np.empty((time, len(matrix), batch), x.dtype)
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
    """(features + 1 + units, gates): what meets [x_t, 1, h_t-1]."""
    return np.concatenate((kernel, bias[None], recurrent))


def lstm(kernel: Array, bias: Array, recurrent: Array, x: Array, states: States, skips: Skips) -> tuple[Array, States]:
    """Outputs (time, batch, units) and the last states, from Keras's weights.

    Gates stand as output, input, forget, candidate, then the cell state, so that two products are one. Each gate is
    twice a sigmoid; hence c is halved at every step and h is kept doubled.
    """
    h, cell = states
    batch, units, features = len(h), h.shape[1], x.shape[2]
    half, one = np.asarray(0.5, x.dtype), np.asarray(1, x.dtype)
    keras = _joined(kernel, bias, recurrent).T
    ordered = np.empty_like(keras, order="C")
    np.multiply(keras[3 * units :], half, ordered[:units])
    np.multiply(keras[: 2 * units], half, ordered[units : 3 * units])
    ordered[3 * units :] = keras[2 * units : 3 * units]
    ordered[:, features + 1 :] *= half
    matrix, rows, hidden, inputs = tape(ordered, x, h + h)
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


def gru(
    kernel: Array, bias: Array, recurrent: Array, x: Array, states: States, skips: Skips, recurrent_bias: Array | None
) -> tuple[Array, States]:
    """Outputs (time, batch, units) and the last state, from Keras's weights; `recurrent_bias` says reset after.

    Rows stand as candidate's share of the state, update, reset, candidate's share of the inputs. The gates are twice a
    sigmoid: the reset's halving is in the candidate's weights, the update's in the loop.
    """
    (h,) = states
    batch, units, features = len(h), h.shape[1], x.shape[2]
    half, one = np.asarray(0.5, x.dtype), np.asarray(1, x.dtype)
    after = recurrent_bias is not None
    matrix, candidate = _gru_matrix(_joined(kernel, bias, recurrent).T, features, recurrent_bias, half)
    start = units if after else 0
    matrix, rows, hidden, inputs = tape(matrix, x, h, fed=start, kept=start + 2 * units)
    block = np.empty((start + 3 * units, *rows.shape[2:]), x.dtype)
    z, gates = block[: len(matrix)], block[start : start + 2 * units]
    update, reset, own = gates[:units], gates[units:], block[start + 2 * units :]
    share = block[:units] if after else np.empty_like(own)
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


def _gru_matrix(keras: Array, features: int, recurrent_bias: Array | None, half: Array) -> tuple[Array, Array | None]:
    """The matrix of a step and, where the reset comes before, the one that meets the reset state."""
    units = len(keras) // 3
    gates, own = keras[: 2 * units], keras[2 * units :]
    if recurrent_bias is None:
        matrix = np.concatenate((gates * half, own))
        candidate = own[:, features + 1 :] * half
        matrix[2 * units :, features + 1 :] = 0
        return matrix, np.ascontiguousarray(candidate)
    matrix = np.concatenate((own * half, gates * half, own))
    matrix[:units, :features] = 0
    matrix[:units, features] = recurrent_bias[2 * units :] * half
    matrix[units : 3 * units, features] += recurrent_bias[: 2 * units] * half
    matrix[3 * units :, features + 1 :] = 0
    return matrix, None


def simple_rnn(
    kernel: Array, bias: Array, recurrent: Array, x: Array, states: States, skips: Skips
) -> tuple[Array, States]:
    """Outputs (time, batch, units) and the last state, from Keras's weights."""
    (h,) = states
    matrix, rows, hidden, inputs = tape(np.ascontiguousarray(_joined(kernel, bias, recurrent).T), x, h)
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
