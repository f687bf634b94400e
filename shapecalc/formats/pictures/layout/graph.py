"""What a layout is made of, and what it gives: plain values in pixels, y downwards."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Point: TypeAlias = tuple[int, int]

OUTSIDE = ""
"""As the source or the target of an edge: the frame around, that is its inputs or its outputs."""

PIN_GAP = 16
"""The distance of arrows that lead into one box, or out of it."""
BOX_MARGIN = 14
"""How far from its corners a box has arrows."""


class Edge(NamedTuple):
    """Output `port` of one node, fed to input `slot` of another; a tensor is known by its source and port."""

    source: str
    port: int
    target: str
    slot: int


class Node(NamedTuple):
    """A box to be placed. One with `inside` is a frame, whose width and height are those of its head alone."""

    key: str
    width: int
    height: int
    inside: Graph | None = None


class Graph(NamedTuple):
    """Nodes, sources before their targets, and the edges between them; in a frame the inputs and outputs it has."""

    nodes: list[Node]
    edges: list[Edge]
    inputs: int = 0
    outputs: int = 0


class Box(NamedTuple):
    """Where a node stands. `head` is the height of a frame's title bar, 0 of a box; `level` counts frames around it."""

    key: str
    x: int
    y: int
    width: int
    height: int
    head: int
    level: int


class Line(NamedTuple):
    """The way of an edge, from the bottom of its source to the top of its target, in straight pieces.

    `frame` is the key of the frame in which it runs. Lines of one frame with the same source and port carry one tensor.
    """

    frame: str
    edge: Edge
    points: tuple[Point, ...]


class Layout(NamedTuple):
    """A picture's size, its boxes, outer ones first, and its lines."""

    width: int
    height: int
    boxes: list[Box]
    lines: list[Line]
