"""The place where a parser gave up, and the text around it: what the reports of faults are made from."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from shapecalc.diagnostics import Diagnostic, Edit, Fix, Label, Span, error
from shapecalc.document.nodes import Document

GLUED = re.compile(r"\s*(?:-\s+)*([A-Za-z_][\w.]*):(?=[^\s:/])")
QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
BRACES = re.compile(r"\s*-\s+([A-Za-z_][\w.]*)(?:(\s*)|:)\{")
WIRED = re.compile(r"(\s*)(from|call|if|repeat)\s*:")
QUOTES = "put the value in quotes"


class Scene:
    """The text around the place where a parser gave up: `at`; `opened` is where what it was reading began."""

    def __init__(self, document: Document, mark: Any, opening: Any, answer_call: AnswerCall | None) -> None:
        self.answer_call = answer_call
        self.lines = document.lines
        self.at = make_span(mark, document.lines, document.file)
        self.opened = make_span(opening, document.lines, document.file) if opening else None
        self.before = document.text[: mark.index]
        self.after = document.text[mark.index :]
        self.between = document.text[opening.index : mark.index] if opening else ""

    def edit(self, row: int, column: int, end: int, text: str) -> Edit:
        """A text in place of the characters of a line from one column up to another."""
        return Edit(self.at.file, row, column, row, end, text)

    @property
    def character(self) -> str:
        """The character where the parser gave up; at the end of the text the last one."""
        return self.text(self.at)[self.at.column - 1 : self.at.column]

    @property
    def is_first_in_line(self) -> bool:
        return not self.before.rpartition("\n")[2].strip()

    def text(self, span: Span) -> str:
        """The line in which a span begins."""
        return self.lines[span.line - 1]

    def report(
        self, message: str, way_out: str | Fix | None = None, at: Span | None = None, label: str = ""
    ) -> Diagnostic:
        """A syntax error, with what was opened earlier shown if there is a word for it."""
        labels = (Label(self.opened, label),) if label and self.opened else ()
        return error("SC101", message, at or self.at, labels=labels, help=way_out)


class Answer(NamedTuple):
    """What to write in place of a call in Python: the help, and the entry's text where nothing is left to fill in.

    It is safe where it is the same layer for certain.
    """

    help: str
    text: str | None
    safe: bool


def make_span(mark: Any, lines: list[str], file: str) -> Span:
    """The mark as a span of one character, or of the last character where it lies after the end."""
    line, column = mark.line, mark.column
    if line >= len(lines) or (line == len(lines) - 1 and not lines[line].strip()):
        line = max((number for number, text in enumerate(lines) if text.strip()), default=0)
        column = len(lines[line].rstrip())
    return Span(file, line + 1, column + 1, column + 2)


AnswerCall: TypeAlias = Callable[[str], Answer | None]
"""Gives the answer to a call in Python that stands in place of an entry; None where it is of no layer."""
