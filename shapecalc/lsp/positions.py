"""Where something stands in a text: as findings count lines and columns, and as editors do."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from shapecalc.document.edits import Place

if TYPE_CHECKING:
    from shapecalc.diagnostics import Span

Encoding: TypeAlias = Literal["utf-8", "utf-16", "utf-32"]
"""The units in which an editor counts the columns of a line."""

_BOM = "\ufeff"
_BREAK = re.compile("\r\n|[\r\n]")
"""The ends of lines that the protocol knows."""
_YAML_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""Those that YAML 1.1 readers know, by which findings count lines."""


class Text:
    """A text with its lines counted both ways. An offset counts its characters from 0.

    `text` is without the mark that some editors put in front of a file, as it is read.
    """

    def __init__(self, raw: str) -> None:
        self.text = raw.removeprefix(_BOM)
        self._mark = len(raw) - len(self.text)
        self._starts = [0, *(match.end() for match in _YAML_BREAK.finditer(self.text))]
        self._editor_starts = (
            self._starts if self.text.isascii() else [0, *(match.end() for match in _BREAK.finditer(self.text))]
        )

    def __len__(self) -> int:
        return len(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """The lines with their breaks."""
        return [
            self.text[start:end] for start, end in zip(self._starts, [*self._starts[1:], len(self.text)], strict=True)
        ]

    def find_offset(self, line: int, column: int) -> int:
        """The offset of a line and a column, both counted from 1 as in a `Span`."""
        start = self._starts[min(max(line, 1), len(self._starts)) - 1]
        return min(start + max(column - 1, 0), len(self.text))

    def find_place(self, start: int, end: int) -> Place:
        """The stretch between two offsets, as an `Edit` counts it."""
        return Place(*self._find_line(start), *self._find_line(end))

    def find_range(self, place: Place) -> tuple[int, int]:
        """The offsets of a stretch."""
        start = self.find_offset(place.line, place.column)
        return start, max(self.find_offset(place.end_line, place.end_column), start)

    def find_line_start(self, offset: int) -> int:
        """The offset at which the line of an offset begins."""
        return self._starts[bisect_right(self._starts, offset) - 1]

    def find_line_end(self, offset: int) -> int:
        """The offset at which the line of an offset ends, without its break."""
        match = _YAML_BREAK.search(self.text, offset)
        return match.start() if match else len(self.text)

    def read_position(self, line: int, units: int, encoding: Encoding) -> int:
        """The offset of an editor's position; one that lies behind the end of its line or of the text is its end."""
        if line < 0:
            return 0
        if line >= len(self._editor_starts):
            return len(self.text)
        start = self._editor_starts[line]
        match = _BREAK.search(self.text, start)
        words = self.text[start : match.start() if match else len(self.text)]
        if line == 0 and self._mark:
            units -= count_units(_BOM, encoding)
        return start + _count_characters(words, max(units, 0), encoding)

    def write_position(self, offset: int, encoding: Encoding) -> tuple[int, int]:
        """The position of an offset as an editor counts it: line and units, both from 0."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self._editor_starts, offset) - 1
        units = count_units(self.text[self._editor_starts[line] : offset], encoding)
        return line, units + (count_units(_BOM, encoding) if line == 0 and self._mark else 0)

    def _find_line(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def count_units(text: str, encoding: Encoding) -> int:
    """The units of a text in an encoding."""
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(character > "\uffff" for character in text)


def _count_characters(words: str, units: int, encoding: Encoding) -> int:
    """How many characters of a line an editor's units are; within a character they are those before it."""
    if encoding == "utf-32" or words.isascii():
        return min(units, len(words))
    for position, character in enumerate(words):
        units -= count_units(character, encoding)
        if units < 0:
            return position
    return len(words)


def place_of(span: Span) -> Place:
    """A span as a stretch."""
    return Place(span.line, span.column, span.line, span.end)
