"""Forwards of layers/recurrent.py: weights, direction, masks, states.

LSTM and GRU with Keras's default activations run in recurrent_loops.py; the plain loop here runs all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

import numpy as np

from shapecalc.forward.activation_functions import activate
from shapecalc.forward.base import Array, fed_mask, forward, mask_rule
from shapecalc.forward.memory import copy_memory, flatten_feed, parameters, working_width
from shapecalc.forward.recurrent_loops import Skips, States, pack_gru, pack_lstm, run_gru, run_lstm
from shapecalc.forward.sizes import number
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.base import Layer
    from shapecalc.layers.recurrent import (
        GRU,
        LSTM,
        RNN,
        Cell,
        GRUCell,
        LSTMCell,
        Recurrent,
        SimpleRNN,
        SimpleRNNCell,
        StackedRNNCells,
        Unit,
    )

_PROJECTED = 1 << 20
"""Bytes of the steps that are projected at a time, so that long sequences need no more memory."""


class MaskMismatch(ValueError):
    """A mask that does not fit the steps or the units it is to mask."""


class Sequential(Protocol):
    """A config of a layer that repeats a step over time."""

    @property
    def return_sequences(self) -> bool: ...
    @property
    def return_state(self) -> bool: ...
    @property
    def go_backwards(self) -> bool: ...
    @property
    def zero_output_for_mask(self) -> bool: ...
    @property
    def states(self) -> tuple[tuple[str, Any], ...]: ...


class Parts(NamedTuple):
    """The weights of a cell: kernel (features, gates), recurrent (units, gates), their biases (gates,) or None."""

    kernel: Array
    recurrent: Array
    bias: Array | None
    recurrent_bias: Array | None


def ask_parts(cfg: Unit, weight: Weights, features: int, dtype: Any) -> Parts:
    """The weights of a layer or cell, in Keras's layout."""
    units = number(cfg.units)
    gates = cfg.gates * units
    kernel = weight("kernel", (features, gates), cfg.kernel_initializer).astype(dtype, copy=False)
    recurrent = weight("recurrent_kernel", (units, gates), cfg.recurrent_initializer).astype(dtype, copy=False)
    if not cfg.use_bias:
        return Parts(kernel, recurrent, None, None)
    two = bool(getattr(cfg, "reset_after", False))
    bias = weight("bias", (2, gates) if two else (gates,), choose_bias_initializer(cfg)).astype(dtype, copy=False)
    return Parts(kernel, recurrent, *bias) if two else Parts(kernel, recurrent, bias, None)


def choose_bias_initializer(cfg: Unit) -> Any:
    """The initializer of the bias; an LSTM's may have ones for the forget gate."""
    ones = getattr(cfg, "unit_forget_bias", False)
    return ("forget_gate_ones", (("others", cfg.bias_initializer),)) if ones else cfg.bias_initializer


def step_lstm(cfg: LSTM | LSTMCell, own: Parts, z: Array, states: States) -> States:
    """The states h and c (batch, units) after one step; `z` (batch, gates) is its projected input."""
    h, c = states
    i, f, g, o = np.split(z + h @ own.recurrent, 4, axis=-1)
    gate, act = cfg.recurrent_activation, cfg.activation
    c = activate(gate, f) * c + activate(gate, i) * activate(act, g)
    return activate(gate, o) * activate(act, c), c


def step_gru(cfg: GRU | GRUCell, own: Parts, z: Array, states: States) -> States:
    """The state h (batch, units) after one step; `z` (batch, gates) is its projected input."""
    (h,) = states
    units = h.shape[-1]
    if cfg.reset_after:
        inner = h @ own.recurrent if own.recurrent_bias is None else h @ own.recurrent + own.recurrent_bias
    else:
        inner = h @ own.recurrent[:, : 2 * units]
    gates, act = z[..., : 2 * units] + inner[..., : 2 * units], cfg.recurrent_activation
    update, reset = np.split(activate(act, gates), 2, axis=-1)
    # 1 - update would lose digits where the gate is nearly 1.
    change = activate(act, -gates[..., :units]) if act == "sigmoid" else 1 - update
    share = reset * inner[..., 2 * units :] if cfg.reset_after else (reset * h) @ own.recurrent[:, 2 * units :]
    candidate = activate(cfg.activation, z[..., 2 * units :] + share)
    return (update * h + change * candidate,)


