"""A model over a grid: what formulas say equals what inference says, point by point."""

from __future__ import annotations

import pickle
from itertools import product
from typing import Any

import pytest

from shapecalc.analysis.measured import QUANTITIES, SpecFiles, measure
from shapecalc.analysis.solving import sweep
from shapecalc.analysis.solving.sweep import Axis, Measures
from shapecalc.diagnostics import Fault, error
from shapecalc.model.load import STDIN

RECURRENT = """
args: {units: 4, depth: 1, width: 1.0}
input: [T, f]
layers:
  - LSTM: {units: $units, return_sequences: true}
    repeat: $depth
  - Dense: {units: "make_divisible($f * $width, 4)"}
"""
IMAGE = """
args: {groups: 1}
input: [H, W, 8]
layers:
  - Conv2D: {filters: 8, kernel_size: 5, strides: 2}
  - Conv2D: {filters: 4, kernel_size: 3, padding: same}
  - MaxPooling2D: {pool_size: 3}
"""
JOINED = """
inputs: {a: [A, 4], b: [B, 4]}
layers:
  - Add:
    from: [a, b]
  - Dense: {units: 2}
"""
HALVED = """
args: {n: 4}
input: [3]
layers:
  - Dense: {units: $n / 2}
"""


def source_of(text: str) -> SpecFiles:
    return SpecFiles(STDIN, {STDIN: text.encode()})


def table(text: str, **axes: list[Any]) -> tuple[list[dict[str, Any]], int]:
    """The rows of a sweep, and how many points were left out."""
    source = source_of(text)
    chosen = sweep.plan_sweep(source, tuple(Axis(name, tuple(values)) for name, values in axes.items()), Measures())
    slab = sweep.join_slabs(list(sweep.sweep(sweep.list_jobs(source, chosen, Measures()))))
    columns = {name: column.tolist() for name, column in slab.columns.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)], slab.omitted


def inferred(text: str, **axes: list[Any]) -> tuple[list[dict[str, Any]], int]:
    """The same, each point by itself."""
    spec = source_of(text).read_spec()
    rows, omitted = [], 0
    for values in product(*axes.values()):
        point = dict(zip(axes, values, strict=True))
        try:
            found = measure(spec, point)
        except Fault:
            omitted += 1
            continue
        numbers = {
            name: max(sizes) if sizes and all(isinstance(size, int) for size in sizes) else None  # type: ignore[type-var]
            for name, sizes in found.quantities.items()
        }
        rows.append({**point, **numbers})
    return rows, omitted


def by_point(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return sorted(tuple(row[name] for name in sorted(row)) for row in rows)


@pytest.mark.parametrize(
    ("text", "axes"),
    [
        (RECURRENT, {"units": [1, 2, 9], "T": [1, 7], "f": [3, 4]}),
        (RECURRENT, {"units": [2, 3], "depth": [0, 1, 3], "T": [5], "f": [2, 6]}),
        (RECURRENT, {"width": [0.5, 1.0, 1.5], "f": [3, 20], "T": [2, 3]}),
        (IMAGE, {"H": [*range(1, 30)], "W": [5, 9, 10, 11]}),
        (JOINED, {"A": [1, 2, 3], "B": [1, 2, 3]}),
        (HALVED, {"n": [*range(9)]}),
        (HALVED, {"n": [*range(1, 9)]}),
        (HALVED, {"n": [2, -2, 2.5, "x", True]}),
        (RECURRENT, {"units": [2, 3]}),
    ],
)
def test_formulas_say_what_inference_says(text: str, axes: dict[str, list[Any]]) -> None:
    (rows, omitted), (wanted, left) = table(text, **axes), inferred(text, **axes)
    assert by_point(rows) == by_point(wanted)
    assert omitted == left


def test_sizes_that_stretch_are_inferred_where_they_are_one() -> None:
    rows, omitted = table(JOINED, A=[1, 2, 3], B=[1, 2, 3])
    assert [(row["A"], row["B"]) for row in rows] == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (3, 1), (3, 3)]
    assert omitted == 2


