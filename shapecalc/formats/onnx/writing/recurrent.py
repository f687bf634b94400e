"""Recurrent layers: an operator of ONNX where one says the same, else a cell scanned over the steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from shapecalc.formats.onnx.writing.activations import activate, fed_mask
from shapecalc.formats.onnx.writing.base import (
    Array,
    Masks,
    NoForm,
    Value,
    WeightView,
    mask_writer,
    number,
    number_type,
    writer,
)
from shapecalc.formats.onnx.writing.casts import as_bool

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.base import Layer

States = tuple[Value, ...]

_OPERATORS = {"tanh": "Tanh", "sigmoid": "Sigmoid", "relu": "Relu"}
"""The activations that ONNX's own recurrent operators know as Keras does."""


class Parts(NamedTuple):
    """The weights of a cell: kernel (features, gates), recurrent (units, gates), their biases (gates,) or None."""

    kernel: Array
    recurrent: Array
    bias: Array | None
    recurrent_bias: Array | None


def ask_parts(cfg: Any, weight: WeightView, features: int) -> Parts:
    """The weights of a layer or cell, in Keras's layout."""
    units = number(cfg.units, "`units`")
    gates, dtype = cfg.gates * units, number_type(cfg.compute_dtype)
    kernel = weight("kernel", (features, gates), cfg.kernel_initializer).astype(dtype, copy=False)
    recurrent = weight("recurrent_kernel", (units, gates), cfg.recurrent_initializer).astype(dtype, copy=False)
    if not cfg.use_bias:
        return Parts(kernel, recurrent, None, None)
    two = bool(getattr(cfg, "reset_after", False))
    bias = weight("bias", (2, gates) if two else (gates,), bias_initializer(cfg)).astype(dtype, copy=False)
    return Parts(kernel, recurrent, *bias) if two else Parts(kernel, recurrent, bias, None)


def bias_initializer(cfg: Any) -> Any:
    """The initializer of the bias; an LSTM's may have ones for the forget gate."""
    ones = getattr(cfg, "unit_forget_bias", False)
    return ("forget_gate_ones", (("others", cfg.bias_initializer),)) if ones else cfg.bias_initializer


def name_kind(cfg: Layer) -> str:
    """`LSTM`, `GRU` or `SimpleRNN`, of a layer or its cell."""
    return cfg.type_name.removesuffix("Cell")


def list_cells(cfg: Layer) -> list[tuple[str, Any]]:
    """The cells of a step from the first one on, each with its weights' path; of one cell itself."""
    if not hasattr(cfg, "cells"):
        return [("", cfg)]
    return [
        (f"{label}/{path}" if path else label, unit)
        for label, cell in zip(cfg.labels, cfg.cells, strict=True)  # type: ignore[attr-defined]
        for path, unit in list_cells(cell)
    ]


class HeldParts(NamedTuple):
    """`Parts` in the graph."""

    kernel: Value
    recurrent: Value
    bias: Value | None
    recurrent_bias: Value | None


def hold_parts(nodes: Nodes, weight: WeightView, own: Parts) -> HeldParts:
    """The weights of a cell as tensors of the file."""
    biases = [None if bias is None else nodes.weight(weight, "bias", bias) for bias in own[2:]]
    return HeldParts(
        nodes.weight(weight, "kernel", own.kernel), nodes.weight(weight, "recurrent_kernel", own.recurrent), *biases
    )


def step_lstm(nodes: Nodes, cfg: Any, own: HeldParts, z: Value, states: States) -> States:
    """The states h and c (batch, units) after one step; `z` (batch, gates) is its projected input."""
    h, c = states
    gates = nodes.op("Add", z, nodes.matmul(h, own.recurrent))
    i, f, g, o = nodes.split(gates, [number(cfg.units, "`units`")] * 4, -1)
    return close_lstm(lambda name, x: activate(nodes, name, x), nodes, cfg, (i, f, g, o), c)


