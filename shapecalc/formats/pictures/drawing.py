"""A graph as it is drawn: boxes with names, types and shapes, boxes within boxes, and arrows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row


class Box(NamedTuple):
    """A layer, or a block with what stands in it; `key` is unique in the drawing."""

    key: str
    lines: tuple[str, ...]
    kind: str
    parts: list[Box]


class Drawing(NamedTuple):
    """Its boxes from top to bottom, and arrows from key to key."""

    name: str
    boxes: list[Box]
    arrows: list[tuple[str, str]]


def draw_model(report: Report, depth: int = 1) -> Drawing:
    """The drawing of a model, blocks opened down to `depth`."""
    artist = _Artist(depth)
    boxes = artist.draw_rows(report.rows, 1, {})
    walk = report.walk
    for index, (name, source) in enumerate(walk.output_sources().items() if walk is not None else ()):
        key = f"out{index}"
        shape = str(walk.tensor(source).shape) if walk is not None else ""
        boxes.append(Box(key, (name, shape), "output", []))
        artist.arrows.append((artist.ends[id(walk), source[0], source[1]], key))
    return Drawing(report.name, boxes, list(dict.fromkeys(artist.arrows)))


class _Artist:
    """Numbers the boxes, and remembers from which box each output comes: of an open block, from one inside."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.count = 0
        self.ends: dict[tuple[int, int, int], str] = {}
        self.arrows: list[tuple[str, str]] = []

    def draw_rows(self, rows: list[Row], level: int, fed: dict[int, str]) -> list[Box]:
        """The boxes of one graph; `fed` says from where the inputs of a block come."""
        return [box for row in rows for box in self.draw_row(row, level, fed)]

    def draw_row(self, row: Row, level: int, fed: dict[int, str]) -> Iterator[Box]:
        walk, node = row.walk, row.node
        if node.entry is None and node.index in fed:
            self.ends[id(walk), node.index, 0] = fed[node.index]
            return
        key = f"n{self.count}"
        self.count += 1
        title = f"{row.name} ({row.type})" if not row.reused else f"{row.name} ({row.type}, shared)"
        shapes = tuple(str(shape) for shape in row.shapes)
        inside = row.inferred.walk
        if inside is not None and level < self.depth:
            sources = [self.ends[id(walk), index, port] for index, port in walk.sources_of(node)]
            parts = self.draw_rows(row.rows, level + 1, dict(enumerate(sources)))
            yield Box(key, (title,), "block", parts)
            for position, (index, port) in enumerate(inside.output_sources().values()):
                self.ends[id(walk), node.index, position] = self.ends[id(inside), index, port]
            return
        yield Box(key, (title, *shapes), "input" if node.entry is None else "layer", [])
        for position in range(len(shapes)):
            self.ends[id(walk), node.index, position] = key
        self.arrows += [(self.ends[id(walk), index, port], key) for index, port in walk.sources_of(node)]
