"""Findings for logs, a line each."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.diagnostics import Diagnostic, clean, sentence


def concise(diagnostics: Iterable[Diagnostic]) -> str:
    """One line each: `file:line:column: error[SC412] subject: message`."""
    return "\n".join(concise_line(diagnostic) for diagnostic in diagnostics)


def concise_line(diagnostic: Diagnostic) -> str:
    """One finding on one line, whatever is in it."""
    span = diagnostic.span
    where = "" if span is None else f"{span.where}: "
    return clean(where) + sentence(f"{diagnostic.severity}[{diagnostic.code}] {diagnostic.sentence}")
