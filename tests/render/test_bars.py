"""Bars of where the parameters, MACs and bytes of a model sit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.model.load import Library
from shapecalc.render.bars import MOST_BARS, PAGE, draw_chart, draw_model
from shapecalc.render.summary_options import SummaryOptions
from tests.render.encoder import report_of

SPECS = Path(__file__).parents[2] / "specs"
MODELS = sorted((SPECS / "models").glob("*.yaml"))
SMALL = """\
name: small
input: [T, 8]
blocks:
  Pair:
    layers:
      - Dense: {units: 8, name: first}
      - Dense: {units: 8, name: second}
layers:
  - Pair:
    repeat: 3
  - Dense: {units: 2, name: head}
  - Activation: {activation: relu}
"""
BARS = """\
Params
 pair/0 ... x 3 (Pair) ██████████████████████████████████████████████ 96.0% 432
 head (Dense)          █▉                                              4.0%  18

MACs: no bars, it depends on T

Memory: no bars, it depends on T
"""
OPEN = """\
Params
 pair/0 ... x 3/first (Dense)  ###################################### 48.0% 216
 pair/0 ... x 3/second (Dense) ###################################### 48.0% 216
 head (Dense)                  ###                                     4.0%  18

MACs
 pair/0 ... x 3/first (Dense)  #################################### 48.0% 1,536
 pair/0 ... x 3/second (Dense) #################################### 48.0% 1,536
 head (Dense)                  ###                                   4.0%   128
"""


def test_where_parameters_sit() -> None:
    assert draw_model(report_of(SMALL), SummaryOptions(), None, False) == BARS


def test_open_blocks_in_ascii() -> None:
    report = analyse(Library().parse(SMALL, "model.yaml"), Settings({"T": 8}))
    assert draw_model(report, SummaryOptions(2), None, True).startswith(OPEN)


def test_a_column_of_sizes_that_is_asked_for_is_drawn_too() -> None:
    options = SummaryOptions(columns=("trainable", "macs", "dtype", "params%"))
    text = draw_model(report_of(SMALL), options, None, False)
    assert re.findall(r"^[A-Z][^:\n]*", text, re.MULTILINE) == ["Params", "MACs", "Memory", "Trainable #"]


@pytest.mark.parametrize(("width", "plain"), [(40, True), (80, False)])
@pytest.mark.parametrize("file", MODELS, ids=lambda file: file.stem)
def test_every_model_fits_the_page(file: Path, width: int, plain: bool) -> None:
    report = analyse(Library().open(str(file)))
    for depth in (1, 3):
        text = draw_model(report, SummaryOptions(depth), width, plain)
        assert plain <= text.isascii()
        for line in text.splitlines():
            # A long label has its line for itself; what follows it stays within the width.
            assert len(line) <= width or line.endswith(")") or ": no bars" in line
        for chart in text.split("\n\n"):
            assert len([line for line in chart.splitlines() if "%" in line]) <= MOST_BARS + 1


def test_the_shares_of_the_layers_sum_to_all() -> None:
    for file in MODELS:
        report = analyse(Library().open(str(file)))
        for depth in (1, 9):
            chart = draw_model(report, SummaryOptions(depth), 200, False).split("\n\n")[0]
            numbers = [int(line.split()[-1].replace(",", "")) for line in chart.splitlines() if "%" in line]
            assert sum(numbers) == report.params


def test_a_label_too_long_for_a_bar_stands_above_it() -> None:
    lines = draw_chart(["a" * 70, "b"], [4, 2], ["4", "2"], PAGE, True).splitlines()
    assert lines == [" " + "a" * 70, "   " + "#" * 50 + " 4", " b " + "#" * 25 + " " * 25 + " 2"]
