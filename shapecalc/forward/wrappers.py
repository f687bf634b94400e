"""Forwards of layers/wrappers.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from shapecalc.forward.base import Array, apply, cast_floats, fed_mask, forward, mask_rule, output_masks, working_memory
from shapecalc.forward.core import dense, dense_memory
from shapecalc.forward.dtypes import find_result_dtype
from shapecalc.forward.memory import bytes_of, copy_memory, flatten_feed, list_outputs, steps_as_samples
from shapecalc.forward.recurrent import MaskMismatch, choose_mask
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.recurrent import Recurrent
    from shapecalc.layers.wrappers import Bidirectional, Pipeline, SpectralNormalization, TimeDistributed

forward("TimeDistributedDense", memory=dense_memory)(dense)


def steps_memory(cfg: TimeDistributed, feed: tuple[Any, ...], inferred: Any) -> int:
    """Bytes of the inputs cast, of the layer's outputs before they are cast, and of the layer's own work."""
    (part,) = inferred.inner
    fed = tuple(flatten_feed(feed[:1]))
    steps, within = steps_as_samples(fed, part.calls, part.inferred)
    return (
        copy_memory(cfg, fed, inferred)
        + bytes_of(*list_outputs(within))
        + working_memory(cfg.layer, cfg.sort_feed(steps), within)
    )


@forward("TimeDistributed", memory=steps_memory)
def time_distributed(
    cfg: TimeDistributed, weight: Weights, inputs: Array | tuple[Array, ...], mask: Any = None
) -> tuple[Array, ...]:
    """Steps become samples, so the layer runs once; equal weights give the numbers of the plain layer bit for bit."""
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    arrays = [cast_floats(array, cfg.compute_dtype) for array in given]
    batch, time = arrays[0].shape[:2]
    steps = [array.reshape(batch * time, *array.shape[2:]) for array in arrays]
    masks = _make_inner_masks(cfg, _select_first_mask(mask), arrays[0], len(steps))
    outputs = apply(cfg.layer, weight.scope(cfg.layer.label), *cfg.sort_feed(steps), masks=masks)
    return tuple(_cast_wider(out, cfg).reshape(batch, time, *out.shape[1:]) for out in outputs)


def _select_first_mask(mask: Any) -> Array | None:
    """The mask of the first input, where each input brought one."""
    first: Array | None = mask[0] if isinstance(mask, tuple) else mask
    return first


def _make_inner_masks(cfg: TimeDistributed, mask: Array | None, x: Array, count: int) -> tuple[Any, ...]:
    """The mask that the layer is fed: its axes after (batch, time), for the first of `count` tensors."""
    if mask is None:
        return ()
    if mask.ndim < 2 or mask.shape[:2] != x.shape[:2]:
        raise MaskMismatch(f"a mask of shape {mask.shape} does not fit steps of {x.shape}")
    if mask.ndim == 2:
        if cfg.masks_steps:
            raise MaskMismatch(f"a mask of shape {mask.shape} says nothing of what is within a step of {x.shape}")
        return ()
    within = mask.reshape(-1, *mask.shape[2:])
    return cfg.sort_feed([within, *[None] * (count - 1)])


def _cast_wider(out: Array, cfg: TimeDistributed) -> Array:
    """Floating outputs in the wider of the wrapper's and the layer's precision."""
    if out.dtype.kind != "f":
        return out
    return out.astype(find_result_dtype(out, np.empty(0, cfg.compute_dtype)), copy=False)


def directions_memory(cfg: Bidirectional, feed: tuple[Any, ...], inferred: Any) -> int:
    """Bytes of both directions' outputs before they are joined, and of the work of the direction that takes more."""
    sequences = feed[0]
    there, back = (part.inferred for part in inferred.inner)
    work = max(working_memory(cfg.forward, (sequences,), there), working_memory(cfg.backward, (sequences,), back))
    return copy_memory(cfg, feed, inferred) + bytes_of(*list_outputs(there), *list_outputs(back)) + work


