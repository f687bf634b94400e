"""Forwards of layers/recurrent.py: weights, direction, masks, states.

LSTM and GRU with the usual activations have loops in recurrent_loops.py; the plain one here serves the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

from shapecalc.forward.activations import activate
from shapecalc.forward.base import Array, forward, mask_rule
from shapecalc.forward.memory import parameters, tensors, usual, width
from shapecalc.forward.recurrent_loops import Skips, States, pack_gru, pack_lstm, run_gru, run_lstm
from shapecalc.forward.weights import Weights

_PROJECTED = 1 << 20
"""Bytes of the steps that are projected at a time, so that long sequences need no more memory."""


class MaskMismatch(ValueError):
    """A mask that does not fit the steps or the units it is to mask."""


class Parts(NamedTuple):
    """The weights of a cell: kernel (features, gates), recurrent (units, gates), their biases (gates,) or None."""

    kernel: Array
    recurrent: Array
    bias: Array | None
    recurrent_bias: Array | None


def parts(cfg: Any, weight: Weights, features: int, dtype: Any) -> Parts:
    """Asks for the weights of a layer or cell, in Keras's layout."""
    width = cfg.gates * cfg.units
    kernel = weight("kernel", (features, width), cfg.kernel_initializer).astype(dtype, copy=False)
    recurrent = weight("recurrent_kernel", (cfg.units, width), cfg.recurrent_initializer).astype(dtype, copy=False)
    if not cfg.use_bias:
        return Parts(kernel, recurrent, None, None)
    two = _resets_after(cfg)
    bias = weight("bias", (2, width) if two else (width,), bias_initializer(cfg)).astype(dtype, copy=False)
    return Parts(kernel, recurrent, *bias) if two else Parts(kernel, recurrent, bias, None)


def bias_initializer(cfg: Any) -> Any:
    """How the bias starts; an LSTM's may have ones for the forget gate."""
    ones = getattr(cfg, "unit_forget_bias", False)
    return ("forget_gate_ones", (("others", cfg.bias_initializer),)) if ones else cfg.bias_initializer


def _resets_after(cfg: Any) -> bool:
    return bool(getattr(cfg, "reset_after", False))


def lstm_step(cfg: Any, own: Parts, z: Array, states: States) -> States:
    h, c = states
    i, f, g, o = np.split(z + h @ own.recurrent, 4, axis=-1)
    gate, act = cfg.recurrent_activation, cfg.activation
    c = activate(gate, f) * c + activate(gate, i) * activate(act, g)
    return activate(gate, o) * activate(act, c), c


def gru_step(cfg: Any, own: Parts, z: Array, states: States) -> States:
    (h,) = states
    units = h.shape[-1]
    if cfg.reset_after:
        inner = h @ own.recurrent if own.recurrent_bias is None else h @ own.recurrent + own.recurrent_bias
    else:
        inner = h @ own.recurrent[:, : 2 * units]
    gates, act = z[..., : 2 * units] + inner[..., : 2 * units], cfg.recurrent_activation
    update, reset = np.split(activate(act, gates), 2, axis=-1)
    # 1 - update loses what is left of it where the gate is nearly 1.
    change = activate(act, -gates[..., :units]) if act == "sigmoid" else 1 - update
    share = reset * inner[..., 2 * units :] if cfg.reset_after else (reset * h) @ own.recurrent[:, 2 * units :]
    candidate = activate(cfg.activation, z[..., 2 * units :] + share)
    return (update * h + change * candidate,)


def simple_rnn_step(cfg: Any, own: Parts, z: Array, states: States) -> States:
    return (activate(cfg.activation, z + states[0] @ own.recurrent),)


_STEPS: dict[str, Callable[[Any, Parts, Array, States], States]] = {
    "LSTM": lstm_step,
    "GRU": gru_step,
    "SimpleRNN": simple_rnn_step,
}


def _kind(cfg: Any) -> str:
    """What a layer or its cell computes."""
    return type(cfg).__name__.removesuffix("Cell")


def step_memory(cfg: Any, batch: int) -> int:
    """What a step of a cell, or of cells one above the other, holds of its gates and states between its operations."""
    if hasattr(cfg, "cells"):
        return max(step_memory(one, batch) for one in cfg.cells)
    needed: int = 5 * (cfg.gates + 1) * cfg.units * batch * max(4, width(cfg.compute_dtype))
    return needed


def cell_memory(cfg: Any, feed: Any, stated: Any) -> int:
    """A step, and the states cast."""
    return usual(cfg, feed, stated) + step_memory(cfg, feed[0].shape[0])