def planned(text: str, **axes: list[Any]) -> tuple[list[str], list[str]]:
    chosen = sweep.plan_sweep(
        source_of(text), tuple(Axis(name, tuple(values)) for name, values in axes.items()), Measures()
    )
    return [axis.name for axis in chosen.fixed], [axis.name for axis in chosen.symbolic]


def test_what_may_be_a_symbol_is_one() -> None:
    assert planned(RECURRENT, units=[1, 2], T=[1, 2], depth=[1, 2], f=[4]) == (["depth", "f"], ["units", "T"])
    assert planned(RECURRENT, f=[1, 2], T=[1, 2]) == (["f"], ["T"])
    assert planned(RECURRENT, units=[0, 1], T=[3], f=[4]) == (["units", "T", "f"], [])


def test_numbers_beyond_int64_are_exact() -> None:
    rows, _ = table(RECURRENT, units=[10**15, 10**15 + 1], T=[10**15], f=[4])
    assert [row["macs"] for row in rows] == [10**15 * (4 * u * 4 + 4 * u * u + 4 * u) for u in (10**15, 10**15 + 1)]


def test_a_grid_is_split_in_order() -> None:
    axes = (Axis("a", (1,)), Axis("b", (1, 2, 3)), Axis("c", (4, 5, 6, 7)))
    parts = list(sweep.split_grid(axes, 5))
    assert [[len(axis.values) for axis in part] for part in parts] == [[1, 1, 4]] * 3
    assert [part[1].values for part in parts] == [(1,), (2,), (3,)]
    assert [len(part[2].values) for part in sweep.split_grid(axes, 3)] == [3, 1] * 3
    assert list(sweep.split_grid(axes, 12)) == [axes]


def test_a_large_grid_comes_in_slabs_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = table(RECURRENT, units=[*range(1, 9)], T=[*range(1, 9)], depth=[1, 2], f=[4])
    monkeypatch.setattr(sweep, "SLAB", 10)
    assert table(RECURRENT, units=[*range(1, 9)], T=[*range(1, 9)], depth=[1, 2], f=[4]) == whole
    assert len(whole[0]) == 128


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"units": range(10**4), "T": range(10**4)}, "the grid has 100,000,000 points, more than 20,000,000"),
        (
            {"depth": range(400), "width": range(400), "T": [1, 2]},
            "`depth`, `width` cannot be symbols, so 160,000 models are inferred, more than 100,000",
        ),
    ],
)
def test_too_many_points(axes: dict[str, range], message: str) -> None:
    with pytest.raises(Fault) as fault:
        planned(RECURRENT, **{name: list(values) for name, values in axes.items()})
    assert [(one.code, one.message) for one in fault.value.diagnostics] == [("SC602", message)]


def test_too_many_points_without_a_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "MAX_INFERRED", 3)
    with pytest.raises(Fault) as fault:
        table(JOINED, A=[1, 2, 3, 4], B=[1, 2, 3, 4])
    assert fault.value.diagnostics[0].message == "6 points have no formula and are inferred, more than 3"


def test_every_quantity_is_a_column() -> None:
    rows, _ = table(RECURRENT, units=[1, 2], T=[3], f=[4])
    assert list(rows[0]) == ["T", "f", "units", *QUANTITIES]


def test_what_depends_on_another_size_is_not_to_be_had() -> None:
    rows, _ = table(RECURRENT, units=[1, 2], f=[4])
    assert [(row["params"], row["macs"], row["peak_activation"]) for row in rows] == [
        (32, None, None),
        (68, None, None),
    ]


def test_a_fault_travels_between_processes() -> None:
    fault = Fault(error("SC602", "too many"), error("SC601", "gone", subject="a"))
    assert pickle.loads(pickle.dumps(fault)).diagnostics == fault.diagnostics


def test_a_peak_of_more_formulas_than_are_compared_is_swept() -> None:
    with open("specs/models/unet.yaml", "rb") as file:
        source = SpecFiles(STDIN, {STDIN: file.read()})
    axes = (Axis("size", (188, 204)),)
    (slab,) = sweep.sweep(sweep.list_jobs(source, sweep.plan_sweep(source, axes, Measures()), Measures()))
    assert slab.columns["peak_activation"].tolist() == [19_234_816, 22_927_360]
