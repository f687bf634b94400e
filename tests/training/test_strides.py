"""Which shape is a view of another, where sizes are formulas."""

from __future__ import annotations

from shapecalc.dims import floor_div, symbol
from shapecalc.training.strides import make_strides, view_strides


def test_rows_of_a_length_that_formulas_do_not_show() -> None:
    """An array without gaps has any shape as a view: both have as many entries, though rounding hides it."""
    side = symbol("side")
    shape, rows = (1, 3 * side, 3 * side, 16), floor_div(9 * side**2, 2)
    assert 32 * rows != 144 * side**2
    assert view_strides(shape, make_strides(shape), (1, rows, 32)) == (32 * rows, 32, 1)


def test_an_axis_behind_a_gap_still_has_to_be_shown() -> None:
    side = symbol("side")
    rows = floor_div(side, 2)
    turned = (4, 1, 4 * side)
    assert view_strides((side, 4, 3), turned, (rows, 2, 4, 3)) == (8, 4, 1, 4 * side)
    assert view_strides((3, side), (2 * side, 1), (3, rows, 2)) is None
