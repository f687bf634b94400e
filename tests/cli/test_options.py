"""Options that several commands share: `--checkpoint BLOCK` names a block of the model."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Command

SPEC = """
input: [8]
blocks:
  Inner: {layers: [{Dense: {units: 8, activation: relu}}]}
  Outer: {layers: [{Inner: {}}, {Inner: {}}]}
layers:
  - Outer: {}
  - Dense: {units: 1}
"""
SOLVE = ("solve", "-", "--for", "batch", "--max-memory", "1GB")


@pytest.mark.parametrize("words", [("summary", "-"), ("explain", "-"), ("sweep", "-", "--batch", "1,2"), SOLVE])
def test_what_is_no_block_is_refused(shapecalc: Command, words: tuple[str, ...]) -> None:
    found = shapecalc(*words, "--training", "adam", "--checkpoint", "Outter", stdin=SPEC)
    assert found.code == 1
    assert "error[SC210] --checkpoint: the model has no block `Outter`" in found.err
    assert "help: did you mean `Outer`?" in found.err


@pytest.mark.parametrize("name", ["Outer", "Inner", "outer", "outer/inner_1"])
def test_types_and_paths_are_blocks(shapecalc: Command, name: str) -> None:
    found = shapecalc("summary", "-", "--training", "adam", "--checkpoint", name, stdin=SPEC)
    assert (found.code, found.err) == (0, "")


def test_a_model_without_blocks_says_so(shapecalc: Command) -> None:
    text = "input: [8]\nlayers:\n  - Dense: {units: 1}\n"
    options = ("--training", "adam", "--checkpoint", "Dense", "--output-format", "json")
    found = shapecalc("summary", "-", *options, stdin=text)
    (finding,) = json.loads(found.out)["diagnostics"]
    assert (found.code, finding["code"], finding["help"]) == (1, "SC210", "it has none")
