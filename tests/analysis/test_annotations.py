"""Annotations: what they say of each line, that they come and go without a trace, and that a check can ask for them."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.annotations import list_annotation_edits, list_annotation_findings, list_removal_edits
from shapecalc.analysis.report import Report
from shapecalc.diagnostics import Fault, apply_edits
from shapecalc.dims import symbol
from shapecalc.document.nodes import Node, is_same
from shapecalc.document.read import read
from shapecalc.model.load import Library
from tests.robust.mutations import mutated

SPECS = Path(__file__).parents[2] / "specs"
SOUND = [path for folder in ("tutorial", "layers", "models") for path in sorted((SPECS / folder).glob("*.yaml"))]


def report_of(text: str, path: Path | None = None) -> Report:
    library = Library()
    return analyse(library.open(str(path), text.encode()) if path else library.parse(text, "model.yaml"))


def annotate(text: str, path: Path | None = None) -> str:
    return apply_edits(text, list_annotation_edits(report_of(text, path)))


def remove(text: str) -> str:
    return apply_edits(text, list_removal_edits(read(text, "model.yaml")))


def root_of(text: str) -> Node:
    root = read(text, "model.yaml").root
    assert root is not None
    return root


def comments(text: str) -> list[str]:
    """What stands behind each line of `layers`, without the rest of the line."""
    return [line.partition("  # ")[2] for line in annotate(text).split("\n") if "  # " in line]


# What is said

CHAIN = "input: [8, 4]\nlayers:\n"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("- Dense: {units: 3}", ["(None, 8, 3)  15 params"]),
        ("- Flatten\n- Dense: {units: 1, use_bias: false}", ["(None, 32)  0 params", "(None, 1)  32 params"]),
        ("- LSTM: {units: 4, return_state: true}", ["(None, 4), (None, 4), (None, 4)  144 params"]),
        ("- Dense: {units: 3}\n- Dropout: {rate: 0.5}\n  if: false", ["(None, 8, 3)  15 params"]),
        ("- Dense: {units: 4}\n- reuse: dense", ["(None, 8, 4)  20 params", "(None, 8, 4)  0 params"]),
        ("- Dense: {units: 4}\n  repeat: 12", ["(None, 8, 4)  12 x 20 params"]),
        ("- Dense: {units: $u}\n  repeat: {u: [3, 5]}", ["(None, 8, 5)  35 params"]),
        ("- Dense: {units: 4}\n  repeat: 1", ["(None, 8, 4)  20 params"]),
        ("- Dropout: {rate: 0.5}\n  repeat: 3", ["(None, 8, 4)  0 params"]),
        ("- Weight: {shape: [7], name: w}\n- Add:\n  from: [input, input]\n- Add:\n  from: [prev, prev]",
         ["(None, 7)  7 params", "(None, 8, 4)  0 params", "(None, 8, 4)  0 params"]),
        ("- Dense: {units: 1, use_bias: false}\n- Flatten\n- Dense: {units: 1, use_bias: false}\n"
         "- Dense: {units: 1, use_bias: false}",
         ["(None, 8, 1)  4 params", "(None, 8)  0 params", "(None, 1)  8 params", "(None, 1)  1 param"]),
        ("[Flatten, Dense: {units: 2}, Dense: {units: 2}]", ["(None, 2)  72 params"]),
        ("[Flatten,\n Dense: {units: 2}]", ["(None, 32)  0 params", "(None, 2)  66 params"]),
    ],
)  # fmt: skip
def test_what_is_said_of_entries(entries: str, said: list[str]) -> None:
    assert comments(CHAIN + textwrap.indent(entries, "  ") + "\n") == said


def test_symbols_and_unknown_sizes_are_said() -> None:
    text = "input: [T, null, 4]\nargs: {p: 3}\nlayers:\n  - Dense: {units: $p, use_bias: false}\n"
    assert comments(text) == ["(None, T, None, 3)  12 params"]
    report = analyse(Library().parse(text, "model.yaml"), Settings({"p": symbol("p")}))
    assert "# (None, T, None, p)  4*p params" in apply_edits(text, list_annotation_edits(report))


BLOCKS = """\
input: [8, 8, 3]
blocks:
  Part:
    args: {filters: required, more: false}
    layers:
      - Conv2D: {filters: $filters, kernel_size: 1}
      - Conv2D: {filters: 5, kernel_size: 1}
        if: $more
      - Flatten:
  Unused: {layers: [Flatten]}
layers:
  - Part: {filters: 4}
  - Reshape: {target_shape: [8, 8, 4]}
  - Part: {filters: 2, more: true}
  - TimeDistributed: {layer: {Head: {}}}
    from: reshape
