"""What the loops of recurrent_steps.py read and write: weights laid out for them, and the tape that a call runs along.

Samples stand in columns, so that every gate is one block of memory; a batch of one is plain vectors. A step is one
product with [x_t, 1, h_t-1]; where features are many and samples few, the inputs of all steps are projected first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.scratch import FED, PROJECTED, scratch

States = tuple[Array, ...]
Skips: TypeAlias = "Iterable[Array | None]"
"""For each step what it leaves as it is, samples (batch,) or their units (units, batch), or None where nothing is."""
Steps: TypeAlias = Iterable[tuple[Any, ...]]
"""What each step reads and writes, as its loop wants it."""
Loop: TypeAlias = Callable[[Steps], None]
Make: TypeAlias = "Callable[[Laid, Tape], tuple[Loop, Steps]]"

_CACHED = 1 << 20
"""Bytes of a matrix that stays in a core's second cache from one step to the next."""

_LINE = 64
"""Bytes of a line of the cache."""

_KEPT = 1 << 16
"""Bytes of a tape that is kept for the next call."""

_VIEWS = 1 << 10
"""Bytes, about, of the views that a step of a kept tape needs."""

_MOST = 8
"""Tapes kept at once, for batches and lengths that differ."""


class Laid(NamedTuple):
    """Weights as the loop that `make` makes for a tape wants them. `matrix` (gates, ...) meets [x_t, 1, h_t-1].

    Where the inputs are projected first it meets h_t-1 alone; then `bias` (gates,) and `kernels` are the projection's,
    each of these beside the gates it serves, (gates, features), for a batch of one (features + 1, gates) with the bias
    in the last row; `blind` gates get the bias alone. `candidate` of a GRU that resets before meets the reset state.
    `halves` (2 * units, units): h is kept as two addends, each twice as large, which this adds up. `tapes` by batch,
    time and whether states are given.
    """

    make: Make
    matrix: Array
    units: int
    tapes: dict[tuple[int, int, bool], Tape]
    kernels: tuple[tuple[slice, Array], ...] = ()
    bias: Array | None = None
    blind: slice | None = None
    candidate: Array | None = None
    halves: Array | None = None


def meets_inputs(features: int, batch: int) -> bool:
    """Whether a step's product does its share of the inputs: many features of few samples are projected at once."""
    return features <= 28 + 4 * batch


def laid_out(
    make: Make,
    matrix: Array,
    units: int,
    batch: int,
    blind: slice | None = None,
    kept: int | None = None,
    candidate: Array | None = None,
) -> Laid:
    """`matrix` (gates, features + 1 + units) laid out for a batch: the `blind` gates do not look at the inputs, those
    from `kept` on not at the states."""
    features = matrix.shape[1] - units - 1
    if meets_inputs(features, batch):
        return Laid(make, in_order(matrix, batch), units, {}, candidate=candidate)
    seeing = [slice(None)] if blind is None else [slice(blind.start), slice(blind.stop, None)]
    shares = [matrix[gates, : features + 1].T if batch == 1 else matrix[gates, :features] for gates in seeing]
    kernels = tuple(zip(seeing, map(np.ascontiguousarray, shares), strict=True))
    bias = np.ascontiguousarray(matrix[:, features])
    return Laid(make, in_order(matrix[:kept, features + 1 :], batch), units, {}, kernels, bias, blind, candidate)


def in_order(matrix: Array, batch: int) -> Array:
    """A copy that starts with a line of the cache: its product with a vector is a tenth faster.

    Columns as runs where one vector meets a matrix that stays in cache, up to a fifth faster; else rows.
    """
    room = np.empty(matrix.size + _LINE, matrix.dtype)
    start = -room.ctypes.data % _LINE // matrix.itemsize
    run = room[start : start + matrix.size]
    by_columns = batch == 1 and matrix.nbytes <= _CACHED
    laid = run.reshape(matrix.shape[::-1]).T if by_columns else run.reshape(matrix.shape)
    laid[...] = matrix
    return laid