@forward("Bidirectional", masks=True, memory=directions_memory)
def bidirectional(
    cfg: Bidirectional,
    weight: Weights,
    sequences: Array,
    initial_state: tuple[Array, ...] = (),
    mask: Array | None = None,
    masks: Any = (),
) -> tuple[Array, ...]:
    there, back = list_directions(cfg)
    x = cast_floats(sequences, cfg.compute_dtype)
    mask = choose_mask(mask, masks, initial_state)
    half = len(there.states)
    y, *states = apply(there, weight.scope(there.label), x, initial_state[:half], mask)
    y_back, *states_back = apply(back, weight.scope(back.label), x, initial_state[half:], mask)
    y, y_back = y.astype(cfg.compute_dtype, copy=False), y_back.astype(cfg.compute_dtype, copy=False)
    if there.return_sequences:
        y_back = y_back[:, ::-1]
    return (*_merge_directions(cfg.merge_mode, y, y_back), *states, *states_back)


def list_directions(cfg: Bidirectional) -> tuple[Recurrent, Recurrent]:
    """The layers that read from the start and from the end; the rule refuses what is not recurrent."""
    return cast("Recurrent", cfg.forward), cast("Recurrent", cfg.backward)


def _merge_directions(mode: str | None, y: Array, y_back: Array) -> tuple[Array, ...]:
    if mode is None:
        return y, y_back
    if mode == "concat":
        return (np.concatenate((y, y_back), axis=-1),)
    if mode == "mul":
        return (y * y_back,)
    total = y + y_back
    return (total / 2 if mode == "ave" else total,)


@mask_rule("Bidirectional")
def bidirectional_masks(cfg: Bidirectional, feed: tuple[Any, ...], masks: tuple[Any, ...]) -> tuple[Array | None, ...]:
    """The mask leaves with each sequence; states have none."""
    mask = fed_mask(feed, 2, masks)
    there = cast("Recurrent", cfg.forward)
    sequences = (mask if there.return_sequences else None,) * (1 if cfg.merge_mode else 2)
    states = 2 * len(there.states) if there.return_state else 0
    return (*sequences, *[None] * states)


@mask_rule("TimeDistributed")
def time_distributed_mask(cfg: TimeDistributed, feed: tuple[Any, ...], masks: tuple[Any, ...]) -> Array | None:
    """The mask fed on the port `mask?`, else the first input's."""
    return _select_first_mask(fed_mask(feed, 1, masks))


def spectral_memory(cfg: SpectralNormalization, feed: tuple[Any, ...], inferred: Any) -> int:
    """Bytes of the input and the layer's output in both precisions, and of the layer's own work."""
    within = inferred.inner[0].inferred
    return copy_memory(cfg, feed, inferred) + bytes_of(*list_outputs(within)) + working_memory(cfg.layer, feed, within)


@forward("SpectralNormalization", masks=True, memory=spectral_memory)
def spectral_normalization(cfg: SpectralNormalization, weight: Weights, inputs: Array, masks: Any = ()) -> Array:
    """The layer's output: only in training is the kernel divided by its norm."""
    x = cast_floats(inputs, cfg.compute_dtype)
    scope = weight.scope(cfg.layer.label)
    (y,) = apply(cfg.layer, scope, x, masks=masks)
    kernel = next(
        array
        for path, array in weight.store.arrays.items()
        if path.startswith(scope.path) and path.rpartition("/")[2] in ("kernel", "embeddings")
    )
    weight("vector_u", (1, kernel.shape[-1]), ("truncated_normal", (("stddev", 0.02),)))
    return y.astype(x.dtype, copy=False)


@mask_rule("SpectralNormalization")
def spectral_mask(cfg: SpectralNormalization, feed: tuple[Any, ...], masks: tuple[Any, ...]) -> Array | None:
    """The mask that the layer gives."""
    return output_masks(cfg.layer, feed, masks, 1)[0]


@forward("Pipeline", masks=True)
def pipeline(cfg: Pipeline, weight: Weights, inputs: Array, masks: Any = ()) -> tuple[Array, ...]:
    outputs: tuple[Array, ...] = (inputs,)
    for layer, label in zip(cfg.layers, cfg.labels, strict=True):
        feed = outputs[:1]
        outputs = apply(layer, weight.scope(label), *feed, masks=masks)
        masks = output_masks(layer, feed, masks, len(outputs))
    return outputs


@mask_rule("Pipeline")
def pipeline_masks(cfg: Pipeline, feed: tuple[Any, ...], masks: tuple[Any, ...]) -> tuple[Array | None, ...]:
    """The mask after all layers, one after the other; only the first may start one."""
    for layer in cfg.layers:
        masks = output_masks(layer, feed[:1], masks, 1)
    return masks
