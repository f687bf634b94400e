"""What becomes of a mask along each edge: made, carried, used, or lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shapecalc.inference.walk import Source
from shapecalc.layers.base import port_name

if TYPE_CHECKING:
    from shapecalc.inference.walk import Walk
    from shapecalc.model.graph import GraphNode

WORDS = ("made", "carried", "used", "lost")


class MaskUse(NamedTuple):
    """What one node does with masks (`WORDS`), and the edges that bring one, as references."""

    words: tuple[str, ...]
    edges: tuple[str, ...]


def find_mask_use(walked: Walk, node: GraphNode) -> MaskUse | None:
    """What a node does with the masks it is fed; None where there are none.

    A layer whose call takes a mask, in Keras, uses the one that comes with its input.
    """
    layer, inferred = node.layer, walked.results[node.index]
    if node.entry is None or layer is None or inferred is None:
        return None
    edges = _list_edges(walked, node)
    masked = any(tensor.masked for tensor in inferred.outputs.values())
    if not edges and not masked:
        return None
    through = ("carried" if edges else "made",) if masked else ()
    if inferred.walk is not None:
        uses = (find_mask_use(inferred.walk, inner) for inner in inferred.walk.graph.nodes)
        inside = {word for use in uses if use is not None for word in use.words}
        return MaskUse((*through, *(word for word in ("used", "lost") if word in inside)), edges)
    words = (*through, *(("used",) if edges and any(map(_takes_mask, layer.ports)) else ()))
    return MaskUse(words or ("lost",), edges)


def write_mask(walked: Walk, node: GraphNode) -> str:
    """`carried, used`; the edges that bring a mask are named where others bring none."""
    use = find_mask_use(walked, node)
    if use is None:
        return ""
    words = ", ".join(use.words)
    every = len(set(walked.sources_of(node)))
    return f"{words} ({', '.join(use.edges)})" if 0 < len(use.edges) < every else words


def loses_mask(walked: Walk, node: GraphNode) -> bool:
    """Whether a mask ends at this layer without being used. For a block it does not: the layers in it are asked."""
    inferred = walked.results[node.index]
    if inferred is None or inferred.walk is not None:
        return False
    use = find_mask_use(walked, node)
    return use is not None and use.words == ("lost",)


def find_inner_mask(walked: Walk, node: GraphNode) -> str | None:
    """The layer type within a TimeDistributed that starts a mask, which never leaves its step; None without one."""
    layer, inferred = node.layer, walked.results[node.index]
    while layer is not None and inferred is not None and len(inferred.inner) == 1:
        inner, mask = inferred.inner[0].inferred, inferred.output.mask
        within = getattr(layer, "layer", None)
        # A mask of more axes came with the input, and lies over what is within a step as well.
        fed = mask is not None and mask.ndim not in (1, 2)
        if layer.type_name == "TimeDistributed" and inner.output.masked and not fed:
            return str(within.type_name) if within is not None else None
        layer, inferred = within, inner
    return None


def _list_edges(walked: Walk, node: GraphNode) -> tuple[str, ...]:
    """The edges along which a mask comes: with a tensor, or as a tensor on a port for masks."""
    layer = node.layer
    if layer is None or layer.is_source:
        return ()
    masked: dict[Source, None] = {}
    for port, fed in zip(layer.ports, walked.source_feed_of(node), strict=False):
        sources = (fed,) if isinstance(fed, Source) else fed or ()
        masked.update((source, None) for source in sources if _takes_mask(port) or walked.tensor(source).masked)
    return tuple(_write_reference(walked, source) for source in masked)


def _write_reference(walked: Walk, source: Source) -> str:
    """An output as a reference: `lstm`, or `lstm.state_h` where it is not the first."""
    name, inferred = walked.graph.nodes[source.node].name, walked.results[source.node]
    if source.position == 0 or inferred is None:
        return name
    return f"{name}.{list(inferred.outputs)[source.position]}"


def _takes_mask(port: str) -> bool:
    """Whether a port is for masks: `mask?`, `query_mask?`."""
    return port_name(port).endswith("mask")
