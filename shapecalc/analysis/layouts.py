"""Finds channels-first tensors: after a layer with that `data_format`, and through layers that keep the axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.layers.catalogue import CATALOGUE
from shapecalc.layers.infer import infer

if TYPE_CHECKING:
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.base import Layer
    from shapecalc.layers.values import Inferred
    from shapecalc.model.graph import GraphNode

_KEEP_AXES = frozenset(("activations", "normalization", "regularization", "merging", "ops_elementwise"))
"""Modules of types whose output has the axes of what they are fed first."""


def find_channels_first(walked: Walk, node: GraphNode) -> str | None:
    """The name of the channels-first layer above a normalization over the last axis; None where there is none.

    Only where `axis: 1` would do in its place: that is what the warning says.
    """
    layer = node.layer
    if layer is None or CATALOGUE.get(layer.type_name) != "normalization":
        return None
    inferred = walked.results[node.index]
    if inferred is None or not _is_on_last_axis(layer, inferred):
        return None
    name = _find_source(walked, node)
    if name is None:
        return None
    try:
        infer(layer.replace(axis=1), walked.feed_of(node))
    except ShapeError:
        return None
    return name


def _is_on_last_axis(layer: Layer, inferred: Inferred) -> bool:
    """Whether the layer normalizes along the last axis alone, of at least three."""
    ndim = inferred.output.shape.ndim
    axis = getattr(layer, "axis", None)
    axes = axis if isinstance(axis, tuple) else (axis,)
    return ndim > 2 and axes in ((-1,), (ndim - 1,))


def _find_source(walked: Walk, node: GraphNode) -> str | None:
    """The nearest layer above with a `data_format`, where that is channels_first; else None."""
    while True:
        sources = walked.sources_of(node)
        if not sources:
            return None
        node = walked.graph.nodes[sources[0].node]
        layer = node.layer
        if layer is None or node.entry is None:
            return None
        if "data_format" in layer.args and layer.data_format is not None:  # type: ignore[attr-defined]
            return node.name if layer.data_format == "channels_first" else None  # type: ignore[attr-defined]
        if CATALOGUE.get(layer.type_name) not in _KEEP_AXES or layer.type_name in ("Concatenate", "Dot"):
            return None
