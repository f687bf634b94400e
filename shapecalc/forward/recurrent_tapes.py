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

_KEPT = 1 << 22
"""Bytes of the largest tape that is kept for the next call."""

_SMALL = 1 << 16
"""Bytes of a tape beside which others are kept."""

_VIEWS = 1 << 10
"""Bytes, about, of the views that a step of a kept tape needs."""

_MOST = 8
"""Tapes kept at once, for batches and lengths that differ."""


class Laid(NamedTuple):
    """Weights as the loop that `make` makes for a tape wants them. `matrix` (gates, ...) meets [x_t, 1, h_t-1].

    Where the inputs are projected first it meets h_t-1 alone; then `bias` (gates,) and `kernels` are the projection's,
    each of these beside the gates it serves, (gates, features), for a batch of one (features + 1, gates) with the bias
    in the last row; `blind` gates get the bias alone. `candidate` of a GRU that resets before meets the reset state.
    `tapes` by the shape of the inputs and whether states are given, None where there was but one call of the kind.
    """

    make: Make
    matrix: Array
    units: int
    tapes: dict[tuple[tuple[int, ...], bool], Tape | None]
    kernels: tuple[tuple[slice, Array], ...] = ()
    bias: Array | None = None
    blind: slice | None = None
    candidate: Array | None = None


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

    A call's inputs go to `x`: into the rows, or projected, into `inputs`. `ended` are the outputs.
    `hidden` is part of `rows`, and `flat` is the same with units and samples as one axis. `states` are `hidden` and
    what the loop adds, another state step by step. The first of each is never written over: where no states are given,
    zeros stay there. `again`: the tape may be `kept` for the next call, unless it is too large.
    """

    def __init__(self, laid: Laid, batch: int, time: int, again: bool) -> None:
        gates, columns = laid.matrix.shape
        self.batch = batch
        self.time = time
        self.dtype = laid.matrix.dtype
        size = ((gates + columns) * batch * self.dtype.itemsize + _VIEWS) * time
        self.kept = again and size <= _KEPT
        self.large = size > _SMALL
        self.rows = self.empty(time + 1, columns)
        before = columns - laid.units
        hidden = self.rows[:, before:]
        self.flat = hidden.reshape(time + 1, -1)
        self.states: list[Array | list[Array]] = []
        self.add_state(hidden)
        self.ended = hidden[None, 1:] if batch == 1 else hidden[1:].transpose(2, 0, 1)
        self.inputs: Array | None = None
        if laid.bias is None:
            self.rows[:, before - 1] = 1
            x = self.rows[:time, : before - 1]
            self.x = x[None] if batch == 1 else x.transpose(2, 0, 1)
        else:
            # Fresh memory of a long sequence would take longer than projecting it.
            shape = (time, len(laid.bias)) if batch == 1 else (time, len(laid.bias), batch)
            self.inputs = np.empty(shape, self.dtype) if self.kept else scratch(PROJECTED, shape, self.dtype)
            self.x = self.inputs
        self.loop, steps = laid.make(laid, self)
        self.steps = list(steps) if self.kept else steps

    def empty(self, *shape: int) -> Array:
        """A buffer in the weights' precision, samples in columns."""
        return np.empty(shape if self.batch == 1 else (*shape, self.batch), self.dtype)

    def add_state(self, places: Array | list[Array]) -> None:
        """Has a state on these places, step by step, at first zero."""
        places[0][...] = 0
        self.states.append(places)

    def fed(self) -> Iterable[Array | None]:
        """What each step adds to its product."""
        return [None] * self.time if self.inputs is None else self.inputs

    def begin(self, states: States) -> None:
        """Writes given states, (batch, units)."""
        for places, state in zip(self.states, states, strict=True):
            places[0][...] = state if self.batch == 1 else state.T

    def run_skipping(self, skips: Skips) -> None:
        """One step after the other: some have states to leave as they were."""
        steps = iter(self.steps)
        for step, skipped in enumerate(skips):
            self.loop(islice(steps, 1))
            if skipped is not None:
                for places in self.states:
                    np.copyto(places[step + 1], places[step], where=skipped)

    def last(self, outputs: Array) -> States:
        """The states after the last step, (batch, units), not in the tape's memory either."""
        others = [places[self.time].copy() for places in self.states[1:]]
        return (outputs[:, -1], *[state[None] if self.batch == 1 else state.T for state in others])


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
    """Outputs (batch, time, units) of a loop over `x` (batch, time, features), from `states` or zeros.

    With `ends` also the last states, (batch, units).

    Laying out buffers and their views takes longer than a few steps do, and a tenth of the time of many, so from the
    second call of a kind on its tape is kept. While a call uses one nobody else finds it: a second call at the same
    time, from another thread, makes its own.
    """
    place = x.shape, bool(states)
    again = place in laid.tapes
    tape = laid.tapes.pop(place, None) or Tape(laid, x.shape[0], x.shape[1], again)
    if laid.bias is None:
        tape.x[...] = x
    else:
        _project(laid, x, tape.x, laid.bias)
    if states:
        tape.begin(states)
    if skips is None:
        tape.loop(tape.steps)
    else:
        tape.run_skipping(skips)
    outputs = tape.ended.copy() if tape.kept else tape.ended
    last = tape.last(outputs) if ends else ()
    if len(laid.tapes) >= _MOST or (tape.large and tape.kept):
        laid.tapes.clear()
    if tape.kept:
        laid.tapes[place] = tape
    else:
        laid.tapes.setdefault(place, None)
    return outputs, last
