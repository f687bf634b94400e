"""Floor quotients in normal form, polynomials divided exactly, and symbols bound to values."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd

from shapecalc.dims.dim import (
    Dim,
    Leaf,
    Monomial,
    Quotient,
    Size,
    Terms,
    Unknown,
    add_up,
    from_terms,
    int_text,
    leaves,
    order_terms,
)

# A quotient beyond these limits becomes an unknown: nobody would read it, and each level takes a level of recursion.
MAX_QUOTIENT_DEPTH = 24
MAX_QUOTIENT_WEIGHT = 400
MAX_DIVISION_STEPS = 64


def floor_div(size: Size, divisor: int) -> Size:
    """floor(size / divisor), in normal form; `divisor` is at least 1."""
    if divisor < 1:
        raise ValueError(f"a size is divided by 1 or more, not by {int_text(divisor)}")
    if isinstance(size, int):
        return size // divisor
    whole: Terms = {}
    rest: Terms = {}
    for monomial, coefficient in size.terms.items():
        quotient, remainder = divmod(coefficient, divisor)
        if quotient:
            whole[monomial] = quotient
        if remainder:
            rest[monomial] = remainder
    return from_terms(whole) + _divide_rest(rest, divisor)


def ceil_div(size: Size, divisor: int) -> Size:
    """ceil(size / divisor), in normal form; `divisor` is at least 1."""
    return floor_div(size + (divisor - 1), divisor)


def _divide_rest(rest: Terms, divisor: int) -> Size:
    """floor(rest / divisor) where every coefficient lies in 1..divisor-1."""
    constant = rest.pop((), 0)
    if not rest:
        return 0
    common = gcd(divisor, *rest.values())
    divisor //= common
    rest = {monomial: coefficient // common for monomial, coefficient in rest.items()}
    if constant // common:
        rest[()] = constant // common
    nested = [
        monomial
        for monomial, coefficient in rest.items()
        if coefficient == 1 and len(monomial) == 1 and monomial[0][1] == 1 and isinstance(monomial[0][0], Quotient)
    ]
    if len(nested) == 1:
        # floor((floor(x/n) + c) / m) = floor((x + c*n) / (n*m)), whatever whole number c is.
        inner = nested[0][0][0]
        assert isinstance(inner, Quotient)
        del rest[nested[0]]
        return floor_div(inner.numerator + from_terms(rest) * inner.divisor, inner.divisor * divisor)
    quotient = Quotient(Dim(rest), divisor) if _fits(rest) else Unknown("a formula too long to follow")
    return Dim({((quotient, 1),): 1})


def _fits(numerator: Terms) -> bool:
    weight = 0
    for monomial in numerator:
        weight += len(monomial)
        for atom, _ in monomial:
            if isinstance(atom, Quotient):
                weight += atom.weight
                if atom.depth >= MAX_QUOTIENT_DEPTH:
                    return False
    return weight < MAX_QUOTIENT_WEIGHT


def bind(size: Size, values: Mapping[str, Size]) -> Size:
    """`size` with symbols replaced by sizes; those without a value stay."""
    if isinstance(size, int):
        return size
    return substitute(size, values)


def substitute(size: Size, values: Mapping[str, Size] | Mapping[Leaf, Size]) -> Size:
    """`bind`, which may replace unknowns as well."""
    if isinstance(size, int) or leaves(size).isdisjoint(values):
        return size
    lookup: Mapping[Leaf, Size] = dict(values.items())
    return add_up(_bound_term(monomial, coefficient, lookup) for monomial, coefficient in size.terms.items())


def _bound_term(monomial: Monomial, coefficient: int, values: Mapping[Leaf, Size]) -> Size:
    term: Size = coefficient
    for atom, power in monomial:
        value: Size
        if isinstance(atom, Quotient):
            value = floor_div(substitute(atom.numerator, values), atom.divisor)
        else:
            value = values[atom] if atom in values else Dim({((atom, 1),): 1})
        term = term * value**power
    return term


def exact_quotient(size: Size, divisor: Size) -> Size | None:
    """`size / divisor` where it is a polynomial with whole coefficients; None where it is not, or for divisor 0."""
    if isinstance(divisor, int):
        if isinstance(size, int):
            return None if divisor == 0 or size % divisor else size // divisor
        if divisor == 0 or any(coefficient % divisor for coefficient in size.terms.values()):
            return None
        return Dim({monomial: coefficient // divisor for monomial, coefficient in size.terms.items()})
    if isinstance(size, int):
        return None if size else 0
    lead, lead_coefficient = order_terms(divisor)[0]
    quotient: Size = 0
    rest: Size = size
    for _ in range(MAX_DIVISION_STEPS):
        if isinstance(rest, int):
            return None if rest else quotient
        monomial, coefficient = order_terms(rest)[0]
        shared = divide_monomial(monomial, lead)
        if shared is None or coefficient % lead_coefficient:
            return None
        step = from_terms({shared: coefficient // lead_coefficient})
        quotient = quotient + step
        rest = rest - step * divisor
    return None


def divide_monomial(monomial: Monomial, divisor: Monomial) -> Monomial | None:
    """`monomial / divisor`; None where an atom would stay in the denominator."""
    powers = dict(monomial)
    for atom, power in divisor:
        powers[atom] = powers.get(atom, 0) - power
        if powers[atom] < 0:
            return None
    return tuple((atom, power) for atom, power in powers.items() if power)
