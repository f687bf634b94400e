"""No edge leads into a layer that makes its output of nothing, in any table, notation or picture."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO

import pytest

from shapecalc.analysis.costs import find_peak_activation
from shapecalc.formats.flat_model import flatten
from shapecalc.formats.pictures.dot import dot
from shapecalc.formats.pictures.drawing import draw_model
from shapecalc.formats.pictures.mermaid import mermaid
from shapecalc.formats.spec_text import spec_text
from shapecalc.layers.catalogue import CATALOGUE, find
from shapecalc.render.as_csv import summary_csv
from shapecalc.render.as_json import summary_json
from shapecalc.render.as_markdown import summary_markdown
from shapecalc.render.summary_options import SummaryOptions
from tests.specs.analysed import clean

ENTRIES = {
    "Weight": "Weight: {shape: [8, 4], name: source}",
    "ops.arange": "ops.arange: {start: 0, stop: 8, name: source}",
}


def first(entry: str) -> str:
    """A source as the first entry, which a chain would begin with."""
    then = "Identity" if "Weight" in entry else "ops.expand_dims: {axis: 0}"
    return f"input: [8, 4]\nlayers:\n  - {entry}\n  - {then}\n"


def test_every_source_of_the_catalogue_is_tried() -> None:
    types = {name: found for name in CATALOGUE if (found := find(name)) is not None}
    sources = {name for name, found in types.items() if found.is_source or not found.ports}
    assert sources - {"InputLayer"} == set(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES.values())
def test_no_table_connects_it(entry: str) -> None:
    report = clean(first(entry))
    assert not report.is_chain
    assert [row.inputs for row in report.rows if row.name == "source"] == [[]]
    layers = json.loads(summary_json([report], [], SummaryOptions()))["models"][0]["layers"]
    assert [one["inputs"] for one in layers if one["name"] == "source"] == [[]]
    assert re.search(r"\| source \(.*\|\s*-?\s*\|\n", summary_markdown(report, SummaryOptions()))
    lines = csv.DictReader(StringIO(summary_csv([report], SummaryOptions())))
    assert [line["inputs"] for line in lines if line["layer"] == "source"] == [""]


@pytest.mark.parametrize("entry", ENTRIES.values())
def test_no_picture_draws_an_arrow_to_it(entry: str) -> None:
    drawing = draw_model(clean(first(entry)))
    (key,) = [box.key for box in drawing.frame.boxes if box.name == "source"]
    assert [arrow for arrow in drawing.arrows if arrow[1] == key] == []
    assert f"-> {key};" not in dot(drawing)
    assert f"--> {key}\n" not in mermaid(drawing)


@pytest.mark.parametrize("entry", ENTRIES.values())
def test_a_spec_is_written_without_a_from(entry: str) -> None:
    text = spec_text(flatten(clean(first(entry))))
    assert "from: []" not in text
    again = clean(text)
    assert [row.inputs for row in again.rows] == [[], [], ["source"]]


def test_it_keeps_no_input_alive() -> None:
    # 400 bytes of input, gone before the 40,000 of the table; the Dense is 4.
    table = "input: [100]\nlayers:\n  - Dense: {units: 1, name: a}\n  - Weight: {shape: [10000], name: source}\n"
    report = clean(table + "  - Dense: {units: 1}\n  - Add: {}\n    from: [a, prev]\n")
    assert report.walk is not None
    assert find_peak_activation(report.walk) == 4 + 40_000 + 4
