"""What becomes of a mask along each edge: made, carried, used, or lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shapecalc.layers.base import port_name

if TYPE_CHECKING:
    from shapecalc.analysis.report import Row
    from shapecalc.inference.walk import Source

WORDS = ("made", "carried", "used", "lost")


class Fate(NamedTuple):
    """What one node does with masks (`WORDS`), and the edges that bring one, as references."""

    words: tuple[str, ...]
    edges: tuple[str, ...]


def fate(row: Row) -> Fate | None:
    """What a row does with the masks it is fed; None where there are none.

    A layer whose call takes a mask, in Keras, uses the one that comes with its input.
    """
    layer = row.node.layer
    if row.node.entry is None or layer is None:
        return None
    edges = _edges(row)
    masked = any(tensor.masked for tensor in row.inferred.outputs.values())
    if not edges and not masked:
        return None
    through = ("carried" if edges else "made",) if masked else ()
    if row.inferred.walk is not None:
        inside = {word for one in row.rows if (found := fate(one)) for word in found.words}
        return Fate((*through, *(word for word in ("used", "lost") if word in inside)), edges)
    words = (*through, *(("used",) if edges and any(map(_takes_mask, layer.ports)) else ()))
    return Fate(words or ("lost",), edges)


def fate_text(row: Row) -> str:
    """`carried, used`; the edges that bring a mask are named where others bring none."""
    found = fate(row)
    if found is None:
        return ""
    words = ", ".join(found.words)
    every = len(set(row.walk.sources_of(row.node)))
    return f"{words} ({', '.join(found.edges)})" if 0 < len(found.edges) < every else words


def loses_mask(row: Row) -> bool:
    """Whether a mask ends at this very layer without being used; the layers in a block answer for themselves."""
    found = fate(row) if row.inferred.walk is None else None
    return found is not None and found.words == ("lost",)


def made_within(row: Row) -> str | None:
    """The type within a TimeDistributed that starts a mask: one within a step, which never leaves it. None without."""
    layer, inferred = row.node.layer, row.inferred
    while layer is not None and len(inferred.inner) == 1:
        inner, mask = inferred.inner[0].inferred, inferred.output.mask
        within = getattr(layer, "layer", None)
        # A mask of more axes came with the input, and lies over what is within a step as well.
        fed = mask is not None and mask.ndim not in (1, 2)
        if layer.type_name == "TimeDistributed" and inner.output.masked and not fed:
            return str(within.type_name) if within is not None else None
        layer, inferred = within, inner
    return None


def _edges(row: Row) -> tuple[str, ...]:
    """The edges along which a mask comes: with a tensor, or as a tensor on a port for masks."""
    walked, layer = row.walk, row.node.layer
    if layer is None or layer.is_source:
        return ()
    found: dict[Source, None] = {}
    for port, wire in zip(layer.ports, walked.source_feed_of(row.node), strict=False):
        sources = () if not wire else (wire,) if isinstance(wire[0], int) else wire
        found.update((source, None) for source in sources if _takes_mask(port) or walked.tensor(source).masked)
    return tuple(_reference(row, source) for source in found)


def _reference(row: Row, source: Source) -> str:
    """An output as a reference: `lstm`, or `lstm.state_h` where it is not the first."""
    node, place = row.walk.graph.nodes[source[0]], source[1]
    inferred = row.walk.results[source[0]]
    return node.name if place == 0 or inferred is None else f"{node.name}.{list(inferred.outputs)[place]}"


def _takes_mask(port: str) -> bool:
    """Whether a port is for masks: `mask?`, `query_mask?`."""
    return port_name(port).endswith("mask")