def close_lstm(
    act: Callable[[str | None, Value], Value], nodes: Nodes, cfg: Any, gates: Sequence[Value], c: Value
) -> States:
    """The states of an LSTM from its gates before they are activated."""
    i, f, g, o = gates
    gate = cfg.recurrent_activation
    kept = nodes.op("Mul", act(gate, f), c)
    c = nodes.op("Add", kept, nodes.op("Mul", act(gate, i), act(cfg.activation, g)))
    return nodes.op("Mul", act(gate, o), act(cfg.activation, c)), c


def step_gru(nodes: Nodes, cfg: Any, own: HeldParts, z: Value, states: States) -> States:
    """The state h (batch, units) after one step; `z` (batch, gates) is its projected input."""
    (h,) = states
    units = number(cfg.units, "`units`")
    z_gates, z_candidate = nodes.split(z, [2 * units, units], -1)
    if cfg.reset_after:
        inner = nodes.matmul(h, own.recurrent)
        if own.recurrent_bias is not None:
            inner = nodes.op("Add", inner, own.recurrent_bias)
        inner_gates, inner_candidate = nodes.split(inner, [2 * units, units], -1)
    else:
        gate_kernel, candidate_kernel = nodes.split(own.recurrent, [2 * units, units], -1)
        inner_gates = nodes.matmul(h, gate_kernel)
    gates = activate(nodes, cfg.recurrent_activation, nodes.op("Add", z_gates, inner_gates))
    update, reset = nodes.split(gates, [units, units], -1)
    if cfg.reset_after:
        share = nodes.op("Mul", reset, inner_candidate)
    else:
        share = nodes.matmul(nodes.op("Mul", reset, h), candidate_kernel)
    candidate = activate(nodes, cfg.activation, nodes.op("Add", z_candidate, share))
    change = nodes.op("Sub", nodes.like(1.0, update), update)
    return (nodes.op("Add", nodes.op("Mul", update, h), nodes.op("Mul", change, candidate)),)


def step_simple_rnn(nodes: Nodes, cfg: Any, own: HeldParts, z: Value, states: States) -> States:
    """The state h (batch, units) after one step; `z` (batch, units) is its projected input."""
    return (activate(nodes, cfg.activation, nodes.op("Add", z, nodes.matmul(states[0], own.recurrent))),)


_STEPS = {"LSTM": step_lstm, "GRU": step_gru, "SimpleRNN": step_simple_rnn}


def project(nodes: Nodes, own: HeldParts, x: Value) -> Value:
    """`x` (..., features) times the kernel, plus the bias: (..., gates)."""
    z = nodes.matmul(x, own.kernel)
    return z if own.bias is None else nodes.op("Add", z, own.bias)


@writer("LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells")
def cell(nodes: Nodes, cfg: Any, weight: WeightView, inputs: Value, states: States) -> tuple[Value, ...]:
    """The output (batch, units) of the last cell, and the new states of all."""
    remaining = iter(states)
    x, new = inputs, list[Value]()
    for path, unit in list_cells(cfg):
        x = nodes.cast(x, unit.compute_dtype)
        view = _scope(weight, path, unit)
        own = hold_parts(nodes, view, ask_parts(unit, view, number(x.shape[-1], "the last axis of its input")))
        before = tuple(nodes.cast(state, x.dtype) for state in islice(remaining, len(unit.states)))
        after = _STEPS[name_kind(unit)](nodes, unit, own, project(nodes, own, x), before)
        x = after[0]
        new += after
    return (x, *new)


def _scope(weight: WeightView, path: str, unit: Any) -> WeightView:
    """The weights of a cell at `path` within a step's own."""
    return weight.scope(path).of_dtype(unit.variable_dtype) if path else weight


@writer("LSTM", "GRU", "SimpleRNN", masks=True)
def recurrent(
    nodes: Nodes,
    cfg: Any,
    weight: WeightView,
    sequences: Value,
    initial_state: States = (),
    mask: Value | None = None,
    masks: Masks = (),
) -> tuple[Value, ...]:
    return _run_over_time(nodes, cfg, cfg, weight, sequences, initial_state, choose_mask(mask, masks, initial_state))