def step_simple_rnn(cfg: SimpleRNN | SimpleRNNCell, own: Parts, z: Array, states: States) -> States:
    """The state h (batch, units) after one step; `z` (batch, units) is its projected input."""
    return (activate(cfg.activation, z + states[0] @ own.recurrent),)


_STEPS: dict[str, Callable[[Any, Parts, Array, States], States]] = {
    "LSTM": step_lstm,
    "GRU": step_gru,
    "SimpleRNN": step_simple_rnn,
}


def _name_kind(cfg: Unit) -> str:
    """The name of the step that a layer or its cell computes: `LSTM`, `GRU` or `SimpleRNN`."""
    return type(cfg).__name__.removesuffix("Cell")


def list_cells(cfg: Layer) -> list[tuple[str, Unit]]:
    """The cells of a step from the first one on, each with its weights' path within the step's; of one cell itself."""
    if not hasattr(cfg, "cells"):
        return [("", cast("Unit", cfg))]
    stack = cast("StackedRNNCells", cfg)
    return [
        (f"{label}/{path}" if path else label, unit)
        for label, cell in zip(stack.labels, stack.cells, strict=True)
        for path, unit in list_cells(cell)
    ]


def step_memory(cfg: Layer, batch: int) -> int:
    """Bytes of the gates and states of one step, between its operations, in the cell that has most."""
    return max(5 * (cell.gates + 1) * number(cell.units) * batch * working_width(cell) for _, cell in list_cells(cfg))


def cell_memory(cfg: Layer, feed: Any, inferred: Any) -> int:
    """Bytes of a step, and of the states cast."""
    return copy_memory(cfg, feed, inferred) + step_memory(cfg, feed[0].shape[0])


def sequence_memory(cfg: Layer, feed: Any, inferred: Any) -> int:
    """Bytes of the outputs of all steps of each cell, of the weights packed by gate, and of a step."""
    batch, time = feed[0].shape[:2]
    step = getattr(cfg, "step", cfg)
    size = working_width(step)
    units = sum(number(cell.units) for _, cell in list_cells(step))
    outputs = (
        (2 + any(tensor.masked for tensor in flatten_feed(feed[:1])) + (len(feed) > 2)) * time * batch * units * size
    )
    needed: int = (
        copy_memory(cfg, feed, inferred) + outputs + 3 * size * parameters(inferred) + 2 * step_memory(step, batch)
    )
    return needed


def _project(own: Parts, x: Array) -> Array:
    """`x` (..., features) times the kernel, plus the bias: (..., gates)."""
    z = x @ own.kernel
    return z if own.bias is None else z + own.bias


def run_step(cfg: Layer, weight: Weights, x: Array, states: States) -> tuple[Array, ...]:
    """The output (batch, units) of the last cell, and the new states of all, from `x` (batch, features)."""
    remaining = iter(states)
    new: list[Array] = []
    for path, cell in list_cells(cfg):
        x = np.asarray(x).astype(cell.compute_dtype, copy=False)
        own = ask_parts(cell, _scope_weights(weight, path, cell), x.shape[-1], x.dtype)
        before = tuple([np.asarray(next(remaining)).astype(x.dtype, copy=False) for _ in cell.states])
        after = _STEPS[_name_kind(cell)](cell, own, _project(own, x), before)
        x = after[0]
        new += after
    return (x, *new)


def _scope_weights(weight: Weights, path: str, cell: Unit) -> Weights:
    """The weights of a cell at `path` within a step's own."""
    return weight.scope(path).of_dtype(cell.variable_dtype) if path else weight


@forward("LSTMCell", "GRUCell", "StackedRNNCells", memory=cell_memory)
def cell(cfg: Cell | StackedRNNCells, weight: Weights, inputs: Array, states: States) -> tuple[Array, ...]:
    return run_step(cfg, weight, inputs, states)


@forward("SimpleRNNCell", memory=cell_memory)
def simple_rnn_cell(cfg: SimpleRNNCell, weight: Weights, sequence: Array, states: States) -> tuple[Array, ...]:
    return run_step(cfg, weight, sequence, states)


