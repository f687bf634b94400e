"""What holds for every layout, whatever the graph: nothing overlaps, and no edge can be taken for another."""

from __future__ import annotations

from itertools import combinations, pairwise

from shapecalc.formats.pictures.layout.graph import OUTSIDE, Box, Edge, Graph, Layout, Line

CLEAR = 4
"""Lines of different tensors that run side by side are farther apart than this."""


def require_sound(graph: Graph, layout: Layout) -> None:
    boxes = {box.key: box for box in layout.boxes}
    around = require_nested(graph, OUTSIDE, boxes, {})
    assert len(boxes) == len(layout.boxes) == len(around)
    for box in layout.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= layout.width
        assert box.y + box.height <= layout.height
    require_edges(graph, OUTSIDE, layout.lines)
    for line in layout.lines:
        require_way(line, boxes, layout)
        for box in layout.boxes:
            if around[box.key] == line.frame:
                assert not any(passes(piece, box) for piece in pairwise(line.points)), (line, box)
    require_apart(layout.lines)


def require_nested(graph: Graph, frame: str, boxes: dict[str, Box], around: dict[str, str]) -> dict[str, str]:
    """Whether boxes stand apart, and within the frame around them, below its head; gives the frame of each."""
    for node in graph.nodes:
        box = boxes[node.key]
        around[node.key] = frame
        assert box.width >= node.width
        assert box.head == (node.height if node.inside is not None else 0)
        assert node.inside is not None or box.height == node.height
        if frame != OUTSIDE:
            outer = boxes[frame]
            assert outer.x < box.x
            assert box.x + box.width < outer.x + outer.width
            assert outer.y + outer.head < box.y
            assert box.y + box.height < outer.y + outer.height
            assert box.level == outer.level + 1
        if node.inside is not None:
            require_nested(node.inside, node.key, boxes, around)
    for one, other in combinations([boxes[node.key] for node in graph.nodes], 2):
        apart = one.x + one.width < other.x or other.x + other.width < one.x
        assert apart or one.y + one.height < other.y or other.y + other.height < one.y, (one, other)
    return around


def require_edges(graph: Graph, frame: str, lines: list[Line]) -> None:
    """Whether each edge has its line, once."""
    assert sorted(line.edge for line in lines if line.frame == frame) == sorted(set(graph.edges))
    for node in graph.nodes:
        if node.inside is not None:
            require_edges(node.inside, node.key, lines)


def require_way(line: Line, boxes: dict[str, Box], layout: Layout) -> None:
    """Whether a line goes down, by straight pieces, from the bottom of its source to the top of its target."""
    for (x1, y1), (x2, y2) in pairwise(line.points):
        assert (x1 == x2) != (y1 == y2), line
        assert y1 <= y2, line
    (x1, y1), (x2, y2) = line.points[0], line.points[-1]
    frame = boxes.get(line.frame, Box("", 0, 0, layout.width, layout.height, 0, 0))
    source, target = boxes.get(line.edge.source), boxes.get(line.edge.target)
    assert y1 == (frame.y + frame.head if source is None else source.y + source.height)
    assert y2 == (frame.y + frame.height if target is None else target.y)
    for x, box in ((x1, source or frame), (x2, target or frame)):
        assert box.x < x < box.x + box.width, line
    assert all(frame.x <= x <= frame.x + frame.width for x, _ in line.points)


def passes(piece: tuple[tuple[int, int], tuple[int, int]], box: Box) -> bool:
    """Whether a straight piece goes through a box; one that ends at its border does not."""
    (x1, y1), (x2, y2) = piece
    left, right = min(x1, x2), max(x1, x2)
    return left < box.x + box.width and right > box.x and y1 < box.y + box.height and y2 > box.y


def require_apart(lines: list[Line]) -> None:
    """Whether lines run on or closely beside each other only where they carry the same tensor."""
    pieces: dict[bool, list[tuple[int, int, int, tuple[str, str, int]]]] = {True: [], False: []}
    for line in lines:
        tensor = (line.frame, line.edge.source, line.edge.port)
        for (x1, y1), (x2, y2) in pairwise(line.points):
            if x1 == x2:
                pieces[True].append((x1, y1, y2, tensor))
            else:
                pieces[False].append((y1, min(x1, x2), max(x1, x2), tensor))
    for along in pieces.values():
        along.sort()
        for number, (at, start, end, tensor) in enumerate(along):
            for other, first, last, others in along[number + 1 :]:
                if other - at > CLEAR:
                    break
                # Lines of two frames meet at a border: one ends where the other begins.
                assert tensor == others or end <= first or last <= start, (tensor, others, at, other)


def edges(*pairs: str) -> list[Edge]:
    """Edges between nodes of one letter: `ab` is one."""
    return [Edge(source, 0, target, 0) for source, target in map(tuple, pairs)]