def sequence_memory(cfg: Any, feed: Any, stated: Any) -> int:
    """The outputs of all steps, of each cell, whatever is returned, zeroed where masked; weights by gate; a step."""
    batch, time = feed[0].shape[:2]
    step = getattr(cfg, "step", cfg)
    size = max(4, width(step.compute_dtype))
    outputs = (2 + any(one.masked for one in tensors(feed[:1])) + (len(feed) > 2)) * time * batch * _units(step) * size
    needed: int = usual(cfg, feed, stated) + outputs + 3 * size * parameters(stated) + 2 * step_memory(step, batch)
    return needed


def _units(cfg: Any) -> int:
    """Units of a cell, or of all cells."""
    units: int = sum(map(_units, cfg.cells)) if hasattr(cfg, "cells") else cfg.units
    return units


def _projected(own: Parts, x: Array) -> Array:
    z = x @ own.kernel
    return z if own.bias is None else z + own.bias


@forward("LSTMCell", "GRUCell", memory=cell_memory)
def cell(cfg: Any, weight: Weights, inputs: Array, states: States) -> tuple[Array, ...]:
    x = np.asarray(inputs).astype(cfg.compute_dtype, copy=False)
    own = parts(cfg, weight, x.shape[-1], x.dtype)
    begun = tuple(np.asarray(state).astype(x.dtype, copy=False) for state in states)
    after = _STEPS[_kind(cfg)](cfg, own, _projected(own, x), begun)
    return (after[0], *after)


@forward("SimpleRNNCell", memory=cell_memory)
def simple_cell(cfg: Any, weight: Weights, sequence: Array, states: States) -> Array | tuple[Array, ...]:
    return cell(cfg, weight, sequence, states)


@forward("StackedRNNCells", memory=cell_memory)
def stacked_cells(cfg: Any, weight: Weights, inputs: Array, states: States) -> tuple[Array, ...]:
    x, left = inputs, list(states)
    new: list[Array] = []
    for one, label in zip(cfg.cells, cfg.labels, strict=True):
        count = len(one.states)
        run = stacked_cells if hasattr(one, "cells") else cell
        x, *after = run(one, weight.scope(label).of_dtype(one.variable_dtype), x, tuple(left[:count]))
        new += after
        del left[:count]
    return (x, *new)


@forward("LSTM", "GRU", "SimpleRNN", masks=True, memory=sequence_memory)
def recurrent(
    cfg: Any, weight: Weights, sequences: Array, initial_state: States = (), mask: Array | None = None, masks: Any = ()
) -> tuple[Array, ...]:
    mask = None if mask is None else obeyed(mask, masks, initial_state)
    return _over_time(cfg, cfg, weight, sequences, initial_state, mask)


@forward("RNN", masks=True, memory=sequence_memory)
def rnn(
    cfg: Any, weight: Weights, sequences: Array, initial_state: States = (), mask: Array | None = None, masks: Any = ()
) -> tuple[Array, ...]:
    """Cells one above the other are layers one above the other: each runs over the whole sequence.

    A cell's precision may be another than the layer's.
    """
    x, step = np.asarray(sequences, cfg.compute_dtype), cfg.step
    inner = weight.scope(step.label).of_dtype(step.variable_dtype)
    given = _over_time(cfg, step, inner, x, initial_state, obeyed(mask, masks, initial_state))
    return tuple([np.asarray(one, x.dtype) for one in given])


def obeyed(mask: Array | None, masks: tuple[Any, ...], initial_state: States) -> Array | None:
    """The mask that a call obeys. Keras looks at the sequences' own only where they are all that is fed."""
    came_along = bool(masks) and mask is masks[0]
    return None if came_along and initial_state else mask


@mask_rule("LSTM", "GRU", "SimpleRNN", "RNN")
def sequence_masks(cfg: Any, feed: tuple[Any, ...], masks: tuple[Any, ...]) -> tuple[Array | None, ...]:
    """The mask fed by hand, else the one that came with the sequences, goes on with a sequence; states carry none."""
    given = feed[2] if len(feed) > 2 else None
    mask = masks[0] if given is None and masks else given
    return (mask if cfg.return_sequences else None, *(None for _ in (cfg.states if cfg.return_state else ())))


def _over_time(
    cfg: Any, step: Any, weight: Weights, x: Array, initial_state: States, mask: Array | None
) -> tuple[Array, ...]:
    """Runs `step` over the sequences `x` in `cfg`'s direction; the outputs and, where asked for, the last states."""
    kept = steps_mask(mask, x.shape[1])
    if cfg.go_backwards:
        x = x[:, ::-1]
        kept = None if kept is None else kept[::-1]
    hidden, states = _run(step, weight, x, initial_state, kept)
    output = shown_outputs(hidden, kept, cfg, bool(initial_state))
    return (output, *states) if cfg.return_state else (output,)


