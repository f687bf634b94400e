"""Which part of a whole a layer has: as per cent, as a formula where sizes are not numbers."""

from __future__ import annotations

from shapecalc.dims import Size, is_unknown, size_text
from shapecalc.dims.dim import terms_of

_FINE = 10**4
"""Parts of one per cent that data hold."""


def share_text(part: Size, whole: Size) -> str:
    """`12.3%`; the formula `12*d / (4*d + 2)` where the share depends on sizes, `unknown` where no file says them."""
    ratio = _find_ratio(part, whole)
    if ratio is None:
        return _write_quotient(part, whole)
    tenths = _round(1000 * ratio[0], ratio[1])
    if tenths == 0 and ratio[0]:
        return "< 0.1%"
    return f"{tenths // 10:,}.{tenths % 10}%"


def share_data(part: Size, whole: Size) -> float | str | None:
    """Per cent as a number, or the formula of the part as a fraction of the whole; None where that is not known."""
    ratio = _find_ratio(part, whole)
    if ratio is not None:
        return _round(100 * _FINE * ratio[0], ratio[1]) / _FINE
    return None if is_unknown(part) or is_unknown(whole) else _write_quotient(part, whole)


def _find_ratio(part: Size, whole: Size) -> tuple[int, int] | None:
    """Two numbers in the ratio of two sizes; None where that depends on symbols. Nothing is no part of anything."""
    if isinstance(part, int) and part == 0:
        return 0, 1
    if isinstance(part, int) and isinstance(whole, int):
        return part, whole
    if is_unknown(part) or is_unknown(whole):
        return None
    parts, wholes = terms_of(part), terms_of(whole)
    if parts.keys() != wholes.keys():
        return None
    first = next(iter(parts))
    ratio = parts[first], wholes[first]
    equal = all(parts[monomial] * ratio[1] == wholes[monomial] * ratio[0] for monomial in parts)
    return (abs(ratio[0]), abs(ratio[1])) if equal else None


def _write_quotient(part: Size, whole: Size) -> str:
    if is_unknown(part) or is_unknown(whole):
        return "unknown"
    texts = [size_text(size) for size in (part, whole)]
    return " / ".join(f"({text})" if " " in text or ("*" in text and at) else text for at, text in enumerate(texts))


def _round(numerator: int, denominator: int) -> int:
    """A quotient rounded to the nearest whole number, halves up."""
    return (2 * numerator + denominator) // (2 * denominator)
