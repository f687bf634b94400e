"""Warnings of what a spec declares and never uses, and what looking for them costs."""

from __future__ import annotations

import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report
from shapecalc.analysis.warnings import list_warnings
from shapecalc.document.nodes import Document
from shapecalc.model.load import Library

LAYERS = "input: [4]\nlayers:\n" + "  - Dense: {units: 4}\n" * 50


def report_of(text: str) -> Report:
    found = analyse(Library().parse(text, "m.yaml"))
    assert found.diagnostics == []
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LAYERS, []),
        ("args: {a: 4, b: 4, c: 4}\ninput: [$a]\nlayers:\n  - Dense: {units: $b}\n", ["c"]),
        ("args: {a: 4, b: 4}\nblocks:\n  A: {layers: [{Dense: {units: $a}}]}\n" + LAYERS, ["b", "A"]),
        (
            "blocks:\n  A: {layers: [Flatten]}\n  B: {args: {n: 4, m: 1}, layers: [A, {Dense: {units: $n}}]}\n"
            "  C: {layers: [C2], blocks: {C2: {layers: [Flatten]}, C3: {layers: [Flatten]}}}\n"
            "input: [4]\nlayers: [B, C]\n",
            ["m", "C3"],
        ),
    ],
)
def test_what_is_declared_and_never_used(text: str, expected: list[str]) -> None:
    found = list_warnings(report_of(text))
    assert [one.message.split("`")[1] for one in found] == expected
    assert {one.code for one in found} <= {"SC506"}


def test_of_a_model_without_declarations_no_text_is_read_and_no_place_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Warnings that nobody meets cost a long file nothing."""
    report = report_of(LAYERS)

    def never(*_: object) -> None:
        raise AssertionError("looked for what cannot be there")

    monkeypatch.setattr(Document, "span", never)
    monkeypatch.setattr("shapecalc.analysis.warnings.list_children", never)
    assert list_warnings(report) == []


@pytest.mark.parametrize("axis", [-1, 3])
def test_the_last_axis_may_be_counted_from_either_end(axis: int) -> None:
    text = (
        "input: [3, 8, 8]\nlayers:\n"
        "  - Conv2D: {filters: 4, kernel_size: 3, data_format: channels_first}\n"
        f"  - LayerNormalization: {{axis: {axis}}}\n"
    )
    assert [warning.code for warning in list_warnings(analyse(Library().parse(text, "model.yaml")))] == ["SC214"]
