"""A layout of a graph with frames in it: each frame is laid out by itself, then stands as one box in what is around."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.formats.pictures.layout.column import stack
from shapecalc.formats.pictures.layout.graph import OUTSIDE, Graph, Layout
from shapecalc.formats.pictures.layout.layered import lay_out_in_layers
from shapecalc.formats.pictures.layout.layers import Budget, TooWide
from shapecalc.formats.pictures.layout.scene import Inside, Scene


def lay_out(graph: Graph, entries: Sequence[str] = ()) -> Layout:
    """Where everything goes; `entries` are the nodes that are inputs of the model."""
    inside = lay_out_frame(graph, OUTSIDE, set(entries), Budget())
    return Layout(inside.width, inside.height, inside.boxes, inside.lines)


def lay_out_frame(graph: Graph, frame: str, entries: set[str], budget: Budget) -> Inside:
    """Where everything goes in the frame of this key, and where the frame's own inputs and outputs are."""
    frames = [(node.key, node.inside) for node in graph.nodes if node.inside is not None]
    insides = {key: lay_out_frame(inside, key, set(), budget) for key, inside in frames}
    scene = Scene(graph, frame, insides)
    try:
        return lay_out_in_layers(scene, entries, budget)
    except TooWide:
        return stack(scene)
