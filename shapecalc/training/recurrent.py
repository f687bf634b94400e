"""What the layers of layers/recurrent.py keep for the backward pass.

Keras's LSTM and GRU have a loop of their own on PyTorch, which multiplies the whole sequence by the kernel at once.
Where that cannot be (masks, `recurrent_dropout`, `reset_after: false`, `use_cudnn: false`), and in all other layers, a
cell is called at each step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from shapecalc.dims import Size
from shapecalc.layers.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, SimpleRNN, StackedRNNCells
from shapecalc.training.activation_functions import activate
from shapecalc.training.array import Array, make_array
from shapecalc.training.elementwise import add, add_in_place, multiply
from shapecalc.training.keeping import keeps
from shapecalc.training.loops import Course, States, repeat, run_steps, swap_time, try_out
from shapecalc.training.products import matmul, multiply_matrices
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import flip, stack, take_one, take_range

if TYPE_CHECKING:
    from shapecalc.layers.base import Layer
    from shapecalc.layers.conv_recurrent import ConvLSTM
    from shapecalc.layers.recurrent import Cell, Recurrent, SimpleRNNCell, Unit
    from shapecalc.layers.values import Inferred


class Drops:
    """The masks of dropout that a cell makes once for all steps: of its inputs, and of its state.

    Without an input and a state there are none, as outside training.
    """

    def __init__(self, cfg: Unit, x: Array | None = None, state: Array | None = None, count: int | None = None) -> None:
        self.cfg = cfg
        self.count = count or (cfg.gates if _is_split(cfg) else 1)
        self.inputs = self._make_masks(cfg.dropout, x)
        self.states = self._make_masks(cfg.recurrent_dropout, state)

    def _make_masks(self, rate: float, x: Array | None) -> list[Array]:
        if not rate or x is None:
            return []
        return [make_array("dropout mask", x.shape, x.dtype) for _ in range(self.count)]

    def drop_inputs(self, tape: Tape, x: Array, count: int = 1) -> list[Array]:
        """What each of `count` gates is fed of the input."""
        return self._drop(tape, x, self.inputs, self.cfg.dropout, count)

    def drop_states(self, tape: Tape, x: Array, count: int = 1) -> list[Array]:
        """What each of `count` gates is fed of the state."""
        return self._drop(tape, x, self.states, self.cfg.recurrent_dropout, count)

    def _drop(self, tape: Tape, x: Array, masks: Sequence[Array], rate: float, count: int) -> list[Array]:
        """Cells with gates drop nothing where all would be dropped."""
        if not masks or (self.cfg.gates > 1 and rate == 1):
            return [x] * count
        return [multiply(tape, x, mask, "dropped") for mask in masks]


def _is_split(cfg: Unit) -> bool:
    """Whether each gate has a product of its own, as Keras then computes it."""
    return cfg.gates > 1 and (bool(cfg.recurrent_dropout) or getattr(cfg, "implementation", 2) == 1)


class Runner:
    """A cell as one layer or call runs it: with its weights, and the masks that it remembers over the steps."""

    def __init__(self, layer: Layer, inferred: Inferred) -> None:
        self.layer = layer
        self.inferred = inferred
        self.drops: Drops | None = None  # made at the first step; stacked cells have their own
        self.cells = [
            Runner(cell, inner.inferred)
            for cell, inner in zip(getattr(layer, "cells", ()), inferred.inner, strict=True)
        ]

    def prepare(self, tape: Tape, x: Array, states: States) -> None:
        """Makes the masks of dropout. Keras runs stacked cells once more to see what each is fed."""
        if not self.cells:
            self.drops = Drops(self.layer, x, states[0])  # type: ignore[arg-type]  # a cell
            return
        with tape.enter(self.layer, self.inferred):
            for cell, fed in zip(self.cells, self.divide(states), strict=True):
                cell.prepare(tape, x, fed)
                with try_out(tape, "cells, tried out"):
                    x, _ = cell.call(tape, x, fed)

    def divide(self, states: States) -> list[States]:
        """The states of each of the stacked cells."""
        rest = list(states)
        return [tuple(rest.pop(0) for _ in cell.layer.states) for cell in self.cells]  # type: ignore[attr-defined]

    def call(self, tape: Tape, x: Array, states: States) -> tuple[Array, States]:
        """One step, with casts to the cell's own dtype."""
        with tape.enter(self.layer, self.inferred):
            dtype = self.layer.compute_dtype
            x, states = cast(x, dtype), tuple(cast(state, dtype) for state in states)
            if not self.cells:
                return run_cell(self.layer, tape, x, states, self.drops or Drops(self.layer))  # type: ignore[arg-type]
            after: list[Array] = []
            for cell, fed in zip(self.cells, self.divide(states), strict=True):
                x, new = cell.call(tape, x, fed)
                after += new
            return x, tuple(after)


