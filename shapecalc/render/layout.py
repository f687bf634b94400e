"""Columns on a terminal of some width: how wide each is, and which of them stand in a table of their own below."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

Rows: TypeAlias = Sequence[tuple[str, ...]]
Measure: TypeAlias = Callable[[str], int]

NARROWEST = 24
"""A terminal below that has no room for words; there letters are folded."""
_BORDER = 3  # a column's line and the spaces beside it; the table has one line more
_WHOLE = 16  # numbers with their units up to this length are not taken apart
_PIECES = re.compile(r"[^/_]*[/_]+|[^/_]+")
_WORDS = re.compile(r"[^\s(]*\([^()\n]*\)[^\s(]*|\S+")
"""Words, with a shape in parentheses one of them: it is not taken apart at its spaces."""


class Heading(NamedTuple):
    """A column's header, whether it is set to the right, and its least width."""

    text: str
    right: bool = False
    width: int = 0
    style: str = ""


class _Column:
    """One column: its texts, and the widths it needs. `measure` says how many places a text takes."""

    def __init__(self, heading: Heading, cells: Sequence[str], measure: Measure) -> None:
        self.heading = heading
        self.cells = cells
        self.measure = measure
        lines = [line for cell in cells for line in cell.split("\n")]
        words = [word for text in (heading.text, *cells) for word in _WORDS.findall(text)]
        self.natural = max(map(measure, [heading.text, *lines]))
        self.longest = max(map(measure, words), default=0)
        self.least = self.longest
        if heading.right:
            self.least = max([self.least, *(size for size in map(measure, lines) if size <= _WHOLE)])

    def set_to(self, width: int) -> tuple[Heading, list[str]]:
        """The column in so many places: lines break between words, and within longer ones after `/` and `_`."""
        cells = self.cells if width >= self.natural else [self._wrap(cell, width) for cell in self.cells]
        return self.heading._replace(width=width), list(cells)

    def _wrap(self, text: str, width: int) -> str:
        """The text with line breaks between its words."""
        lines = []
        for given in text.split("\n"):
            line = ""
            for word in _WORDS.findall(given):
                if line and self.measure(f"{line} {word}") > width:
                    lines.append(line)
                    line = ""
                line = f"{line} {word}" if line else self._split_word(word, width)
                *done, line = line.split("\n")
                lines += done
            lines.append(line)
        return "\n".join(lines)

    def _split_word(self, word: str, width: int) -> str:
        lines = [""]
        for piece in _PIECES.findall(word) if self.measure(word) > width else [word]:
            if lines[-1] and self.measure(lines[-1] + piece) > width:
                lines.append("")
            lines[-1] += piece
        return "\n".join(lines)


def fit_tables(
    headings: Sequence[Heading], rows: Rows, width: int, keep: int, measure: Measure
) -> Iterator[tuple[list[Heading], Rows]]:
    """Tables no wider than `width` that show all columns from left to right, the first `keep` of them in each."""
    cells = zip(*rows, strict=True) if rows else ([] for _ in headings)
    columns = [_Column(heading, column, measure) for heading, column in zip(headings, cells, strict=True)]
    kept, others = columns[:keep], columns[keep:]
    for column in kept:
        column.least = min(column.least, max((width - 1) // (keep + 1) - _BORDER, 1))
    room = width - 1 - sum(column.least + _BORDER for column in kept)
    for column in others:
        column.least = min(column.least, max(room - _BORDER, 1))
    for group in _group_columns(others, room):
        yield _join_columns([*kept, *group], width)


def _group_columns(columns: list[_Column], room: int) -> Iterator[list[_Column]]:
    """The columns in order, as many side by side as there is room for."""
    group: list[_Column] = []
    for column in columns:
        if group and sum(member.least + _BORDER for member in [*group, column]) > room:
            yield group
            group = []
        group.append(column)
    if group or not columns:
        yield group


def _join_columns(columns: list[_Column], width: int) -> tuple[list[Heading], Rows]:
    """Columns side by side; those that need little more than their least width get it first."""
    widths = [column.least for column in columns]
    spare = width - 1 - sum(width + _BORDER for width in widths)
    for index in sorted(range(len(columns)), key=lambda index: columns[index].natural - widths[index]):
        more = min(max(columns[index].natural - widths[index], 0), spare)
        widths[index] += more
        spare -= more
    set_columns = [column.set_to(width) for column, width in zip(columns, widths, strict=True)]
    return [heading for heading, _ in set_columns], list(zip(*(cells for _, cells in set_columns), strict=True))
