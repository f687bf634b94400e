"""Diagnostics for logs and programs: a line each, GitHub's annotations, and rows for JSON."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.diagnostics import Diagnostic, Label, clean, github_message, github_property, sentence, short_words

_GITHUB = {"error": "error", "warning": "warning", "note": "notice"}


def concise(diagnostics: Iterable[Diagnostic]) -> str:
    """One line each: `file:line:column: error[SC412] subject: message`."""
    return "\n".join(concise_line(diagnostic) for diagnostic in diagnostics)


def concise_line(diagnostic: Diagnostic) -> str:
    """One finding on one line, whatever is in it."""
    span = diagnostic.span
    where = "" if span is None else f"{span.file}:{span.line}:{span.column}: " if span.line else f"{span.file}: "
    return clean(where) + sentence(f"{diagnostic.severity}[{diagnostic.code}] {diagnostic.sentence}")


def github(diagnostics: Iterable[Diagnostic]) -> str:
    """Workflow commands, which GitHub Actions shows beside the lines of a pull request."""
    return "\n".join(_annotation(diagnostic) for diagnostic in diagnostics)


def _annotation(diagnostic: Diagnostic) -> str:
    properties = []
    if span := diagnostic.span:
        properties.append(f"file={github_property(span.file)}")
        if span.line:
            properties.append(f"line={span.line},col={span.column},endColumn={max(span.end, span.column + 1)}")
    properties.append(f"title={diagnostic.code}")
    message = github_message(diagnostic.sentence)
    if diagnostic.help:
        message += "%0Ahelp: " + github_message(diagnostic.help)
    return f"::{_GITHUB[diagnostic.severity]} {','.join(properties)}::{message}"


def json_rows(diagnostics: Iterable[Diagnostic]) -> list[dict[str, object]]:
    """Rows for the `diagnostics` of a JSON report. Places are null where there is none; long words are shortened."""
    return [_row(diagnostic) for diagnostic in diagnostics]


def _row(diagnostic: Diagnostic) -> dict[str, object]:
    span = diagnostic.span
    placed = span is not None and span.line > 0
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "file": span.file if span else None,
        "line": span.line if span and placed else None,
        "column": span.column if span and placed else None,
        "end": span.end if span and placed else None,
        "subject": diagnostic.subject,
        "message": short_words(diagnostic.message),
        "label": diagnostic.label,
        "help": diagnostic.help and short_words(diagnostic.help),
        "labels": [_label(label) for label in diagnostic.labels],
        "notes": [short_words(note) for note in diagnostic.notes],
        "edits": [edit._asdict() for edit in diagnostic.edits],
    }


def _label(label: Label) -> dict[str, object]:
    return {**label.span._asdict(), "text": label.text}