class Tape:
    """The buffers of a call, and its loop: the matrix times `rows[t]`, plus `inputs[t]`, makes `hidden[t + 1]`.

    `hidden` is part of `rows`, and `flat` is the same with units and samples as one axis. `states` are `hidden` and
    what the loop adds: another state, step by step, on as many places or on two that take turns. A tape that is `kept`
    has a place for every step and never writes over the first: where no states are given, zeros stay there.
    """

    def __init__(self, laid: Laid, batch: int, time: int) -> None:
        gates, columns = laid.matrix.shape
        self.batch = batch
        self.time = time
        self.dtype = laid.matrix.dtype
        self.kept = ((gates + columns) * batch * self.dtype.itemsize + _VIEWS) * time <= _KEPT
        self.rows = self.empty(time + 1, columns)
        before = columns - laid.units * (1 if laid.halves is None else 2)
        hidden = self.rows[:, before:]
        self.flat = hidden.reshape(time + 1, -1)
        self.states: list[Array] = []
        self.add_state(hidden if laid.halves is None else hidden.reshape(time + 1, 2, -1))
        self.x = self.inputs = None
        if laid.bias is None:
            self.rows[:, before - 1] = 1
            x = self.rows[:time, : before - 1]
            self.x = x[None] if batch == 1 else x.transpose(2, 0, 1)
        else:
            # Fresh memory of a long sequence would take longer than projecting it.
            shape = (time, len(laid.bias)) if batch == 1 else (time, len(laid.bias), batch)
            self.inputs = np.empty(shape, self.dtype) if self.kept else scratch(PROJECTED, shape, self.dtype)
        self.ended = hidden[1:] if laid.halves is not None else self._outputs(hidden[1:])
        self.loop, steps = laid.make(laid, self)
        self.steps = list(steps) if self.kept else steps

    def empty(self, *shape: int) -> Array:
        """A buffer in the weights' precision, samples in columns."""
        return np.empty(shape if self.batch == 1 else (*shape, self.batch), self.dtype)

    def add_state(self, places: Array) -> None:
        """Has a state on these places, at first zero."""
        places[0] = 0
        self.states.append(places)

    def fed(self) -> Iterable[Array | None]:
        """What each step adds to its product."""
        return [None] * self.time if self.inputs is None else self.inputs

    def begin(self, laid: Laid, x: Array, states: States) -> None:
        """Writes the inputs (batch, time, features), and the states (batch, units) if any are given."""
        if self.x is not None:
            self.x[...] = x
        elif self.inputs is not None and laid.bias is not None:
            _project(laid, x, self.inputs, laid.bias)
        if states:
            for places, state in zip(self.states, states, strict=True):
                places[0] = state if self.batch == 1 else state.T

    def run(self, skips: Skips | None) -> None:
        """All steps; one after the other where some have states to leave as they were."""
        if skips is None:
            self.loop(self.steps)
            return
        steps = iter(self.steps)
        for step, skipped in enumerate(skips):
            self.loop(islice(steps, 1))
            if skipped is not None:
                for places in self.states:
                    np.copyto(places[(step + 1) % len(places)], places[step % len(places)], where=skipped)

    def outputs(self, halves: Array | None) -> Array:
        """(time, batch, units), not in memory of a tape that is kept."""
        if halves is not None:
            summed: Array = self.ended.dot(halves)
            return summed[:, None]
        return self.ended.copy() if self.kept else self.ended

    def last(self, outputs: Array) -> States:
        """The states after the last step, (batch, units), not in the tape's memory either."""
        others = [places[self.time % len(places)].copy() for places in self.states[1:]]
        return (outputs[-1], *[state[None] if self.batch == 1 else state.T for state in others])

    def _outputs(self, hidden: Array) -> Array:
        """(time, units, batch), or (time, units) of a batch of one, as (time, batch, units)."""
        return hidden[:, None] if self.batch == 1 else hidden.transpose(0, 2, 1)


def _project(laid: Laid, x: Array, inputs: Array, bias: Array) -> None:
    """Inputs and bias of every step, (time, gates, batch); of a batch of one, (time, gates).

    There the bias comes with the product, as the share of a feature that is 1: to add it would take a fifth as long.
    """
    batch, time, features = x.shape
    if batch > 1:
        if laid.blind is not None:
            inputs[:, laid.blind] = 0
        for gates, kernel in laid.kernels:
            np.matmul(kernel, x.transpose(1, 2, 0), out=inputs[:, gates])
        inputs += bias[:, None]
        return
    fed = scratch(FED, (time, features + 1), inputs.dtype)
    fed[:, :features] = x[0]
    fed[:, features] = 1
    if laid.blind is not None:
        inputs[:, laid.blind] = bias[laid.blind]
    for gates, kernel in laid.kernels:
        np.matmul(fed, kernel, out=inputs[:, gates])


def along(laid: Laid, x: Array, states: States, skips: Skips | None, ends: bool) -> tuple[Array, States]:
    """Outputs (time, batch, units) of a loop over `x` (batch, time, features), from `states` or zeros.

    With `ends` also the last states, (batch, units).

    Laying out buffers and their views takes longer than a few steps do, so small tapes are kept. While a call uses one
    nobody else finds it: a second call at the same time, from another thread, makes its own.
    """
    batch, time, _ = x.shape
    place = batch, time, bool(states)
    tape = laid.tapes.pop(place, None) or Tape(laid, batch, time)
    tape.begin(laid, x, states)
    tape.run(skips)
    outputs = tape.outputs(laid.halves)
    last = tape.last(outputs) if ends else ()
    if tape.kept:
        if len(laid.tapes) >= _MOST:
            laid.tapes.clear()
        laid.tapes[place] = tape
    return outputs, last
