"""Graphs laid flat: a model's, a block's, and layers above called again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Fault, error
from shapecalc.formats.onnx.writing.base import (
    BFLOAT,
    Masks,
    NoForm,
    Value,
    WeightView,
    find_mask_writer,
    find_writer,
    mask_writer,
    wants_masks,
    writer,
)
from shapecalc.formats.onnx.writing.no_form import explain
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor
from shapecalc.model.block import Block

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.base import Layer
    from shapecalc.layers.values import FeedOf
    from shapecalc.model.block import Reuse
    from shapecalc.model.graph import GraphNode

Outputs = tuple[Value, ...]
OutputMasks = tuple[Value | None, ...]


def write_graph(
    nodes: Nodes, walk: Walk, weight: WeightView, inputs: tuple[Value, ...], masks: OutputMasks
) -> tuple[Outputs, OutputMasks]:
    """The tensors that leave a graph, and their masks. Raises Fault with SC609 for a layer that has no form."""
    weight = weight.name_in_graph()
    values: dict[int, Outputs] = {}
    masks_of: dict[int, OutputMasks] = {}
    needed = _list_needed(walk)
    for node, value, mask in zip(walk.graph.nodes, inputs, masks, strict=False):
        values[node.index], masks_of[node.index] = (value,), (mask,)
    for node in walk.graph.nodes:
        if node.index in values or node.index not in needed:
            continue
        assert node.layer is not None
        sources = walk.source_feed_of(node)
        feed = tuple(_read(source, values) for source in sources)
        came = tuple(_read(source, masks_of) for source in sources)
        with nodes.within(node.name):
            outputs = _write_node(nodes, walk, node, weight.scope(node.weights_of), feed, came)
        values[node.index], masks_of[node.index] = outputs
    exits = walk.output_sources().values()
    return (
        tuple(values[index][position] for index, position in exits),
        tuple(masks_of[index][position] for index, position in exits),
    )


def _write_node(
    nodes: Nodes, walk: Walk, node: GraphNode, weight: WeightView, feed: FeedOf[Value], masks: Masks
) -> tuple[Outputs, OutputMasks]:
    """The outputs of one call. Raises Fault, which says where it stands."""
    assert node.layer is not None
    try:
        return write_call(nodes, node.layer, weight, feed, masks)
    except NoForm as none:
        span = walk.graph.document.span(node.entry.key) if node.entry is not None else None
        raise Fault(error("SC609", none.message, span, subject=nodes.path, help=none.help)) from None


def _list_needed(walk: Walk) -> set[int]:
    """The nodes that lead to an output."""
    needed = {index for index, _ in walk.output_sources().values()}
    for node in reversed(walk.graph.nodes):
        if node.index in needed:
            needed |= {index for index, _ in walk.needs_of(node)}
    return needed


def _read(source: Any, of: dict[int, Any]) -> Any:
    """What a port is fed: of one source, or of a list of sources."""
    if source is None:
        return None
    if source and isinstance(source[0], int):
        return of[source[0]][source[1]]
    return tuple(of[node][position] for node, position in source)


def write_call(
    nodes: Nodes, layer: Layer, weight: WeightView, feed: FeedOf[Value], masks: Masks = ()
) -> tuple[Outputs, OutputMasks]:
    """The outputs of a call, and the masks that leave with them. Raises NoForm."""
    write = find_writer(type(layer))
    if write is None:
        raise explain(layer)
    if layer.compute_dtype == BFLOAT:
        raise NoForm(f"it computes in {BFLOAT}, and NumPy has no such numbers", "use float16 or float32")
    feed = _add_mask(layer, feed, masks)
    wanted = {"masks": masks} if wants_masks(type(layer)) and masks else {}
    inferred = infer(layer, tuple(_tensors(fed, mask) for fed, mask in _pairs(feed, masks)))
    nodes.results = list(inferred.outputs.values())
    made = write(nodes, layer, weight.of_dtype(layer.variable_dtype), *feed, **wanted)
    outputs = tuple(
        _settle(nodes, value, tensor)
        for value, tensor in zip(made if isinstance(made, tuple) else (made,), inferred.outputs.values(), strict=True)
    )
    return outputs, _write_masks(nodes, layer, feed, masks, outputs)


def _settle(nodes: Nodes, value: Value, tensor: Tensor) -> Value:
    """An output with the shape and the dtype that the layer's rule says."""
    value = nodes.cast(value, tensor.dtype or "float32")
    assert value.ndim == tensor.shape.ndim, f"{nodes.path}: {value.shape} is not {tensor.shape}"
    settled = Value(value.name, tensor._replace(masked=False, values=value.tensor.values), value.array)
    nodes.sizes_of.note(settled)
    return settled


