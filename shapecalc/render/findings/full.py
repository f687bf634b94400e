"""Diagnostics for people: the line, the marked place in it, the other places, the way out."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import NamedTuple

from shapecalc.diagnostics import Diagnostic, Label, Span, clean, sentence

MAX_WIDTH = 120  # of a source line; a longer one is shown around the span
_MARGIN = 30

Sources = Callable[[str], list[str]]
_Piece = tuple[str, str]  # text and the name of its style
_STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "note": "bold cyan",
    "gutter": "blue",
    "label": "cyan",
    "bold": "bold",
}


def full(diagnostics: Iterable[Diagnostic], sources: Sources, *, colour: bool = False) -> str:
    """One block for each diagnostic, with an empty line between.

    `sources` gives the lines of a file, or none if it has none to show. Whatever comes from a file is shown with its
    control characters escaped. With `colour`, ANSI escapes by rich.
    """
    blocks = [_lay_out_block(diagnostic, sources) for diagnostic in diagnostics]
    paint = _choose_painter() if colour else _write_plain
    return "\n\n".join("\n".join("".join(paint(*piece) for piece in line) for line in block) for block in blocks)


def _write_plain(text: str, style: str) -> str:
    return text


def _choose_painter() -> Callable[[str, str], str]:
    from rich.color import ColorSystem
    from rich.style import Style

    styles = {name: Style.parse(definition) for name, definition in _STYLES.items()}

    def paint(text: str, style: str) -> str:
        return styles[style].render(text, color_system=ColorSystem.STANDARD) if style else text

    return paint


class _Mark(NamedTuple):
    """A span to be underlined."""

    span: Span
    sign: str
    text: str
    style: str


def _lay_out_block(diagnostic: Diagnostic, sources: Sources) -> list[list[_Piece]]:
    marks, notes = [], list(diagnostic.notes)
    if diagnostic.span:
        primary = _Mark(diagnostic.span, "^", diagnostic.label, diagnostic.severity)
        for mark in (primary, *(_mark(label) for label in diagnostic.labels)):
            if _find_source(mark.span, sources) is not None:
                marks.append(mark)
            elif mark is not primary:
                notes.append(f"{write_place(mark.span)}: {mark.text}")
    else:
        notes.extend(f"{write_place(label.span)}: {label.text}" for label in diagnostic.labels)
    width = max((len(str(mark.span.line)) for mark in marks), default=1)
    lines = [_lay_out_header(diagnostic), *_lay_out_snippet(marks, width, sources)]
    if diagnostic.help:
        lines.append(_lay_out_footer("help", diagnostic.help, width))
    lines.extend(_lay_out_footer("note", note, width) for note in notes)
    return lines


def _mark(label: Label) -> _Mark:
    return _Mark(label.span, "-", label.text, "label")


def write_place(span: Span) -> str:
    """Where a span stands, as text that is safe to print."""
    return clean(span.where)


def _lay_out_header(diagnostic: Diagnostic) -> list[_Piece]:
    where = f"{write_place(diagnostic.span)}: " if diagnostic.span else ""
    kind = f"{diagnostic.severity}[{diagnostic.code}]"
    return [(where, "bold"), (kind, diagnostic.severity), (f" {sentence(diagnostic.sentence)}", "bold")]


def _lay_out_footer(word: str, text: str, width: int) -> list[_Piece]:
    return [(" " * (width + 1) + "= ", "gutter"), (f"{word}:", "bold"), (f" {sentence(text)}", "")]


def _find_source(span: Span, sources: Sources) -> str | None:
    lines = sources(span.file) if span.line else []
    return lines[span.line - 1] if 0 < span.line <= len(lines) else None


def _lay_out_snippet(marks: list[_Mark], width: int, sources: Sources) -> list[list[_Piece]]:
    """Each mark under its source line; a mark on the line just shown shares it."""
    gutter = (" " * (width + 1) + "|", "gutter")
    lines: list[list[_Piece]] = [[gutter]] if marks else []
    shown: tuple[str, int] | None = None
    file = marks[0].span.file if marks else ""
    for mark in marks:
        text, before, size = _cut_line(_find_source(mark.span, sources) or "", mark.span)
        if mark.span.file != file:
            file = mark.span.file
            lines.append([(" " * (width + 1) + "> ", "gutter"), (write_place(mark.span), "")])
        # A long line is cut around its own mark, so it cannot be shared.
        if shown != (text, mark.span.line):
            lines.append([(f"{mark.span.line:>{width}} |", "gutter"), (f" {text}" if text else "", "")])
        shown = (text, mark.span.line)
        words = f" {sentence(mark.text)}" if mark.text else ""
        lines.append([gutter, (" " * (before + 1), ""), (mark.sign * size + words, mark.style)])
    return lines


def _cut_line(line: str, span: Span) -> tuple[str, int, int]:
    """The line as it is shown, the cells before the span, and the cells under it."""
    start = min(max(span.column - 1, 0), len(line))
    end = min(max(span.end - 1, start), len(line))
    first, last = 0, len(line)
    if len(line) > MAX_WIDTH:
        first = max(0, start - _MARGIN)
        last = min(len(line), first + MAX_WIDTH)
        end = min(end, last)
    lead, tail = "..." if first else "", "..." if last < len(line) else ""
    before, under, after = _show_text(line[first:start]), _show_text(line[start:end]), _show_text(line[end:last])
    text = (lead + before + under + after + tail).rstrip()
    return text, _count_cells(lead + before), max(_count_cells(under), 1)


def _show_text(text: str) -> str:
    return clean(text.replace("\t", "    "))


def _count_cells(text: str) -> int:
    """Terminal cells: East Asian wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
