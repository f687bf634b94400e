"""`did you mean`, for names that nearly exist."""

from __future__ import annotations

import pytest

from shapecalc.diagnostics import did_you_mean


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
