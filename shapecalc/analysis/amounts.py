"""Amounts as people write them, and as the tables print them: `5M`, `25,636,712`, `20 MiB`, `584 bytes`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shapecalc.diagnostics import shorten

if TYPE_CHECKING:
    from fractions import Fraction

FORMS = "write a number, alone or with K, M, G, T, P (thousands; also KB, MB, ...) or KiB, MiB, GiB, TiB, PiB (1024)"
"""The message for a text that is no amount."""

_PREFIXES = ("", "k", "m", "g", "t", "p")
_UNITS: dict[str, int] = (
    {prefix: 1000**power for power, prefix in enumerate(_PREFIXES)}
    | {f"{prefix}b": 1000**power for power, prefix in enumerate(_PREFIXES)}
    | {f"{prefix}ib": 1024**power for power, prefix in enumerate(_PREFIXES) if prefix}
    | {"bytes": 1}
)
_AMOUNT = re.compile(r"\s*([0-9][0-9,_]{0,40}(?:\.[0-9]{1,20})?)\s*([A-Za-z]*)\s*\Z")


def parse_amount(text: str) -> Fraction:
    """The exact amount; K, KB and so on are thousands, KiB and so on powers of 1024. Raises ValueError."""
    match = _AMOUNT.match(text)
    if match is None or match[2].lower() not in _UNITS:
        raise ValueError(f"`{shorten(text)}` is no amount: {FORMS}")
    from fractions import Fraction  # slow to import, and most expectations are whole numbers

    return Fraction(match[1].replace(",", "").replace("_", "")) * _UNITS[match[2].lower()]
