"""A model as a picture: layers from top to bottom, arrows to what is further down on the right. https://www.w3.org/TR/SVG2/"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shapecalc.diagnostics import clean, xml

if TYPE_CHECKING:
    from shapecalc.formats.pictures.drawing import Box, Drawing

_LETTER, _LINE = 7.3, 15  # what a letter and a line of text take, in pixels
_MARGIN, _PADDING, _GAP, _LANE = 12, 10, 20, 14

_STYLE = """\
<style>
text { font: 12px ui-monospace, monospace; text-anchor: middle; fill: #1f2328; }
text.title { text-anchor: start; }
rect { fill: #ffffff; stroke: #59636e; }
rect.block { fill: #818b9814; stroke-dasharray: 4 3; }
path { fill: none; stroke: #59636e; }
#head path { fill: #59636e; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; } rect { fill: #151b23; stroke: #9198a1; } path { stroke: #9198a1; } #head path { fill: #9198a1; }
}
</style>
<marker id="head" markerWidth="7" markerHeight="7" refX="6" refY="3.5" orient="auto"><path d="M0 0 7 3.5 0 7z"/>
</marker>
"""


class _Place(NamedTuple):
    """Where a box without parts stands: its position among all such boxes, its top and its bottom."""

    position: int
    top: int
    bottom: int


def svg(drawing: Drawing) -> str:
    """The text of an SVG image, for light and dark pages."""
    return _Picture(drawing).write()


class _Picture:
    """Boxes one under the other, all of one width; a block is a frame around its parts."""

    def __init__(self, drawing: Drawing) -> None:
        self.title = f"<title>{xml(drawing.name)}</title>\n"
        self.shapes: list[str] = []
        self.places: dict[str, _Place] = {}
        self.width = round(max(map(_measure_longest, drawing.boxes), default=0) * _LETTER) + 2 * _PADDING
        self.depth = max(map(_measure_depth, drawing.boxes), default=0)
        self.left = _MARGIN + self.depth * _PADDING
        self.height = self.stack_boxes(drawing.boxes, _MARGIN, 0)
        self.lanes: list[int] = []
        self.arrows = [self.draw_arrow(start, end) for start, end in drawing.arrows]

    def stack_boxes(self, boxes: list[Box], top: int, level: int) -> int:
        """Draws boxes from `top` on; gives where the next one may begin."""
        for box in boxes:
            if box.kind == "block":
                at = len(self.shapes)
                bottom = self.stack_boxes(box.parts, top + _LINE + _PADDING, level + 1) - _GAP + _PADDING
                inset = self.depth - level
                frame = self.draw_rectangle(top, bottom, inset * _PADDING, ' class="block"')
                title = f'<text x="{self.left - inset * _PADDING + 6}" y="{top + _LINE}" class="title">'
                self.shapes.insert(at, f"{frame}{title}{xml(box.lines[0])}</text>\n")
            else:
                bottom = top + len(box.lines) * _LINE + _PADDING
                corners = "" if box.kind == "layer" else ' rx="10"'
                self.places[box.key] = _Place(len(self.places), top, bottom)
                self.shapes.append(self.draw_rectangle(top, bottom, 0, corners) + self.write_lines(box, top + _LINE))
            top = bottom + _GAP
        return top

    def draw_rectangle(self, top: int, bottom: int, wider: int, more: str) -> str:
        """A rectangle around the column, wider by so much on each side."""
        x, width = self.left - wider, self.width + 2 * wider
        return f'<rect x="{x}" y="{top}" width="{width}" height="{bottom - top}"{more}/>\n'

    def write_lines(self, box: Box, baseline: int) -> str:
        """The lines of a box."""
        middle = self.left + self.width // 2
        return "".join(
            f'<text x="{middle}" y="{baseline + at * _LINE}">{xml(line)}</text>\n' for at, line in enumerate(box.lines)
        )

    def draw_arrow(self, start: str, end: str) -> str:
        """Straight down to the box right below; else around on the right, in the first lane that is free there."""
        above, below = self.places[start], self.places[end]
        if below.position == above.position + 1:
            middle = self.left + self.width // 2
            return _write_path(f"M{middle} {above.bottom}V{below.top}")
        y1, y2 = (above.top + above.bottom) // 2, (below.top + below.bottom) // 2
        lane = next((lane for lane, taken in enumerate(self.lanes) if taken <= y1), len(self.lanes))
        self.lanes[lane : lane + 1] = [y2]
        x = self.left + self.width
        out = x + self.depth * _PADDING + (lane + 1) * _LANE
        return _write_path(
            f"M{x} {y1}C{out} {y1} {out} {y1} {out} {y1 + _LANE}V{y2 - _LANE}C{out} {y2} {out} {y2} {x} {y2}"
        )

    def write(self) -> str:
        """The whole image."""
        width = self.left + self.width + self.depth * _PADDING + len(self.lanes) * _LANE + _MARGIN
        height = self.height - _GAP + _MARGIN
        head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">\n'
        return "".join([head, self.title, _STYLE, *self.shapes, *self.arrows, "</svg>\n"])


def _write_path(line: str) -> str:
    return f'<path d="{line}" marker-end="url(#head)"/>\n'


def _measure_longest(box: Box) -> int:
    """The letters of the longest line in a box and its parts."""
    return max([*(len(clean(line)) for line in box.lines), *map(_measure_longest, box.parts)], default=0)


def _measure_depth(box: Box) -> int:
    """How many frames stand in one another."""
    return 1 + max(map(_measure_depth, box.parts), default=0) if box.kind == "block" else 0