def run_cell(cfg: Layer, tape: Tape, x: Array, states: States, drops: Drops) -> tuple[Array, States]:
    """One step of a cell, or of a layer that has one: the output and the new states."""
    return _STEPS[cfg.type_name](cfg, tape, x, states, drops)


def _multiply_parts(tape: Tape, inputs: Sequence[Array], weight: Callable[[], Array], units: Size) -> list[Array]:
    """The product of each gate's input with its part of a weight."""
    return [matmul(tape, x, take_range(weight(), 1, units)) for x in inputs]


def _squash(tape: Tape, name: str | None, x: Array, label: str) -> Array:
    """A gate's activation, called `label`; its logits are remembered only where it lives on for a gradient."""
    before = dict(tape.pinned)
    result = activate(tape, name, x)
    if not x.needs_grad:
        tape.pinned = before
    elif result.storage in tape.saved and result.storage is not x.storage:
        result.storage.name = tape.saved[result.storage] = label
    return result


def _step_simple(
    cfg: SimpleRNN | SimpleRNNCell, tape: Tape, x: Array, states: States, drops: Drops
) -> tuple[Array, States]:
    (state,) = states
    [x] = drops.drop_inputs(tape, x)
    product = matmul(tape, x, tape.weight("kernel"))
    if cfg.use_bias:
        product = add(product, tape.weight("bias"))
    [state] = drops.drop_states(tape, state)
    product = add(product, matmul(tape, state, tape.weight("recurrent_kernel")))
    output = _squash(tape, cfg.activation, product, "state")
    return output, (output,)


def _step_lstm(cfg: LSTM | LSTMCell, tape: Tape, x: Array, states: States, drops: Drops) -> tuple[Array, States]:
    hidden, carry = states
    if _is_split(cfg):
        kernel = tape.weight("kernel")
        parts = _multiply_parts(tape, drops.drop_inputs(tape, x, 4), lambda: kernel, cfg.units)
        if cfg.use_bias:
            bias = take_range(tape.weight("bias"), 0, cfg.units)
            parts = [add_in_place(part, bias) for part in parts]
        dropped = drops.drop_states(tape, hidden, 4)
        gates = []
        for part, state in zip(parts, dropped, strict=True):
            recurrent_kernel = take_range(tape.weight("recurrent_kernel"), 1, cfg.units)
            gates.append(add(part, matmul(tape, state, recurrent_kernel), "gates"))
    else:
        [x] = drops.drop_inputs(tape, x)
        product = matmul(tape, x, tape.weight("kernel"))
        product = add(product, matmul(tape, hidden, tape.weight("recurrent_kernel")), "gates")
        if cfg.use_bias:
            product = add(product, tape.weight("bias"), "gates")
        gates = [take_range(product, 1, cfg.units)] * 4
    return combine_gates(cfg, tape, gates, carry)


def combine_gates(
    cfg: LSTM | LSTMCell | ConvLSTM, tape: Tape, gates: Sequence[Array], carry: Array
) -> tuple[Array, States]:
    """The new states of an LSTM: gates are those of input, forget, cell, output, before their activations."""
    of_input, of_forget, of_cell, of_output = gates
    taken = _squash(tape, cfg.recurrent_activation, of_input, "input gate")
    forget = _squash(tape, cfg.recurrent_activation, of_forget, "forget gate")
    kept = multiply(tape, forget, carry)
    carry = add(kept, multiply(tape, taken, _squash(tape, cfg.activation, of_cell, "candidate")), "carry")
    given = _squash(tape, cfg.recurrent_activation, of_output, "output gate")
    hidden = multiply(tape, given, _squash(tape, cfg.activation, carry, "carry, squashed"), "state")
    return hidden, (hidden, carry)


def _step_gru(cfg: GRU | GRUCell, tape: Tape, x: Array, states: States, drops: Drops) -> tuple[Array, States]:
    (hidden,) = states
    bias = tape.weight("bias") if cfg.use_bias else None
    input_bias = take_one(bias, 0) if bias is not None and cfg.reset_after else bias
    recurrent_bias = input_bias if cfg.reset_after else None
    if _is_split(cfg):
        return _step_split_gru(cfg, tape, x, hidden, drops, (input_bias, recurrent_bias))
    [x] = drops.drop_inputs(tape, x)
    of_input = matmul(tape, x, tape.weight("kernel"))
    if input_bias is not None:
        of_input = add(of_input, input_bias)
    kernel = tape.weight("recurrent_kernel")
    of_state = matmul(
        tape, hidden, kernel if cfg.reset_after else take_range(kernel, 1, 2 * cfg.units), "state product"
    )
    if recurrent_bias is not None:
        of_state = add_in_place(of_state, recurrent_bias)
    parts = [take_range(of_input, 1, cfg.units)] * 3
    return _mix(cfg, tape, parts, [take_range(of_state, 1, cfg.units)] * 3, (hidden, hidden))