@writer("RNN", masks=True)
def rnn(
    nodes: Nodes,
    cfg: Any,
    weight: WeightView,
    sequences: Value,
    initial_state: States = (),
    mask: Value | None = None,
    masks: Masks = (),
) -> tuple[Value, ...]:
    """Stacked cells are stacked layers: each runs over the whole sequence."""
    step = cfg.step
    x = nodes.cast(sequences, cfg.compute_dtype)
    inner = weight.scope(step.label).of_dtype(step.variable_dtype)
    outputs = _run_over_time(nodes, cfg, step, inner, x, initial_state, choose_mask(mask, masks, initial_state))
    return tuple(nodes.cast(output, cfg.compute_dtype) for output in outputs)


def choose_mask(mask: Value | None, masks: Masks, initial_state: States) -> Value | None:
    """The mask that a call obeys; Keras ignores the sequences' own where an initial state is fed too."""
    is_own = bool(masks) and len(masks) < 3
    return None if is_own and initial_state else mask


@mask_writer("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
def sequence_masks(nodes: Nodes, cfg: Any, feed: Any, masks: Masks) -> tuple[Value | None, ...]:
    """The mask leaves with a sequence; states have none."""
    mask = fed_mask(feed, 2, masks)
    return (mask if cfg.return_sequences else None, *(None for _ in (cfg.states if cfg.return_state else ())))


def _run_over_time(
    nodes: Nodes, cfg: Any, step: Any, weight: WeightView, x: Value, initial_state: States, mask: Value | None
) -> tuple[Value, ...]:
    """The outputs of `step` run over `x` in `cfg`'s direction, and the last states where asked for."""
    kept = None if mask is None else as_bool(nodes, mask)
    if cfg.go_backwards:
        x = nodes.reverse(x, 1)
        kept = None if kept is None else nodes.reverse(kept, 1)
    remaining = iter(initial_state)
    new: list[Value] = []
    after: States = ()
    for path, unit in list_cells(step):
        before = tuple(islice(remaining, len(unit.states)))
        x, after = _run_cell(nodes, unit, _scope(weight, path, unit), x, before, kept)
        new += after
    output = select_outputs(nodes, x, after[0], kept, cfg, bool(initial_state))
    return (output, *new) if cfg.return_state else (output,)


def select_outputs(
    nodes: Nodes, hidden: Value, last: Value, kept: Value | None, cfg: Any, has_initial_state: bool
) -> Value:
    """Every step as (batch, time, ...), or the last one (batch, ...); Keras makes some masked steps zeros."""
    output = hidden if cfg.return_sequences else last
    if kept is None or not (cfg.zero_output_for_mask or has_initial_state):
        return output
    shown = kept
    if not cfg.zero_output_for_mask:
        running = nodes.op("CumSum", nodes.cast(kept, "int32"), nodes.constant(1, "int64"))
        shown = nodes.op("Greater", running, nodes.constant(0, "int32"))
    if not cfg.return_sequences:
        shown = nodes.take(shown, 1, -1)
    shown = nodes.unsqueeze(shown, *range(shown.ndim, output.ndim))
    return nodes.where(shown, output, nodes.like(0.0, output))


def _run_cell(
    nodes: Nodes, cfg: Any, weight: WeightView, x: Value, states: States, kept: Value | None
) -> tuple[Value, States]:
    """Outputs (batch, time, units) of a cell, and its last states; `states` are the initial ones, none for zeros."""
    x = nodes.cast(x, cfg.compute_dtype)
    states = tuple(nodes.cast(state, x.dtype) for state in states)
    own = ask_parts(cfg, weight, number(x.shape[-1], "the last axis of its input"))
    names = [cfg.activation or "linear"] if cfg.gates == 1 else [cfg.recurrent_activation, cfg.activation]
    if kept is None and all(name in _OPERATORS for name in names) and x.dtype in ("float32", "float64"):
        return _run_operator(nodes, cfg, weight, own, x, states)
    return _scan(nodes, cfg, weight, own, x, states, kept)


def _run_operator(
    nodes: Nodes, cfg: Any, weight: WeightView, own: Parts, x: Value, states: States
) -> tuple[Value, States]:
    """As `_run_cell`, by an operator; its tensors have an axis of directions, its gates an order of their own."""
    kind, units = name_kind(cfg), number(cfg.units, "`units`")
    order = [0, 3, 1, 2] if kind == "LSTM" else range(cfg.gates)

    def regroup(array: Array) -> Array:
        """The gates, on the last axis, in ONNX's order, in front."""
        parts = np.split(array, cfg.gates, axis=-1)
        return np.ascontiguousarray(np.concatenate([parts[gate] for gate in order], axis=-1).T)

    kernel = nodes.weight(weight, "kernel", regroup(own.kernel)[None])
    recurrent_kernel = nodes.weight(weight, "recurrent_kernel", regroup(own.recurrent)[None])
    bias = None
    if own.bias is not None:
        other = np.zeros_like(own.bias) if own.recurrent_bias is None else own.recurrent_bias
        bias = nodes.weight(weight, "bias", np.concatenate([regroup(own.bias), regroup(other)])[None])
    gate = _OPERATORS.get(getattr(cfg, "recurrent_activation", None) or "", "Sigmoid")
    act = _OPERATORS[cfg.activation]
    attributes: dict[str, Any] = {"hidden_size": units}
    names = {"LSTM": [gate, act, act], "GRU": [gate, act], "SimpleRNN": [act]}[kind]
    if names != {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "SimpleRNN": ["Tanh"]}[kind]:
        attributes["activations"] = names
    if kind == "GRU":
        attributes["linear_before_reset"] = int(cfg.reset_after)
    begun = [nodes.unsqueeze(state, 0) for state in states]
    feed = [nodes.transpose(x, (1, 0, 2)), kernel, recurrent_kernel, bias, None, *begun]
    outputs = nodes.ops({"SimpleRNN": "RNN"}.get(kind, kind), *feed, outputs=1 + len(cfg.states), **attributes)
    hidden = nodes.transpose(nodes.squeeze(outputs[0], 1), (1, 0, 2))
    return hidden, tuple(nodes.squeeze(state, 0) for state in outputs[1:])


def _scan(
    nodes: Nodes, cfg: Any, weight: WeightView, parts: Parts, x: Value, states: States, kept: Value | None
) -> tuple[Value, States]:
    """As `_run_cell`, step by step; a masked step hands the states on."""
    own, units = hold_parts(nodes, weight, parts), number(cfg.units, "`units`")
    if not states:
        states = tuple(nodes.full(0.0, (x.shape[0], units), x.dtype) for _ in cfg.states)
    sequences = [project(nodes, own, x), *([] if kept is None else [kept])]

    def step(before: list[Value], entries: list[Value]) -> tuple[Sequence[Value], Sequence[Value]]:
        after = _STEPS[name_kind(cfg)](nodes, cfg, own, entries[0], tuple(before))
        if kept is not None:
            after = keep_masked(nodes, entries[1], before, after)
        return after, after[:1]

    last, hidden = nodes.scan(step, states, sequences)
    return hidden[0], tuple(last)


def keep_masked(nodes: Nodes, here: Value, before: Sequence[Value], after: States) -> States:
    """The states after a step: those before it where the mask `here` leaves it out."""
    if here.ndim > after[0].ndim:
        raise NoForm(f"a mask of {here.shape} a step does not fit states of {after[0].shape}")
    here = nodes.unsqueeze(here, *range(here.ndim, after[0].ndim))
    return tuple(nodes.where(here, new, old) for new, old in zip(after, before, strict=True))
