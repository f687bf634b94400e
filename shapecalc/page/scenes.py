"""The graphs of a page: that of the model, and that of each block, which opens in the place of its box."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shapecalc.analysis.report import Report
from shapecalc.formats.pictures.drawing import Box, Frame, close_blocks, draw_model
from shapecalc.formats.pictures.layout.graph import OUTSIDE
from shapecalc.formats.pictures.layout.layers import Budget
from shapecalc.formats.pictures.layout.place import lay_out_frame
from shapecalc.formats.pictures.style import find_tint
from shapecalc.formats.pictures.svg import draw_graph

DEEPEST = 99
_ROOT = ""


def list_scenes(report: Report, unfold: bool = False) -> dict[str, Any]:
    """A graph for the model, under the key of an empty text, and one for each block under the key of its box."""
    frame = draw_model(report, DEEPEST, unfold).frame
    return dict(_write_scenes(_ROOT, frame))


def _write_scenes(key: str, frame: Frame) -> Iterator[tuple[str, Any]]:
    closed = close_blocks(frame)
    entries = {box.key for box in frame.boxes if box.kind == "input"}
    placed = lay_out_frame(draw_graph(closed), OUTSIDE if key == _ROOT else key, entries, Budget())
    boxes = {box.key: box for box in frame.boxes}
    yield (
        key,
        {
            "size": [placed.width, placed.height],
            "pins": [placed.tops, placed.bottoms],
            "boxes": [
                [_write_box(boxes[place.key]), place.x, place.y, place.width, place.height] for place in placed.boxes
            ],
            "lines": [[number for point in line.points for number in point] for line in placed.lines],
        },
    )
    for box in frame.boxes:
        if box.inside is not None:
            yield from _write_scenes(box.key, box.inside)


def _write_box(box: Box) -> dict[str, Any]:
    """What a box says; of a layer its row tells the rest."""
    data: dict[str, Any] = {"key": box.key, "name": box.name, "type": box.type, "kind": box.kind, "path": box.path}
    data |= {"tint": find_tint(box), "details": box.details}
    if box.rounds > 1:
        data["rounds"] = box.rounds
    if box.inside is not None:
        data["opens"] = True
    if box.kind == "output":
        data["shapes"] = list(box.shapes)
    return data
