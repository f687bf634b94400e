"""The formulas of a page are the numbers of the model: at its own sizes, and at any others."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.report import Report, Row
from shapecalc.dims import Size, bind, unknowns
from shapecalc.model.load import Library
from shapecalc.page.live import Live, make_live

SPECS = Path(__file__).parents[2] / "specs"
MODELS = sorted([*SPECS.glob("tutorial/*.yaml"), *SPECS.glob("models/*.yaml")])
NESTED = """\
input: [8, 6]
blocks:
  Feed:
    layers:
      - Dense: {units: 12, name: up}
      - TimeDistributed: {layer: {Dense: {units: 6}}}
layers:
  - Feed:
    repeat: 2
  - Conv1D: {filters: 4, kernel_size: 3, strides: 2}
  - LSTM: {units: 5}
"""


def live_of(text: str) -> Live:
    return make_live(Library().parse(text, "model.yaml"), Settings())


def list_numbers(report: Report, values: dict[str, int]) -> list[object]:
    """Every count and size of a model, those of blocks too; None where a size is unknown."""

    def put_in(size: Size) -> object:
        bound = bind(size, values)
        return None if unknowns(bound) else bound

    def visit(rows: list[Row]) -> list[object]:
        numbers: list[object] = []
        for row in rows:
            numbers += [row.name, put_in(row.params), put_in(row.macs), put_in(row.trainable)]
            numbers += [put_in(size) for shape in row.shapes for size in shape]
            numbers += visit(row.rows)
        return numbers

    return visit(report.rows)


def test_the_sizes_of_a_spec_can_be_changed() -> None:
    live = live_of(NESTED)
    assert [(control.name, control.value, control.kind) for control in live.controls] == [
        ("batch", 1, "batch"),
        ("input[0]", 8, "input"),
        ("input[1]", 6, "input"),
        ("conv1d.filters", 4, "layer"),
        ("lstm.units", 5, "layer"),
        ("Feed/up.units", 12, "layer"),
        ("Feed/time_distributed.dense.units", 6, "layer"),
    ]


def test_what_a_model_is_built_by_stays_a_number() -> None:
    text = "args: {depth: 2, width: 8}\ninput: [6]\nlayers:\n  - Dense: {units: $width}\n    repeat: $depth\n"
    assert [control.name for control in live_of(text).controls] == ["batch", "width", "input[0]"]


def test_what_a_size_must_be_is_an_assumption_at_the_layer() -> None:
    text = "input: [6]\nlayers:\n  - Dense: {units: 6}\n  - Add: {name: sum}\n    from: [input, prev]\n"
    rows = {row.name: row for row in live_of(text).report.rows}
    (relation,) = rows["sum"].inferred.assumes
    assert {relation.holds({"input[0]": 6, "dense.units": units}) for units in (6, 7)} == {True, False}


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_at_its_own_sizes_a_model_is_as_it_is_written(path: Path) -> None:
    base = analyse(Library().open(str(path)))
    live = make_live(Library().open(str(path)), Settings())
    values = {control.name: control.value for control in live.controls}
    wanted = list_numbers(base, {control.name: control.value for control in live.controls if control.kind == "size"})
    got = list_numbers(live.report, values)
    assert [number for number, other in zip(got, wanted, strict=True) if other is not None and number != other] == []


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_at_other_sizes_the_formulas_are_what_the_model_gives(path: Path) -> None:
    chosen = random.Random(path.stem)
    live = make_live(Library().open(str(path)), Settings())
    spec = Library().open(str(path))
    other = make_live(spec, Settings())
    sizes = {
        control.name: control.value + chosen.choice([0, 0, 1, 2, 7]) * (32 if control.value > 64 else 1)
        for control in live.controls
    }
    given = {control.argument: sizes[control.name] for control in other.controls if control.argument}
    given |= {control.name: sizes[control.name] for control in other.controls if control.kind == "size"}
    report = analyse(spec, Settings(given, sizes.get("batch")))
    if not report.ok:  # the sizes break what the model assumes, which the page says at the layer
        return
    assert list_numbers(live.report, sizes) == list_numbers(report, {})
