"""Exact sizes: an int, or a `Dim`, an integer polynomial over symbols, unknowns and floor quotients.

A `Dim` is kept in normal form, so that equal formulas are equal objects. What is constant collapses to an int: nearly
every size is one, and every function here asks for ints first.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from math import log10

# A formula beyond these limits becomes an unknown: nobody would read it, and it could grow without end.
MAX_TERM_PAIRS = 4096
MAX_DEGREE = 64

MAX_PRINTED_BITS = 1024

_UNRECORDED = "not recorded:"

_serials = itertools.count(1)


class Unknown:
    """A size that is not known. Each equals itself alone; `hint` says where it comes from."""

    __slots__ = ("hint", "serial")

    def __init__(self, hint: str | None = None) -> None:
        self.hint = hint
        self.serial = next(_serials)

    @property
    def is_unrecorded(self) -> bool:
        """Whether it stands for what some file should say and no file does."""
        return self.hint is not None and self.hint.startswith(_UNRECORDED)

    def __repr__(self) -> str:
        return "None"


class Quotient:
    """floor(numerator / divisor) as `floor_div` leaves it: coefficients in 0..divisor-1, nothing to cancel.

    Hence it is at least 0, and grows with each of its leaves.
    """

    __slots__ = ("_hash", "depth", "divisor", "key", "least", "leaves", "numerator", "text", "weight")

    def __init__(self, numerator: Dim, divisor: int) -> None:
        self.numerator = numerator
        self.divisor = divisor
        self._hash = hash((numerator, divisor))
        inner = [atom for monomial in numerator.terms for atom, _ in monomial]
        quotients = [atom for atom in inner if isinstance(atom, Quotient)]
        self.depth: int = 1 + max((atom.depth for atom in quotients), default=0)
        self.weight: int = 1 + len(inner) + sum(atom.weight for atom in quotients)
        self.leaves = leaves(numerator)
        self.least = least_of(numerator.terms) // divisor
        self.text = quotient_text(numerator, divisor)
        self.key = (self.text.lower(), self.text, (0, *_list_serials(numerator)))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Quotient):
            return NotImplemented
        return self.divisor == other.divisor and self.numerator == other.numerator

    def __repr__(self) -> str:
        return self.text


class Dim:
    """A size with a symbol or an unknown in it. Immutable.

    `+`, `-`, `*` and `**` work with ints and other sizes. A question that may have no answer (`//`, `%`, `<`, truth)
    raises TypeError and names the demand that asks it.
    """

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._hash: int | None = None

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.terms.items()))
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Dim):
            return hash(self) == hash(other) and self.terms == other.terms
        return False if isinstance(other, int) else NotImplemented

    def __add__(self, other: Size) -> Size:
        if not isinstance(other, (int, Dim)):
            return NotImplemented
        return from_terms(_sum_terms(self.terms, terms_of(other)))

    __radd__ = __add__

    def __neg__(self) -> Dim:
        return Dim({monomial: -coefficient for monomial, coefficient in self.terms.items()})

    def __sub__(self, other: Size) -> Size:
        if not isinstance(other, (int, Dim)):
            return NotImplemented
        return self + -other

    def __rsub__(self, other: int) -> Size:
        return -self + other

    def __mul__(self, other: Size) -> Size:
        if isinstance(other, int):
            if other == 0:
                return 0
            return Dim({monomial: coefficient * other for monomial, coefficient in self.terms.items()})
        if not isinstance(other, Dim):
            return NotImplemented
        if len(self.terms) * len(other.terms) > MAX_TERM_PAIRS or degree(self) + degree(other) > MAX_DEGREE:
            return unknown("a formula too long to follow")
        product: Terms = {}
        for left, a in self.terms.items():
            for right, b in other.terms.items():
                monomial = _multiply_monomials(left, right)
                product[monomial] = product.get(monomial, 0) + a * b
        return from_terms({monomial: coefficient for monomial, coefficient in product.items() if coefficient})

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Size:
        if not isinstance(exponent, int) or exponent < 0:
            raise TypeError("a size is raised to a whole number of at least 0")
        power: Size = 1
        for _ in range(exponent):
            power = power * self
            if leaves(power).isdisjoint(leaves(self)):
                break
        return power

    def __str__(self) -> str:
        return "None" if is_unknown(self) else formula(self)

    def __repr__(self) -> str:
        return formula(self)


Size = int | Dim
Leaf = str | Unknown
Atom = str | Unknown | Quotient
Monomial = tuple[tuple[Atom, int], ...]
Terms = dict[Monomial, int]


def _refuse_truth(operation: str, demand: str) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise TypeError(f"a symbolic size has no {operation}: use {demand}")

    return refuse


# Set from outside the class, so that type checkers refuse these operations as well.
for _names, _operation, _demand in (
    ("__floordiv__ __rfloordiv__", "//", "floor_div, ceil_div, or exact where it must divide"),
    ("__truediv__ __rtruediv__", "/", "exact"),
    ("__mod__ __rmod__ __divmod__ __rdivmod__", "%", "exact, which demands that it divides"),
    ("__lt__ __le__ __gt__ __ge__", "order", "require_at_least, or at_least for an answer that may be None"),
    ("__bool__", "truth value", "require_at_least, or same for an answer that may be None"),
    ("__int__ __index__ __float__", "one number", "bind to give its symbols values"),
):
    for _name in _names.split():
        setattr(Dim, _name, _refuse_truth(_operation, _demand))


def symbol(name: str) -> Dim:
    """The size called `name`; a name equals itself everywhere."""
    return Dim({((name, 1),): 1})


def unknown(hint: str | None = None) -> Dim:
    """A size that equals nothing but itself; printed `None`."""
    return Dim({((Unknown(hint), 1),): 1})


def unrecorded(parts: int) -> list[Dim]:
    """Sizes that nothing records, of one thing: a sum of them says how many things it lacks."""
    thing = f"{_UNRECORDED} {next(_serials)}"
    return [unknown(thing) for _ in range(parts)]


def split_unrecorded(size: Size) -> tuple[Size, int]:
    """What is known of a sum, and how many things it lacks of which nothing is recorded; less than 0 where all of them
    are taken away.
    """
    if isinstance(size, int):
        return size, 0
    sign = -1
    known: Terms = {}
    lacking: set[str | None] = set()
    for monomial, coefficient in size.terms.items():
        things = {atom.hint for atom, _ in monomial if isinstance(atom, Unknown) and atom.is_unrecorded}
        lacking |= things
        if not things:
            known[monomial] = coefficient
        elif coefficient > 0:
            sign = 1
    return (from_terms(known), sign * len(lacking)) if lacking else (size, 0)


def leaves(size: Size) -> frozenset[Leaf]:
    """The symbols' names and the unknowns in `size`, inside quotients too."""
    if isinstance(size, int):
        return frozenset()
    leaves: set[Leaf] = set()
    for monomial in size.terms:
        for atom, _ in monomial:
            if isinstance(atom, Quotient):
                leaves |= atom.leaves
            else:
                leaves.add(atom)
    return frozenset(leaves)