def _step_split_gru(
    cfg: GRU | GRUCell, tape: Tape, x: Array, hidden: Array, drops: Drops, biases: tuple[Array | None, Array | None]
) -> tuple[Array, States]:
    """As `_step_gru`, each gate with products of its own; `biases` are those of the input and of the state."""
    input_bias, recurrent_bias = biases
    parts = _multiply_parts(tape, drops.drop_inputs(tape, x, 3), lambda: tape.weight("kernel"), cfg.units)
    if input_bias is not None:
        parts = [add_in_place(part, take_range(input_bias, 0, cfg.units)) for part in parts]
    dropped = drops.drop_states(tape, hidden, 3)
    fed = dropped if cfg.reset_after else dropped[:2]
    states = _multiply_parts(tape, fed, lambda: tape.weight("recurrent_kernel"), cfg.units)
    if recurrent_bias is not None:
        states = [add_in_place(state, take_range(recurrent_bias, 0, cfg.units)) for state in states]
    return _mix(cfg, tape, parts, states, (hidden, dropped[2]))


def _mix(
    cfg: GRU | GRUCell, tape: Tape, parts: Sequence[Array], products: Sequence[Array], hidden: tuple[Array, Array]
) -> tuple[Array, States]:
    """The new state of a GRU, of the products with the input and with the state, for update, reset and candidate.

    `hidden` is the state, and what the candidate is made of.
    """
    update = _squash(tape, cfg.recurrent_activation, add(parts[0], products[0], "gates"), "update gate")
    reset = _squash(tape, cfg.recurrent_activation, add(parts[1], products[1], "gates"), "reset gate")
    if cfg.reset_after:
        candidate = multiply(tape, reset, products[2])
    else:
        kernel = take_range(tape.weight("recurrent_kernel"), 1, cfg.units)
        candidate = matmul(tape, multiply(tape, reset, hidden[1], "state reset"), kernel)
    candidate = _squash(tape, cfg.activation, add(parts[2], candidate, "gates"), "candidate")
    remaining = update._replace(storage=make_array("1 - update gate", update.shape, update.dtype).storage)
    output = add(multiply(tape, update, hidden[0]), multiply(tape, remaining, candidate), "state")
    return output, (output,)


_STEPS: dict[str, Callable[..., tuple[Array, States]]] = {
    "LSTM": _step_lstm,
    "LSTMCell": _step_lstm,
    "GRU": _step_gru,
    "GRUCell": _step_gru,
    "SimpleRNN": _step_simple,
    "SimpleRNNCell": _step_simple,
}


@keeps("LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells")
def cell(cfg: Cell | StackedRNNCells, tape: Tape, inputs: Array, states: Sequence[Array]) -> tuple[Array, ...]:
    """One step; alone, a cell makes its masks of dropout when it is called."""
    runner = Runner(cfg, tape.scope.inferred)
    _make_drops(runner, inputs, tuple(states))
    output, after = runner.call(tape, inputs, tuple(states))
    return (output, *after)


def _make_drops(runner: Runner, x: Array, states: States) -> None:
    if not runner.cells:
        runner.drops = Drops(runner.layer, x, states[0])  # type: ignore[arg-type]  # a cell
    for inner, fed in zip(runner.cells, runner.divide(states), strict=True):
        _make_drops(inner, x, fed)
        x = fed[0]


def begin(cfg: Recurrent | RNN, tape: Tape, sequences: Array, initial_state: Sequence[Array], dtype: str) -> States:
    """The states of the first step: those given, or zeros; a stateful layer has its own, which are variables."""
    if initial_state:
        return tuple(cast(state, dtype) for state in initial_state)
    batch = sequences.shape[0]
    states = [make_array("initial state", (batch, size), dtype) for _, size in cfg.states]
    return tuple(states)


def finish(cfg: Recurrent | RNN, last: Array, outputs: Array, states: States) -> tuple[Array, ...]:
    """The outputs of a recurrent layer."""
    output = outputs if cfg.return_sequences else last
    given = (output, *states) if cfg.return_state else (output,)
    return tuple(cast(array, cfg.compute_dtype) for array in given)


