"""The models whose pictures are looked at: the tutorial, two towers, and those that ship with the tool."""

from __future__ import annotations

from pathlib import Path

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report
from shapecalc.model.load import Library

SPECS = Path(__file__).parents[3] / "specs"
TOWERS = """\
name: two_towers
inputs: {image: [32, 32, 3], words: [20]}
layers:
  - Conv2D: {filters: 16, kernel_size: 3, strides: 2, activation: relu}
    from: image
  - Conv2D: {filters: 32, kernel_size: 3, strides: 2, activation: relu}
  - GlobalAveragePooling2D
  - Dense: {units: 64, name: image_vector}
  - Embedding: {input_dim: 1000, output_dim: 32}
    from: words
  - LSTM: {units: 32}
  - Dense: {units: 64, name: words_vector}
  - Dot: {axes: 1, normalize: true}
    from: [image_vector, words_vector]
"""
PATHS = [*sorted((SPECS / "tutorial").glob("*.yaml")), *sorted((SPECS / "models").glob("*.yaml"))]
MODELS = {path.stem: path for path in PATHS} | {"two_towers": None}


def load(name: str) -> Report:
    path = MODELS[name]
    text = TOWERS if path is None else path.read_text("utf-8")
    report = analyse(Library().parse(text, str(path or "two_towers.yaml")))
    assert report.ok
    return report
