"""Layers that apply another layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.dims import prod
from shapecalc.formats.onnx.writing import core as core
from shapecalc.formats.onnx.writing.activations import fed_mask
from shapecalc.formats.onnx.writing.base import Masks, Value, WeightView, mask_writer, writer
from shapecalc.formats.onnx.writing.block import write_call
from shapecalc.formats.onnx.writing.casts import cast_floats
from shapecalc.formats.onnx.writing.recurrent import choose_mask
from shapecalc.layers.dtypes import find_result_type

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.wrappers import Bidirectional, Pipeline, SpectralNormalization, TimeDistributed

_OF_LAST_AXIS = ("Dense", "Activation", "ReLU", "LeakyReLU", "ELU", "Rescaling", "Dropout", "Identity")
"""Types that do the same to (batch, time, ...) as to each step."""


@writer("TimeDistributed")
def time_distributed(
    nodes: Nodes, cfg: TimeDistributed, weight: WeightView, inputs: Value | tuple[Value, ...], mask: Any = None
) -> tuple[Value, ...]:
    """Steps become samples, so the layer runs once."""
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    tensors = [cast_floats(nodes, x, cfg) for x in given]
    layer, view = cfg.layer, weight.scope(cfg.layer.label)
    if layer.type_name in _OF_LAST_AXIS and len(tensors) == 1 and tensors[0].ndim > 2:
        with nodes.within(layer.label):
            return write_call(nodes, layer, view, (tensors[0],))[0]
    batch, time = tensors[0].shape[:2]
    samples = prod((batch, time))
    steps = [nodes.reshape(x, (samples, *x.shape[2:])) for x in tensors]
    masks = _inner_masks(nodes, cfg, mask, len(steps))
    with nodes.within(layer.label):
        outputs, _ = write_call(nodes, layer, view, cfg.sort_feed(steps), masks)
    return tuple(_cast_wider(nodes, nodes.reshape(y, (batch, time, *y.shape[1:])), cfg) for y in outputs)


def _inner_masks(nodes: Nodes, cfg: TimeDistributed, mask: Any, count: int) -> Masks:
    """The mask that the layer is fed: its axes after (batch, time), for the first of `count` tensors."""
    first: Value | None = mask[0] if isinstance(mask, tuple) else mask
    if first is None or first.ndim == 2:
        return ()
    within = nodes.reshape(first, (prod(first.shape[:2]), *first.shape[2:]))
    return cfg.sort_feed([within, *[None] * (count - 1)])


def _cast_wider(nodes: Nodes, y: Value, cfg: TimeDistributed) -> Value:
    """Floating outputs in the wider of the wrapper's and the layer's precision."""
    return nodes.cast(y, find_result_type(cfg.compute_dtype, y.dtype)) if y.is_float else y


@mask_writer("TimeDistributed")
def time_distributed_mask(nodes: Nodes, cfg: TimeDistributed, feed: Any, masks: Masks) -> Value | None:
    """The mask fed on the port `mask?`, else the first input's."""
    mask = fed_mask(feed, 1, masks)
    first: Value | None = mask[0] if isinstance(mask, tuple) else mask
    return first


@writer("Bidirectional", masks=True)
def bidirectional(
    nodes: Nodes,
    cfg: Bidirectional,
    weight: WeightView,
    sequences: Value,
    initial_state: tuple[Value, ...] = (),
    mask: Value | None = None,
    masks: Masks = (),
) -> tuple[Value, ...]:
    there: Any = cfg.forward
    back: Any = cfg.backward
    x = cast_floats(nodes, sequences, cfg)
    mask = choose_mask(mask, masks, initial_state)
    half = len(there.states)
    directions = []
    for layer, begun in ((there, initial_state[:half]), (back, initial_state[half:])):
        with nodes.within(layer.label):
            directions.append(write_call(nodes, layer, weight.scope(layer.label), (x, begun, mask))[0])
    (y, *states), (y_back, *states_back) = directions
    y, y_back = nodes.cast(y, cfg.compute_dtype), nodes.cast(y_back, cfg.compute_dtype)
    if there.return_sequences:
        y_back = nodes.reverse(y_back, 1)
    return (*_merge(nodes, cfg.merge_mode, y, y_back), *states, *states_back)


def _merge(nodes: Nodes, mode: str | None, y: Value, y_back: Value) -> tuple[Value, ...]:
    if mode is None:
        return y, y_back
    if mode == "concat":
        return (nodes.concat([y, y_back], -1),)
    if mode == "mul":
        return (nodes.op("Mul", y, y_back),)
    total = nodes.op("Add", y, y_back)
    return (nodes.op("Div", total, nodes.like(2.0, total)) if mode == "ave" else total,)


@mask_writer("Bidirectional")
def bidirectional_masks(nodes: Nodes, cfg: Bidirectional, feed: Any, masks: Masks) -> tuple[Value | None, ...]:
    """The mask leaves with each sequence; states have none."""
    mask = fed_mask(feed, 2, masks)
    there: Any = cfg.forward
    sequences = (mask if there.return_sequences else None,) * (1 if cfg.merge_mode else 2)
    return (*sequences, *[None] * (2 * len(there.states) if there.return_state else 0))


@writer("SpectralNormalization", masks=True)
def spectral_normalization(
    nodes: Nodes, cfg: SpectralNormalization, weight: WeightView, inputs: Value, masks: Masks = ()
) -> Value:
    """The layer's output: only in training is the kernel divided by its norm."""
    x = cast_floats(nodes, inputs, cfg)
    outputs, left = write_call(nodes, cfg.layer, weight.scope(cfg.layer.label), (x,), masks)
    nodes.masks_left.append(left)
    return nodes.cast(outputs[0], x.dtype)


@writer("Pipeline", masks=True)
def pipeline(nodes: Nodes, cfg: Pipeline, weight: WeightView, inputs: Value, masks: Masks = ()) -> tuple[Value, ...]:
    """Layers one after the other."""
    outputs: tuple[Value, ...] = (inputs,)
    for layer, label in zip(cfg.layers, cfg.labels, strict=True):
        with nodes.within(label):
            outputs, masks = write_call(nodes, layer, weight.scope(label), outputs[:1], masks)
    nodes.masks_left.append(masks)
    return outputs


@mask_writer("SpectralNormalization", "Pipeline")
def noted_masks(nodes: Nodes, cfg: Any, feed: Any, masks: Masks) -> tuple[Value | None, ...]:
    """The masks that the layer within gave."""
    return nodes.masks_left.pop()
