"""Formulas in one symbol between polynomials, and where the sign of a polynomial changes."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from shapecalc.dims import floor_div, symbol
from shapecalc.dims.envelopes import Envelope, envelope, evaluate, find_sign_changes, find_threshold
from tests.dims.strategies import Formula, formulas

H = symbol("H")


def value_at(polynomial: tuple[Fraction, ...], value: int) -> Fraction:
    return sum((one * value**place for place, one in enumerate(polynomial)), Fraction(0))


@given(formulas("H"), st.integers(1, 5_000))
def test_a_formula_is_evaluated_as_it_is_written(formula: Formula, value: int) -> None:
    assert evaluate(formula.size, value) == formula.compute({"H": value})


@given(formulas("H"), st.integers(0, 5_000))
def test_a_formula_stays_between_its_polynomials(formula: Formula, more: int) -> None:
    value = find_threshold([formula.size], 10**6) + more
    below, above = envelope(formula.size)
    assert value_at(below, value) <= formula.compute({"H": value}) <= value_at(above, value)


@given(st.lists(st.integers(-60, 60), max_size=5), st.integers(1, 20), st.integers(0, 80))
def test_every_change_of_sign_is_found(whole: list[int], low: int, span: int) -> None:
    polynomial = tuple(Fraction(one, 7) for one in whole)
    positive = [value_at(polynomial, value) >= 0 for value in range(low, low + span + 1)]
    assert find_sign_changes(polynomial, low, low + span) == [
        low + place for place in range(1, span + 1) if positive[place] != positive[place - 1]
    ]


def test_a_quotient_between_fractions() -> None:
    assert envelope(floor_div(H, 4)) == Envelope((Fraction(-3, 4), Fraction(1, 4)), (Fraction(0), Fraction(1, 4)))
    assert find_threshold([floor_div(H, 4)], 100) == 3
    assert find_threshold([floor_div(H, 400)], 100) == 100
