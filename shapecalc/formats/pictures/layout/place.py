"""A layout of a graph with frames in it: each frame is laid out by itself, then stands as one box in what is around."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.formats.pictures.layout.column import stack
from shapecalc.formats.pictures.layout.graph import OUTSIDE, Graph, Layout
from shapecalc.formats.pictures.layout.layered import lay_out_in_layers
from shapecalc.formats.pictures.layout.layers import TooWide
from shapecalc.formats.pictures.layout.scene import Inside, Scene


def lay_out(graph: Graph, entries: Sequence[str] = ()) -> Layout:
    """Where everything goes; `entries` are the nodes that are inputs of the model."""
    inside = _lay_out(graph, OUTSIDE, set(entries))
    return Layout(inside.width, inside.height, inside.boxes, inside.lines)


def _lay_out(graph: Graph, frame: str, entries: set[str]) -> Inside:
    insides = {node.key: _lay_out(node.inside, node.key, set()) for node in graph.nodes if node.inside is not None}
    scene = Scene(graph, frame, insides)
    try:
        return lay_out_in_layers(scene, entries)
    except TooWide:
        return stack(scene)
