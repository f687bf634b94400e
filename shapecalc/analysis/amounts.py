"""Amounts as people write them: `5M`, `1_000`, `20 MiB`."""

from __future__ import annotations

import re
from fractions import Fraction

from shapecalc.analysis.expect import UNITS
from shapecalc.diagnostics import shorten

_AMOUNT = re.compile(r"\s*([0-9][0-9,_]{0,40}(?:\.[0-9]{1,20})?)\s*([A-Za-z]*)\s*\Z")


def parse_amount(text: str) -> Fraction:
    """The exact amount; K, M, G, T are thousands, KiB, MiB, GiB, TiB powers of 1024. Raises ValueError."""
    match = _AMOUNT.match(text)
    if match is None:
        raise ValueError(f"`{shorten(text)}` is no amount such as 1000, 5M or 20 MiB")
    if match[2] not in UNITS:
        known = ", ".join(unit for unit in UNITS if unit)
        raise ValueError(f"`{shorten(match[2])}` is no unit; the units are {known}")
    return Fraction(match[1].replace(",", "").replace("_", "")) * UNITS[match[2]]
