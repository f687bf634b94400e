"""The largest value that keeps a limit: from formulas, and from models inferred one by one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.costs import MAX_ALTERNATIVES
from shapecalc.analysis.measured import measure
from shapecalc.analysis.report import Report
from shapecalc.analysis.solving.question import Question
from shapecalc.analysis.solving.solve import Solution, solve
from shapecalc.diagnostics import Fault
from shapecalc.model.load import Library
from shapecalc.model.spec import ModelSpec
from shapecalc.training.peak import Training

RECURRENT = """
args: {units: 64, depth: 2, heads: 2}
input: [T, 3]
layers:
  - LSTM: {units: $units, return_sequences: true}
    repeat: $depth
  - Dense: {units: 1}
"""
IMAGE = """
input: [H, H, 3]
layers:
  - Conv2D: {filters: 8, kernel_size: 5}
  - Conv2D: {filters: 8, kernel_size: 5, strides: 2}
"""
STEPS = """
args: {width: 8}
input: [5]
layers:
  - Dense: {units: "make_divisible($width, 8)"}
"""
EIGHTS = """
args: {width: 8}
input: [5]
layers:
  - Dense: {units: $width / 8}
"""
LISTED = """
args: {stage: 0}
input: [5]
layers:
  - Dense: {units: "[4, 8, 16][$stage]"}
"""
GROUPED = """
args: {groups: 1}
input: [8, 8, 12]
layers:
  - Conv2D: {filters: 12, kernel_size: 1, groups: $groups}
  - Flatten
  - Dense: {units: $groups * 100}
"""
CAPPED = """
input: [T, 4]
layers:
  - Weight: {shape: [16, 4], name: table}
  - ops.get_item: {key: {stop: $T}}
    from: table
"""


LIMITED = ("params", "macs", "weights", "memory")


def ask(text: str, name: str, **more: Any) -> Solution:
    limits: dict[str, Fraction] = {key: Fraction(more.pop(key)) for key in LIMITED if key in more}
    return solve(Question(Library().parse(text, "model.yaml"), name, limits, more.pop("values", {}), **more))


def fault(text: str, name: str, **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(Fault) as raised:
        ask(text, name, **more)
    return [(one.code, one.message) for one in raised.value.diagnostics]


def test_a_formula_is_solved_exactly() -> None:
    found = ask(RECURRENT, "units", params=10**6)
    (verdict,) = found.verdicts
    assert (found.value, found.next, found.method) == (287, 288, "formula")
    assert (verdict.at_value, verdict.at_next) == (994_456, 1_001_377)
    assert [str(size) for size in verdict.formulas] == ["12*units**2 + 21*units + 1"]


def test_the_tightest_of_several_limits_counts() -> None:
    assert ask(RECURRENT, "units", params=10**6, weights=4096).value == ask(RECURRENT, "units", weights=4096).value == 8
    assert ask(RECURRENT, "T", macs=10**6, memory=10**6).value == 20


def test_a_depth_is_found_by_inference() -> None:
    found = ask(RECURRENT, "depth", params=10**6)
    assert (found.value, found.next, found.method) == (30, 31, "inference, neighbours")
    assert [(one.at_value, one.at_next, one.formulas) for one in found.verdicts] == [(975_169, 1_008_193, ())]


def test_a_least_and_a_largest_value() -> None:
    assert ask(RECURRENT, "units", params=10**6, most=100).value == 100
    assert ask(RECURRENT, "units", params=10**6, most=100).next is None
    assert ask(RECURRENT, "T", params=10**6, most=100).value == 100
    assert ask(RECURRENT, "depth", params=10, least=0).value == 0
    assert ask(RECURRENT, "depth", params=10**6, most=7).value == 7


def test_an_assumption_is_a_bound() -> None:
    found = ask(IMAGE, "H", macs=10**6)
    assert found.value == max(h for h in range(9, 60) if macs_of_image(h) <= 10**6)
    assert fault(IMAGE, "H", macs=5_000) == [("SC507", "no `H` from 1 on has macs <= 5,000")]


def macs_of_image(height: int) -> int:
    first = height - 4
    second = (first - 5) // 2 + 1
    return first**2 * 75 * 8 + second**2 * 200 * 8


def test_a_value_must_divide() -> None:
    found = ask(EIGHTS, "width", params=100)
    assert (found.value, found.next, found.method) == (128, 136, "formula")


def test_a_staircase_is_climbed_to_its_edge() -> None:
    found = ask(STEPS, "width", params=100)
    assert (found.value, found.method) == (17, "inference, neighbours")
    assert [(one.at_value, one.at_next) for one in found.verdicts] == [(96, 144)]


def test_a_list_ends() -> None:
    found = ask(LISTED, "stage", params=10**6, least=0)
    assert (found.value, found.next) == (2, None)


def test_values_far_apart_are_found() -> None:
    assert ask(GROUPED, "groups", params=10**9).value == 12
    assert ask(GROUPED, "groups", params=400_000).value == 4


@settings(max_examples=40)
@given(st.sampled_from([(RECURRENT, "units"), (RECURRENT, "depth"), (STEPS, "width"), (EIGHTS, "width")]), st.data())
def test_the_answer_is_that_of_trying_all(case: tuple[str, str], data: st.DataObject) -> None:
    text, name = case
    limit = data.draw(st.integers(60, 40_000))
    spec = Library().parse(text, "model.yaml")
    counts = {}
    for value in range(1, 60):
        try:
            (size,) = measure(spec, {"units": 9, name: value} if name == "depth" else {name: value}).quantities[
                "params"
            ]
        except Fault:
            continue
        counts[value] = size
    best = max((value for value, size in counts.items() if isinstance(size, int) and size <= limit), default=None)
    values = {"units": 9} if name == "depth" else {}
    if best is None:
        assert fault(text, name, params=limit, most=59, values=values)[0][0] == "SC507"
    else:
        assert ask(text, name, params=limit, most=59, values=values).value == best


@pytest.mark.parametrize(
    ("text", "name", "more", "found"),
    [
        (RECURRENT, "units", {"params": 3}, ("SC507", "no `units` from 1 on has params <= 3")),
        (RECURRENT, "units", {"macs": 3}, ("SC403", "macs depends on the size `T`")),
        (
            RECURRENT,
            "T",
            {"params": 10**6},
            ("SC507", "`T` has no largest value: whatever it is, the limit on params is kept"),
        ),
        (RECURRENT.replace("T,", "null,"), "units", {"macs": 3}, ("SC403", "macs depends on a size that is not known")),
        (RECURRENT, "unit", {"params": 3}, ("SC210", "--set: the model has no argument or size `unit`")),
        (STEPS.replace("5]", "5"), "width", {"params": 3}, ("SC101",)),
    ],
)
def test_questions_without_an_answer(text: str, name: str, more: dict[str, int], found: tuple[str, ...]) -> None:
    assert fault(text, name, **more)[0][: len(found)] == found


UNET = """
args: {size: 8}
input: [$size, $size, 1]
layers:
  - Conv2D: {filters: 2, kernel_size: 3, padding: same, name: across}
  - MaxPooling2D
  - Conv2DTranspose: {filters: 2, kernel_size: 2, strides: 2}
  - Concatenate: {}
    from: [across, prev]
