"""The loops of LSTM, GRU and SimpleRNN with Keras's default activations, made for speed.

sigmoid(x) is (tanh(x/2) + 1) / 2: the gates' weights are halved so that one tanh serves all, and what is a sum of
halves thereafter, a state for example, is one product with the halves. Of few units a call of NumPy takes longer than
what it computes, so the loops make as few as can be, and everything that can be is made before them: methods `dot` are
bound, since `np.dot` first asks whether its arguments are arrays of another kind, and buffers and views are ready.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle, repeat
from typing import Any

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.recurrent_tapes import Laid, Loop, Steps, Tape, in_order, laid_out, meets_inputs

_FEW = 16
"""Units of which a product takes two addends of the state as quickly as their sum: a step is a twentieth faster."""


def _joined(kernel: Array, bias: Array, recurrent: Array) -> Array:
    """(gates, features + 1 + units): what meets [x_t, 1, h_t-1]."""
    return np.concatenate((kernel, bias[None], recurrent)).T


def lay_lstm(kernel: Array, bias: Array, recurrent: Array, batch: int) -> Laid:
    """Keras's weights for `lstm_loop`: gates stand as output, input, forget, candidate, the first three halved.

    With few units h is kept as o' tanh(c) and tanh(c), where o = (o' + 1) / 2: the next product adds them up.
    """
    units, features = len(recurrent), len(kernel)
    keras = _joined(kernel, bias, recurrent)
    matrix = np.concatenate((keras[3 * units :], keras[: 3 * units]))
    matrix[: 3 * units] *= 0.5
    if batch != 1 or units > _FEW or not meets_inputs(features, batch):
        return laid_out(lstm_loop, matrix, units, batch)
    matrix[:, -units:] *= 0.5
    twice = np.concatenate((matrix, matrix[:, -units:]), axis=1)
    half = np.eye(units, dtype=matrix.dtype) * matrix.dtype.type(0.5)
    return Laid(lstm_loop, in_order(twice, batch), units, {}, halves=np.concatenate((half, half)))


def lstm_loop(laid: Laid, tape: Tape) -> tuple[Loop, Steps]:
    """With i = (i' + 1) / 2 and so on, c = (i' g + f' c + g + c) / 2 and h = (o' tanh(c) + tanh(c)) / 2.

    Blocks stand as o', i', f', g, c. A new c cannot be written where the old one is read: it goes into the next block.
    """
    places, units = (tape.time + 1 if tape.kept else 2), laid.units
    blocks = tape.empty(places, 5, units)
    tape.add_state(blocks[:, 4])
    gates = [_lstm_gates(blocks[place], blocks[(place + 1) % places]) for place in range(places)]
    new = tape.flat[1:]
    ends = np.empty((2, new.shape[1]), new.dtype)
    there: tuple[Iterable[Any], ...] = repeat(ends[0]), repeat(ends[1]), new
    if laid.halves is not None:
        there = new[:, :units], new[:, units:], repeat(None)
    steps = zip(*map(cycle, zip(*gates, strict=True)), tape.rows, tape.fed(), *there, strict=False)
    dot, tanh, add, multiply = laid.matrix.dot, np.tanh, np.add, np.multiply
    half = np.full(4, 0.5, new.dtype)
    halved, ended = half.dot, half[:2].dot

    def loop(steps: Steps) -> None:
        for z, pair, held, addends, output, c, row, fed, o, t, h in steps:
            dot(row, z)
            if fed is not None:
                add(z, fed, z)
            tanh(z, z)
            multiply(pair, held, pair)
            halved(addends, c)
            tanh(c, t)
            multiply(output, t, o)
            if h is not None:
                ended(ends, h)

    return loop, steps


def _lstm_gates(block: Array, after: Array) -> tuple[Array, ...]:
    """Views of a block (5, units, ...): gates, the pairs to multiply, what adds up to the new c, the output gate, c."""
    units, *samples = block.shape[1:]
    flat, gates = block.reshape(5, -1), block[:4].reshape(4 * units, *samples)
    return gates, flat[1:3].reshape(-1), flat[3:].reshape(-1), flat[1:], flat[0], after[4].reshape(-1)


def lay_gru(kernel: Array, bias: Array, recurrent: Array, recurrent_bias: Array | None, batch: int) -> Laid:
    """Keras's weights for the loops of a GRU; `recurrent_bias` says reset after.

    Gates stand as update, reset, then, to reset after, half the candidate's share of the state; last its share of the
    inputs.
    """
    units, features = len(recurrent), len(kernel)
    matrix = _joined(kernel, bias, recurrent).copy()
    matrix[: 2 * units] *= 0.5
    own = matrix[2 * units :]
    if recurrent_bias is None:
        candidate = in_order(own[:, features + 1 :] * own.dtype.type(0.5), batch)
        own[:, features + 1 :] = 0
        return laid_out(gru_before_loop, matrix, units, batch, kept=2 * units, candidate=candidate)
    share = own * own.dtype.type(0.5)
    share[:, :features] = 0
    share[:, features] = recurrent_bias[2 * units :] * 0.5
    matrix[: 2 * units, features] += recurrent_bias[: 2 * units] * 0.5
    own[:, features + 1 :] = 0
    matrix = np.concatenate((matrix[: 2 * units], share, own))
    blind = slice(2 * units, 3 * units)
    return laid_out(gru_loop, matrix, units, batch, blind, kept=3 * units)


def gru_loop(laid: Laid, tape: Tape) -> tuple[Loop, Steps]:
    """With u = (u' + 1) / 2 and so on: the candidate is n = tanh(r' s + s + x) where s is half its share of the state
    and x that of the inputs, and then h = (u' (h - n) + (h - n)) / 2 + n.

    Blocks stand as u', r', s, x, n; what has been used makes room for r' s, u' (h - n) and h - n.
    """
    units = laid.units
    block = tape.empty(5 * units)
    blocks = block.reshape(5, -1)
    update, reset, share, change, own = blocks
    gates, squashed = block[: 4 * units], block[: 2 * units]
    sums = _sums(tape, gates)
    z, addends, ends = sums[: len(laid.matrix)], blocks[1:4], blocks[2:]
    steps = zip(tape.rows, tape.fed(), tape.flat, tape.flat[1:], strict=False)
    dot, tanh, add, multiply, subtract = laid.matrix.dot, np.tanh, np.add, np.multiply, np.subtract
    added, ended = np.ones(3, block.dtype).dot, np.array([0.5, 0.5, 1], block.dtype).dot

    def loop(steps: Steps) -> None:
        for row, fed, old, new in steps:
            dot(row, z)
            if fed is not None:
                add(sums, fed, gates)
            tanh(squashed, squashed)
            multiply(reset, share, reset)
            added(addends, own)
            tanh(own, own)
            subtract(old, own, change)
            multiply(update, change, share)
            ended(ends, new)

    return loop, steps


def gru_before_loop(laid: Laid, tape: Tape) -> tuple[Loop, Steps]:
    """As `gru_loop`, but what r' h + h, by the halved weights, gives is the candidate's share of the state.

    Blocks stand as u', r', x, n.
    """
    units = laid.units
    block = tape.empty(4 * units)
    blocks = block.reshape(4, -1)
    update, reset, change, own = blocks
    gates, squashed, kept, share = block[: 3 * units], block[: 2 * units], block[units : 2 * units], block[3 * units :]
    sums = _sums(tape, gates)
    z, ends = sums[: len(laid.matrix)], blocks[1:]
    steps = zip(tape.rows, tape.fed(), tape.flat, tape.flat[1:], strict=False)
    candidate: Any = laid.candidate
    dot, tanh, add, multiply, subtract = laid.matrix.dot, np.tanh, np.add, np.multiply, np.subtract
    shared, ended = candidate.dot, np.array([0.5, 0.5, 1], block.dtype).dot

    def loop(steps: Steps) -> None:
        for row, fed, old, new in steps:
            dot(row, z)
            if fed is not None:
                add(sums, fed, gates)
            tanh(squashed, squashed)
            multiply(reset, old, reset)
            add(reset, old, reset)
            shared(kept, share)
            add(own, change, own)
            tanh(own, own)
            subtract(old, own, change)
            multiply(update, change, reset)
            ended(ends, new)

    return loop, steps


def _sums(tape: Tape, gates: Array) -> Array:
    """Where the product goes: to the gates, unless inputs are added on the way. Gates that it leaves out stay zero."""
    return gates if tape.inputs is None else np.zeros_like(gates)


def lay_simple_rnn(kernel: Array, bias: Array, recurrent: Array, batch: int) -> Laid:
    """Keras's weights for `simple_rnn_loop`."""
    return laid_out(simple_rnn_loop, _joined(kernel, bias, recurrent), len(recurrent), batch)


def simple_rnn_loop(laid: Laid, tape: Tape) -> tuple[Loop, Steps]:
    """h = tanh(z)."""
    z = tape.empty(laid.units)
    steps = zip(tape.rows, tape.fed(), tape.states[0][1:], strict=False)
    dot, tanh, add = laid.matrix.dot, np.tanh, np.add

    def loop(steps: Steps) -> None:
        for row, fed, new in steps:
            dot(row, z)
            if fed is not None:
                add(z, fed, z)
            tanh(z, new)

    return loop, steps
