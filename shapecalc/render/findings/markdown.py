"""Findings as a table in GitHub's Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.diagnostics import Diagnostic, short_words
from shapecalc.render.as_markdown import markdown_table
from shapecalc.render.findings.full import place


def findings_markdown(diagnostics: Iterable[Diagnostic]) -> str:
    """A table of findings; nothing where there are none."""
    rows = [
        [
            place(found.span) if found.span else "",
            f"{found.severity} {found.code}",
            short_words(found.sentence + (f"\nhelp: {found.help}" if found.help else "")),
        ]
        for found in diagnostics
    ]
    return markdown_table(("Place", "Finding", "Message"), (False, False, False), rows) if rows else ""