def symbols(size: Size) -> frozenset[str]:
    """The names of the symbols in `size`."""
    if isinstance(size, int):
        return frozenset()
    return frozenset(leaf for leaf in leaves(size) if isinstance(leaf, str))


def unknowns(size: Size) -> frozenset[Unknown]:
    """The unknowns in `size`, by identity."""
    if isinstance(size, int):
        return frozenset()
    return frozenset(leaf for leaf in leaves(size) if isinstance(leaf, Unknown))


def is_unknown(size: Size) -> bool:
    """Whether any unknown is in `size`, so that it prints `None`."""
    return not isinstance(size, int) and any(isinstance(leaf, Unknown) for leaf in leaves(size))


def prod(sizes: Iterable[Size]) -> Size:
    """The product; 1 of nothing."""
    number = 1
    rest: Size | None = None
    for size in sizes:
        if isinstance(size, int):
            number *= size
        else:
            rest = size if rest is None else rest * size
    return number if rest is None else rest * number


def add_up(sizes: Iterable[Size]) -> Size:
    """The sum; 0 of nothing. Linear in the number of terms, where repeated `+` is not."""
    number = 0
    total: Terms = {}
    for size in sizes:
        if isinstance(size, int):
            number += size
        else:
            for monomial, coefficient in size.terms.items():
                total[monomial] = total.get(monomial, 0) + coefficient
    if not total:
        return number
    total[()] = total.get((), 0) + number
    return from_terms({monomial: coefficient for monomial, coefficient in total.items() if coefficient})


def from_terms(terms: Terms) -> Size:
    """The size with these terms, none of which has coefficient 0."""
    if not terms:
        return 0
    if len(terms) == 1 and () in terms:
        return terms[()]
    return Dim(terms)


def terms_of(size: Size) -> Terms:
    """Monomial to coefficient; the constant stands under `()`. Not to be changed."""
    if isinstance(size, Dim):
        return size.terms
    return {(): size} if size else {}


