"""The picture of two models as one: boxes and arrows by what became of them, in colours and with signs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from shapecalc.diagnostics import xml
from shapecalc.formats.pictures.drawing import AROUND, Arrow, Box, walk_boxes
from shapecalc.formats.pictures.layout.place import lay_out
from shapecalc.formats.pictures.svg import draw_graph, round_corners, write_lines
from shapecalc.page.union import NEW, OLD

if TYPE_CHECKING:
    from shapecalc.formats.pictures.layout import graph
    from shapecalc.page.union import Union

_MARGIN = 14
_LINE = 16
_FIRST = 20
"""From the top of a box to the first line in it."""


def write_picture(union: Union, links: Mapping[str, str]) -> str:
    """An SVG element; `links` say for the key of a box where more is told of it."""
    entries = [box.key for box in union.frame.boxes if box.kind == "input"]
    layout = lay_out(draw_graph(union.frame), entries)
    width, height = layout.width + 2 * _MARGIN, layout.height + 2 * _MARGIN
    size = f'viewBox="{-_MARGIN} {-_MARGIN} {width} {height}" width="{width}" height="{height}"'
    boxes = {box.key: box for box in walk_boxes(union.frame)}
    parts = [f'<svg {size} role="group" aria-label="Graph of both models">\n']
    frames = (place for place in layout.boxes if place.head)
    parts += [_write_rectangle(place, f"frame {union.kinds[place.key]}", boxes[place.key]) for place in frames]
    # What is as it was is painted last: an arrow that went may share its way with one that stays.
    lines = [(union.ways[line.frame, Arrow(*line.edge)], line) for line in layout.lines]
    for kind in ("removed", "added", "equal"):
        for way, line in lines:
            if _name_kind(way.sides) == kind:
                parts += _write_line(line, kind, way.turned)
    for place in layout.boxes:
        parts += _write_box(place, boxes[place.key], union.kinds[place.key], links.get(place.key))
    return "".join([*parts, "</svg>\n"])


def _name_kind(sides: frozenset[int]) -> str:
    return "equal" if sides == {OLD, NEW} else "added" if NEW in sides else "removed"


def _write_rectangle(place: graph.Box, style: str, box: Box) -> str:
    """A rectangle; of several rounds with the corner of another one behind."""
    corner = 18 if box.kind in ("input", "output") else 6
    size = f'width="{place.width}" height="{place.height}" rx="{corner}"'
    behind = f'<rect class="{style}" x="{place.x + 4}" y="{place.y + 4}" {size}/>\n' if box.rounds > 1 else ""
    return f'{behind}<rect class="{style}" x="{place.x}" y="{place.y}" {size}/>\n'


def _write_line(line: graph.Line, kind: str, turned: bool) -> Iterator[str]:
    """The way of an arrow, its head, and a sign beside it where it came or went."""
    points = list(line.points)
    if turned:
        points.reverse()
    yield f'<path class="edge {kind}" d="{round_corners(points)}"/>\n'
    x, y = points[-1]
    if line.edge.target != AROUND:
        yield f'<path class="tip {kind}" d="M{x} {y}l-4 {8 if turned else -8}h8z"/>\n'
    if kind != "equal":
        sign = "+" if kind == "added" else "-"
        yield f'<text class="sign {kind}" x="{x + 9}" y="{y + (14 if turned else -5)}">{sign}</text>\n'


def _write_box(place: graph.Box, box: Box, kind: str, link: str | None) -> Iterator[str]:
    """A box with its lines; one of which more is told is a link to it."""
    yield f'<a href="#{link}">' if link is not None else "<g>"
    yield f"<title>{'&#10;'.join(map(xml, box.lines))}</title>\n"
    frame = place._replace(height=place.head) if place.head else place
    yield _write_rectangle(frame, f"box {kind}", box._replace(rounds=1) if place.head else box)
    middle = place.x + place.width // 2
    for number, text in enumerate(write_lines(box)):
        style = ' class="title"' if number == 0 else ""
        yield f'<text x="{middle}" y="{place.y + _FIRST + number * _LINE}"{style}>{xml(text)}</text>\n'
    yield "</a>\n" if link is not None else "</g>\n"