@forward("LSTM", "GRU", "SimpleRNN", masks=True, memory=sequence_memory)
def recurrent(
    cfg: Recurrent,
    weight: Weights,
    sequences: Array,
    initial_state: States = (),
    mask: Array | None = None,
    masks: Any = (),
) -> tuple[Array, ...]:
    mask = None if mask is None else choose_mask(mask, masks, initial_state)
    return _run_over_time(cfg, cfg, weight, sequences, initial_state, mask)


@forward("RNN", masks=True, memory=sequence_memory)
def rnn(
    cfg: RNN, weight: Weights, sequences: Array, initial_state: States = (), mask: Array | None = None, masks: Any = ()
) -> tuple[Array, ...]:
    """Stacked cells are computed as stacked layers: each runs over the whole sequence.

    A cell's precision may be another than the layer's.
    """
    x, step = np.asarray(sequences, cfg.compute_dtype), cfg.step
    inner = weight.scope(step.label).of_dtype(step.variable_dtype)
    arrays = _run_over_time(cfg, step, inner, x, initial_state, choose_mask(mask, masks, initial_state))
    return tuple([np.asarray(array, x.dtype) for array in arrays])


def choose_mask(mask: Array | None, masks: tuple[Any, ...], initial_state: States) -> Array | None:
    """The mask that a call obeys; Keras ignores the sequences' own where an initial state is fed too.

    One that is fed by hand, on the third port, may be the very array that came with the sequences.
    """
    is_own = bool(masks) and len(masks) < 3
    return None if is_own and initial_state else mask


@mask_rule("LSTM", "GRU", "SimpleRNN", "RNN")
def sequence_masks(cfg: Sequential, feed: tuple[Any, ...], masks: tuple[Any, ...]) -> tuple[Array | None, ...]:
    """The mask fed on the port `mask?`, else the sequences' own, leaves with a sequence; states have none."""
    mask = fed_mask(feed, 2, masks)
    return (mask if cfg.return_sequences else None, *(None for _ in (cfg.states if cfg.return_state else ())))


def _run_over_time(
    cfg: Sequential, step: Layer, weight: Weights, x: Array, initial_state: States, mask: Array | None
) -> tuple[Array, ...]:
    """The outputs of `step` run over the sequences `x` in `cfg`'s direction, and the last states where asked for."""
    kept = order_mask_by_steps(mask, x.shape[1])
    if cfg.go_backwards:
        x = x[:, ::-1]
        kept = None if kept is None else kept[::-1]
    hidden, states = _run(step, weight, x, initial_state, kept)
    output = select_outputs(hidden, kept, cfg, bool(initial_state))
    return (output, *states) if cfg.return_state else (output,)


def order_mask_by_steps(mask: Array | None, time: int) -> Array | None:
    """A mask (batch, time), or with further axes, as booleans (time, batch, ...)."""
    if mask is None:
        return None
    kept = np.asarray(mask).astype(bool)
    if kept.ndim < 2 or kept.shape[1] != time:
        raise MaskMismatch(f"a mask of shape {kept.shape} does not fit {time} steps")
    return kept.swapaxes(0, 1)


def select_outputs(hidden: Array, kept: Array | None, cfg: Sequential, has_initial_state: bool) -> Array:
    """Every step as (batch, time, ...), or the last one (batch, ...).

    `hidden` (batch, time, ...) repeats at masked steps the output of the step before, and before the first step that
    counts the initial state; Keras outputs zeros there.
    """
    if kept is not None and (cfg.zero_output_for_mask or has_initial_state):
        shown = (kept if cfg.zero_output_for_mask else np.logical_or.accumulate(kept, axis=0)).swapaxes(0, 1)
        shown = shown.reshape(*shown.shape, *(1,) * (hidden.ndim - shown.ndim))
        hidden = np.where(shown, hidden, hidden.dtype.type(0))
    return np.ascontiguousarray(hidden if cfg.return_sequences else hidden[:, -1])


def _run(step: Layer, weight: Weights, x: Array, states: States, kept: Array | None) -> tuple[Array, States]:
    """Outputs (batch, time, units) of a cell, or of the last of stacked cells, and the last states of all.

    `states` are the initial ones, or none for zeros.
    """
    remaining = iter(states)
    new: list[Array] = []
    for path, cell in list_cells(step):
        before = tuple(islice(remaining, len(cell.states)))
        x, after = _run_cell(cell, _scope_weights(weight, path, cell), x, before, kept)
        new += after
    return x, tuple(new)


