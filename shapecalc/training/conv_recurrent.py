"""What the layers of layers/conv_recurrent.py keep for the backward pass: a cell is called at each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shapecalc.training.array import Array, make_array
from shapecalc.training.elementwise import add
from shapecalc.training.keeping import infer_again, keeps
from shapecalc.training.loops import States, run_steps
from shapecalc.training.recurrent import Drops, combine_gates, copy_states, find_course, finish
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import reshape, take_one, take_range
from shapecalc.training.windows import convolve

if TYPE_CHECKING:
    from shapecalc.layers.conv_recurrent import ConvLSTM


@keeps("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
def conv_lstm(
    cfg: ConvLSTM, tape: Tape, sequences: Array, initial_state: Sequence[Array] = (), mask: Array | None = None
) -> tuple[Array, ...]:
    """At each step the input and the state, as each gate's convolution is fed them, and what the gates give."""
    states = tuple(cast(state, cfg.compute_dtype) for state in initial_state) or _begin(cfg, sequences)
    drops = Drops(cfg, take_one(sequences, 1), states[0])

    def step(x: Array, before: States) -> tuple[Array, States]:
        return _run_cell(cfg, tape, x, copy_states(cfg, before), drops)

    return finish(cfg, *run_steps(tape, step, sequences, states, find_course(cfg, tape, mask, initial_state)))


def _begin(cfg: ConvLSTM, sequences: Array) -> States:
    """Zeros, in the shape of what a step gives."""
    plain = cfg.replace(return_sequences=False, return_state=False)
    shape = infer_again(plain, (sequences,)).output.shape
    return tuple(make_array("initial state", shape, cfg.compute_dtype) for _ in cfg.states)


def _run_cell(cfg: ConvLSTM, tape: Tape, x: Array, states: States, drops: Drops) -> tuple[Array, States]:
    hidden, carry = states
    kernel, recurrent_kernel = tape.weight("kernel"), tape.weight("recurrent_kernel")
    filters, is_first = cfg.filters, cfg.data_format == "channels_first"
    part = take_range(kernel, kernel.ndim - 1, filters)
    of_input = [
        convolve(tape, fed, part, cfg.strides, cfg.padding, cfg.dilation_rate, is_first)
        for fed in drops.drop_inputs(tape, x, 4)
    ]
    if cfg.use_bias:
        shape = [filters if axis == (1 if is_first else x.ndim - 1) else 1 for axis in range(x.ndim)]
        bias = reshape(take_range(tape.weight("bias"), 0, filters), shape)
        of_input = [add(gate, bias) for gate in of_input]
    part = take_range(recurrent_kernel, recurrent_kernel.ndim - 1, filters)
    strides = (1,) * cfg.rank
    of_state = [
        convolve(tape, fed, part, strides, "same", channels_first=is_first)
        for fed in drops.drop_states(tape, hidden, 4)
    ]
    return combine_gates(cfg, tape, [add(left, right) for left, right in zip(of_input, of_state, strict=True)], carry)
