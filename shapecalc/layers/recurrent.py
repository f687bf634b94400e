"""Recurrent layers over a time axis, and the cells they repeat. https://keras.io/api/layers/recurrent_layers/

Gates stand side by side in one weight, in Keras's order. Outputs besides the first are the last states.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size
from shapecalc.layers import nested
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.names import FLOATS
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.dtypes import require_numbers
from shapecalc.layers.infer import infer
from shapecalc.layers.steps import (
    Mask,
    States,
    check_states,
    find_step_mask,
    require_known_batch,
    require_state_mask,
)
from shapecalc.layers.values import Inferred, Inner, Tensor, Weight, weights


class Unit(Layer):
    """The arguments that a recurrent layer and its cell share. `gates` are in one weight, `keeps` names the states."""

    dtypes = FLOATS
    gates: ClassVar[int]
    keeps: ClassVar[tuple[str, ...]] = ("state_h",)
    units = arg.size(doc="Size of the hidden state.")
    activation = arg.activation("tanh")
    use_bias = arg.flag(True, doc="Add a bias.")
    kernel_initializer = arg.initializer("glorot_uniform")
    recurrent_initializer = arg.initializer("orthogonal")
    bias_initializer = arg.initializer("zeros")
    kernel_regularizer = arg.regularizer()
    recurrent_regularizer = arg.regularizer()
    bias_regularizer = arg.regularizer()
    kernel_constraint = arg.constraint()
    recurrent_constraint = arg.constraint()
    bias_constraint = arg.constraint()
    dropout = arg.number(0.0, "Fraction of inputs dropped, in training only.", low=0, high=1, inert=True)
    recurrent_dropout = arg.number(0.0, "Fraction of the state dropped, in training only.", low=0, high=1, inert=True)
    seed = arg.seed("Seed of the dropout, in training only.")

    @property
    def states(self) -> States:
        return tuple((name, self.units) for name in self.keeps)

    @property
    def biases(self) -> tuple[Size, ...]:
        """The shape of the bias."""
        return (self.gates * self.units,)


class Cell(Unit):
    """One step of a recurrent layer: inputs (batch, features), states (batch, units); output (batch, units)."""

    ports = ("inputs", "states+")
    masking = "lose"


class Recurrent(Unit):
    """The arguments that every recurrent layer takes: those of Keras's RNN. Sequences are (batch, time, features).

    A masked step hands the states on; its output repeats the one before, zeros at the start.
    """

    ports = ("sequences", "initial_state*", "mask?")
    activity_regularizer = arg.regularizer()
    return_sequences = arg.flag(False, doc="Output every step.", off="returns its last step only")
    return_state = arg.flag(False, doc="Output the last states too.")
    go_backwards = arg.flag(False, doc="Read the sequence from its end; outputs come in that order.")
    stateful = arg.flag(False, doc="Keep the state between batches; one forward pass starts from zeros.")
    unroll = arg.flag(False, doc="How Keras runs the loop; the numbers are the same.", inert=True)
    zero_output_for_mask = arg.flag(False, doc="Output zeros at masked steps.")


class LSTMCell(Cell):
    """One step of an LSTM. https://keras.io/api/layers/recurrent_layers/lstm_cell/

    Inputs (batch, features) and states h, c (batch, units); output (batch, units), then the new states.
    Hochreiter & Schmidhuber, 1997.
    """

    gates = 4
    keeps = ("state_h", "state_c")
    recurrent_activation = arg.activation("sigmoid", doc="Activation of the gates.")
    unit_forget_bias = arg.flag(True, doc="Start the forget gate's bias at one.")
    implementation = arg.count(2, "How Keras groups the products; the numbers are the same.", low=0)


class GRUCell(Cell):
    """One step of a GRU. https://keras.io/api/layers/recurrent_layers/gru_cell/

    Inputs (batch, features) and state (batch, units); output (batch, units), then the new state. Cho et al., 2014.
    """

    gates = 3
    recurrent_activation = arg.activation("sigmoid", doc="Activation of the gates.")
    reset_after = arg.flag(True, doc="Reset after the product with the recurrent weights, which then have a bias too.")
    implementation = arg.count(2, "How Keras groups the products; the numbers are the same.", low=0)

    @property
    def biases(self) -> tuple[Size, ...]:
        return count_gru_biases(self)


class SimpleRNNCell(Cell):
    """One step of a SimpleRNN. https://keras.io/api/layers/recurrent_layers/simple_rnn_cell/

    Sequence (batch, features), state (batch, units); output (batch, units), which is the new state too. Elman, 1990.
    """

    ports = ("sequence", "states+")
    gates = 1


class Gated(Recurrent):
    """The further arguments of LSTM and GRU."""

    recurrent_activation = arg.activation("sigmoid", doc="Activation of the gates.")
    use_cudnn = arg.value("auto", "auto, true or false: how Keras runs on a GPU; the numbers are the same.")
    implementation = arg.count(2, "How Keras groups the products; the numbers are the same.", low=0)


class LSTM(Gated):
    """Long short-term memory. https://keras.io/api/layers/recurrent_layers/lstm/

    Input (batch, time, features); output (batch, units), or (batch, time, units) with `return_sequences`.
    Gates stand in Keras's order: input, forget, cell, output. Hochreiter & Schmidhuber, 1997.
    """

    gates = 4
    keeps = ("state_h", "state_c")
    unit_forget_bias = arg.flag(True, doc="Start the forget gate's bias at one. Jozefowicz et al., 2015.")


class GRU(Gated):
    """Gated recurrent unit. https://keras.io/api/layers/recurrent_layers/gru/

    Input (batch, time, features); output (batch, units), or (batch, time, units) with `return_sequences`.
    Gates stand in Keras's order: update, reset, candidate. Cho et al., 2014.
    """

    gates = 3
    reset_after = arg.flag(True, doc="Reset after the product with the recurrent weights, which then have a bias too.")

    @property
    def biases(self) -> tuple[Size, ...]:
        return count_gru_biases(self)


class SimpleRNN(Recurrent):
    """The plain recurrent layer: h = activation(x @ kernel + h @ recurrent_kernel + bias). Elman, 1990.

    Input (batch, time, features); output (batch, units), or (batch, time, units) with `return_sequences`.
    https://keras.io/api/layers/recurrent_layers/simple_rnn/
    """

    gates = 1


class StackedRNNCells(Layer):
    """Cells one above the other, as one cell. https://keras.io/api/layers/recurrent_layers/stacked_rnn_cells/

    Inputs (batch, features) and the states of all cells, from the first; output (batch, units of the last cell), then
    the new states, numbered by cell.
    """

    ports = ("inputs", "states+")
    masking = "lose"
    freezes = False
    cells = nested.layers(doc="The cells; the first one is fed the inputs.")

    @property
    def states(self) -> States:
        return tuple(
            (f"{name}_{position}", size)
            for position, cell in enumerate(self.cells)
            for name, size in list_cell_states(cell, "cells")
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """The cells' names."""
        return nested.number_labels(self.cells)