def _run_cell(cfg: Unit, weight: Weights, x: Array, states: States, kept: Array | None) -> tuple[Array, States]:
    """As `_run`, of a single cell."""
    x = np.asarray(x, cfg.compute_dtype)
    batch, _, features = x.shape
    units = number(cfg.units)
    if kept is not None and not _fits(kept, (batch, units)):
        raise MaskMismatch(f"a mask of {kept.shape[1:]} a step does not fit states of {(batch, units)}")
    own = ask_parts(cfg, weight, features, x.dtype)
    skips = _list_skips(kept)
    loop = _LOOPS.get(_name_kind(cfg))
    if loop is not None and x.dtype.itemsize >= 4 and has_default_activations(cast("LSTM | GRU", cfg)):
        return loop(cfg, own, x, states, skips)
    before = states or (np.zeros((batch, units), x.dtype),) * len(cfg.states)
    return _run_plainly(cfg, own, x, before, skips)


def has_default_activations(cfg: LSTM | LSTMCell | GRU | GRUCell) -> bool:
    """Whether an LSTM or GRU has the activations that the loops in recurrent_loops.py compute."""
    return bool(cfg.activation == "tanh" and cfg.recurrent_activation == "sigmoid")


def _loop_lstm(cfg: LSTM | LSTMCell, own: Parts, x: Array, states: States, skips: Skips) -> tuple[Array, States]:
    return run_lstm(pack_lstm(own.kernel, own.recurrent, own.bias, len(x)), x, states, skips)


def _loop_gru(cfg: GRU | GRUCell, own: Parts, x: Array, states: States, skips: Skips) -> tuple[Array, States]:
    if not cfg.reset_after:
        return _run_plainly(cfg, own, x, states or (np.zeros((len(x), number(cfg.units)), x.dtype),), skips)
    packed = pack_gru(own.kernel, own.recurrent, own.bias, own.recurrent_bias, len(x))
    return run_gru(packed, x, states, skips)


_LOOPS: dict[str, Callable[[Any, Parts, Array, States, Skips], tuple[Array, States]]] = {
    "LSTM": _loop_lstm,
    "GRU": _loop_gru,
}


def _fits(kept: Array, state: tuple[int, int]) -> bool:
    """Whether a step of the mask, (batch,) or (batch, units), stretches to the state."""
    step = (*kept.shape[1:], 1)[:2]
    return kept.ndim <= 3 and all(size in (1, wanted) for size, wanted in zip(step, state, strict=True))


def _list_skips(kept: Array | None) -> Skips:
    """For each step the entries that keep their state, (batch, 1) or (batch, units); None where none do."""
    if kept is None:
        return repeat(None)
    skipped = ~(kept[..., None] if kept.ndim == 2 else kept)
    return [step if step.any() else None for step in skipped]


def _run_plainly(cfg: Unit, own: Parts, x: Array, states: States, skips: Skips) -> tuple[Array, States]:
    """As `_run`, with any activations in any precision: one call of the cell a step."""
    step = _STEPS[_name_kind(cfg)]
    states = tuple([np.asarray(state, x.dtype) for state in states])
    outputs = np.empty((x.shape[1], len(x), number(cfg.units)), x.dtype)
    for output, z, skipped in zip(outputs, _project_steps(own, x), skips, strict=False):
        after = step(cfg, own, z, states)
        if skipped is not None:
            after = tuple([np.where(skipped, old, new) for new, old in zip(after, states, strict=True)])
        states = after
        output[...] = states[0]
    return outputs.swapaxes(0, 1), states


def _project_steps(own: Parts, x: Array) -> Iterator[Array]:
    """The projection of each step of `x` (batch, time, features), made for a few steps at a time."""
    batch, time, _ = x.shape
    most = max(1, _PROJECTED // max(1, own.kernel.shape[1] * batch * x.itemsize))
    for start in range(0, time, most):
        yield from _project(own, x[:, start : start + most].swapaxes(0, 1))
