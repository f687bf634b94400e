"""Findings as workflow commands of GitHub Actions, which show beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.diagnostics import Diagnostic, github_message, github_property

_GITHUB = {"error": "error", "warning": "warning", "note": "notice"}


def github(diagnostics: Iterable[Diagnostic]) -> str:
    """Workflow commands, which GitHub Actions shows beside the lines of a pull request."""
    return "\n".join(_write_annotation(diagnostic) for diagnostic in diagnostics)


def _write_annotation(diagnostic: Diagnostic) -> str:
    properties = []
    if span := diagnostic.span:
        properties.append(f"file={github_property(span.file)}")
        if span.line:
            properties.append(f"line={span.line},col={span.column},endColumn={max(span.end, span.column + 1)}")
    properties.append(f"title={diagnostic.code}")
    place = f"{span.place}: " if span and span.place else ""
    message = github_message(f"{place}{diagnostic.sentence}")
    if diagnostic.help:
        message += "%0Ahelp: " + github_message(diagnostic.help)
    return f"::{_GITHUB[diagnostic.severity]} {','.join(properties)}::{message}"
