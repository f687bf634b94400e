"""Findings as workflow commands of GitHub Actions, which show beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.diagnostics import Diagnostic, github_message, github_property
from shapecalc.render.findings.details import list_details, write_head

_GITHUB = {"error": "error", "warning": "warning", "note": "notice"}


def github(diagnostics: Iterable[Diagnostic]) -> str:
    """Workflow commands, a line each; errors come first, since GitHub shows ten of a kind for each step."""
    return "\n".join(map(_write_annotation, sort_by_severity(diagnostics)))


def sort_by_severity(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Errors, then warnings, then notes; those of a kind in the order they had."""
    return sorted(diagnostics, key=lambda finding: list(_GITHUB).index(finding.severity))


def _write_annotation(diagnostic: Diagnostic) -> str:
    properties = []
    if span := diagnostic.span:
        properties.append(f"file={github_property(span.file)}")
        if span.line:
            properties.append(f"line={span.line},col={span.column},endColumn={max(span.end, span.column + 1)}")
    properties.append(f"title={diagnostic.code}")
    lines = [write_head(diagnostic), *list_details(diagnostic)]
    return f"::{_GITHUB[diagnostic.severity]} {','.join(properties)}::{'%0A'.join(map(github_message, lines))}"
