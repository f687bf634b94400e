"""Findings as CSV (RFC 4180), a row for each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shapecalc.diagnostics import Diagnostic, short_words
from shapecalc.render.as_csv import csv_text

FINDING_FIELDS = ("file", "line", "column", "severity", "code", "subject", "message", "help")


def findings_csv(diagnostics: Iterable[Diagnostic]) -> str:
    """A row for each finding."""
    return csv_text(FINDING_FIELDS, map(_finding, diagnostics))


def _finding(found: Diagnostic) -> tuple[Any, ...]:
    file, line, column = found.span[:3] if found.span else ("", None, None)
    return (
        file,
        line or None,
        column if line else None,
        found.severity,
        found.code,
        found.subject,
        short_words(found.message),
        found.help and short_words(found.help),
    )
