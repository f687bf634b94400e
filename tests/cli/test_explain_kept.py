"""`explain --training` derives what a layer keeps for the backward pass."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.conftest import Command


def list_pieces(shapecalc: Command, text: str) -> list[dict[str, Any]]:
    """The pieces of memory that the last layer of a spec is said to keep."""
    out = shapecalc("explain", "-", "--training", "adam", "--output-format", "json", stdin=text).out
    pieces: list[dict[str, Any]] = json.loads(out)["models"][0]["layers"][-1]["kept"]["pieces"]
    return pieces


def test_what_is_fed_twice_is_kept_once_and_derived_in_symbols(shapecalc: Command) -> None:
    text = """
        input: [6, 8]
        layers:
          - Dense: {units: 8}
          - MultiHeadAttention: {num_heads: 2, key_dim: 4}
            from: [prev, prev]
    """
    pieces = list_pieces(shapecalc, text)
    names = [piece["name"] for piece in pieces]
    assert sorted(set(names)) == sorted(names)
    query = next(piece for piece in pieces if piece["name"] == "query copy")
    assert query["factors"] == ["batch", "num_heads", "query", "key_dim", "4"]


def test_pieces_that_are_alike_are_one_line_with_their_number(shapecalc: Command) -> None:
    text = "input: [5, 3]\nlayers:\n  - LSTM: {units: 2, recurrent_dropout: 0.5}\n"
    pieces = list_pieces(shapecalc, text)
    assert len({(piece["name"], *piece["factors"]) for piece in pieces}) == len(pieces)
    masks = next(piece for piece in pieces if piece["name"] == "dropout mask")
    assert masks["factors"] == ["4", "batch", "units", "4"]
    assert masks["total"] == 4 * 1 * 2 * 4