def find_course(cfg: Recurrent | RNN, tape: Tape, mask: Array | None, initial_state: Sequence[Array]) -> Course:
    """How a layer reads a sequence. A mask that comes along counts only where no state is fed."""
    mask = mask if initial_state else tape.find_mask(mask, "sequences")
    return Course(mask, cfg.go_backwards, cfg.unroll, cfg.zero_output_for_mask, cfg.return_sequences)


@keeps("SimpleRNN", "LSTM", "GRU")
def recurrent(
    cfg: Recurrent, tape: Tape, sequences: Array, initial_state: Sequence[Array] = (), mask: Array | None = None
) -> tuple[Array, ...]:
    """A whole sequence at once where Keras can, else step by step."""
    states = begin(cfg, tape, sequences, initial_state, cfg.compute_dtype)
    course = find_course(cfg, tape, mask, initial_state)
    drops = Drops(cfg, take_one(sequences, 1), states[0])
    if isinstance(cfg, (LSTM, GRU)) and cfg.use_cudnn is not False and not cfg.recurrent_dropout:
        dropped = sequences
        if drops.inputs:
            dropped = multiply(tape, sequences, _repeat_mask(drops.inputs[0], sequences), "input dropped")
        if course.mask is None and getattr(cfg, "reset_after", True):
            return finish(cfg, *run_at_once(cfg, tape, dropped, states, course))

    def step(x: Array, before: States) -> tuple[Array, States]:
        before = tuple(cast(state, cfg.compute_dtype) for state in copy_states(cfg, before))
        with tape.enter(cfg, tape.scope.inferred):  # a cell has its own dtype, whatever calls the layer
            return run_cell(cfg, tape, cast(x, cfg.compute_dtype), before, drops)

    return finish(cfg, *run_steps(tape, step, sequences, states, course))


def _repeat_mask(mask: Array, sequences: Array) -> Array:
    """The mask of dropout for each step, in the same memory."""
    batch_stride, feature_stride = mask.strides
    return mask._replace(shape=sequences.shape, strides=(batch_stride, 0, feature_stride))


def copy_states(cfg: Recurrent | RNN, states: States) -> States:
    """Copies of the states, which Keras makes at each step of a stateful layer."""
    if not cfg.stateful:
        return states
    return tuple(make_array("state copy", state.shape, state.dtype, state.needs_grad, copied=True) for state in states)


def run_at_once(
    cfg: LSTM | GRU, tape: Tape, sequences: Array, states: States, course: Course
) -> tuple[Array, Array, States]:
    """As `run_steps`: one product of the whole sequence with the kernel, then a step each."""
    kernel, recurrent_kernel = tape.weight("kernel"), tape.weight("recurrent_kernel")
    bias = tape.weight("bias") if cfg.use_bias else None
    sequences, states = cast(sequences, kernel.dtype), tuple(cast(state, kernel.dtype) for state in states)
    if course.go_backwards:
        sequences = flip(sequences, "input reversed")
    inputs = swap_time(sequences)
    product = multiply_matrices(tape, inputs, kernel)
    if bias is not None:
        product = add(product, bias if isinstance(cfg, LSTM) else take_one(bias, 0))
    if product.needs_grad:  # gradients of the gates: of each step, and all of them side by side; and of the kernel
        tape.borrow(product, product, recurrent_kernel)
    part = take_one(product, 0)

    def step(before: States) -> States:
        of_state = multiply_matrices(tape, before[0], recurrent_kernel, "state product")
        if isinstance(cfg, LSTM):
            gates = take_range(add(part, of_state, "gates"), 1, cfg.units)
            return combine_gates(cfg, tape, [gates] * 4, before[1])[1]
        if bias is not None:
            of_state = add(of_state, take_one(bias, 0), "state product")
        parts, products = take_range(part, 1, cfg.units), take_range(of_state, 1, cfg.units)
        return _mix(cfg, tape, [parts] * 3, [products] * 3, (before[0], before[0]))[1]

    after = repeat(tape, inputs.shape[0], step, states)
    return after[0], swap_time(stack(after[0], inputs.shape[0], "outputs")), after


@keeps("RNN")
def rnn(
    cfg: RNN, tape: Tape, sequences: Array, initial_state: Sequence[Array] = (), mask: Array | None = None
) -> tuple[Array, ...]:
    """A cell called at each step."""
    inner = tape.scope.inferred.inner
    runner = Runner(cfg.step, inner[0].inferred)
    states = begin(cfg, tape, sequences, initial_state, cfg.step.compute_dtype)
    runner.prepare(tape, take_one(sequences, 1), states)

    def step(x: Array, before: States) -> tuple[Array, States]:
        return runner.call(tape, x, copy_states(cfg, before))

    return finish(cfg, *run_steps(tape, step, sequences, states, find_course(cfg, tape, mask, initial_state)))
