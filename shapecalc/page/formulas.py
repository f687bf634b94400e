"""Formulas as data that the page's script evaluates: polynomials over a table of symbols and floor quotients."""

from __future__ import annotations

from typing import Any

from shapecalc.dims import Size
from shapecalc.dims.dim import Atom, Quotient, Unknown

_EXACT = 2**53
"""Whole numbers below it are exact in JSON as every reader takes it; larger ones are texts."""


class Table:
    """The atoms of all formulas of a page: names of symbols, and quotients as `[polynomial, divisor]`.

    A polynomial is a list of terms, `[coefficient, atom, power, ...]` with atoms by their place in the table. A formula
    is a number, a polynomial, or null where the size is unknown.
    """

    def __init__(self) -> None:
        self.atoms: list[Any] = []
        self._places: dict[Atom, int] = {}

    def write(self, size: Size) -> Any:
        """A size as data."""
        if isinstance(size, int):
            return _write_number(size)
        terms = []
        for monomial, coefficient in size.terms.items():
            term: list[Any] = [_write_number(coefficient)]
            for atom, power in monomial:
                place = self.find(atom)
                if place is None:
                    return None
                term += [place, power]
            terms.append(term)
        return terms

    def find(self, atom: Atom) -> int | None:
        """The place of an atom in the table; None of what is unknown, or a quotient of it."""
        if isinstance(atom, Unknown):
            return None
        if atom not in self._places:
            data: Any = atom
            if isinstance(atom, Quotient):
                numerator = self.write(atom.numerator)
                if numerator is None:
                    return None
                data = [numerator, atom.divisor]
            self._places[atom] = len(self.atoms)
            self.atoms.append(data)
        return self._places[atom]


def _write_number(number: int) -> int | str:
    return number if abs(number) < _EXACT else str(number)