"""


def test_an_entry_of_a_block_is_said_for_all_its_uses() -> None:
    text = BLOCKS.replace("  Unused", "  Head: {layers: [Flatten, Dense: {units: 3}]}\n  Unused")
    text = text.replace("layers:\n  - Part", "outputs: [part_1, time_distributed]\nlayers:\n  - Part")
    assert comments(text) == [
        "(None, 8, 8, 2..4)  10..16 params",
        "(None, 8, 8, 5)  15 params",
        "(None, 256..320)  0 params",
        "(None, 3)  99 params",
        "(None, 256)  16 params",
        "(None, 8, 8, 4)  0 params",
        "(None, 320)  25 params",
        "(None, 8, 3)  99 params",
    ]


def test_what_differs_and_is_no_number_is_left_open() -> None:
    text = (
        "inputs: {a: [T, 4], b: [9, 4], c: [4]}\nblocks:\n  P:\n    layers:\n      - Dense: {units: 2}\n"
        "layers:\n  - P: {name: x}\n    from: a\n  - P: {name: y}\n    from: b\nMOREoutputs: [x, y]\n"
    )
    assert comments(text.replace("MORE", "").replace(", c: [4]", "")) == [
        "(None, ..., 2)  10 params", "(None, T, 2)  10 params", "(None, 9, 2)  10 params",
    ]  # fmt: skip
    text = text.replace("MORE", "  - P: {name: z}\n    from: c\n").replace("[x, y]", "[x, y, z]")
    assert comments(text)[0] == "...  10 params"


# Where it is said


def test_comments_stand_in_one_column_but_for_long_lines() -> None:
    long = "  - Dense: {units: 3, kernel_initializer: zeros, bias_initializer: zeros}\n"
    text = CHAIN + "  - Dense: {units: 3}\n  - Flatten\n" + long
    assert annotate(text) == CHAIN + (
        "  - Dense: {units: 3}  # (None, 8, 3)  15 params\n"
        "  - Flatten            # (None, 24)  0 params\n"
        "  - Dense: {units: 3, kernel_initializer: zeros, bias_initializer: zeros}  # (None, 3)  75 params\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- Flatten # mine", "- Flatten # mine  # (None, 32)  0 params"),
        ("- Flatten  # 0 params", "- Flatten  # 0 params  # (None, 32)  0 params"),
        ("- Flatten # (None, 32) 0 params", "- Flatten # (None, 32) 0 params  # (None, 32)  0 params"),
        ("- Flatten # (x)  0 params", "- Flatten # (x)  0 params  # (None, 32)  0 params"),
        ("- Flatten  # (None, 9)  7 params", "- Flatten  # (None, 32)  0 params"),
        ("- Flatten # mine # (None, 9)  7 params", "- Flatten # mine  # (None, 32)  0 params"),
        ("- Flatten  # (None, 2..9), ...  1 param", "- Flatten  # (None, 32)  0 params"),
        ("- Flatten # (None, 9)  7 params  # (None, 3)  1 param", "- Flatten  # (None, 32)  0 params"),
        ("- Flatten  # (None, 9)  7 params, say", "- Flatten  # (None, 9)  7 params, say  # (None, 32)  0 params"),
        ("- Flatten  # (None, 9)  about 7 params", "- Flatten  # (None, 9)  about 7 params  # (None, 32)  0 params"),
        ("- Flatten  # (None, T - 1)  2*(T + 3)//2 - 4 params", "- Flatten  # (None, 32)  0 params"),
        ("- Flatten \t ", "- Flatten  # (None, 32)  0 params \t "),
        ("- Flatten:\t# tab", "- Flatten:\t# tab  # (None, 32)  0 params"),
        ("- # why\n    Flatten", "- # why\n    Flatten  # (None, 32)  0 params"),
        ("- Flatten:\n      name: café", "- Flatten:  # (None, 32)  0 params\n      name: café"),
        ("- {Flatten: {name: a,  # first\n       dtype: float32}}",
         "- {Flatten: {name: a,  # first  # (None, 32)  0 params\n       dtype: float32}}"),
        ('- Flatten: {dtype: "float\\\n      32"}', '- Flatten: {dtype: "float\\\n      32"}'),
        ("- Flatten:\n      dtype: >-\n        float32",
         "- Flatten:  # (None, 32)  0 params\n      dtype: >-\n        float32"),
    ],
)  # fmt: skip
def test_the_line_stays_as_it_is(before: str, after: str) -> None:
    text = f"{CHAIN}  {before}\n"
    assert annotate(text) == f"{CHAIN}  {after}\n"


def test_text_that_looks_like_an_annotation_stays() -> None:
    text = (
        "description: |  # (None, 4)  1 param\n  x  # (None, 4)  1 param\n"
        "name: 'a  # (None, 4)  1 param\n  b'\n# (None, 4)  1 param\n"
        "input: [8]  # (None, 4)  1 param\nlayers:\n  - Flatten\n"
    )
    assert remove(text) == (
        "description: |\n  x  # (None, 4)  1 param\nname: 'a  # (None, 4)  1 param\n  b'\n"
        "# (None, 4)  1 param\ninput: [8]\nlayers:\n  - Flatten\n"
    )
    assert annotate(text) == remove(text).replace("- Flatten", "- Flatten  # (None, 8)  0 params")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_line_ends_stay(end: str) -> None:
    text = f"input: [8]{end or chr(10)}layers:{end or chr(10)}  - Flatten{end}"
    assert annotate(text) == text.replace("Flatten", "Flatten  # (None, 8)  0 params")


def test_an_entry_by_alias_is_another_use_of_its_line() -> None:
    text = "input: [8]\nlayers:\n  - &d Dense: {units: 4}\n  - Dense: &x {units: 2}\n  - Dense: *x\n"
    assert annotate(text).split("\n")[2:5] == [
        "  - &d Dense: {units: 4}  # (None, 4)  36 params",
        "  - Dense: &x {units: 2}  # (None, 2)  10 params",
        "  - Dense: *x             # (None, 2)  6 params",
    ]
    text = "input: [8]\nlayers:\n  - &d {Dense: {units: 4}}\n  - *d\n"
    assert annotate(text).split("\n")[2:4] == ["  - &d {Dense: {units: 4}}  # (None, 4)  20..36 params", "  - *d"]


def test_the_example_of_the_reference_is_annotated_as_it_stands() -> None:
    text = (SPECS / "README.md").read_text("utf-8")
    _, _, example = text.partition("## Annotations\n")[2].partition("```yaml\n")
    example = example.partition("```")[0]
    assert "2 x 72 params" in example
    assert annotate(example) == annotate(remove(example)) == example


# Laws


@pytest.mark.parametrize("path", SOUND, ids=lambda path: str(path.relative_to(SPECS)))
def test_annotations_come_and_go_without_a_trace(path: Path) -> None:
    text = path.read_text("utf-8")
    annotated = annotate(text, path)
    assert annotated != text
    before, after = report_of(text, path), report_of(annotated, path)
    assert is_same(root_of(text), root_of(annotated))
    assert [(row.name, *map(str, row.shapes), str(row.params)) for row in after.rows] == [
        (row.name, *map(str, row.shapes), str(row.params)) for row in before.rows
    ]
    assert annotate(annotated, path) == annotated
    assert list_annotation_findings(after) == []
    assert remove(annotated) == text


@settings(max_examples=150)
@given(mutated(), st.sampled_from(["\n", "\r\n"]))
def test_mutated_specs_come_back(text: str, end: str) -> None:
    text = remove_all(text).replace("\r", "").replace("\n", end)
    try:
        report = report_of(text)
    except Fault:
        return
    annotated = apply_edits(report.spec.document.text, list_annotation_edits(report))
    assert is_same(root_of(report.spec.document.text), root_of(annotated))
    assert remove(annotated) == report.spec.document.text


def remove_all(text: str) -> str:
    """A text without what an annotation could be told by."""
    return text.replace("params", "numbers")


# What a check asks for


def findings(text: str) -> list[str]:
    return [
        f"{found.span.line}:{found.span.column}-{found.span.end} {found.code} {found.message}"
        for found in list_annotation_findings(report_of(text))
        if found.span is not None
    ]


def test_annotations_that_are_not_true_are_found() -> None:
    text = CHAIN + "  - Dense: {units: 3}  # (None, 8, 3)  16 params\n  - Flatten\n  - ReLU  # (None, 24)  0 params\n"
    text += "outputs: re_lu  # (None, 24)  0 params\n"
    assert findings(text) == [
        "3:24-49 SC514 the annotation says `# (None, 8, 3)  16 params`, and it is `# (None, 8, 3)  15 params`",
        "4:3-12 SC514 the annotation `# (None, 24)  0 params` is missing",
        "6:17-39 SC514 the annotation `# (None, 24)  0 params` speaks of no layer",
    ]
    found = list_annotation_findings(report_of(text))
    assert {finding.help for finding in found} == {"`shapecalc annotate model.yaml --write` writes what is true"}
    mended = apply_edits(text, [edit for finding in found for edit in finding.edits])
    assert findings(mended) == []
    assert mended == annotate(text).replace("ReLU               #", "ReLU  #")


def test_the_column_of_an_annotation_is_free() -> None:
    assert findings(CHAIN + "  - Flatten # (None, 32)  0 params\n  - ReLU      # (None, 32)  0 params\n") == []


def test_a_spec_without_annotations_need_have_none() -> None:
    assert findings(CHAIN + "  - Flatten\n") == []


def test_of_a_spec_with_errors_nothing_is_known() -> None:
    assert findings(CHAIN + "  - Flatten  # (None, 9)  0 params\n  - Dense: {units: 0}\n") == []
