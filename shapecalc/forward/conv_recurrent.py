"""Forwards of layers/conv_recurrent.py, channels last inside.

One convolution serves the inputs of all steps, the state needs one at each step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from shapecalc.forward.activations import activate
from shapecalc.forward.base import Array, forward, mask_rule
from shapecalc.forward.convolution import convolved, with_borders
from shapecalc.forward.recurrent import (
    MaskMismatch,
    bias_initializer,
    obeyed,
    sequence_masks,
    shown_outputs,
    steps_mask,
)
from shapecalc.forward.weights import Weights
from shapecalc.forward.windows import as_configured, bordered, borders, channels_last

TYPES = ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
mask_rule(*TYPES)(sequence_masks)


@forward(*TYPES, masks=True)
def conv_lstm(
    cfg: Any,
    weight: Weights,
    sequences: Array,
    initial_state: tuple[Array, ...] = (),
    mask: Array | None = None,
    masks: Any = (),
) -> tuple[Array, ...]:
    x = np.asarray(sequences).astype(cfg.compute_dtype, copy=False)
    kept = steps_mask(obeyed(mask, masks, initial_state), x.shape[1])
    projected, recurrent = _projected(cfg, weight, x)
    if cfg.go_backwards:
        projected = projected[:, ::-1]
        kept = None if kept is None else kept[::-1]
    begun = tuple(channels_last(cfg, np.asarray(state).astype(x.dtype, copy=False)) for state in initial_state)
    states = begun or (np.zeros((*projected.shape[:1], *projected.shape[2:-1], cfg.filters), x.dtype),) * 2
    hidden = []
    for step in range(projected.shape[1]):
        after = _step(cfg, projected[:, step], recurrent, states)
        if kept is not None:
            here = _laid_over(cfg, kept[step], states[0])
            after = tuple(np.where(here, new, old) for new, old in zip(after, states, strict=True))
        states = after
        hidden.append(as_configured(cfg, states[0]))
    output = shown_outputs(np.stack(hidden, axis=1), kept, cfg, bool(initial_state))
    return (output, *(as_configured(cfg, state) for state in states)) if cfg.return_state else (output,)


def _projected(cfg: Any, weight: Weights, x: Array) -> tuple[Array, Array]:
    """The inputs of all steps under the kernel, (batch, time, *spatial, gates), and the kernel for the state."""
    batch, time = x.shape[:2]
    frames = channels_last(cfg, x.reshape(batch * time, *x.shape[2:]))
    width = 4 * cfg.filters
    kernel = weight("kernel", (*cfg.kernel_size, frames.shape[-1], width), cfg.kernel_initializer)
    recurrent = weight("recurrent_kernel", (*cfg.kernel_size, cfg.filters, width), cfg.recurrent_initializer)
    frames = with_borders(cfg, frames)
    projected = convolved(frames, kernel.astype(x.dtype, copy=False), cfg.strides, cfg.dilation_rate, 1, None)
    if cfg.use_bias:
        projected += weight("bias", (width,), bias_initializer(cfg)).astype(x.dtype, copy=False)
    return projected.reshape(batch, time, *projected.shape[1:]), recurrent.astype(x.dtype, copy=False)


def _step(cfg: Any, projected: Array, recurrent: Array, states: tuple[Array, ...]) -> tuple[Array, ...]:
    h, c = states
    one = (1,) * len(cfg.kernel_size)
    wide = bordered(h, borders("same", h.shape[1:-1], cfg.kernel_size, one))
    i, f, g, o = np.split(projected + convolved(wide, recurrent, one, one, 1, None), 4, axis=-1)
    gate, act = cfg.recurrent_activation, cfg.activation
    c = _activated(cfg, gate, f) * c + _activated(cfg, gate, i) * _activated(cfg, act, g)
    return _activated(cfg, gate, o) * _activated(cfg, act, c), c


def _activated(cfg: Any, name: str | None, x: Array) -> Array:
    """Activations that look at the last axis see Keras's last axis."""
    return channels_last(cfg, activate(name, as_configured(cfg, x)))


def _laid_over(cfg: Any, kept: Array, state: Array) -> Array:
    """The mask of one step, (batch,) or with more axes in `data_format`'s order, over a channels-last state."""
    here = channels_last(cfg, kept.reshape(*kept.shape, *(1,) * (state.ndim - kept.ndim)))
    if any(size not in (1, wanted) for size, wanted in zip(here.shape, state.shape, strict=True)):
        raise MaskMismatch(f"a mask of {kept.shape} a step does not fit states of {state.shape}")
    return here
