"""Forwards of graphs: a model's, a block's, and of a layer above called again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from shapecalc.forward.base import (
    Array,
    apply,
    flatten_masks,
    forward,
    makes_mask,
    mask_rule,
    output_masks,
    wants_spare,
    working_memory,
)
from shapecalc.forward.dtypes import dtype_name
from shapecalc.forward.footprint import block_memory
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.model.block import Block, Reuse

OnOutputs: TypeAlias = Callable[[Any, tuple[Array, ...]], None]
"""Told of each node and its outputs as soon as they are computed; those it wants to keep it copies."""


class GraphRun:
    """One pass through a walked graph. An output is dropped after its last use unless it leaves the graph.

    `node` is the one being computed, for whoever has to say where a run failed.
    """

    def __init__(self, walk: Any, weight: Weights) -> None:
        self.walk = walk
        self.weight = weight.as_graph()
        self.exits = list(walk.exits().values())
        self.values: dict[int, tuple[Array, ...]] = {}
        self.masks: dict[int, tuple[Array | None, ...]] = {}
        self.uses = Counter(source[0] for node in walk.graph.nodes for source in walk.needs_of(node))
        self.uses.update(source[0] for source in self.exits)
        self.lent: tuple[Array, ...] = ()
        self.node: Any = None

    def run(
        self, inputs: Sequence[Array], masks: Sequence[Array | None], seen: OnOutputs | None = None
    ) -> tuple[Array, ...]:
        """The arrays that leave the graph, in order. What feeds it still belongs to the caller afterwards."""
        self.enter(inputs, masks, tuple(inputs))
        return self.leave(seen)

    def enter(self, inputs: Sequence[Array], masks: Sequence[Array | None], lent: tuple[Array, ...]) -> None:
        """Feeds the graph. What of it is not `lent` is the graph's own: dropped after its last use, or written over."""
        self.lent = lent
        for node, array, mask in zip(self.walk.graph.nodes, inputs, masks, strict=False):
            self.values[node.index] = (array,)
            self.masks[node.index] = (mask,)

    def leave(self, seen: OnOutputs | None = None) -> tuple[Array, ...]:
        """Computes what has not been fed; the arrays that leave the graph."""
        for node in self.walk.graph.nodes:
            if node.index not in self.values:
                self.node = node
                self.compute(node)
            if seen is not None:
                seen(node, self.values[node.index])
        return tuple(self.values[index][position] for index, position in self.exits)

    def compute(self, node: Any) -> None:
        """One node, and the end of what it was the last to need."""
        wires = self.walk.wires_of(node)
        feed = [self.fed(wire, self.values) for wire in wires]
        masks = tuple(self.fed(wire, self.masks) for wire in wires)
        weight = self.weight.scope(node.weights_of)
        if hasattr(node.layer, "walk_fed"):
            run = start_block(node.layer, weight, feed, masks, self.handed_over(wires))
            feed.clear()
            outputs = run.leave()
            left = tuple(run.masks[index][position] for index, position in run.exits)
        else:
            spare = wants_spare(node.layer) and self.is_spare(first_source(wires))
            outputs, left = call_layer(node.layer, weight, tuple(feed), masks, spare)
        self.values[node.index] = copy_small_views(outputs)
        self.masks[node.index] = left
        for index, _ in self.walk.needs_of(node):
            self.release(index)

    def fed(self, wire: Any, of: dict[int, Any]) -> Any:
        """The value or mask at a wire."""
        if wire is None:
            return None
        if wire and isinstance(wire[0], int):
            return of[wire[0]][wire[1]]
        return tuple(of[node][position] for node, position in wire)

    def is_spare(self, source: tuple[int, int]) -> bool:
        """Whether the node being computed is the last to need an array, which shares no memory with any other."""
        if self.uses[source[0]] != 1:
            return False
        array = self.values[source[0]][source[1]]
        others = [
            one for node, outputs in self.values.items() for place, one in enumerate(outputs) if (node, place) != source
        ]
        masks = [mask for left in self.masks.values() for mask in left if mask is not None]
        needed = (*others, *masks, *self.lent)
        return array.flags.writeable and not any(np.may_share_memory(array, one) for one in needed)

    def handed_over(self, wires: Sequence[Any]) -> tuple[Array, ...]:
        """Forgets what a block is the last to need, so that it may drop it earlier; gives what is only lent to it."""
        spare = {wire[0] for wire in wires if self.is_spare(wire)}
        lent = tuple(self.values[node][place] for node, place in wires if node not in spare)
        for node in spare:
            del self.values[node]
        return lent

    def release(self, index: int) -> None:
        """Counts one use of a node's outputs, and lets them go after the last."""
        self.uses[index] -= 1
        if self.uses[index] == 0:
            self.values.pop(index, None)
            del self.masks[index]