def degree(size: Dim) -> int:
    """The greatest number of atoms multiplied in a term."""
    return max(sum(power for _, power in monomial) for monomial in size.terms)


def least_of(terms: Terms) -> int:
    """The least value where no coefficient is negative: every leaf is at least 1, every quotient at least 0."""
    total = 0
    for monomial, coefficient in terms.items():
        for atom, power in monomial:
            coefficient *= least(atom) ** power
        total += coefficient
    return total


def least(atom: Atom) -> int:
    """The least value of an atom."""
    return atom.least if isinstance(atom, Quotient) else 1


def _sum_terms(left: Terms, right: Terms) -> Terms:
    total = dict(left)
    for monomial, coefficient in right.items():
        coefficient += total.get(monomial, 0)
        if coefficient:
            total[monomial] = coefficient
        else:
            total.pop(monomial, None)
    return total


def _multiply_monomials(left: Monomial, right: Monomial) -> Monomial:
    if not left or not right:
        return left or right
    powers = dict(left)
    for atom, power in right:
        powers[atom] = powers.get(atom, 0) + power
    return tuple(sorted(powers.items(), key=_sort_factors))


def _sort_factors(factor: tuple[Atom, int]) -> tuple[str, str, tuple[int, ...]]:
    atom = factor[0]
    if isinstance(atom, str):
        return atom.lower(), atom, ()
    return atom.key if isinstance(atom, Quotient) else ("none", "None", (atom.serial,))


def _list_serials(size: Dim) -> Iterable[int]:
    for monomial, _ in order_terms(size):
        for atom, _ in monomial:
            if isinstance(atom, Quotient):
                yield from atom.key[2]
            elif isinstance(atom, Unknown):
                yield atom.serial


def order_terms(size: Size) -> list[tuple[Monomial, int]]:
    """The terms as they are printed: by degree, then by name. An admissible monomial order, so division can use it."""
    return sorted(terms_of(size).items(), key=_sort_terms)


def _sort_terms(term: tuple[Monomial, int]) -> tuple[int, list[tuple[str, str, tuple[int, ...]]]]:
    atoms = [_sort_factors(factor) for factor in term[0] for _ in range(factor[1])]
    return -len(atoms), atoms


def formula(size: Size) -> str:
    """`size` written out, each unknown in it as `None`; `str` gives `None` for the whole of it."""
    if isinstance(size, int):
        return int_text(size)
    terms = order_terms(size)
    if len(terms) == 2 and not terms[1][0] and terms[0][1] == 1:
        (atom, power), *others = terms[0][0]
        if isinstance(atom, Quotient) and power == 1 and not others and () in atom.numerator.terms:
            return quotient_text(atom.numerator + terms[1][1] * atom.divisor, atom.divisor)
    if terms[0][1] < 0:
        first = next((at for at, (_, coefficient) in enumerate(terms) if coefficient > 0), 0)
        terms.insert(0, terms.pop(first))
    text = "-" + term_text(terms[0][0], -terms[0][1], alone=False) if terms[0][1] < 0 else term_text(*terms[0])
    for monomial, coefficient in terms[1:]:
        text += (" - " if coefficient < 0 else " + ") + term_text(monomial, abs(coefficient))
    return text


def term_text(monomial: Monomial, coefficient: int, alone: bool = True) -> str:
    """`coefficient` times `monomial`; a quotient that is a factor stands in brackets of its own."""
    factors = [] if coefficient == 1 and monomial else [int_text(coefficient)]
    alone = alone and not factors and len(monomial) == 1
    for atom, power in monomial:
        text = atom if isinstance(atom, str) else repr(atom)
        if isinstance(atom, Quotient) and not (alone and power == 1):
            text = f"({text})"
        factors.append(text if power == 1 else f"{text}**{power}")
    return "*".join(factors)


def quotient_text(numerator: Size, divisor: int) -> str:
    """`numerator // divisor`, the numerator in brackets unless it is a name."""
    text = formula(numerator)
    return f"{text}//{int_text(divisor)}" if text.isidentifier() else f"({text})//{int_text(divisor)}"


def int_text(number: int) -> str:
    """The digits of `number`, or `about 10**N` where nobody would read them (and Python refuses to print them)."""
    if number.bit_length() <= MAX_PRINTED_BITS:
        return str(number)
    return f"about {'-' if number < 0 else ''}10**{int(log10(abs(number)))}"
