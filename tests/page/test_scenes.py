"""The graphs of a page: every model has them, with a box for each of its layers and a line for each of its arrows."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report
from shapecalc.formats.pictures.drawing import Frame, close_blocks, draw_model
from shapecalc.formats.pictures.svg import svg
from shapecalc.model.load import Library
from shapecalc.page.scenes import DEEPEST, list_scenes

SPECS = Path(__file__).parents[2] / "specs"
PATHS = [path for folder in ("tutorial", "layers", "models") for path in sorted((SPECS / folder).glob("*.yaml"))]


def read(path: Path) -> Report:
    """The report on a spec."""
    return analyse(Library().open(str(path)))


def list_frames(key: str, frame: Frame) -> list[tuple[str, Frame]]:
    """A frame and those within, each under the key of its scene."""
    within = [each for box in frame.boxes if box.inside is not None for each in list_frames(box.key, box.inside)]
    return [(key, frame), *within]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_box_and_arrow_stands_in_its_scene(path: Path) -> None:
    report = read(path)
    scenes = list_scenes(report)
    frames = dict(list_frames("", draw_model(report, DEEPEST).frame))
    assert set(scenes) == set(frames)
    for key, frame in frames.items():
        scene = scenes[key]
        assert {box["key"] for box, *_ in scene["boxes"]} == {box.key for box in frame.boxes}
        assert len(scene["lines"]) == len(close_blocks(frame).arrows)
        assert close_blocks(frame).arrows or len(frame.boxes) < 2


def test_a_layer_of_several_cells_is_told_by_all() -> None:
    assert "LSTMCell, GRUCell" in svg(draw_model(read(SPECS / "layers" / "RNN.yaml")))
