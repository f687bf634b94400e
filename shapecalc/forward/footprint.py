"""The bytes of memory that a pass through a walked graph takes, from shapes alone: it follows GraphRun node by node."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.forward.base import working_memory
from shapecalc.forward.memory import bytes_of, flatten_feed, list_outputs

if TYPE_CHECKING:
    from shapecalc.model.block import Block


class Footprint(NamedTuple):
    """The most bytes at once, and the node that is computed then."""

    bytes: int
    node: Any


def measure_graph(walk: Any) -> Footprint:
    """Weights, inputs, and at its worst the outputs that are alive and what computing a node takes besides.

    Inputs belong to whoever feeds the graph, and stay to the end.
    """
    kept = count_weights_bytes(walk) + bytes_of(
        *(list_outputs(part) for node, part in list_parts(walk) if node.entry is None)
    )
    return _find_worst(walk, kept)


def block_memory(cfg: Block, feed: tuple[Any, ...], inferred: Any) -> int:
    """Bytes that a block takes besides its inputs; its walk may be for fewer samples than it is fed."""
    entry = next((part for node, part in list_parts(inferred.walk) if node.entry is None), None)
    fed = next(flatten_feed(feed), None)
    times = 1
    if entry is not None and fed is not None and entry.output.shape and fed.shape:
        times = fed.shape[0] // max(1, entry.output.shape[0])
    return times * _find_worst(inferred.walk, 0).bytes


def list_parts(walk: Any) -> list[tuple[Any, Any]]:
    """Each node with what was inferred of it."""
    return [(node, part) for node, part in zip(walk.graph.nodes, walk.results, strict=False) if part is not None]


def count_weights_bytes(walk: Any) -> int:
    """Bytes of all weights of a graph; a layer called again has those of its first call."""
    own = {node.weights_of: part for node, part in reversed(list_parts(walk))}
    return bytes_of(*(weight for part in own.values() for _, weight in part.all_weights()))


def _find_worst(walk: Any, kept: int) -> Footprint:
    """The worst node of a graph, on top of what is `kept` throughout."""
    uses = Counter(source[0] for node in walk.graph.nodes for source in walk.needs_of(node))
    uses.update(source[0] for source in walk.output_sources().values())
    alive: dict[int, int] = {}
    worst = Footprint(kept, None)
    for node, part in list_parts(walk):
        if node.entry is None:
            continue
        feed = walk.feed_of(node)
        alive[node.index] = bytes_of(*list_outputs(part)) + count_masks_bytes(part)
        now = kept + sum(alive.values()) + working_memory(node.layer, feed, part)
        if now > worst.bytes:
            worst = Footprint(now, node)
        for source, _ in walk.needs_of(node):
            uses[source] -= 1
            if uses[source] == 0:
                alive.pop(source, None)
    return worst


def count_masks_bytes(inferred: Any) -> int:
    """Bytes of the masks that leave a call, at most: a mask has no more entries than its tensor."""
    masked = (tensor for tensor in flatten_feed(list_outputs(inferred)) if tensor.masked)
    return sum(bytes_of(tensor._replace(dtype="bool")) for tensor in masked)