"""


def test_an_equality_over_floors_makes_steps() -> None:
    found = ask(UNET, "size", macs=10**9)
    # 22 * size**2
    assert (found.value, found.next, found.method) == (6_740, 6_742, "formula")


def test_the_published_unet() -> None:
    spec = Library().open("specs/models/unet.yaml")
    found = solve(Question(spec, "size", {"macs": Fraction(50 * 10**9)}, {}))
    assert (found.value, found.next) == (364, 380)
    # Its peak is the greatest of more formulas than are compared.
    found = solve(Question(spec, "size", {"memory": Fraction(2**30)}, {}))
    assert (found.value, found.next) == (940, 956)
    assert len(found.verdicts[0].formulas) > MAX_ALTERNATIVES


def test_a_one_that_stretches_is_a_sound_value() -> None:
    text = "input: [T, 4]\nlayers:\n  - Dense: {units: 4, name: a}\n  - MaxPooling1D: {pool_size: 5}\n  - Add: {}\n"
    found = ask(text + "    from: [a, prev]\n", "T", macs=10**6)
    assert (found.value, found.next) == (9, None)


def test_training_takes_more() -> None:
    text = "args: {units: 4}\ninput: [3]\nlayers:\n  - Dense: {units: $units}\n"
    held = 4 * 4 + 4  # bytes a unit: weights and output
    assert ask(text, "units", memory=10**5).value == (10**5 - 12) // held
    # An update has weights, gradients, two slots, and three as large while it computes.
    assert ask(text, "units", memory=10**5, training=Training("adam")).value == 10**5 // (7 * 4 * 4)


@pytest.mark.parametrize("args", ["{units: 4}", "{units: required}"])
@pytest.mark.parametrize(
    "fault", ["- Dens: {units: 3}", "- Dense: {unit: 3}", "- Conv2D: {filters: 3, kernel_size: 2}"]
)
def test_a_broken_model_is_not_looked_at_again_and_again(
    monkeypatch: pytest.MonkeyPatch, args: str, fault: str
) -> None:
    seen: list[object] = []

    def counted(spec: ModelSpec, settings: Settings) -> Report:
        seen.append(settings)
        return analyse(spec, settings)

    monkeypatch.setattr("shapecalc.analysis.measured.analyse", counted)
    spec = Library().parse(f"args: {args}\ninput: [5]\nlayers:\n  - Dense: {{units: $units}}\n  {fault}\n", "m.yaml")
    with pytest.raises(Fault) as raised:
        solve(Question(spec, "units", {"params": Fraction(10**6)}, {}))
    assert len(raised.value.diagnostics) == 1
    assert raised.value.diagnostics[0].span is not None
    assert raised.value.diagnostics[0].span.line == 5
    assert len(seen) == 2  # with a number and with a symbol, and not for each value that might be tried


def test_a_default_that_is_not_sound_is_no_fault_of_the_model() -> None:
    table = "  - Embedding: {input_dim: $rows, output_dim: 2}\n"
    text = f"args: {{rows: 4}}\ninput: [9]\nlayers:\n  - ops.arange: {{start: 9}}\n{table}"
    assert ask(text, "rows", params=100).value == 50
    assert fault(text, "rows", params=10) == [("SC507", "no `rows` from 1 on has params <= 10")]
