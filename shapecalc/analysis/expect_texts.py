"""How counts and shapes are written in `expect`: in the manner of what stood there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shapecalc.analysis.amounts import parse_amount
from shapecalc.dims import Shape, Size, is_unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

_AMOUNT = re.compile(r"(\s*(?:==?)?\s*)([0-9][0-9,_]*(?:\.[0-9]+)?)(\s*)([A-Za-z]*)(\s*)\Z")
_OTHER_BASE = re.compile(r"0([ox])[0-9a-fA-F]+\Z")
_DECIMALS = 3
_LONGEST = 300


def write_size(size: Size) -> str | None:
    """A size as digits or as a formula; None for what is not known, or has more digits than anybody would read."""
    text = "" if is_unknown(size) else str(size) if not isinstance(size, int) or size.bit_length() < 1_000 else ""
    return text if 0 < len(text) <= _LONGEST else None


def write_count(old: str, size: Size) -> str | None:
    """A count or a number of bytes as `old` writes one: its sign, separators and unit; None where it has no text.

    A unit stays where it takes no more than three decimals.
    """
    text = write_size(size)
    amount = _AMOUNT.match(old)
    if text is None or not isinstance(size, int) or size < 0:
        return text
    if base := _OTHER_BASE.match(old):
        return f"{size:#{base[1]}}"
    if amount is None:
        return text
    sign, digits, space, unit, end = amount.groups()
    scale = int(parse_amount(f"1{unit}"))
    if scale == 1:
        return f"{sign}{_group(size, digits)}{space}{unit}{end}"
    most = max(_DECIMALS, len(digits.partition(".")[2]))
    for decimals in range(most + 1):
        whole, rest = divmod(size * 10**decimals, scale)
        if not rest:
            number = _group(whole // 10**decimals, digits)
            fraction = f".{whole % 10**decimals:0{decimals}}" if decimals else ""
            return f"{sign}{number}{fraction}{space}{unit}{end}"
    return f"{sign}{text}{end}"


def _group(number: int, like: str) -> str:
    """A number with the separators that another one has."""
    separator = "," if "," in like else "_" if "_" in like else ""
    return f"{number:,}".replace(",", separator) if separator else str(number)


def split_shape(text: str) -> list[str]:
    """The texts of the sizes in `(None, 5, T*(H + 1))`, spaces included."""
    parts, depth = [""], 0
    for sign in text.strip()[1:-1]:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return parts[:-1] if not parts[-1].strip() else parts


def write_shape_text(old: str, actual: Shape, kept: Sequence[bool]) -> str:
    """A shape with its batch in the brackets of `old`; of sizes that are `kept`, the text stays."""
    lead, end = old[: len(old) - len(old.lstrip())], old[len(old.rstrip()) :]
    before, after = old.strip()[0], old.strip()[-1]
    parts = split_shape(old)
    gap = " " if len(parts) < 2 or parts[1][:1] == " " else ""
    texts = []
    for position, size in enumerate(actual):
        if position < len(kept) and kept[position]:
            texts.append(parts[position].strip())
        else:
            texts.append(str(Shape((size,)))[1:-2])
    last = "," if len(actual) == 1 and before == "(" else ""
    return f"{lead}{before}{f',{gap}'.join(texts)}{last}{after}{end}"


def write_item(size: Size) -> str | None:
    """A size in a list: `null` where it is not known; None where it has no text."""
    return "null" if is_unknown(size) else write_size(size)


def write_list(actual: Shape) -> str | None:
    """A shape as a list without its batch, or `"()"` where it has none; None where it has no text."""
    if not actual:
        return '"()"'
    items = [write_item(size) for size in actual[1:]]
    return None if None in items else f"[{', '.join(map(str, items))}]"
