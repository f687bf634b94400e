"""Comparisons of sizes: an answer is true of all values."""

from __future__ import annotations

import pytest
from hypothesis import given

from shapecalc.dims import Size, at_least, floor_div, same, symbol, unknown
from tests.dims.strategies import Formula, Values, bindings, formulas

H, W = symbol("H"), symbol("W")
BATCH = unknown()


@given(formulas(), formulas(), bindings)
def test_an_answer_is_true_of_all_values(left: Formula, right: Formula, values: Values) -> None:
    one, other = left.compute(values), right.compute(values)
    assert same(left.size, right.size) in (None, one == other)
    assert at_least(left.size, right.size) in (None, one >= other)


@pytest.mark.parametrize(
    ("left", "right", "answer"),
    [
        (5, 5, True),
        (5, 7, False),
        (H, H, True),
        (H, W, None),
        (H, 5, None),
        (H, 0, False),
        (H + 1, H, False),
        (2 * H, 2 * W + 1, False),
        (floor_div(H, 2), H + 1, False),
        (BATCH, BATCH, True),
        (BATCH, unknown(), None),
        (BATCH + 1, BATCH, False),
    ],
)
def test_same(left: Size, right: Size, answer: bool | None) -> None:
    assert same(left, right) is answer


@pytest.mark.parametrize(
    ("left", "right", "answer"),
    [
        (5, 5, True),
        (5, 7, False),
        (H, 1, True),
        (H, 2, None),
        (0, H, False),
        (H + W, 2, True),
        (H * W, H, True),
        (H * W + 3, H + W, True),
        (H, floor_div(H, 2), True),
        (floor_div(H, 2), H, False),
        (floor_div(H, 2), H + 1, False),
        (floor_div(H + 5, 2), 3, True),
        (floor_div(H, 2) * W, 0, True),
        (2 * H - W, 0, None),
        (BATCH, 1, True),
        (BATCH, 2, None),
    ],
)
def test_at_least(left: Size, right: Size, answer: bool | None) -> None:
    assert at_least(left, right) is answer
