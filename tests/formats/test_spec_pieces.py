"""A spec in pieces, and with the files of its blocks written in."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.diagnostics import Fault
from shapecalc.formats.spec_pieces import inline_blocks, split_spec
from shapecalc.model.load import Library

MODELS = Path(__file__).parents[2] / "specs" / "models"
SPECS = sorted(path for path in MODELS.rglob("*.yaml") if path.parent.name in ("models", "families"))


def test_a_piece_for_each_key() -> None:
    text = "# before\nname: a\n# of args\nargs:\n  b: 1\nlayers:\n  - Flatten\n"
    pieces = split_spec(text, "a.yaml")
    assert [(piece.key, piece.first, piece.lines) for piece in pieces] == [
        ("name", 1, ["name: a", "# of args"]),
        ("args", 3, ["args:", "  b: 1"]),
        ("layers", 5, ["layers:", "  - Flatten", ""]),
    ]
    with pytest.raises(Fault):
        split_spec("- a\n", "a.yaml")


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_with_its_blocks_written_in_it_is_the_same_model(path: Path) -> None:
    text = inline_blocks(path.read_text("utf-8"), str(path.parent))
    assert "{file:" not in text
    settings = Settings({"depth": 2} if "depth:" in text else {})
    apart, whole = analyse(Library().open(str(path)), settings), analyse(Library().parse(text, "whole.yaml"), settings)
    assert whole.diagnostics == [] or [found.message for found in whole.diagnostics] == [
        found.message for found in apart.diagnostics
    ]
    weights = [
        [(row.name, name, weight.shape) for row in report.rows for name, weight in row.weights]
        for report in (apart, whole)
    ]
    assert weights[0] == weights[1]
    assert (whole.params, whole.macs, whole.active) == (apart.params, apart.macs, apart.active)
    assert [str(tensor.shape) for tensor in whole.outputs.values()] == [
        str(tensor.shape) for tensor in apart.outputs.values()
    ]
