"""Findings as CSV (RFC 4180), a row for each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shapecalc.diagnostics import Diagnostic, short_words
from shapecalc.render.as_csv import csv_text
from shapecalc.render.findings.details import list_details

FINDING_FIELDS = ("file", "line", "column", "severity", "code", "subject", "message", "help", "notes")


def findings_csv(diagnostics: Iterable[Diagnostic]) -> str:
    """A row for each finding."""
    return csv_text(FINDING_FIELDS, map(_list_cells, diagnostics))


def _list_cells(finding: Diagnostic) -> tuple[Any, ...]:
    file, line, column = finding.span[:3] if finding.span else ("", None, None)
    return (
        file,
        line or None,
        column if line else None,
        finding.severity,
        finding.code,
        finding.subject,
        short_words(finding.message),
        finding.help and short_words(finding.help),
        short_words("; ".join(list_details(finding._replace(help=None)))),
    )
