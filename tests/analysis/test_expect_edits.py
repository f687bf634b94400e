"""Expectations written anew: the numbers change, and nothing else of the text does."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.expect import check_expectations
from shapecalc.analysis.expect_additions import KEYS
from shapecalc.analysis.expect_edits import list_expect_edits
from shapecalc.analysis.report import Report
from shapecalc.diagnostics import Fault, apply_edits
from shapecalc.document.spots import Spot, list_scalars, read_spots
from shapecalc.model.load import Library
from tests.robust.mutations import mutated

SPECS = Path(__file__).parents[2] / "specs"
SOUND = [path for folder in ("tutorial", "layers", "models") for path in sorted((SPECS / folder).glob("*.yaml"))]


def report_of(text: str, *, path: Path | None = None, **values: Any) -> Report:
    library = Library()
    spec = library.open(str(path), text.encode()) if path else library.parse(text, "model.yaml")
    return analyse(spec, Settings(values))


def update(text: str, *add: str, path: Path | None = None, **values: Any) -> str:
    return apply_edits(text, list_expect_edits(report_of(text, path=path, **values), add))


def unmet(text: str, **values: Any) -> list[str]:
    return [f"{finding.code} {finding.sentence}" for finding in check_expectations(report_of(text, **values))]


MODEL = (
    "args: {p: 3}\ninputs: {x: [10, 20]}\nblocks:\n  Head: {layers: [{Dense: {units: 4}}, {Dense: {units: 2}}]}\n"
    "layers:\n  - LSTM: {units: 5, return_sequences: true, return_state: true, name: lstm}\n  - Head: {name: head}\n"
    "  - Dense: {units: $p}\noutputs: {steps: dense, last: lstm.state_h}\nexpect: "
)
"""An LSTM of 520 parameters and shapes [10, 5], [5], [5]; a block of 34; a Dense of 9 with the shape [10, 3]."""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{params: 500}", "{params: 563}"),
        ("{params:   500 }  # total", "{params:   563 }  # total"),
        ('{params: "500", macs: \'1\'}', '{params: "563", macs: \'5340\'}'),
        ("\n  params: 1,500  # total\n  macs: 1_000\n  weights: 1",
         "\n  params: 563  # total\n  macs: 5_340\n  weights: 2252"),
        ("\n  macs:  1,500", "\n  macs:  5,340"),
        ('{weights: "2 KiB"}', '{weights: "2252"}'),
        ('{weights: "9,999 bytes"}', '{weights: "2,252 bytes"}'),
        ('{weights: "1.5 KB"}', '{weights: "2.252 KB"}'),
        ('{weights: "1.5 MB"}', '{weights: "2252"}'),
        ("{params: '== 7'}", "{params: '== 563'}"),
        ("{params: 0x10, macs: 0o7}", "{params: 0x233, macs: 0o12334}"),
        ("{params: , macs: ~, layers: {lstm: {params}}}", "{params: 563, macs: 5340, layers: {lstm: {params: 520}}}"),
        ("{params:  # to come\n  , output : # too\n  }", "{params: 563  # to come\n  , output : [10, 3] # too\n  }"),
        ("{params: &n , macs: 1}", "{params: &n 563 , macs: 5340}"),
        ("\n  params:  # to come\n  output:\n", "\n  params: 563  # to come\n  output: [10, 3]\n"),
        ("\n  params: |\n    500\n  macs: >-\n    4761\n", "\n  params: |\n    563\n  macs: >-\n    5340\n"),
        ("\n  params:\n    500\n", "\n  params:\n    563\n"),
        ("{output: [9, 3]}", "{output: [10, 3]}"),
        ("{output: [ 9,3 ]}", "{output: [ 10,3 ]}"),
        ("{output: ['9', 3]}", "{output: ['10', 3]}"),
        ("{output: [null, 3]}", "{output: [10, 3]}"),
        ("\n  output:\n    - 9  # time\n    # both\n    - 3\n", "\n  output:\n    - 10  # time\n    # both\n    - 3\n"),
        ("\n  output: [9,  # time\n    3]\n", "\n  output: [10,  # time\n    3]\n"),
        ('{output: "(None, 10, 2)"}', '{output: "(None, 10, 3)"}'),
        ("{output: '[None,10,2]'}", "{output: '[None,10,3]'}"),
        ("{output: (None, 10, 2)}", "{output: (None, 10, 3)}"),
        ("\n  output: (None, 10, 2)  # steps", "\n  output: (None, 10, 3)  # steps"),
        ("{output: [3]}", "{output: [10, 3]}"),
        ("{output: [10, 3, 1]}", "{output: [10, 3]}"),
        ("{output: []}", "{output: [10, 3]}"),
        ('{output: "(None,)"}', '{output: "(None, 10, 3)"}'),
        ("\n  output:\n    - 10\n", "\n  output:\n    - 10\n    - 3\n"),
        ("\n  output:\n  - 10\n  - 3\n  - 1\n", "\n  output:\n  - 10\n  - 3\n"),
        ("{outputs: {steps: [10, 2], last: '(None, 6)'}}", "{outputs: {steps: [10, 3], last: '(None, 5)'}}"),
        ("{outputs: [[10, 2], [6]]}", "{outputs: [[10, 3], [5]]}"),
        ("{outputs: [[10, 2]]}", "{outputs: [[10, 3], [5]]}"),
        ("{outputs: [[10, 3], [5], [6]]}", "{outputs: [[10, 3], [5]]}"),
        ("\n  outputs:\n    - [10, 2]\n", "\n  outputs:\n    - [10, 3]\n    - [5]\n"),
        ("{layers: {lstm: {params: 1, outputs: [[9, 5], [5], [4]]}, head/dense: {params: 2, weights: 7}}}",
         "{layers: {lstm: {params: 520, outputs: [[10, 5], [5], [5]]}, head/dense: {params: 24, weights: 96}}}"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_they_stood(before: str, after: str) -> None:
    for end in ("\n", "\r\n"):
        text = (MODEL + before).replace("\n", end)
        assert update(text) == (MODEL + after).replace("\n", end)
        assert unmet(update(text)) == []


@pytest.mark.parametrize(
    ("expectation", "left"),
    [
        ('{params: "<= 500"}', ["SC501 expected params <= 500, got 563"]),
        ('{params: "> 1K", macs: 5340}', ["SC501 expected params > 1K, got 563"]),
        ("{params: $p}", ["SC501 expected params 3, got 563 (+560)"]),
        ("{params: 10*p}", ["SC501 expected params 30, got 563"]),
        ("{output: [9, $p * 2]}", ["SC501 expected output (None, 9, 6), got (None, 10, 3)"]),
        ("{output: [9, p]}", []),
        ("{output: ['2*p', 3]}", ["SC501 expected output (None, 6, 3), got (None, 10, 3)"]),
        ("{output: '(None, 10, 2*p)'}", ["SC501 expected output (None, 10, 6), got (None, 10, 3)"]),
        ("{layers: {gone: {params: 4}}}", ["SC504 there is no layer `gone` to expect anything of"]),
        ("{outputs: {gone: [4]}}", ["SC504 there is no output `gone`"]),
        ("{params: many}", ["SC204 `params` expects a number or a bound, got 'many'"]),
        ("{parms: 4}", ["SC109 `expect` has no key `parms`"]),
        ("\n  output:\n    - 10\n    - 3\n    - 1  # why\n",
         ["SC501 expected output (None, 10, 3, 1), got (None, 10, 3)"]),
    ],
)  # fmt: skip
def test_what_says_more_than_a_number_stays(expectation: str, left: list[str]) -> None:
    after = expectation.replace("[9, p]", "[10, p]")
    assert update(MODEL + expectation) == MODEL + after
    assert unmet(MODEL + after) == left


def test_what_a_comment_silences_was_meant_so() -> None:
    text = (
        MODEL + "\n  params: 500  # shapecalc: ignore[SC501] as published\n  weights: 1  # shapecalc: ignore[SC505]\n"
    )
    assert update(text) == text.replace("weights: 1", "weights: 2252")


def test_expectations_of_the_default_arguments_stay_where_others_are_set() -> None:
    text = MODEL + "{params: 1, output: [9, 3], layers: {head: {params: 1}, lstm: {output: [1]}}}"
    assert update(text, *KEYS, p=4) == text
    assert update(text, p=3) == text.replace("params: 1,", "params: 563,").replace("[9", "[10").replace(
        "1}, l", "34}, l"
    ).replace("[1]", "[10, 5]")
    assert update(MODEL + "{output: [9, $p]}", p=4) == MODEL + "{output: [10, $p]}"


SYMBOLS = "input: [T, 8]\nlayers:\n  - LSTM: {units: 4, return_sequences: true}\nexpect: "


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{macs: 190*T, output: [T, 5]}", "{macs: 192*T, output: [T, 4]}"),
        ('{macs: "190 * T", output: "(None, U, 4)"}', '{macs: "192*T", output: "(None, T, 4)"}'),
        ("{macs: 190, output: [16, 4]}", "{macs: 192*T, output: [T, 4]}"),
        ("{params: 4*T}", "{params: 208}"),
    ],
)
def test_formulas_are_written_in_the_symbols_of_the_model(before: str, after: str) -> None:
    assert update(SYMBOLS + before) == SYMBOLS + after
    assert unmet(SYMBOLS + after) == []


def test_a_formula_stays_where_its_symbol_has_a_value() -> None:
    text = SYMBOLS + "{macs: 190*T, output: [T, 5], params: 1}"
    assert update(text, T=16) == SYMBOLS + "{macs: 190*T, output: [T, 4], params: 208}"


def test_a_shape_without_any_axis_is_text() -> None:
    text = "input: [4]\nlayers:\n  - ops.std: {axis: null}\nexpect: {output: [8], layers: {std: {output: []}}}\n"
    assert update(text) == text.replace("[8]", '"()"').replace("[]", '"()"')
    assert update(update(text).replace("null", "-1")) == text.replace("null", "-1").replace("[8]", '"(None,)"').replace(
        "[]", '"(None,)"'
    )


def test_unknown_sizes_are_null() -> None:
    text = "input: [null, 8]\nlayers:\n  - Dense: {units: 4}\nexpect: {output: [7, 5], macs: 3}\n"
    assert update(text) == text.replace("[7, 5]", "[null, 4]")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{params: &n 5, layers: {head: {params: 1}}}", "{params: &n 563, layers: {head: {params: 34}}}"),
        ("{params: &n 500, layers: {head: {params: *n}}}", "{params: &n 500, layers: {head: {params: 34}}}"),
        ("{layers: {lstm: {params: &n 1}, lstm: {params: 2}}}", None),
        ("{trainable: &n 1, params: *n}", "{trainable: &n 563, params: *n}"),
        ("{output: &s [9, 2], outputs: {steps: *s}}", "{output: &s [10, 3], outputs: {steps: *s}}"),
        ("{output: &s [10, 3], outputs: {last: *s}}", "{output: &s [10, 3], outputs: {last: [5]}}"),
        ("{output: &s [9, 3], outputs: {last: *s}}", "{output: &s [9, 3], outputs: {last: [5]}}"),
        ("{layers: {lstm: &l {params: 520}, head: *l}}", "{layers: {lstm: &l {params: 520}, head: *l}}"),
        ("{layers: {head: &l {params: 33}, head/dense: {params: 1}}}",
         "{layers: {head: &l {params: 34}, head/dense: {params: 24}}}"),
    ],
)  # fmt: skip
def test_what_has_an_anchor_changes_nothing_else(before: str, after: str | None) -> None:
    assert update(MODEL + before) == MODEL + (before if after is None else after)


def test_a_number_that_the_model_reads_by_an_alias_stays() -> None:
    text = "input: [8]\nlayers:\n  - Dense: {units: &u 4}\nexpect: {params: *u}\n"
    assert update(text) == text.replace("*u", "36")
    text = "expect: {params: &u 4}\ninput: [8]\nlayers:\n  - Dense: {units: *u}\n"
    assert update(text) == text


# Keys that are added


@pytest.mark.parametrize(
    ("before", "add", "after"),
    [
        ("{}", ["params"], "{params: 563}"),
        ("{macs: 5340}", ["params", "output"], "{params: 563, macs: 5340, output: [10, 3]}"),
        ("{output: [10, 3]}", ["weights"], "{weights: 2252, output: [10, 3]}"),
        ("\n  params: 563  # total\n  # last\n  output: [10, 3]\n", ["macs", "outputs"],
         "\n  params: 563  # total\n  macs: 5340\n  # last\n  output: [10, 3]\n"
         "  outputs: {steps: [10, 3], last: [5]}\n"),
        ("\n    output: [10, 3]", ["params"], "\n    params: 563\n    output: [10, 3]"),
        ("\n  macs: 5,340", ["weights"], "\n  macs: 5,340\n  weights: 2,252"),
        ("\n  layers:\n    head: {params: 34}\n", ["layers"],
         "\n  layers:\n    lstm: {params: 520, outputs: {sequences: [10, 5], state_h: [5], state_c: [5]}}\n"
         "    head: {params: 34}\n    dense: {params: 9, output: [10, 3]}\n"),
        ("{layers: {dense: {}}}", ["layers"],
         "{layers: {lstm: {params: 520, outputs: {sequences: [10, 5], state_h: [5], state_c: [5]}}, "
         "head: {params: 34, output: [10, 2]}, dense: {}}}"),
        ("  # to come\n", ["params", "output"], "  # to come\n  params: 563\n  output: [10, 3]\n"),
        ("null", ["params"], "{params: 563}"),
        ("{ 0, params: 563}", ["macs"], "{ 0, params: 563}"),
        ("{params: , 4) 1}", [], "{params: , 4) 1}"),
        ("{layers: {head: {params: , 4)}}}", [], "{layers: {head: {params: , 4)}}}"),
    ],
)  # fmt: skip
def test_keys_are_added_where_they_belong(before: str, add: list[str], after: str) -> None:
    after = after.replace("sequences", next(iter(report_of(MODEL + "{}").rows[1].outputs)))
    for end in ("\n", "\r\n"):
        assert update((MODEL + before).replace("\n", end), *add) == (MODEL + after).replace("\n", end)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("input: [4]\nlayers: [Flatten]\n", "input: [4]\nlayers: [Flatten]\nexpect:\n  params: 0\n"),
        ("input: [4]\nlayers: [Flatten]", "input: [4]\nlayers: [Flatten]\nexpect:\n  params: 0"),
        (
            "input: [4]\nlayers: [Flatten]\n# end\n...\n",
            "input: [4]\nlayers: [Flatten]\n# end\nexpect:\n  params: 0\n...\n",
        ),
        ("{input: [4], layers: [Flatten]}", "{input: [4], layers: [Flatten], expect: {params: 0}}"),
        ('{"input": [4], "layers": ["Flatten"]}', '{"input": [4], "layers": ["Flatten"], "expect": {"params": 0}}'),
        ("  input: [4]\n  layers: [Flatten]\n", "  input: [4]\n  layers: [Flatten]\n  expect:\n    params: 0\n"),
    ],
)
def test_expect_is_added_to_a_spec_that_has_none(before: str, after: str) -> None:
    assert update(before, "params") == after
    assert update(before) == before


# Laws


def disturb(text: str, seed: int) -> str:
    """The text with other digits in the exact numbers of its `expect`, as many as before."""
    root = read_spots(text)
    assert root is not None
    keys = [text[key.start.index : key.end.index] for key in root.keys]
    if "expect" not in keys:
        return text
    expect = root.items[keys.index("expect")]
    names = {id(key) for spot in list_all(expect) for key in spot.keys}
    generator = random.Random(seed)

    def disturb_digits(match: re.Match[str]) -> str:
        digits = "".join(generator.choice("0123456789") for _ in match[0][1:])
        return generator.choice("123456789") + digits if generator.random() < 0.6 else match[0]

    for spot in reversed(list_scalars(expect)):
        written = text[spot.start.index : spot.end.index]
        if id(spot) not in names and re.search(r"\d", written) and not re.search(r"[<>$A-Za-z]", written):
            text = text[: spot.start.index] + re.sub(r"\d+", disturb_digits, written) + text[spot.end.index :]
    return text


def list_all(spot: Spot) -> list[Spot]:
    return [spot, *(inner for child in spot.items for inner in list_all(child))]


@pytest.mark.parametrize("path", SOUND, ids=lambda path: str(path.relative_to(SPECS)))
def test_disturbed_numbers_come_back(path: Path) -> None:
    text = path.read_text("utf-8")
    assert update(text, path=path) == text
    for seed in range(3):
        assert update(disturb(text, seed), path=path) == text


@pytest.mark.parametrize("path", SOUND, ids=lambda path: str(path.relative_to(SPECS)))
def test_what_is_added_is_true(path: Path) -> None:
    text = path.read_text("utf-8")
    added = update(text, *KEYS, path=path)
    report = report_of(added, path=path)
    assert check_expectations(report) == []
    assert report.ok
    assert list_expect_edits(report, KEYS) == []
    removed = {line.strip() for line in text.splitlines()} - {line.strip() for line in added.splitlines()}
    assert all("{" in line for line in removed)  # a flow mapping that has more keys now


@settings(max_examples=150)
@given(mutated(), st.sampled_from([(), KEYS]))
def test_mutated_specs_are_updated_once(text: str, add: tuple[str, ...]) -> None:
    try:
        report = report_of(text)
    except Fault:
        return
    updated = apply_edits(report.spec.document.text, list_expect_edits(report, add))
    if not list_expect_edits(report, add):
        assert updated == report.spec.document.text
        return
    again = report_of(updated)
    assert again.ok
    assert list_expect_edits(again, add) == []
    assert len(check_expectations(again)) <= len(check_expectations(report))


NUMBERS = (("params", 563), ("trainable", 563), ("non_trainable", 0), ("weights", 2252), ("macs", 5340))
SHAPES = (("output", [10, 3]), ("steps", [10, 3]), ("last", [5]))


@st.composite
def anchored(draw: Any) -> str:
    """Expectations that are true or not, some with anchors, and some by aliases of those above."""

    def write(kind: str, true: object, others: list[object]) -> str:
        if names[kind] and draw(st.booleans()):
            return f"*{draw(st.sampled_from(names[kind]))}"
        value = draw(st.sampled_from([true, *others]))
        if not draw(st.booleans()):
            return str(value)
        name = f"{kind}{len(names[kind])}"
        names[kind].append(name)
        return f"&{name} {value}"

    names: dict[str, list[str]] = {"n": [], "s": []}
    lines = [f"{key}: {write('n', true, [0, 7])}" for key, true in draw(st.permutations(NUMBERS))]
    shapes = {key: write("s", true, [[5], [10, 4], [10, 3, 1]]) for key, true in SHAPES}
    lines.append(f"output: {shapes['output']}")
    lines.append(f"outputs: {{steps: {shapes['steps']}, last: {shapes['last']}}}")
    for name, params in (("lstm", 520), ("head", 34), ("dense", 9)):
        lines.append(f"layers/{name}: {{params: {write('n', params, [7])}}}")
    head = [f"  {line}\n" for line in lines if not line.startswith("layers/")]
    layers = [f"    {line.removeprefix('layers/')}\n" for line in lines if line.startswith("layers/")]
    return MODEL + "\n" + "".join([*head, "  layers:\n", *layers])


@settings(max_examples=200)
@given(anchored())
def test_what_was_true_stays_true_whatever_the_aliases(text: str) -> None:
    before = set(unmet(text))
    for _ in range(5):
        updated = update(text)
        assert {line.partition(", got")[0] for line in unmet(updated)} <= {
            line.partition(", got")[0] for line in before
        }
        if updated == text:
            break
        text = updated
    # What is left unmet has an anchor that something else reads.
    assert update(text) == text
    for line in text.partition("expect:")[2].splitlines():
        value = re.search(r"(params|trainable|weights|macs): (\d+)", line)
        true = dict(NUMBERS) | {"lstm": 520, "head": 34, "dense": 9}
        if value and "layers" not in line:
            assert int(value[2]) == true[line.split(":")[0].strip()], line
