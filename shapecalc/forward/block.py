"""Forwards of graphs: a model's, a block's, and of a layer above called again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from shapecalc.forward.base import Array, apply, flat, forward, makes_mask, mask_rule, output_masks, wants_spare
from shapecalc.forward.weights import Weights

Seen: TypeAlias = Callable[[Any, tuple[Array, ...]], None]
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
        self.uses = Counter(source[0] for node in walk.graph.nodes for source in walk.sources_of(node))
        self.uses.update(source[0] for source in self.exits)
        self.inputs: tuple[Array, ...] = ()
        self.node: Any = None

    def fed(self, wire: Any, of: dict[int, Any]) -> Any:
        """The value or mask at a wire."""
        if wire is None:
            return None
        if wire and isinstance(wire[0], int):
            return of[wire[0]][wire[1]]
        return tuple(of[node][position] for node, position in wire)

    def run(
        self, inputs: Sequence[Array], masks: Sequence[Array | None], seen: Seen | None = None
    ) -> tuple[Array, ...]:
        """The arrays that leave the graph, in order."""
        self.inputs = tuple(inputs)
        for node, array, mask in zip(self.walk.graph.nodes, inputs, masks, strict=False):
            self.values[node.index] = (array,)
            self.masks[node.index] = (mask,)
            if seen is not None:
                seen(node, (array,))
        for node in self.walk.graph.nodes[len(inputs) :]:
            self.node = node
            wires = self.walk.wires_of(node)
            feed = tuple(self.fed(wire, self.values) for wire in wires)
            fed_masks = tuple(self.fed(wire, self.masks) for wire in wires)
            spare = wants_spare(node.layer) and self.is_spare(wires)
            outputs, left = called(node.layer, self.weight.scope(node.weights_of), feed, fed_masks, spare)
            self.values[node.index] = outputs
            self.masks[node.index] = left
            if seen is not None:
                seen(node, outputs)
            for index, _ in self.walk.sources_of(node):
                self.release(index)
        return tuple(self.values[index][position] for index, position in self.exits)

    def is_spare(self, wires: Sequence[Any]) -> bool:
        """Whether the first array at `wires` has its last use here, and shares no memory with any that is still needed.

        What feeds the graph belongs to whoever called it.
        """
        first = wires[0] if isinstance(wires[0][0], int) else wires[0][0]
        if self.uses[first[0]] != 1:
            return False
        array = self.values[first[0]][first[1]]
        places = ((node, place) for node, outputs in self.values.items() for place in range(len(outputs)))
        others = [self.values[node][place] for node, place in places if (node, place) != first]
        return array.flags.writeable and not any(np.may_share_memory(array, one) for one in (*others, *self.inputs))

    def release(self, index: int) -> None:
        """Counts one use of a node's outputs, and lets them go after the last."""
        self.uses[index] -= 1
        if self.uses[index] == 0:
            del self.values[index]


def called(
    layer: Any, weight: Weights, feed: Any, masks: Any, spare: bool = False
) -> tuple[tuple[Array, ...], tuple[Array | None, ...]]:
    """The outputs of one call, and the masks that leave with them; most graphs carry none at all."""
    if hasattr(layer, "walk_fed"):
        run, outputs = block_run(layer, weight, feed, masks)
        return outputs, tuple(run.masks[index][position] for index, position in run.exits)
    outputs = apply(layer, weight, *feed, masks=masks, spare=spare)
    if not makes_mask(layer) and not any(mask is not None for mask in flat(masks)):
        return outputs, (None,) * len(outputs)
    return outputs, output_masks(layer, feed, masks, len(outputs))


def block_run(
    cfg: Any, weight: Weights, feed: tuple[Array, ...], masks: tuple[Array | None, ...]
) -> tuple[GraphRun, tuple[Array, ...]]:
    """A block's graph, unfolded for the shapes it is fed, and what leaves it."""
    pairs = zip(feed, masks, strict=True)
    walk = cfg.walk_fed([(array.shape, str(array.dtype), mask is not None) for array, mask in pairs])
    run = GraphRun(walk, weight)
    return run, run.run(feed, masks)


@forward("Block", masks=True)
def block(cfg: Any, weight: Weights, *feed: Array, masks: tuple[Array | None, ...] = ()) -> tuple[Array, ...]:
    """A block within another layer, a TimeDistributed for example."""
    return block_run(cfg, weight, feed, masks or (None,) * len(feed))[1]


@forward("Reuse", masks=True)
def reuse(cfg: Any, weight: Weights, *feed: Array, masks: tuple[Any, ...] = ()) -> tuple[Array, ...]:
    """The layer above with its own weights, wherever the proxy stands."""
    return apply(cfg.layer, weight.reused(cfg.path), *feed, masks=masks)


@mask_rule("Reuse")
def reuse_mask(cfg: Any, feed: Any, masks: Any) -> Any:
    return output_masks(cfg.layer, feed, masks, 1)[0]
