"""Shares of a whole, as per cent and as formulas."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.dims import Size, symbol, unknown
from shapecalc.render.shares import share_data, share_text

T = symbol("T")


@pytest.mark.parametrize(
    ("part", "whole", "text", "data"),
    [
        (1, 3, "33.3%", 33.3333),
        (2, 3, "66.7%", 66.6667),
        (5, 5, "100.0%", 100.0),
        (0, 0, "0.0%", 0.0),
        (0, T, "0.0%", 0.0),
        (1, 10**9, "< 0.1%", 0.0),
        (1, 1000, "0.1%", 0.1),
        (7, 2, "350.0%", 350.0),
        (2 * T, 8 * T, "25.0%", 25.0),
        (2 * T * T + 2 * T, 8 * T * T + 8 * T, "25.0%", 25.0),
        (T, T + 2, "T / (T + 2)", "T / (T + 2)"),
        (2 * T + 1, 3 * T, "(2*T + 1) / (3*T)", "(2*T + 1) / (3*T)"),
        (4, T, "4 / T", "4 / T"),
        (unknown(), 5, "unknown", None),
        (2**5000, 2**5001, "50.0%", 50.0),
    ],
)
def test_a_share(part: Size, whole: Size, text: str, data: object) -> None:
    assert share_text(part, whole) == text
    assert share_data(part, whole) == data


@given(st.lists(st.integers(0, 10**15), min_size=1).filter(any))
def test_shares_are_rounded_and_sum_to_the_whole(parts: list[int]) -> None:
    whole = sum(parts)
    shares = [share_data(part, whole) for part in parts]
    for part, share in zip(parts, shares, strict=True):
        assert isinstance(share, float)
        assert abs(Fraction(share) - Fraction(100 * part, whole)) <= Fraction(1, 10**4)
    assert sum(float(share or 0) for share in shares) == pytest.approx(100, abs=1e-4 * len(parts))
