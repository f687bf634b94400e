"""Forwards of layers/conv_recurrent.py, channels last inside.

One convolution projects the inputs of many steps; the state needs one at each step.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.activation_functions import activate
from shapecalc.forward.base import Array, forward, mask_rule
from shapecalc.forward.convolution import add_borders, convolve, count_block_bytes, count_wide_bytes
from shapecalc.forward.memory import bytes_of, copy_memory, parameters, working_width
from shapecalc.forward.recurrent import (
    MaskMismatch,
    choose_bias_initializer,
    choose_mask,
    order_mask_by_steps,
    select_outputs,
    sequence_masks,
)
from shapecalc.forward.sizes import number
from shapecalc.forward.weights import Weights
from shapecalc.forward.windows import add_border, count_borders, move_channels_last, restore_format

if TYPE_CHECKING:
    from shapecalc.layers.conv_recurrent import ConvLSTM

_PROJECTED = 1 << 22
"""Bytes of the steps that are projected at a time."""

TYPES = ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
mask_rule(*TYPES)(sequence_masks)


def conv_lstm_memory(cfg: ConvLSTM, feed: Any, inferred: Any) -> int:
    """Bytes of the steps that are projected at a time, of the gates of a step, and of every output."""
    x = feed[0]
    size = working_width(cfg)
    batch, time = x.shape[:2]
    wide = count_wide_bytes(cfg, (batch, *x.shape[2:]))
    state = list(inferred.outputs.values())[-1].shape
    state = state[2:] if cfg.return_sequences and not cfg.return_state else state[1:]
    hidden = batch * math.prod(state) * size
    channels = x.shape[2 if cfg.data_format == "channels_first" else -1]
    filters = number(cfg.filters)
    entries = math.prod(cfg.kernel_size) * max(filters, channels)
    windows = count_block_bytes(cfg, max(entries, 4 * filters), hidden // size // max(1, filters))
    step = bytes_of(x, least=size) // max(1, time) * (1 + 4 * filters // channels)
    steps = min(time, max(1, _PROJECTED // max(1, step)))
    borders = hidden * math.prod(cfg.kernel_size)  # the state's, which are at their widest where its sizes are small
    shown = time * hidden * (1 + cfg.return_sequences + (len(feed) > 2 or bool(x.masked)))
    kernels = 6 * parameters(inferred) * size
    needed: int = (
        copy_memory(cfg, feed, inferred)
        + steps * (wide + 8 * hidden)
        + 24 * hidden
        + borders
        + windows
        + shown
        + kernels
    )
    return needed


@forward(*TYPES, masks=True, memory=conv_lstm_memory)
def conv_lstm(
    cfg: ConvLSTM,
    weight: Weights,
    sequences: Array,
    initial_state: tuple[Array, ...] = (),
    mask: Array | None = None,
    masks: Any = (),
) -> tuple[Array, ...]:
    x = np.asarray(sequences).astype(cfg.compute_dtype, copy=False)
    kept = order_mask_by_steps(choose_mask(mask, masks, initial_state), x.shape[1])
    if cfg.go_backwards:
        x = x[:, ::-1]
        kept = None if kept is None else kept[::-1]
    states = tuple(move_channels_last(cfg, np.asarray(state).astype(x.dtype, copy=False)) for state in initial_state)
    recurrent, steps = _ask_weights(cfg, weight, x)
    hidden: Array | None = None
    for step, projected in enumerate(steps):
        if not states:
            states = (np.zeros((*projected.shape[:-1], number(cfg.filters)), x.dtype),) * 2
        after = _run_step(cfg, projected, recurrent, states)
        if kept is not None:
            here = _align_step_mask(cfg, kept[step], states[0])
            after = tuple(np.where(here, new, old) for new, old in zip(after, states, strict=True))
        states = after
        shown = restore_format(cfg, states[0])
        if hidden is None:
            hidden = np.empty((len(x), x.shape[1], *shown.shape[1:]), x.dtype)
        hidden[:, step] = shown
    assert hidden is not None
    output = select_outputs(hidden, kept, cfg, bool(initial_state))
    return (output, *(restore_format(cfg, state) for state in states)) if cfg.return_state else (output,)


def _ask_weights(cfg: ConvLSTM, weight: Weights, x: Array) -> tuple[Array, Iterator[Array]]:
    """The recurrent kernel, and the projection of each step, (batch, *spatial, gates)."""
    filters = number(cfg.filters)
    width, channels = 4 * filters, x.shape[2 if cfg.data_format == "channels_first" else -1]
    kernel = weight("kernel", (*cfg.kernel_size, channels, width), cfg.kernel_initializer).astype(x.dtype, copy=False)
    recurrent = weight("recurrent_kernel", (*cfg.kernel_size, filters, width), cfg.recurrent_initializer)
    bias = weight("bias", (width,), choose_bias_initializer(cfg)).astype(x.dtype, copy=False) if cfg.use_bias else None
    return recurrent.astype(x.dtype, copy=False), _project_steps(cfg, x, kernel, bias)


def _project_steps(cfg: ConvLSTM, x: Array, kernel: Array, bias: Array | None) -> Iterator[Array]:
    """The projection of each step of `x`, made for a few steps at a time."""
    batch, time = x.shape[:2]
    step = x[:, 0].size * x.itemsize * (1 + kernel.shape[-1] // kernel.shape[-2])
    most = max(1, _PROJECTED // max(1, step))
    for start in range(0, time, most):
        part = x[:, start : start + most]
        frames = move_channels_last(cfg, part.reshape(batch * part.shape[1], *x.shape[2:]))
        projected = convolve(add_borders(cfg, frames), kernel, cfg.strides, cfg.dilation_rate, 1, None)
        if bias is not None:
            projected += bias
        yield from projected.reshape(batch, part.shape[1], *projected.shape[1:]).swapaxes(0, 1)


def _run_step(cfg: ConvLSTM, projected: Array, recurrent: Array, states: tuple[Array, ...]) -> tuple[Array, ...]:
    h, c = states
    ones = (1,) * len(cfg.kernel_size)
    wide = add_border(h, count_borders("same", h.shape[1:-1], cfg.kernel_size, ones))
    i, f, g, o = np.split(projected + convolve(wide, recurrent, ones, ones, 1, None), 4, axis=-1)
    gate, act = cfg.recurrent_activation, cfg.activation
    c = _activate(cfg, gate, f) * c + _activate(cfg, gate, i) * _activate(cfg, act, g)
    return _activate(cfg, gate, o) * _activate(cfg, act, c), c


def _activate(cfg: ConvLSTM, name: str | None, x: Array) -> Array:
    """The activation called `name`; on Keras's last axis, where it looks at one."""
    return move_channels_last(cfg, activate(name, restore_format(cfg, x)))


def _align_step_mask(cfg: ConvLSTM, kept: Array, state: Array) -> Array:
    """The mask of one step, (batch,) or with more axes in `data_format`'s order, over a channels-last state."""
    here = move_channels_last(cfg, kept.reshape(*kept.shape, *(1,) * (state.ndim - kept.ndim)))
    if any(size not in (1, wanted) for size, wanted in zip(here.shape, state.shape, strict=True)):
        raise MaskMismatch(f"a mask of {kept.shape} a step does not fit states of {state.shape}")
    return here
