"""Values that YAML splits at a comma: mended, and reported."""

from __future__ import annotations

import pytest
import yaml

from shapecalc.document.read import read
from tests.document.documents import plain, shown


@pytest.mark.parametrize(
    ("text", "expected", "value"),
    [
        (
            "- Dense: {units: make_divisible($f, 8), name: a}",
            "1:18-39 SC107 YAML splits `make_divisible($f, 8)` at its comma"
            ' | quote it: `units: "make_divisible($f, 8)"`',
            [{"Dense": {"units": "make_divisible($f, 8)", "name": "a"}}],
        ),
        (
            "{shape: (None, 5), 5}",
            "1:20-21 SC107 `5` has no value | write `5: ...`",
            {"shape": "(None, 5)"},
        ),
        (
            "[max(1, 2), 3]",
            '1:2-11 SC107 YAML splits `max(1, 2)` at its comma | quote it: `"max(1, 2)"`',
            ["max(1, 2)", 3],
        ),
        (
            "{b: max(1, 2) * min(3, 4), c: 5}",
            '1:5-26 SC107 YAML splits `max(1, 2) * min(3, 4)` at its comma | quote it: `b: "max(1, 2) * min(3, 4)"`',
            {"b": "max(1, 2) * min(3, 4)", "c": 5},
        ),
        (
            "{b: c, d}",
            '1:8-9 SC107 `d` has no value | write `d: ...`, or, if it belongs to `b`, quote `"c, d"`',
            {"b": "c"},
        ),
        (
            "{params: 25,636, macs: 7}",
            "1:13-16 SC107 `636` has no value | write `25636`: inside braces a comma ends the number",
            {"params": 25, "macs": 7},
        ),
    ],
)
def test_values_split_at_a_comma_are_mended_and_reported(
    text: str, expected: str | None, value: object, loader: str
) -> None:
    if expected is not None:
        assert shown(text) == expected
    else:
        assert [found.code for found in read(text, "m").diagnostics] == ["SC107", "SC107"]
    assert plain(read(text, "m").root) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{shape: (3, 3, 3)}", {"shape": "(3, 3, 3)"}),
        ("{shape: (None, 5, T), name: a}", {"shape": "(None, 5, T)", "name": "a"}),
        ("{k: (3,), s: (1,1)}", {"k": "(3,)", "s": "(1,1)"}),
        ("{p: ((1, 1), (2, 2))}", {"p": "((1, 1), (2, 2))"}),
        ("[(1, 1), (2, 2)]", ["(1, 1)", "(2, 2)"]),
        ("{k: ($k, $k + 1)}", {"k": "($k, $k + 1)"}),
    ],
)
def test_a_tuple_is_put_together_again_without_a_finding(text: str, value: object, loader: str) -> None:
    found = read(text, "m")
    assert found.diagnostics == []
    assert plain(found.root) == value


@pytest.mark.parametrize(
    "text",
    [
        "{a: , b: }",
        "{a}",
        "{a: '(', b: }",
        "{a: b(c), d: }",
        "a: max(1, 2)",
        "[a(b), c]",
        "{a: '', b: ''}",
        "['(1', 2]",
    ],
)
def test_what_looks_like_a_split_and_is_none(text: str, loader: str) -> None:
    found = read(text, "m")
    assert found.diagnostics == []
    assert plain(found.root) == yaml.safe_load(text)


def test_many_pieces_are_joined_in_one_go() -> None:
    found = read("[" + "(a, " * 20_000 + "b" + ")" * 20_000 + "]", "m.yaml")
    assert [each.code for each in found.diagnostics] == ["SC107"]
    assert read("[" + "(a, " * 20_000 + "]", "m.yaml").diagnostics == []


@pytest.mark.parametrize("text", ["{a: [(, null]}", "{a: [(, {b: 1}, x)]}"])
def test_a_bracket_that_never_closes_is_text(text: str) -> None:
    document = read(text, "m")
    assert document.diagnostics == []
    assert plain(document.root) == yaml.safe_load(text)
