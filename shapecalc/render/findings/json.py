"""Findings as data for the `diagnostics` of every JSON document."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.diagnostics import Diagnostic, Label, short_words


def json_rows(diagnostics: Iterable[Diagnostic]) -> list[dict[str, object]]:
    """Rows for the `diagnostics` of a JSON report. Places are null where there is none; long words are shortened."""
    return [_list_row(diagnostic) for diagnostic in diagnostics]


def _list_row(diagnostic: Diagnostic) -> dict[str, object]:
    span = diagnostic.span
    placed = span is not None and span.line > 0
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "file": span.file if span else None,
        "line": span.line if span and placed else None,
        "column": span.column if span and placed else None,
        "end": span.end if span and placed else None,
        "place": (span.place or None) if span else None,
        "subject": diagnostic.subject,
        "message": short_words(diagnostic.message),
        "label": diagnostic.label,
        "help": diagnostic.help and short_words(diagnostic.help),
        "labels": [_list_label(label) for label in diagnostic.labels],
        "notes": [short_words(note) for note in diagnostic.notes],
        "edits": [edit._asdict() for edit in diagnostic.edits],
        "safe": diagnostic.safe,
        "example": diagnostic.example,
    }


def _list_label(label: Label) -> dict[str, object]:
    return {**label.span._asdict(), "text": label.text}
