"""Findings as a person reads them."""

from __future__ import annotations

import re
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from shapecalc.diagnostics import Diagnostic, Label, Span, error, warning
from shapecalc.render.findings.full import full

FILE = "specs/reject/last_step_only.yaml"
SOURCE = ["name: m", "", "input: [5, 1]", "layers:", "  - LSTM: {units: 5}"]
SOURCE.append("  - TimeDistributed: {layer: {Dense: {units: 1}}}")
TIME_AXIS = error(
    "SC412",
    "needs a time axis, got (None, 5)",
    Span(FILE, 6, 5, 20),
    subject="time_distributed",
    labels=(Label(Span(FILE, 5, 5, 9), "returns its last step only"),),
    help="set `return_sequences: true` on `lstm`",
)


def show(diagnostic: Diagnostic, **files: list[str]) -> str:
    return full([diagnostic], lambda file: files.get(file, []))


def test_the_block_of_the_design() -> None:
    assert full([TIME_AXIS], lambda file: SOURCE) == (
        "specs/reject/last_step_only.yaml:6:5: error[SC412] time_distributed: needs a time axis, got (None, 5)\n"
        "  |\n"
        "6 |   - TimeDistributed: {layer: {Dense: {units: 1}}}\n"
        "  |     ^^^^^^^^^^^^^^^\n"
        "5 |   - LSTM: {units: 5}\n"
        "  |     ---- returns its last step only\n"
        "  = help: set `return_sequences: true` on `lstm`"
    )


def test_without_a_place() -> None:
    assert show(error("SC608", "no option `--x`", help="see --help")) == (
        "error[SC608] no option `--x`\n  = help: see --help"
    )


def test_a_whole_file() -> None:
    assert show(error("SC601", "not found", Span("m.yaml", 0, 0, 0))) == "m.yaml: error[SC601] not found"


def test_without_the_source_other_places_become_notes() -> None:
    assert full([TIME_AXIS], lambda file: []).splitlines()[1:] == [
        "  = help: set `return_sequences: true` on `lstm`",
        "  = note: specs/reject/last_step_only.yaml:5:5: returns its last step only",
    ]


def test_gutter_labels_on_one_line_and_notes() -> None:
    found = warning(
        "SC102",
        "twice",
        Span("m", 10, 7, 8),
        labels=(Label(Span("m", 10, 1, 2), "first"), Label(Span("m", 9, 1, 1), "line above")),
        notes=("one", "two"),
        label="second",
    )
    lines = ["x"] * 8 + ["", "a: 1, a: 2"]
    assert show(found, m=lines) == (
        "m:10:7: warning[SC102] twice\n"
        "   |\n"
        "10 | a: 1, a: 2\n"
        "   |       ^ second\n"
        "   | - first\n"
        " 9 |\n"
        "   | - line above\n"
        "   = note: one\n"
        "   = note: two"
    )


def test_a_label_in_another_file_names_it() -> None:
    found = error("SC401", "m", Span("a", 1, 1, 2), labels=(Label(Span("b", 1, 1, 3), "here"),))
    assert show(found, a=["x: 1"], b=["yy: 1"]) == (
        "a:1:1: error[SC401] m\n  |\n1 | x: 1\n  | ^\n  > b:1:1\n1 | yy: 1\n  | -- here"
    )


def test_several_blocks_have_a_line_between() -> None:
    found = error("SC601", "gone")
    assert full([found, found], lambda file: []) == "error[SC601] gone\n\nerror[SC601] gone"
    assert full([], lambda file: []) == ""


def test_wide_characters_and_tabs_keep_the_caret_in_place() -> None:
    found = error("SC101", "m", Span("a", 1, 5, 7))
    assert show(found, a=["\t漢e: 漢字"]).splitlines()[2:] == ["1 |     漢e: 漢字", "  |         ^^^"]
    assert show(found, a=["e\u0301\u0301xyz"]).splitlines()[3] == "  |   ^^"


def test_a_long_line_is_shown_around_the_span() -> None:
    found = error("SC101", "m", Span("a", 1, 501, 504))
    line, carets = show(found, a=["x" * 500 + "abc" + "y" * 500]).splitlines()[2:]
    assert line == "1 | ..." + "x" * 30 + "abc" + "y" * 87 + "..."
    assert carets == "  | " + " " * 33 + "^^^"


def test_nothing_from_a_file_reaches_the_terminal_raw() -> None:
    evil = "\x1b[31m\u202e\n"
    span = Span(f"f{evil}", 1, 1, 3)
    found = error("SC201", evil, span, subject=evil, labels=(Label(span, evil),), help=evil, notes=(evil,), label=evil)
    text = full([found], lambda file: [f"a{evil}b"])
    assert text.replace("\n", "").isprintable()
    assert "\\x1b[31m\\u202e\\n" in text


def test_colour_changes_nothing_but_colour() -> None:
    coloured = full([TIME_AXIS._replace(subject="[bold]x[/]")], lambda file: SOURCE, colour=True)
    assert "\x1b[1;31merror[SC412]\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == full(
        [TIME_AXIS._replace(subject="[bold]x[/]")], lambda file: SOURCE
    )


def test_rich_is_not_loaded_without_colour() -> None:
    program = (
        "import sys; from shapecalc.render.findings.full import full; from shapecalc.diagnostics import Diagnostic;"
        "full([Diagnostic('SC101', 'error', '', 'm')], lambda file: []); print('rich' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "False\n"


SPANS = st.builds(Span, st.sampled_from(["a", "b", "c"]), st.integers(0, 4), st.integers(-1, 300), st.integers(-1, 300))


@given(SPANS, SPANS, st.lists(st.text(max_size=200), max_size=4), st.booleans())
def test_any_span_over_any_text_can_be_shown(span: Span, other: Span, lines: list[str], colour: bool) -> None:
    found = error("SC101", "m", span, labels=(Label(other, "other"),))
    text = full([found], lambda file: lines if file != "c" else [], colour=colour)
    assert "other" in text


def test_other_places_of_a_finding_without_one_are_notes() -> None:
    finding = error("SC401", "differs", labels=(Label(Span("a.yaml", 3, 5, 9), "is (None, 4)"),))
    assert show(finding) == "error[SC401] differs\n  = note: a.yaml:3:5: is (None, 4)"
