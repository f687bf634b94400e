"""Suggestions, and text from files made fit for a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.diagnostics import Diagnostic, Fault, Span, clean, did_you_mean, error, shorten, sort_key, split_lines


@pytest.mark.parametrize(
    ("word", "candidates", "expected"),
    [
        ("lstm", ["GRU", "LSTM"], "LSTM"),
        ("Danse", ["Dense", "Dropout"], "Dense"),
        ("batch_norm", ["BatchNorm", "LayerNorm"], "BatchNorm"),
        ("Conv2d", ["Conv1D", "Conv2D", "Conv3D"], "Conv2D"),
        ("completely", ["Dense"], None),
        ("", ["Dense"], None),
        ("x" * 10_000, ["x" * 9_999], None),
    ],
)
def test_did_you_mean(word: str, candidates: list[str], expected: str | None) -> None:
    assert did_you_mean(word, candidates) == expected


def test_a_known_false_friend_wins_where_it_is_on_offer() -> None:
    friends = {"hidden_size": "units"}
    assert did_you_mean("hidden_size", ["units", "hidden_sizes"], friends) == "units"
    assert did_you_mean("hidden_size", ["filters", "hidden_sizes"], friends) == "hidden_sizes"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢", "plain é 漢"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\r\t", "a\\nb\\r\\t"),
        ("abc\u202edef", "abc\\u202edef"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ud800", "\\ud800"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(st.text())
def test_clean_text_can_always_be_printed(text: str) -> None:
    assert clean(text).isprintable()
    assert clean(text).encode("utf-8").decode("utf-8") == clean(text)


def test_shorten() -> None:
    assert shorten("x" * 60) == "x" * 60
    assert shorten("x" * 61) == "x" * 57 + "..."
    assert shorten([1, 2]) == "[1, 2]"
    assert shorten(10**5000) == "a number of thousands of digits"
    assert shorten("\n" * 100, 5) == "\\n\\n..."


def test_findings_are_sorted_by_place() -> None:
    def at(file: str, line: int, column: int) -> Diagnostic:
        return error("SC101", "m", Span(file, line, column, column + 1))

    nowhere = error("SC601", "m")
    found = [at("b", 1, 1), at("a", 10, 1), at("a", 2, 9), at("a", 2, 3), nowhere]
    assert sorted(found, key=sort_key) == [nowhere, at("a", 2, 3), at("a", 2, 9), at("a", 10, 1), at("b", 1, 1)]


def test_a_fault_says_what_it_carries() -> None:
    fault = Fault(error("SC301", "unknown reference", subject="dense"), error("SC302", "below"))
    assert str(fault) == "dense: unknown reference; below"
    assert [diagnostic.code for diagnostic in fault.diagnostics] == ["SC301", "SC302"]


def test_lines_break_where_yaml_breaks_them() -> None:
    assert split_lines("a\r\nb\rc\nd\x85e\u2028f\x0bg") == ["a", "b", "c", "d", "e", "f\x0bg"]
