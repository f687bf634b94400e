"""Forwards of graphs: a model's, a block's, and of a layer above called again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from shapecalc.forward.base import (
    Array,
    apply,
    flatten_masks,
    forward,
    makes_mask,
    mask_rule,
    output_masks,
    working_memory,
)
from shapecalc.forward.dtypes import name_dtype
from shapecalc.forward.footprint import block_memory
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.inference.walk import Source, Walk
    from shapecalc.layers.base import Layer
    from shapecalc.model.block import Block, Reuse
    from shapecalc.model.graph import GraphNode

OnOutputs: TypeAlias = "Callable[[GraphNode, tuple[Array, ...]], None]"
"""Is called with each node and its outputs as soon as they are computed; it copies those it keeps."""


@runtime_checkable
class Walkable(Protocol):
    """A layer that is a graph: `walk_fed` infers it for arrays of these shapes, dtypes and masks."""

    def walk_fed(self, shapes: list[tuple[tuple[int, ...], str, tuple[int, ...] | None]]) -> Walk: ...


class GraphRun:
    """One pass through a walked graph. An output is dropped after its last use unless it leaves the graph.

    `node` is the one being computed: it tells where a run failed.
    """

    def __init__(self, walk: Walk, weight: Weights) -> None:
        self.walk = walk
        self.weight = weight.name_in_graph()
        self.exits = list(walk.output_sources().values())
        self.values: dict[int, tuple[Array, ...]] = {}
        self.masks: dict[int, tuple[Array | None, ...]] = {}
        self.uses = Counter(source[0] for node in walk.graph.nodes for source in walk.needs_of(node))
        self.uses.update(source[0] for source in self.exits)
        self.node: GraphNode | None = None

    def run(
        self, inputs: Sequence[Array], masks: Sequence[Array | None], on_outputs: OnOutputs | None = None
    ) -> tuple[Array, ...]:
        """The arrays that leave the graph, in order. The inputs are not written to."""
        self.set_inputs(inputs, masks)
        return self.compute(on_outputs)

    def set_inputs(self, inputs: Sequence[Array], masks: Sequence[Array | None]) -> None:
        """Sets the values of the graph's inputs."""
        for node, array, mask in zip(self.walk.graph.nodes, inputs, masks, strict=False):
            self.values[node.index] = (array,)
            self.masks[node.index] = (mask,)

    def compute(self, on_outputs: OnOutputs | None = None) -> tuple[Array, ...]:
        """Computes every node that was not fed; the arrays that leave the graph."""
        for node in self.walk.graph.nodes:
            if node.index not in self.values:
                self.node = node
                self.compute_node(node)
            if on_outputs is not None:
                on_outputs(node, self.values[node.index])
        return tuple(self.values[index][position] for index, position in self.exits)

    def compute_node(self, node: GraphNode) -> None:
        """Computes a node, then frees the inputs it used last."""
        sources = self.walk.source_feed_of(node)
        feed = [self.read(source, self.values) for source in sources]
        masks = tuple(self.read(source, self.masks) for source in sources)
        weight = self.weight.scope(node.weights_of)
        if isinstance(node.layer, Walkable):
            run = start_block(node.layer, weight, feed, masks)
            feed.clear()
            self.hand_over(sources)
            outputs = run.compute()
            masks_left = tuple(run.masks[index][position] for index, position in run.exits)
        else:
            assert node.layer is not None
            inferred = self.walk.results[node.index]
            dtypes = () if inferred is None else tuple(tensor.dtype for tensor in inferred.outputs.values())
            outputs, masks_left = call_layer(node.layer, weight, tuple(feed), masks, dtypes)
        self.values[node.index] = copy_small_views(outputs)
        self.masks[node.index] = masks_left
        for index, _ in self.walk.needs_of(node):
            self.release(index)

    def read(self, source: Any, of: dict[int, Any]) -> Any:
        """The value or mask that a port is fed: of one source, or of a list of sources."""
        if source is None:
            return None
        if source and isinstance(source[0], int):
            return of[source[0]][source[1]]
        return tuple(of[node][position] for node, position in source)

    def hand_over(self, sources: Sequence[Source]) -> None:
        """Drops the arrays that a block uses last: it frees them itself, before its end."""
        for index, _ in sources:
            if self.uses[index] == 1:
                self.values.pop(index, None)

    def release(self, index: int) -> None:
        """Counts one use of a node's outputs, and frees them after the last."""
        self.uses[index] -= 1
        if self.uses[index] == 0:
            self.values.pop(index, None)
            del self.masks[index]


def copy_small_views(outputs: tuple[Array, ...]) -> tuple[Array, ...]:
    """The outputs, copied where they are views of less than nine tenths of an array, which would stay in memory."""
    viewed = Counter[int]()
    for array in outputs:
        viewed[id(array.base)] += array.nbytes
    return tuple(
        array.copy()
        if isinstance(array.base, np.ndarray) and viewed[id(array.base)] * 10 < array.base.nbytes * 9
        else array
        for array in outputs
    )


def call_layer(
    layer: Layer, weight: Weights, feed: tuple[Any, ...], masks: tuple[Any, ...], dtypes: tuple[Any, ...] = ()
) -> tuple[tuple[Array, ...], tuple[Array | None, ...]]:
    """The outputs of one call, and the masks that leave with them; most graphs carry none at all."""
    outputs = apply(layer, weight, *feed, masks=masks, dtypes=dtypes)
    if not makes_mask(layer) and not any(mask is not None for mask in flatten_masks(masks)):
        return outputs, (None,) * len(outputs)
    return outputs, output_masks(layer, feed, masks, len(outputs))


def start_block(cfg: Walkable, weight: Weights, feed: Sequence[Array], masks: Sequence[Array | None]) -> GraphRun:
    """A run of a block's graph, inferred for the shapes it is fed, before its first node."""
    pairs = zip(feed, masks, strict=True)
    walk = cfg.walk_fed(
        [(array.shape, name_dtype(array), None if mask is None else mask.shape) for array, mask in pairs]
    )
    run = GraphRun(walk, weight)
    run.set_inputs(feed, masks)
    return run


@forward("Block", masks=True, memory=block_memory)
def block(cfg: Block, weight: Weights, *feed: Array, masks: tuple[Array | None, ...] = ()) -> tuple[Array, ...]:
    """A block within another layer, a TimeDistributed for example."""
    return start_block(cfg, weight, feed, masks or (None,) * len(feed)).compute()


def reuse_memory(cfg: Reuse, feed: tuple[Any, ...], inferred: Any) -> int:
    """Bytes that the call of the layer above takes."""
    return working_memory(cfg.layer, feed, inferred.inner[0].inferred)


@forward("Reuse", masks=True, memory=reuse_memory)
def reuse(cfg: Reuse, weight: Weights, *feed: Array, masks: tuple[Any, ...] = ()) -> tuple[Array, ...]:
    """The layer above with its own weights, wherever the entry that reuses it stands."""
    return apply(cfg.layer, weight.find_reused(cfg.path), *feed, masks=masks)


@mask_rule("Reuse")
def reuse_mask(cfg: Reuse, feed: Any, masks: Any) -> Any:
    """The mask that the layer above gives."""
    return output_masks(cfg.layer, feed, masks, 1)[0]
