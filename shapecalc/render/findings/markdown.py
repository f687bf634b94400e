"""Findings as a table in GitHub's Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.diagnostics import Diagnostic, short_words
from shapecalc.render.as_markdown import markdown_table
from shapecalc.render.findings.details import list_details
from shapecalc.render.findings.full import write_place


def findings_markdown(diagnostics: Iterable[Diagnostic]) -> str:
    """A table of findings; nothing where there are none."""
    rows = [
        [
            write_place(finding.span) if finding.span else "",
            f"{finding.severity} {finding.code}",
            short_words("\n".join([finding.sentence, *list_details(finding)])),
        ]
        for finding in diagnostics
    ]
    return markdown_table(("Place", "Finding", "Message"), (False, False, False), rows) if rows else ""