def steps_mask(mask: Array | None, time: int) -> Array | None:
    """A mask (batch, time), or with further axes, as booleans (time, batch, ...)."""
    if mask is None:
        return None
    kept = np.asarray(mask).astype(bool)
    if kept.ndim < 2 or kept.shape[1] != time:
        raise MaskMismatch(f"a mask of shape {kept.shape} does not fit {time} steps")
    return kept.swapaxes(0, 1)


def shown_outputs(hidden: Array, kept: Array | None, cfg: Any, started: bool) -> Array:
    """Every step as (batch, time, ...), or the last: at masked steps the one before, zeros where there is none.

    `hidden` (batch, time, ...) holds what masked steps handed on: the output before, but at the start a given state.
    """
    if kept is not None and (cfg.zero_output_for_mask or started):
        seen = (kept if cfg.zero_output_for_mask else np.logical_or.accumulate(kept, axis=0)).swapaxes(0, 1)
        seen = seen.reshape(*seen.shape, *(1,) * (hidden.ndim - seen.ndim))
        hidden = np.where(seen, hidden, hidden.dtype.type(0))
    return np.ascontiguousarray(hidden if cfg.return_sequences else hidden[:, -1])


def _run(cfg: Any, weight: Weights, x: Array, states: States, kept: Array | None) -> tuple[Array, States]:
    """Outputs (batch, time, units) of a cell, or of cells one above the other, and the last states.

    `states` are those at the start, or none for zeros.
    """
    if not hasattr(cfg, "cells"):
        return _run_cell(cfg, weight, x, states, kept)
    left = list(states)
    new: list[Array] = []
    for one, label in zip(cfg.cells, cfg.labels, strict=True):
        count = len(one.states)
        inner = weight.scope(label).of_dtype(one.variable_dtype)
        x, after = _run(one, inner, x, tuple(left[:count]), kept)
        new += after
        del left[:count]
    return x, tuple(new)


def _run_cell(cfg: Any, weight: Weights, x: Array, states: States, kept: Array | None) -> tuple[Array, States]:
    """As `_run`, of a single cell."""
    x = np.asarray(x, cfg.compute_dtype)
    batch, _, features = x.shape
    if kept is not None and not _fits(kept, (batch, cfg.units)):
        raise MaskMismatch(f"a mask of {kept.shape[1:]} a step does not fit states of {(batch, cfg.units)}")
    own = parts(cfg, weight, features, x.dtype)
    skips = _skips(kept)
    kind = _kind(cfg)
    usual = kind != "SimpleRNN" and cfg.activation == "tanh" and cfg.recurrent_activation == "sigmoid"
    if usual and x.dtype.itemsize >= 4:
        if kind == "LSTM":
            return run_lstm(pack_lstm(own.kernel, own.recurrent, own.bias, batch), x, states, skips)
        if cfg.reset_after:
            packed = pack_gru(own.kernel, own.recurrent, own.bias, own.recurrent_bias, batch)
            return run_gru(packed, x, states, skips)
    begun = states or (np.zeros((batch, cfg.units), x.dtype),) * len(cfg.states)
    return _run_plainly(cfg, own, x, begun, skips)


def _fits(kept: Array, state: tuple[int, int]) -> bool:
    """Whether a step of the mask, (batch,) or (batch, units), stretches to the state."""
    step = (*kept.shape[1:], 1)[:2]
    return kept.ndim <= 3 and all(size in (1, wanted) for size, wanted in zip(step, state, strict=True))


def _skips(kept: Array | None) -> Skips:
    """For each step what keeps its state, (batch, 1) or (batch, units); None where nothing does."""
    if kept is None:
        return repeat(None)
    skipped = ~(kept[..., None] if kept.ndim == 2 else kept)
    return [step if step.any() else None for step in skipped]


def _run_plainly(cfg: Any, own: Parts, x: Array, states: States, skips: Skips) -> tuple[Array, States]:
    """Any activations, any precision: one step after the other as the cell has it."""
    step = _STEPS[_kind(cfg)]
    states = tuple([np.asarray(state, x.dtype) for state in states])
    outputs = np.empty((x.shape[1], len(x), cfg.units), x.dtype)
    for output, z, skipped in zip(outputs, _projections(own, x), skips, strict=False):
        after = step(cfg, own, z, states)
        if skipped is not None:
            after = tuple([np.where(skipped, old, new) for new, old in zip(after, states, strict=True)])
        states = after
        output[...] = states[0]
    return outputs.swapaxes(0, 1), states


def _projections(own: Parts, x: Array) -> Iterator[Array]:
    """The projection of each step of `x` (batch, time, features), made for a few steps at a time."""
    batch, time, _ = x.shape
    most = max(1, _PROJECTED // max(1, own.kernel.shape[1] * batch * x.itemsize))
    for start in range(0, time, most):
        yield from _projected(own, x[:, start : start + most].swapaxes(0, 1))