class RNN(Layer):
    """Any cell, or several stacked, over a sequence. https://keras.io/api/layers/recurrent_layers/rnn/

    Input (batch, time, features); output (batch, units), or (batch, time, units) with `return_sequences`.
    """

    dtypes = FLOATS
    ports = Recurrent.ports
    freezes = False
    cell = nested.layers(doc="A recurrent cell, or a list of cells to stack.")
    return_sequences = Recurrent.args["return_sequences"]
    return_state = Recurrent.args["return_state"]
    go_backwards = Recurrent.args["go_backwards"]
    stateful = Recurrent.args["stateful"]
    unroll = Recurrent.args["unroll"]
    zero_output_for_mask = Recurrent.args["zero_output_for_mask"]

    @property
    def step(self) -> Layer:
        """The cell of each step; several are stacked to one."""
        return self.cell[0] if len(self.cell) == 1 else _stack(self.cell)

    @property
    def states(self) -> States:
        return list_cell_states(self.step, "cell")


@lru_cache(maxsize=4096)
def _stack(cells: tuple[Layer, ...]) -> StackedRNNCells:
    return StackedRNNCells(cells=cells)


def count_gru_biases(cfg: GRU | GRUCell) -> tuple[Size, ...]:
    """The shape of a GRU's bias: one for the inputs, and a second for the states if the reset is after the product."""
    return (2, cfg.gates * cfg.units) if cfg.reset_after else (cfg.gates * cfg.units,)


def list_cell_states(cell: Layer, blamed: str) -> States:
    """The states a cell keeps; refuses layers that are no cells."""
    if isinstance(cell, (Cell, StackedRNNCells)):
        return cell.states
    raise ShapeError(
        f"needs a recurrent cell, got {as_yaml(cell)}",
        arg=blamed,
        code="SC206",
        help="use `LSTMCell`, `GRUCell`, `SimpleRNNCell` or `StackedRNNCells`, written out here",
    )


def make_sequence_outputs(
    cfg: Recurrent | RNN, time: Size, step: Shape, states: dict[str, Tensor], mask: Mask | None
) -> dict[str, Tensor]:
    """The ports of a recurrent layer: the last output or every one, and with `return_state` the states."""
    shape = Shape((step[0], time, *step[1:])) if cfg.return_sequences else step
    output = Tensor(shape, masked=mask.shape if mask is not None and cfg.return_sequences else False)
    return {"output": output} | (states if cfg.return_state else {})


def make_weights(cfg: Unit, features: Size) -> tuple[Weight, ...]:
    width = cfg.gates * cfg.units
    return weights(
        kernel=(features, width), recurrent_kernel=(cfg.units, width), bias=cfg.biases if cfg.use_bias else None
    )


