"""The loops of LSTM, GRU and SimpleRNN with Keras's default activations, made for speed.

sigmoid(x) is (tanh(x/2) + 1) / 2: the gates' weights are halved so that one tanh serves all, and what is a sum of
halves thereafter, a state for example, is one product with the halves. Of few units a call of NumPy takes longer than
what it computes, so the loops make as few as can be, and everything that can be is made before them: methods `dot` are
bound, since `np.dot` first asks whether its arguments are arrays of another kind, and buffers and views are ready.
"""

from __future__ import annotations

from itertools import cycle, islice, pairwise
from typing import Any

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.recurrent_tapes import Laid, Loop, Steps, Tape, in_order, laid_out

_FEW = 256
"""Numbers in a gate, over all samples, of which one product makes two sums as quickly as one."""


def _joined(kernel: Array, bias: Array, recurrent: Array) -> Array:
    """(gates, features + 1 + units): what meets [x_t, 1, h_t-1]."""
    return np.concatenate((kernel, bias[None], recurrent)).T


def lay_lstm(kernel: Array, bias: Array, recurrent: Array, batch: int) -> Laid:
    """Keras's weights for `lstm_loop`: gates stand as output, input, forget, candidate, the first three halved."""
    units = len(recurrent)
    keras = _joined(kernel, bias, recurrent)
    matrix = np.concatenate((keras[3 * units :], keras[: 3 * units]))
    matrix[: 3 * units] *= 0.5
    return laid_out(lstm_loop, matrix, units, batch)


def lstm_loop(laid: Laid, tape: Tape) -> tuple[Loop, Steps]:
    """With i = (i' + 1) / 2 and so on, c = (i' g + f' c + g + c) / 2 and o = (1 + o') / 2 are sums of halves.

    Blocks stand as 1, o', i', f', g, c, o. The new c and o go into another block: c cannot be written where it is read.
    Two take turns; the first is never written over, since zeros are to stay there.
    """
    blocks = tape.empty(3, 7, laid.units)
    blocks[:, 0] = 1
    cells = list(blocks[:, 5])
    turns = [0, *islice(cycle((1, 2)), tape.time)]
    tape.add_state([cells[turn] for turn in turns])
    few, new = cells[0].size <= _FEW, tape.flat[1:]
    views = {(at, to): _lstm_views(blocks[at], blocks[to], few) for at, to in ((0, 1), (1, 2), (2, 1))}
    with_inputs = zip(pairwise(turns), tape.rows, tape.fed(), new, strict=False)
    steps = ((*views[turn], row, fed, h) for turn, row, fed, h in with_inputs)
    dot, tanh, add, multiply = laid.matrix.dot, np.tanh, np.add, np.multiply
    half, squashed = np.full(4, 0.5, new.dtype), np.empty_like(new[0])
    both = np.array([[0, 0, 0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0, 0, 0, 0]], new.dtype)
    summed, opened = both.dot if few else half.dot, half[:2].dot

    def loop(steps: Steps) -> None:
        for z, pair, held, addends, sums, opening, c, o, row, fed, h in steps:
            dot(row, z)
            if fed is not None:
                add(z, fed, z)
            tanh(z, z)
            multiply(pair, held, pair)
            summed(addends, sums)
            if opening is not None:
                opened(opening, o)
            tanh(c, squashed)
            multiply(o, squashed, h)

    return loop, steps


def _lstm_views(block: Array, after: Array, few: bool) -> tuple[Array | None, ...]:
    """Views of a block (7, units, ...) and of the one after it: gates; the pairs to multiply; addends and sums of c, of
    few numbers of o as well; addends of o where they stand apart; c and o."""
    units, *samples = block.shape[1:]
    numbers = block[0].size
    flat, ends = block.reshape(7, numbers), after[5:].reshape(2, numbers)
    gates = block[1:5].reshape(4 * units, *samples)
    sums = (flat[:6], ends, None) if few else (flat[2:6], ends[0], flat[:2])
    return gates, flat[2:4].reshape(-1), flat[4:6].reshape(-1), *sums, *ends


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
