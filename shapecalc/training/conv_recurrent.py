"""What the layers of layers/conv_recurrent.py keep for the backward pass: at each step eight convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shapecalc.dims import Shape
from shapecalc.training.array import Array, make_array
from shapecalc.training.elementwise import add, add_in_place
from shapecalc.training.keeping import keeps
from shapecalc.training.loops import States, run_steps
from shapecalc.training.recurrent import Drops, combine_gates, copy_states, find_course, finish
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import take_one, take_range
from shapecalc.training.windows import convolve

if TYPE_CHECKING:
    from shapecalc.layers.conv_recurrent import ConvLSTM


@keeps("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
def conv_lstm(
    cfg: ConvLSTM, tape: Tape, sequences: Array, initial_state: Sequence[Array] = (), mask: Array | None = None
) -> tuple[Array, ...]:
    """A copy of the input, of the state and of both kernels for each gate, and the gates, at each step."""
    output = tape.shape_output(sequences)
    shape = Shape([output[0], *output[2:]]) if cfg.return_sequences else output
    states = tuple(cast(state, cfg.compute_dtype) for state in initial_state)
    if not states:
        states = tuple(make_array("initial state", shape, cfg.compute_dtype) for _ in cfg.states)
    drops = Drops(cfg, take_one(sequences, 1), states[0], count=cfg.gates)

    def step(x: Array, before: States) -> tuple[Array, States]:
        before = tuple(cast(state, cfg.compute_dtype) for state in copy_states(cfg, before))
        with tape.enter(cfg, tape.scope.inferred):  # a cell has its own dtype, whatever calls the layer
            return _step(cfg, tape, cast(x, cfg.compute_dtype), before, drops)

    return finish(cfg, *run_steps(tape, step, sequences, states, find_course(cfg, tape, mask, initial_state)))


def _step(cfg: ConvLSTM, tape: Tape, x: Array, states: States, drops: Drops) -> tuple[Array, States]:
    hidden, carry = states
    first = cfg.data_format == "channels_first"
    inputs, before = drops.drop_inputs(tape, x, cfg.gates), drops.drop_states(tape, hidden, cfg.gates)
    kernel, recurrent = (
        take_range(tape.weight(name), cfg.rank + 1, cfg.filters) for name in ("kernel", "recurrent_kernel")
    )
    bias = tape.weight("bias") if cfg.use_bias else None
    ones = (1,) * cfg.rank
    of_inputs = [convolve(tape, part, kernel, cfg.strides, cfg.padding, cfg.dilation_rate, first) for part in inputs]
    if bias is not None:
        of_inputs = [add_in_place(part, bias) for part in of_inputs]
    of_states = [convolve(tape, part, recurrent, ones, "same", channels_first=first) for part in before]
    gates = [add(part, other) for part, other in zip(of_inputs, of_states, strict=True)]
    return combine_gates(cfg, tape, gates, carry)