def _pairs(feed: FeedOf[Value], masks: Masks) -> list[tuple[Any, Any]]:
    return [(fed, masks[position] if position < len(masks) else None) for position, fed in enumerate(feed)]


def _tensors(fed: Any, mask: Any) -> Any:
    """What a port is fed as a rule sees it."""
    if fed is None:
        return None
    if isinstance(fed, tuple):
        several = mask if isinstance(mask, tuple) else (None,) * len(fed)
        return tuple(_tensors(*pair) for pair in zip(fed, several, strict=True))
    return fed.tensor._replace(masked=mask.shape if mask is not None else False, values=None)


def _add_mask(layer: Layer, feed: FeedOf[Value], masks: Masks) -> FeedOf[Value]:
    """The feed, with the mask of the first input on a port `mask?` that was fed nothing."""
    if not masks or masks[0] is None or "mask?" not in layer.ports:
        return feed
    position = layer.ports.index("mask?")
    if len(feed) > position and feed[position] is not None:
        return feed
    optional: list[Any] = [() if port.endswith("*") else None for port in layer.ports[len(feed) : position]]
    first = masks[0][0] if isinstance(masks[0], tuple) else masks[0]
    return (*feed[:position], *optional, first)


def _write_masks(nodes: Nodes, layer: Layer, feed: FeedOf[Value], masks: Masks, outputs: Outputs) -> OutputMasks:
    """The mask of each output: by the type's own writer, else the first mask of the inputs where masks pass."""
    write = find_mask_writer(type(layer))
    if write is None:
        came = (mask for mask in _flatten(masks) if mask is not None)
        return (next(came, None) if layer.masking == "pass" else None,) * len(outputs)
    left = write(nodes, layer, feed, masks or _no_masks(feed))
    return left if isinstance(left, tuple) else (left,) * len(outputs)


def _no_masks(feed: FeedOf[Value]) -> Masks:
    return tuple((None,) * len(port) if isinstance(port, tuple) else None for port in feed)


def _flatten(masks: Masks) -> list[Value | None]:
    return [mask for port in masks for mask in (port if isinstance(port, tuple) else (port,))]


@writer("Block", masks=True)
def block(nodes: Nodes, cfg: Block, weight: WeightView, *feed: Value, masks: Masks = ()) -> Outputs:
    return _write_block(nodes, cfg, weight, feed, masks)[0]


@mask_writer("Block")
def block_mask(nodes: Nodes, cfg: Block, feed: Any, masks: Masks) -> OutputMasks:
    """The masks that leave the block's graph, noted when it was written."""
    return nodes.masks_left.pop()


def _write_block(
    nodes: Nodes, cfg: Block, weight: WeightView, feed: tuple[Value, ...], masks: Masks
) -> tuple[Outputs, OutputMasks]:
    masks = masks or (None,) * len(feed)
    walk = infer(cfg, tuple(_tensors(fed, mask) for fed, mask in _pairs(feed, masks))).walk
    outputs, left = write_graph(nodes, walk, weight, feed, masks)
    nodes.masks_left.append(left)
    return outputs, left


@writer("Reuse", masks=True)
def reuse(nodes: Nodes, cfg: Reuse, weight: WeightView, *feed: Any, masks: Masks = ()) -> Outputs:
    """The layer above with its own weights, wherever the entry that reuses it stands."""
    outputs, left = write_call(nodes, cfg.layer, weight.find_reused(cfg.path), feed, masks)
    nodes.masks_left.append(left)
    return outputs


@mask_writer("Reuse")
def reuse_mask(nodes: Nodes, cfg: Reuse, feed: Any, masks: Masks) -> OutputMasks:
    return nodes.masks_left.pop()
