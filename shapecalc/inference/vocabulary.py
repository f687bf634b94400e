"""How many ids an input may take: the size of the tables it is looked up in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.layers.base import Layer

if TYPE_CHECKING:
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.values import Inferred

_TABLES = {"Embedding": "input_dim", "ReversibleEmbedding": "input_dim", "IntegerLookup": "max_tokens"}
"""Layer types that look ids up in a table, and the argument that says how many there are."""

_KEEPS_IDS = frozenset(("Reshape", "Flatten", "Permute", "RepeatVector", "Identity", "Dropout", "SpatialDropout1D"))
"""Layer types whose output holds the ids they are fed."""


def vocabulary(walked: Walk, index: int) -> int | None:
    """How many ids the first output of a node may take: the smallest table it is looked up in, within blocks too."""
    sizes: list[int] = []
    for node in walked.graph.nodes:
        ports = [port for port, source in enumerate(walked.source_feed_of(node)) if source == (index, 0)]
        inferred = walked.results[node.index] if node.index < len(walked.results) else None
        if not ports or node.layer is None or inferred is None:
            continue
        size = _find_table_size(node.layer, inferred, ports[0])
        if node.layer.type_name in _KEEPS_IDS:
            size = vocabulary(walked, node.index)
        if size is not None:
            sizes.append(size)
    return min(sizes, default=None)


def _find_table_size(layer: Layer, inferred: Inferred, port: int) -> int | None:
    """The smallest table in which a layer looks up what it is fed at one of its ports; None without one."""
    if layer.type_name in _TABLES:
        size = getattr(layer, _TABLES[layer.type_name])
        return size if isinstance(size, int) else 2
    if inferred.walk is not None:
        return vocabulary(inferred.walk, port)
    inner = getattr(layer, "layer", None)
    if isinstance(inner, Layer) and len(inferred.inner) == 1:
        return _find_table_size(inner, inferred.inner[0].inferred, port)
    return None
