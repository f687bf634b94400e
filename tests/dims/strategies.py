"""Random sizes, as a formula over A, B, C together with a plain function that computes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from hypothesis import strategies as st

from shapecalc.dims import Size, ceil_div, floor_div, symbol

Values = Mapping[str, int]


class Formula(NamedTuple):
    """A size, and the arithmetic of Python's ints that it stands for."""

    size: Size
    compute: Callable[[Values], int]


def _constant(number: int) -> Formula:
    return Formula(number, lambda values: number)


def _symbol(name: str) -> Formula:
    return Formula(symbol(name), lambda values: values[name])


def _combined(left: Formula, right: Formula, operator: str) -> Formula:
    if operator == "+":
        return Formula(left.size + right.size, lambda values: left.compute(values) + right.compute(values))
    if operator == "-":
        return Formula(left.size - right.size, lambda values: left.compute(values) - right.compute(values))
    return Formula(left.size * right.size, lambda values: left.compute(values) * right.compute(values))


def _divided(inner: Formula, divisor: int, up: bool) -> Formula:
    if up:
        return Formula(ceil_div(inner.size, divisor), lambda values: -(-inner.compute(values) // divisor))
    return Formula(floor_div(inner.size, divisor), lambda values: inner.compute(values) // divisor)


def _leaves(names: str) -> st.SearchStrategy[Formula]:
    return st.one_of(st.integers(-9, 9).map(_constant), st.sampled_from(names).map(_symbol))


def polynomials(names: str = "ABC") -> st.SearchStrategy[Formula]:
    """Formulas without a quotient."""
    return st.recursive(
        _leaves(names), lambda inner: st.builds(_combined, inner, inner, st.sampled_from("+-*")), max_leaves=7
    )


def formulas(names: str = "ABC") -> st.SearchStrategy[Formula]:
    """Formulas small enough to be followed without ever falling back to an unknown."""
    return st.recursive(
        _leaves(names),
        lambda inner: st.one_of(
            st.builds(_combined, inner, inner, st.sampled_from("+-*")),
            st.builds(_divided, inner, st.integers(1, 6), st.booleans()),
        ),
        max_leaves=7,
    )


bindings = st.fixed_dictionaries({name: st.integers(1, 40) for name in "ABC"})