@rule(Cell)
def cell(cfg: Cell, inputs: Tensor, states: Sequence[Tensor]) -> Inferred:
    require_numbers(inputs)
    batch, features = inputs.shape.axes("batch", "features")
    check_states(states, cfg.states, batch, "states")
    width = cfg.gates * cfg.units
    output = Tensor(Shape((batch, cfg.units)))
    return Inferred(
        outputs={"output": output} | dict.fromkeys(cfg.keeps, output),
        weights=make_weights(cfg, features),
        macs={"kernel": (features, width), "recurrent_kernel": (cfg.units, width)},
    )


@rule(SimpleRNNCell)
def simple_rnn_cell(cfg: SimpleRNNCell, sequence: Tensor, states: Sequence[Tensor]) -> Inferred:
    return cell(cfg, sequence, states)


@rule(Recurrent)
def recurrent(
    cfg: Recurrent, sequences: Tensor, initial_state: Sequence[Tensor] = (), mask: Tensor | None = None
) -> Inferred:
    require_numbers(sequences, "sequences")
    batch, time, features = sequences.shape.axes("batch", "time", "features")
    if initial_state:
        check_states(initial_state, cfg.states, batch)
    require_known_batch(cfg.stateful, batch)
    width = cfg.gates * cfg.units
    step = Shape((batch, cfg.units))
    masked = find_step_mask(sequences, mask, initial_state=initial_state)
    require_state_mask(masked, step)
    states = {name: Tensor(step, masked=False) for name in cfg.keeps}
    return Inferred(
        outputs=make_sequence_outputs(cfg, time, step, states, masked),
        weights=make_weights(cfg, features),
        macs={"kernel": (time, features, width), "recurrent_kernel": (time, cfg.units, width)},
    )


@rule(Gated)
def gated(cfg: Gated, sequences: Tensor, initial_state: Sequence[Tensor] = (), mask: Tensor | None = None) -> Inferred:
    _refuse_cudnn(cfg)
    return recurrent(cfg, sequences, initial_state, mask)


def _refuse_cudnn(cfg: Gated) -> None:
    if cfg.use_cudnn not in ("auto", True, False):
        message = f"`use_cudnn` must be auto, true or false, got {as_yaml(cfg.use_cudnn)}"
        raise ShapeError(
            message,
            arg="use_cudnn",
            code="SC204",
            change=("use_cudnn", None),
            help="leave it out: it changes no number",
        )
    plain = (cfg.activation, cfg.recurrent_activation) == ("tanh", "sigmoid") and cfg.use_bias and not cfg.unroll
    if cfg.use_cudnn is True and not (plain and (not isinstance(cfg, GRU) or cfg.reset_after)):
        raise ShapeError(
            "cuDNN knows only tanh and sigmoid, with a bias, not unrolled, and reset after the product",
            arg="use_cudnn",
            code="SC206",
            change=("use_cudnn", None),
            help="leave out `use_cudnn`: Keras then takes what works",
        )


@rule(StackedRNNCells)
def stacked_cells(cfg: StackedRNNCells, inputs: Tensor, states: Sequence[Tensor]) -> Inferred:
    batch, _ = inputs.shape.axes("batch", "features")
    check_states(states, cfg.states, batch, "states")
    remaining = list(states)
    new: list[Tensor] = []
    inner: list[Inner] = []
    for cell, label in zip(cfg.cells, cfg.labels, strict=True):
        count = len(list_cell_states(cell, "cells"))
        inferred = infer(cell, (inputs, tuple(remaining[:count])))
        inputs, *after = inferred.outputs.values()
        new += after
        del remaining[:count]
        inner.append(Inner(label, inferred))
    named = dict(zip((name for name, _ in cfg.states), new, strict=True))
    return Inferred(outputs={"output": inputs} | named, inner=tuple(inner))


@rule(RNN)
def rnn(cfg: RNN, sequences: Tensor, initial_state: Sequence[Tensor] = (), mask: Tensor | None = None) -> Inferred:
    require_numbers(sequences, "sequences")
    batch, time, features = sequences.shape.axes("batch", "time", "features")
    for cell in cfg.cell:
        list_cell_states(cell, "cell")
    kept = cfg.states
    if initial_state:
        check_states(initial_state, kept, batch)
    require_known_batch(cfg.stateful, batch)
    masked = find_step_mask(sequences, mask, initial_state=initial_state)
    for _, size in kept:
        require_state_mask(masked, Shape((batch, size)))
    begun = tuple(Tensor(Shape((batch, size)), cfg.compute_dtype) for _, size in kept)
    inferred = infer(cfg.step, (Tensor(Shape((batch, features)), cfg.compute_dtype), begun))
    output, *after = inferred.outputs.values()
    names = (name for name, _ in kept)
    states = {name: Tensor(state.shape, masked=False) for name, state in zip(names, after, strict=True)}
    return Inferred(
        outputs=make_sequence_outputs(cfg, time, output.shape, states, masked),
        inner=(Inner(cfg.step.label, inferred, calls=time),),
    )