def first_source(wires: Sequence[Any]) -> tuple[int, int]:
    """Where the first array comes from that a node is fed."""
    first: tuple[int, int] = wires[0] if isinstance(wires[0][0], int) else wires[0][0]
    return first


def copy_small_views(outputs: tuple[Array, ...]) -> tuple[Array, ...]:
    """The outputs, copied where they are views of a small part of an array that would stay with them."""
    bases = [array.base for array in outputs]
    seen = Counter[int]()
    for array, base in zip(outputs, bases, strict=True):
        seen[id(base)] += array.nbytes
    return tuple(
        array.copy() if isinstance(base, np.ndarray) and seen[id(base)] * 10 < base.nbytes * 9 else array
        for array, base in zip(outputs, bases, strict=True)
    )


def call_layer(
    layer: Any, weight: Weights, feed: tuple[Any, ...], masks: tuple[Any, ...], spare: bool
) -> tuple[tuple[Array, ...], tuple[Array | None, ...]]:
    """The outputs of one call, and the masks that leave with them; most graphs carry none at all."""
    outputs = apply(layer, weight, *feed, masks=masks, spare=spare)
    if not makes_mask(layer) and not any(mask is not None for mask in flatten_masks(masks)):
        return outputs, (None,) * len(outputs)
    return outputs, output_masks(layer, feed, masks, len(outputs))


def start_block(
    cfg: Block, weight: Weights, feed: Sequence[Array], masks: Sequence[Array | None], lent: tuple[Array, ...]
) -> GraphRun:
    """A run of a block's graph, unfolded for the shapes it is fed, before its first node."""
    pairs = zip(feed, masks, strict=True)
    walk = cfg.walk_fed(
        [(array.shape, dtype_name(array), None if mask is None else mask.shape) for array, mask in pairs]
    )
    run = GraphRun(walk, weight)
    run.enter(feed, masks, lent)
    return run


@forward("Block", masks=True, memory=block_memory)
def block(cfg: Block, weight: Weights, *feed: Array, masks: tuple[Array | None, ...] = ()) -> tuple[Array, ...]:
    """A block within another layer, a TimeDistributed for example."""
    return start_block(cfg, weight, feed, masks or (None,) * len(feed), feed).leave()


def reuse_memory(cfg: Reuse, feed: tuple[Any, ...], stated: Any) -> int:
    return working_memory(cfg.layer, feed, stated.inner[0].inferred)


@forward("Reuse", masks=True, memory=reuse_memory)
def reuse(cfg: Reuse, weight: Weights, *feed: Array, masks: tuple[Any, ...] = ()) -> tuple[Array, ...]:
    """The layer above with its own weights, wherever the proxy stands."""
    return apply(cfg.layer, weight.reused(cfg.path), *feed, masks=masks)


@mask_rule("Reuse")
def reuse_mask(cfg: Reuse, feed: Any, masks: Any) -> Any:
    return output_masks(cfg.layer, feed, masks, 1)[0]
