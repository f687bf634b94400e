"""A model as a picture: branches beside each other, blocks as frames. https://www.w3.org/TR/SVG2/"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.diagnostics import xml
from shapecalc.formats.pictures.drawing import AROUND, Box, Drawing, Frame, walk_boxes
from shapecalc.formats.pictures.layout import graph
from shapecalc.formats.pictures.layout.place import lay_out
from shapecalc.formats.pictures.letters import measure
from shapecalc.formats.pictures.style import STYLE, find_tint

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARGIN = 20
_SIDE, _TOP, _BOTTOM = 12, 8, 9
"""Between a box and its text, left and right, above and below."""
_NAME, _SMALL = 12, 11
"""The sizes of letters: of the first line of a box, and of the others."""
_LINE = 16
_NARROWEST = 120
_WIDEST, _WIDEST_TITLE = 250, 310
"""What would make a line wider begins one of its own."""
_CORNER = 5
_STACKED = 4
"""How far the box behind another one stands out, which shows that there are several."""


def svg(drawing: Drawing) -> str:
    """The text of an SVG image, for light and dark pages and for paper."""
    return Picture(drawing).write()


def draw_graph(frame: Frame) -> graph.Graph:
    """The sizes of what is drawn, for a layout."""
    nodes = []
    for box in frame.boxes:
        lines = write_lines(box)
        width = max(measure_line(line, number == 0) for number, line in enumerate(lines)) + 2 * _SIDE
        height = _TOP + _LINE * len(lines) + _BOTTOM
        inside = draw_graph(box.inside) if box.inside is not None else None
        nodes.append(graph.Node(box.key, max(width, _NARROWEST), height, inside))
    return graph.Graph(nodes, [graph.Edge(*arrow) for arrow in frame.arrows], frame.inputs, frame.outputs)


def write_lines(box: Box) -> list[str]:
    """The lines in a box, the first of them its title."""
    title = [box.title]
    if box.type and measure(box.title, _NAME, bold=True) > _WIDEST_TITLE:
        title = [box._replace(type="").title, box.type]
    lines = [*title, *filter(None, [box.details]), *box.shapes]
    if box.params:
        last = f"{lines[-1]} · {box.params}"
        if len(box.shapes) == 1 and measure(last, _SMALL) <= _WIDEST:
            lines[-1] = last
        else:
            lines.append(box.params)
    return lines


def measure_line(line: str, is_title: bool) -> int:
    return measure(line, _NAME, bold=True) if is_title else measure(line, _SMALL)


class Picture:
    """The boxes, lines and texts of an image, in its own pixels."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.boxes = {box.key: box for box in walk_boxes(drawing.frame)}
        entries = [box.key for box in drawing.frame.boxes if box.kind == "input"]
        self.layout = lay_out(draw_graph(drawing.frame), entries)
        texts = [(drawing.name, 14), *((total, _SMALL) for total in drawing.totals)]
        self.width = max([self.layout.width, *(measure(text, size, bold=True) for text, size in texts)]) + 2 * _MARGIN
        self.left = (self.width - self.layout.width) // 2
        self.top = _MARGIN + 32
        self.height = self.top + self.layout.height + 14 + _LINE * len(drawing.totals) + _MARGIN

    def write(self) -> str:
        """The whole image."""
        size = f'width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}"'
        return "".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">\n',
                f"<title>{xml(self.drawing.name)}</title>\n",
                STYLE,
                '<rect class="page" width="100%" height="100%"/>\n',
                self.write_text(self.width // 2, _MARGIN + 12, self.drawing.name, "name"),
                *self.write_frames(),
                *self.write_edges(),
                *self.write_boxes(),
                *self.write_totals(),
                "</svg>\n",
            ]
        )

    def write_frames(self) -> Iterator[str]:
        for place in self.layout.boxes:
            if place.head:
                yield from self.write_rectangle(place, f"frame level{place.level % 2}", self.boxes[place.key])

    def write_boxes(self) -> Iterator[str]:
        for place in self.layout.boxes:
            box = self.boxes[place.key]
            tint = find_tint(box)
            yield f'<g class="{tint}"><title>{"&#10;".join(map(xml, box.lines))}</title>\n'
            if place.head:
                yield from self.write_rectangle(place._replace(height=place.head), "head", None)
            else:
                yield from self.write_rectangle(place, "box", box)
            middle, y = self.left + place.x + place.width // 2, self.top + place.y + _TOP + 12
            for number, line in enumerate(write_lines(box)):
                yield self.write_text(middle, y + number * _LINE, line, "title" if number == 0 else "")
            yield "</g>\n"

    def write_rectangle(self, place: graph.Box, style: str, box: Box | None) -> Iterator[str]:
        """A rectangle; of several rounds with the corner of another one behind."""
        x, y = self.left + place.x, self.top + place.y
        size = (
            f'width="{place.width}" height="{place.height}" rx="{18 if box and box.kind in ("input", "output") else 6}"'
        )
        if box is not None and box.rounds > 1:
            yield f'<rect class="{style}" x="{x + _STACKED}" y="{y + _STACKED}" {size}/>\n'
        yield f'<rect class="{style}" x="{x}" y="{y}" {size}/>\n'

    def write_text(self, x: int, y: int, text: str, style: str) -> str:
        style = f' class="{style}"' if style else ""
        return f'<text x="{x}" y="{y}"{style}>{xml(text)}</text>\n'

    def write_edges(self) -> Iterator[str]:
        """A path for each tensor, so that what its edges share is painted once; the heads of arrows all point down."""
        tensors: dict[tuple[str, str, int], list[graph.Line]] = {}
        for line in self.layout.lines:
            tensors.setdefault((line.frame, line.edge.source, line.edge.port), []).append(line)
        for lines in tensors.values():
            ways, heads = [], []
            for line in lines:
                points = [(self.left + x, self.top + y) for x, y in line.points]
                if line.edge.target != AROUND:
                    x, y = points[-1]
                    heads.append(f"M{x} {y}l-4 -8h8z")
                    points[-1] = (x, y - 4)
                ways.append(round_corners(points))
            yield f'<path d="{"".join(ways)}"/>\n'
            if heads:
                yield f'<path class="arrow" d="{"".join(heads)}"/>\n'

    def write_totals(self) -> Iterator[str]:
        y = self.top + self.layout.height + 14 + _LINE
        for number, total in enumerate(self.drawing.totals):
            yield self.write_text(self.width // 2, y + number * _LINE, total, "total")


def round_corners(points: list[tuple[int, int]]) -> str:
    """A way with round corners, as the `d` of a path."""
    words = ["M{} {}".format(*points[0])]
    for before, (x, y), after in zip(points, points[1:], points[2:], strict=False):
        start, end = _step((x, y), before), _step((x, y), after)
        words.append(f"L{start[0]} {start[1]}Q{x} {y} {end[0]} {end[1]}")
    words.append("L{} {}".format(*points[-1]))
    return "".join(words)


def _step(corner: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """The point where a round corner begins, on the way to another point."""
    x, y = other[0] - corner[0], other[1] - corner[1]
    length = abs(x) + abs(y)
    radius = min(_CORNER, length // 2)
    return corner[0] + (x > 0) * radius - (x < 0) * radius, corner[1] + (y > 0) * radius - (y < 0) * radius
