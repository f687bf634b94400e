"""A mapping that is empty, null or left out is the same; one that is something else is told once, and nothing fails."""

from __future__ import annotations

import pytest

from shapecalc.analysis.analyse import analyse
from tests.layering import parse

MODEL = "input: [4]\nlayers:\n  - Dense: {units: 2}\n"


@pytest.mark.parametrize("value", ["{}", "null", ""])
@pytest.mark.parametrize("key", ["args", "blocks", "expect"])
def test_an_empty_mapping_says_nothing(key: str, value: str) -> None:
    report = analyse(parse(f"{key}: {value}\n{MODEL}"))
    assert report.diagnostics == []
    assert report.params == 10


@pytest.mark.parametrize("value", ["{}", "null"])
def test_an_unknown_type_is_told_beside_empty_blocks(value: str) -> None:
    report = analyse(parse(f"blocks: {value}\ninput: [4]\nlayers:\n  - Part\n"))
    assert [finding.code for finding in report.diagnostics] == ["SC201"]


@pytest.mark.parametrize("value", ["1", "[8]", "text"])
@pytest.mark.parametrize(
    "entry",
    [
        "SpectralNormalization: {layer: {Part: {}}}", "TimeDistributed: {layer: Part}", "Bidirectional: {layer: Part}",
        "RNN: {cell: Part}", "Pipeline: {layers: [Part]}", "Pipeline: {layers: 3}", "StackedRNNCells: {cells: Part}",
        "Part",
    ],
)  # fmt: skip
def test_blocks_that_are_no_mapping_are_told_once(entry: str, value: str) -> None:
    """What the entries name may have stood in them."""
    report = analyse(parse(f"blocks: {value}\ninput: [6, 4]\nlayers:\n  - {entry}\n"))
    assert report.diagnostics[0].code == "SC108"
    assert {finding.code for finding in report.diagnostics} == {"SC108"}
    assert not report.ok
