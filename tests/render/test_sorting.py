"""Lines and rows in the order of a column."""

from __future__ import annotations

import json

import pytest

from shapecalc.analysis.devices import DEVICES
from shapecalc.analysis.outline import Line, list_lines
from shapecalc.analysis.report import Report
from shapecalc.render.as_csv import summary_csv
from shapecalc.render.as_json import summary_json
from shapecalc.render.columns import COLUMNS
from shapecalc.render.sorting import SORTABLE, sort_lines
from shapecalc.render.summary_options import SummaryOptions
from tests.render.encoder import ENCODER, report_of

NESTED = """\
input: [8]
blocks:
  Pair:
    args: {units: required}
    layers:
      - Dense: {units: 2, name: small}
      - Dense: {units: $units, name: large}
layers:
  - Dense: {units: 3, name: b}
  - Pair: {units: 50}
  - Dense: {units: 4, name: a}
  - Activation: {activation: relu}
"""


def names(report: Report, sort: str, depth: int = 1) -> list[str]:
    options = SummaryOptions(depth, sort=sort)
    return ["  " * line.level + line.name for line in sort_lines(list_lines(report, depth), options)]


def test_numbers_fall_and_words_rise() -> None:
    report = report_of(NESTED)
    assert names(report, "params") == ["a", "pair", "b", "activation"]
    assert names(report, "macs") == ["a", "pair", "b", "activation"]
    assert names(report, "name") == ["a", "activation", "b", "pair"]
    assert names(report, "type") == ["activation", "b", "a", "pair"]
    assert names(report, "shape") == ["pair", "a", "activation", "b"]
    assert names(report, "line") == ["b", "pair", "a", "activation"]


def test_what_is_within_a_block_stays_below_it_and_is_sorted_too() -> None:
    report = report_of(NESTED)
    assert names(report, "params", 2) == ["a", "pair", "  large", "  small", "b", "activation"]
    assert names(report, "name", 2) == ["a", "activation", "b", "pair", "  large", "  small"]


def test_a_shared_layer_and_rounds_count_with_all_that_they_show() -> None:
    text = "input: [4]\nlayers:\n  - Dense: {units: 4, name: once}\n  - Dense: {units: 5, name: other}\n"
    text += "  - Dense: {units: 5, name: many}\n    repeat: 3\n"
    assert names(report_of(text), "macs") == ["many/0 ... x 3", "other", "once"]
    shared = "inputs: {x: [6], y: [6]}\nlayers:\n  - Dense: {units: 6, name: first}\n    from: x\n"
    shared += "  - {reuse: first, from: y}\n  - Dense: {units: 11, name: wide}\n"
    assert names(report_of(shared), "macs") == ["first", "wide", "x", "y"]
    assert names(report_of(shared), "params") == ["wide", "first", "x", "y"]


@pytest.mark.parametrize("sort", SORTABLE)
@pytest.mark.parametrize("text", [NESTED, ENCODER], ids=["numbers", "symbols"])
def test_every_column_sorts_and_loses_nothing(sort: str, text: str) -> None:
    report = report_of(text)
    for depth in (1, 2):
        lines = list_lines(report, depth)
        shown = sort_lines(lines, SummaryOptions(depth, sort=sort, device=DEVICES["t4"]))
        assert sorted(map(id, shown)) == sorted(map(id, lines))
        assert find_parents(shown) == find_parents(lines)


def find_parents(lines: list[Line]) -> dict[int, int | None]:
    """The line that each line is within."""
    around: list[int] = []
    parents: dict[int, int | None] = {}
    for line in lines:
        del around[line.level :]
        parents[id(line)] = around[-1] if around else None
        around.append(id(line))
    return parents


def test_csv_and_json_are_sorted_too() -> None:
    report = report_of(NESTED)
    options = SummaryOptions(2, sort="params", columns=("params%",))
    rows = [line.split(",") for line in summary_csv([report], options).splitlines()]
    order = ["a", "pair", "pair/large", "pair/small", "b", "input", "activation"]
    assert [row[2] for row in rows[1:] if not row[2].startswith("pair/input")] == order
    assert rows[0][-1] == "params%"
    assert [float(row[-1]) for row in rows[1:4]] == [52.4422, 40.6170, 38.5604]
    (model,) = json.loads(summary_json([report], [], options))["models"]
    assert [layer["name"] for layer in model["layers"]] == ["a", "pair", "b", "input", "activation"]
    assert [layer["params%"] for layer in model["layers"][1]["layers"]] == [38.5604, 2.0566, 0.0]
    assert "%" not in summary_json([report], [], SummaryOptions(2, columns=("macs",)))


def test_columns_are_known() -> None:
    assert set(COLUMNS) < set(SORTABLE)
