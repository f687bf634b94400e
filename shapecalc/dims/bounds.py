"""Comparisons of sizes, answered yes, no, or None for cannot tell.

Symbols and unknowns are whole numbers of at least 1. The reasoning is sound, simple and incomplete: a question it
leaves open becomes an assumption.
"""

from __future__ import annotations

from math import comb, gcd

from shapecalc.dims.dim import Dim, Monomial, Quotient, Size, Terms, degree, from_terms, least, least_of

# Expanding a polynomial around its least values is only worth it while it stays small.
MAX_EXPANDED_DEGREE = 6
MAX_EXPANDED_TERMS = 48


def same(left: Size, right: Size) -> bool | None:
    """Whether two sizes are equal: always, never, or None."""
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    difference = left - right
    if isinstance(difference, int):
        return difference == 0
    constant = difference.terms.get((), 0)
    if constant % gcd(*(coefficient for monomial, coefficient in difference.terms.items() if monomial)):
        return False
    if _is_positive(difference) or _is_positive(-difference):
        return False
    return None


def at_least(left: Size, right: Size) -> bool | None:
    """Whether `left >= right`: always, never, or None."""
    if isinstance(left, int) and isinstance(right, int):
        return left >= right
    lowest = lower_bound(left - right)
    if lowest is not None and lowest >= 0:
        return True
    lowest = lower_bound(right - left)
    if lowest is not None and lowest > 0:
        return False
    return None


def _is_positive(size: Size) -> bool:
    lowest = lower_bound(size)
    return lowest is not None and lowest > 0


def lower_bound(size: Size) -> int | None:
    """A number that `size` is never below, or None where none is found."""
    if isinstance(size, int):
        return size
    if all(coefficient > 0 for monomial, coefficient in size.terms.items() if monomial):
        return least_of(size.terms)
    lowest = _bound_expanded(size)
    return _bound_relaxed(size) if lowest is None else lowest


def _bound_expanded(size: Dim) -> int | None:
    """The lower bound once each atom is written as its least value plus a rest of at least 0; None where it is open.

    If no other coefficient is negative then, the constant is the bound. This settles `H*W - H >= 0`, which no term does
    by itself.
    """
    if degree(size) > MAX_EXPANDED_DEGREE or len(size.terms) > MAX_EXPANDED_TERMS:
        return None
    expanded: Terms = {}
    for monomial, coefficient in size.terms.items():
        for rest, factor in _expand(monomial).items():
            expanded[rest] = expanded.get(rest, 0) + coefficient * factor
    constant = expanded.pop((), 0)
    return constant if all(coefficient >= 0 for coefficient in expanded.values()) else None


def _expand(monomial: Monomial) -> Terms:
    product: Terms = {(): 1}
    for atom, power in monomial:
        low = least(atom)
        powers = {k: comb(power, k) * low ** (power - k) for k in range(power + 1)}
        product = {
            (*rest, (atom, k)) if k else rest: factor * share
            for rest, factor in product.items()
            for k, share in powers.items()
        }
    return product


def _bound_relaxed(size: Dim) -> int | None:
    """The lower bound with a fraction that is as small in place of the first quotient: `H - H//2 >= 0`."""
    for monomial, coefficient in size.terms.items():
        if len(monomial) == 1 and monomial[0][1] == 1 and isinstance(monomial[0][0], Quotient):
            quotient = monomial[0][0]
            rest = from_terms({other: c for other, c in size.terms.items() if other != monomial})
            fraction = quotient.numerator if coefficient < 0 else quotient.numerator - (quotient.divisor - 1)
            lowest = lower_bound(rest * quotient.divisor + fraction * coefficient)
            return None if lowest is None else -(-lowest // quotient.divisor)
    return None
