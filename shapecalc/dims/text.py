"""Sizes for people and for JSON."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd

from shapecalc.dims.dim import (
    MAX_PRINTED_BITS,
    Atom,
    Dim,
    Size,
    formula,
    int_text,
    is_unknown,
    split_unrecorded,
    term_text,
)
from shapecalc.dims.division import divide_monomial

_GROUPED_BITS = 1_000
"""Bits of a number whose digits are set in groups of three; no model has counts beyond."""


def size_text(size: Size) -> str:
    """A size as a table prints it: digits, a formula, or `None` where any unknown is in it."""
    return int_text(size) if isinstance(size, int) else text_of_sum(size, str)


def text_of_sum(size: Size, write: Callable[[Size], str], of: str = "") -> str:
    """A sum as `write` has it; `140 + unknown` where a part is not recorded, `at most 140` where it is taken away.

    `of` names the things that may lack one: `unknown of 2 layers`.
    """
    known, lacking = split_unrecorded(size)
    if not lacking:
        return write(size)
    if lacking < 0:
        return f"at most {write(known)}"
    missing = f"unknown of {lacking} {of}{'' if lacking == 1 else 's'}" if of else "unknown"
    return missing if known == 0 else f"{write(known)} + {missing}"


def count_text(size: Size, of: str = "") -> str:
    """A count with thousands separated, or its formula; `of` names the things that it may lack."""
    return text_of_sum(size, _count_text, of)


def _count_text(size: Size) -> str:
    return f"{size:,}" if isinstance(size, int) and size.bit_length() < _GROUPED_BITS else size_text(size)


def binary_text(size: Size) -> str:
    """Bytes for people: `584 B`, `1.6 KiB`; a formula as it is."""
    return text_of_sum(size, _binary_text)


def _binary_text(size: Size) -> str:
    if not isinstance(size, int) or size.bit_length() >= MAX_PRINTED_BITS or size < 1024:
        return f"{size_text(size)} B"
    units = ("KiB", "MiB", "GiB", "TiB", "PiB")
    power = min((size.bit_length() - 1) // 10, len(units))
    return f"{size / 1024**power:,.1f} {units[power - 1]}"


def to_json(size: Size) -> int | str | None:
    """A number, a formula as text, or None for an unknown. A number too long to print is text as well."""
    if isinstance(size, int):
        return size if size.bit_length() <= MAX_PRINTED_BITS else int_text(size)
    return None if is_unknown(size) else str(size)


def factor_text(size: Size) -> str:
    """A size with its common factor outside: `4*units*(features + units + 1)`."""
    if isinstance(size, int) or is_unknown(size) or len(size.terms) == 1:
        return size_text(size)
    content = gcd(*size.terms.values())
    shared: dict[Atom, int] = dict(next(iter(size.terms)))
    for monomial in size.terms:
        powers = dict(monomial)
        shared = {atom: min(power, powers[atom]) for atom, power in shared.items() if atom in powers}
    if content == 1 and not shared:
        return str(size)
    factor = tuple(shared.items())
    inner = {divide_monomial(monomial, factor) or (): value // content for monomial, value in size.terms.items()}
    return f"{term_text(factor, content, alone=False)}*({formula(Dim(inner))})"
