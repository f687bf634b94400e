"""A graph as it is drawn: boxes with what they say, boxes within boxes, and arrows between those of one frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.diagnostics import shorten
from shapecalc.dims import binary_text, count_text
from shapecalc.formats.pictures.rounds import Rounds, find_inside, name_rounds
from shapecalc.formats.pictures.words import LONGEST, describe, find_family, write_params, write_shapes

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row
    from shapecalc.inference.walk import Walk

AROUND = ""
"""As one end of an arrow: the frame in which it is drawn, that is its inputs or its outputs."""


class Arrow(NamedTuple):
    """Output `port` of one box, fed to another: of an open block to its input `slot`, else always to 0."""

    source: str
    port: int
    target: str
    slot: int = 0


class Frame(NamedTuple):
    """What stands in a model or in an open block, from top to bottom, and its inputs and outputs."""

    boxes: list[Box]
    arrows: list[Arrow]
    inputs: int = 0
    outputs: int = 0


class Box(NamedTuple):
    """A layer, an input, an output, or a block; `key` is unique in the drawing, `path` that of its row in the report.

    `rounds` says for how many equal rounds of a repeat it stands; `inside` is what an open block holds.
    """

    key: str
    name: str
    type: str = ""
    kind: str = "layer"
    details: str = ""
    shapes: tuple[str, ...] = ()
    params: str = ""
    rounds: int = 1
    family: str = ""
    path: str = ""
    inside: Frame | None = None

    @property
    def title(self) -> str:
        """`lstm (LSTM)`, `encoder (Encoder) × 12`."""
        type_name = f" ({self.type})" if self.type else ""
        return f"{self.name}{type_name}{f' × {self.rounds}' if self.rounds > 1 else ''}"

    @property
    def lines(self) -> tuple[str, ...]:
        """All that it says, line by line."""
        return (self.title, *filter(None, (self.details,)), *self.shapes, *filter(None, (self.params,)))


class Drawing(NamedTuple):
    """A model as a frame, and what its layers come to."""

    name: str
    frame: Frame
    totals: tuple[str, ...] = ()

    @property
    def arrows(self) -> list[tuple[str, str]]:
        """The arrows between boxes that are not open, as pairs of keys: through frames, as if these were not there."""
        return _list_plain_arrows(self.frame)


def draw_model(report: Report, depth: int = 1, unfold: bool = False) -> Drawing:
    """The drawing of a model, blocks opened down to `depth`, equal rounds of a repeat as one unless it is unfolded."""
    artist = _Artist(depth, unfold)
    walk = report.walk
    frame = artist.draw_rows(report.rows, 1, None)
    for index, (name, source) in enumerate(walk.output_sources().items() if walk is not None else ()):
        shape = str(walk.tensor(source).shape) if walk is not None else ""
        frame.boxes.append(Box(f"out{index}", shorten(name, LONGEST), "", "output", shapes=(shorten(shape, LONGEST),)))
        frame.arrows.append(Arrow(*artist.ends[id(walk), *source], f"out{index}"))
    return Drawing(shorten(report.name, 2 * LONGEST), frame, _write_totals(report))


def _write_totals(report: Report) -> tuple[str, ...]:
    params, fixed = report.params, report.non_trainable
    words = f"{count_text(params)} params ({binary_text(report.weights_bytes)})"
    words += f", {count_text(fixed)} of them fixed" if fixed != 0 else ""
    return tuple(shorten(text, 2 * LONGEST) for text in (words, f"{count_text(report.macs)} MACs"))


class _Artist:
    """Numbers the boxes, and remembers from which box of its frame each output comes."""

    def __init__(self, depth: int, unfold: bool) -> None:
        self.depth = depth
        self.unfold = unfold
        self.count = 0
        self.ends: dict[tuple[int, int, int], tuple[str, int]] = {}

    def draw_rows(self, rows: list[Row], level: int, within: Walk | None) -> Frame:
        """What is drawn of one graph; `within` is that of the open block whose inputs come from the frame around."""
        boxes: list[Box] = []
        arrows: dict[Arrow, None] = {}
        names = {row.name for row in rows}
        for rounds in Rounds(rows, level, self.depth).put_together(self.unfold):
            row = rounds[0]
            if within is not None and row.node.entry is None:
                self.ends[id(within), row.node.index, 0] = (AROUND, row.node.index)
                continue
            box = self.draw_box(row, name_rounds(rounds, names), len(rounds), level)
            boxes.append(box)
            for each in rounds:
                for slot, source in enumerate(each.walk.sources_of(each.node)):
                    key, port = self.ends[id(each.walk), *source]
                    if key != box.key:  # what a round hands to the next one is not drawn
                        arrows[Arrow(key, port, box.key, slot if box.inside is not None else 0)] = None
                for port in range(len(each.inferred.outputs)):
                    self.ends[id(each.walk), each.node.index, port] = (box.key, port)
        if within is None:
            return Frame(boxes, list(arrows))
        sources = list(within.output_sources().values())
        for slot, source in enumerate(sources):
            arrows[Arrow(*self.ends[id(within), *source], AROUND, slot)] = None
        return Frame(boxes, list(arrows), len(within.graph.inputs), len(sources))

    def draw_box(self, row: Row, name: str, rounds: int, level: int) -> Box:
        key = f"n{self.count}"
        self.count += 1
        inside = find_inside(row) if level < self.depth else None
        type_name = f"{row.type}, shared" if row.reused else row.type
        return Box(
            key,
            shorten(name, LONGEST),
            shorten(type_name, LONGEST),
            "input" if row.node.entry is None else "layer" if row.inferred.walk is None else "block",
            describe(row.node.layer),
            write_shapes(row),
            write_params(row, rounds),
            rounds,
            find_family(row.node.layer),
            f"{row.path}{row.name}",
            None if inside is None else self.draw_rows(row.rows, level + 1, inside),
        )


def close_blocks(frame: Frame) -> Frame:
    """A frame with its blocks closed: a tensor that enters one twice is one arrow."""
    boxes = [box._replace(inside=None) for box in frame.boxes]
    arrows = dict.fromkeys(arrow if arrow.target == AROUND else arrow._replace(slot=0) for arrow in frame.arrows)
    return frame._replace(boxes=boxes, arrows=list(arrows))


def _list_plain_arrows(model: Frame) -> list[tuple[str, str]]:
    """See `Drawing.arrows`. Walks without recursion: frames stand in frames as deep as blocks in blocks."""
    frames = {AROUND: model}
    around: dict[str, str] = {}
    _list_frames(model, AROUND, frames, around)
    arrows: dict[tuple[str, str], None] = {}
    feeding: dict[tuple[str, str, int], tuple[str, int]] = {}
    for key, frame in frames.items():
        for arrow in frame.arrows:
            feeding.setdefault((key, arrow.target, arrow.slot), (arrow.source, arrow.port))

    def find_source(frame: str, source: str, port: int) -> str:
        """The box that is not open and makes a tensor."""
        while True:
            if source == AROUND:
                source, port = feeding[around[frame], frame, port]
                frame = around[frame]
            elif source in frames:
                frame = source
                source, port = feeding[frame, AROUND, port]
            else:
                return source

    for key, frame in frames.items():
        for arrow in frame.arrows:
            if arrow.target != AROUND and arrow.target not in frames:
                arrows[find_source(key, arrow.source, arrow.port), arrow.target] = None
    order = {box.key: number for number, box in enumerate(walk_boxes(model))}
    return sorted(arrows, key=lambda arrow: order[arrow[1]])


def _list_frames(frame: Frame, key: str, frames: dict[str, Frame], around: dict[str, str]) -> None:
    for box in frame.boxes:
        if box.inside is not None:
            frames[box.key] = box.inside
            around[box.key] = key
            _list_frames(box.inside, box.key, frames, around)


def walk_boxes(frame: Frame) -> Iterator[Box]:
    """All boxes, each before those in it."""
    for box in frame.boxes:
        yield box
        if box.inside is not None:
            yield from walk_boxes(box.inside)
