"""Text within the width of a page: long lines are folded between words and factors, columns are narrowed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

PAGE_WIDTH = 80
"""Columns of a page where no terminal says how many it has."""
LEAST_WIDTH = 24
"""A page narrower than this has no room for words, and is folded as if it were this wide."""
_GAP = 2  # spaces between columns

_WORDS = re.compile(r" *(?:\([^()]*\)|[^ *]|\*\*)+\*?| *\*+| +")
_PARTS = re.compile(r" *(?:[^ *]|\*\*)+\*?| *\*+| +")
_NAME_PARTS = re.compile(r" *[^ /_]+[/_]*| *[/_]+| +")


def fold(text: str, width: int, *, name: bool = False) -> list[str]:
    """The lines of a text, none longer than `width` if it can be broken there.

    It is broken at spaces and after `*`, within brackets only where they are longer than a line. A `name` is broken
    after `/` and `_` instead.
    """
    if len(text) <= width:
        return [text]
    lines = [""]
    for piece in _split_pieces(text.rstrip(), width, name):
        if lines[-1] and len(lines[-1]) + len(piece) > width:
            lines.append(piece.lstrip())
        else:
            lines[-1] += piece
    return lines


def _split_pieces(text: str, width: int, name: bool) -> Iterator[str]:
    """What may stand on a line of its own, each with the spaces before it."""
    if name:
        yield from _NAME_PARTS.findall(text)
        return
    for word in _WORDS.findall(text):
        yield from [word] if len(word) <= width else _PARTS.findall(word)


def fold_under(head: str, text: str, width: int) -> list[str]:
    """The lines of a text that stands after `head`; the second line begins where the text does."""
    first, *rest = fold(text, max(width - len(head), LEAST_WIDTH))
    return [head + first, *(" " * len(head) + line for line in rest)]


def fit_column_widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """The widths of columns that stand side by side within `width`, where they can; the first column holds names.

    The widest column is narrowed first: between the words of its cells, and within them where that is not enough.
    """
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    for patterns in ((_NAME_PARTS, _WORDS), (_NAME_PARTS, _PARTS)):
        least = [
            max((len(piece.strip()) for cell in column for piece in patterns[index > 0].findall(cell)), default=0)
            for index, column in enumerate(columns)
        ]
        excess = sum(widths) + _GAP * (len(widths) - 1) - width
        while excess > 0:
            widest = max(range(len(widths)), key=lambda index: (widths[index] > least[index], widths[index]))
            if widths[widest] <= least[widest]:
                break
            widths[widest] -= 1
            excess -= 1
    return widths


def set_row(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> Iterator[str]:
    """The lines of one row: cells folded at the widths of their columns, those marked in `right` set to the right."""
    folded = [fold(cell, width, name=index == 0) for index, (cell, width) in enumerate(zip(cells, widths, strict=True))]
    for texts in zip_longest(*folded, fillvalue=""):
        padded = [
            text.rjust(width) if side else text.ljust(width)
            for text, width, side in zip(texts, widths, right, strict=True)
        ]
        yield (" " * _GAP).join(padded).rstrip()
