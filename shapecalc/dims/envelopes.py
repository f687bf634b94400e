"""Bounds of formulas in one symbol: a polynomial below and one above, without quotients, whose signs can be found.

A quotient `n // d` lies between `(n - d + 1) / d` and `n / d`. Where a polynomial above a formula is negative, so is
the formula: a search for values need not look there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import NamedTuple, TypeAlias

from shapecalc.dims.dim import Dim, Quotient, Size, terms_of

Polynomial: TypeAlias = tuple[Fraction, ...]
"""Coefficients, the constant first; an empty tuple is 0."""


class Envelope(NamedTuple):
    """Polynomials that a formula is never below and never above, from `find_threshold` on."""

    below: Polynomial
    above: Polynomial


def evaluate(size: Size, value: int) -> int:
    """A formula in one symbol where that has this value."""
    if isinstance(size, int):
        return size
    total = 0
    for monomial, coefficient in size.terms.items():
        for atom, power in monomial:
            factor = evaluate(atom.numerator, value) // atom.divisor if isinstance(atom, Quotient) else value
            coefficient *= factor**power
        total += coefficient
    return total


def envelope(size: Size) -> Envelope:
    """The envelope of a formula in one symbol; it holds where the symbol is at least `find_threshold` of it."""
    below: Polynomial = ()
    above: Polynomial = ()
    for monomial, coefficient in terms_of(size).items():
        low: Polynomial = (Fraction(coefficient),)
        high = low
        for atom, power in monomial:
            least, most = _enclose_quotient(atom) if isinstance(atom, Quotient) else Envelope(_SYMBOL, _SYMBOL)
            for _ in range(power):
                low, high = _multiply(low, least), _multiply(high, most)
        if coefficient < 0:
            low, high = high, low
        below, above = _add(below, low), _add(above, high)
    return Envelope(below, above)


_SYMBOL: Polynomial = (Fraction(0), Fraction(1))


def _enclose_quotient(quotient: Quotient) -> Envelope:
    below, above = envelope(quotient.numerator)
    scale = (Fraction(1, quotient.divisor),)
    rounding = (Fraction(1 - quotient.divisor, quotient.divisor),)
    return Envelope(_add(_multiply(below, scale), rounding), _multiply(above, scale))


def find_threshold(sizes: Sequence[Size], most: int) -> int:
    """The least value of the symbol, from 1, where no quotient's lower polynomial is negative; `most` at the most.

    Below it a product of quotients may leave its envelope, since two negative bounds make a positive one.
    """
    threshold = 1
    for quotient in {term for size in sizes for term in _list_quotients(size)}:
        below = _enclose_quotient(quotient).below
        changes = find_sign_changes(below, 1, most)
        if changes:
            threshold = max(threshold, changes[-1])
        elif not is_positive(below, most):
            return most
    return threshold


def _list_quotients(size: Size) -> Iterator[Quotient]:
    if isinstance(size, Dim):
        for monomial in size.terms:
            for atom, _ in monomial:
                if isinstance(atom, Quotient):
                    yield atom
                    yield from _list_quotients(atom.numerator)


def is_positive(polynomial: Polynomial, value: int) -> bool:
    """Whether a polynomial is 0 or more at a value."""
    return _evaluate_at(_clear_denominators(polynomial), value) >= 0


def find_sign_changes(polynomial: Polynomial, low: int, high: int) -> list[int]:
    """The whole numbers above `low`, up to `high`, at which a polynomial becomes negative, or 0 or more.

    Between two changes of the sign of its steps a polynomial only grows or only falls, so there is one change at most.
    """
    coefficients = _clear_denominators(polynomial)
    if len(coefficients) < 2 or low >= high:
        return []
    turns = find_sign_changes(_subtract_shifted(polynomial), low, high)
    corners = [low, *turns, high]
    changes = []
    for start, end in pairwise(corners):
        before = _evaluate_at(coefficients, start) >= 0
        if before != (_evaluate_at(coefficients, end) >= 0):
            while end - start > 1:
                middle = (start + end) // 2
                start, end = (middle, end) if (_evaluate_at(coefficients, middle) >= 0) == before else (start, middle)
            changes.append(end)
    return changes


def _clear_denominators(polynomial: Polynomial) -> tuple[int, ...]:
    """A multiple with whole coefficients and the same sign."""
    common = lcm(*(term.denominator for term in polynomial))
    return tuple(int(term * common) for term in polynomial)


def _evaluate_at(coefficients: tuple[int, ...], value: int) -> int:
    total = 0
    for coefficient in reversed(coefficients):
        total = total * value + coefficient
    return total


def _subtract_shifted(polynomial: Polynomial) -> Polynomial:
    """What a polynomial grows by from each whole number to the next: one degree less."""
    composed: Polynomial = ()
    power: Polynomial = (Fraction(1),)  # (x + 1) to the power of each degree in turn
    for degree, coefficient in enumerate(polynomial):
        if degree:
            power = _multiply(power, (Fraction(1), Fraction(1)))
        composed = _add(composed, _multiply(power[:-1], (coefficient,)))
    return composed


def _add(left: Polynomial, right: Polynomial) -> Polynomial:
    length = max(len(left), len(right))
    padded = [(*term, *(Fraction(0),) * (length - len(term))) for term in (left, right)]
    return tuple(a + b for a, b in zip(*padded, strict=True))


def _multiply(left: Polynomial, right: Polynomial) -> Polynomial:
    if not left or not right:
        return ()
    product = [Fraction(0)] * (len(left) + len(right) - 1)
    for position, a in enumerate(left):
        for other, b in enumerate(right):
            product[position + other] += a * b
    return tuple(product)
