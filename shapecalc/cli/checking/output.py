"""What `check` prints: findings and the verdict, in a format."""

from __future__ import annotations

import sys

from shapecalc.cli.checking.check_files import Checked
from shapecalc.cli.session import Session


def render(session: Session, results: list[Checked], style: str, quiet: bool) -> str:
    """The findings of the session, which are those of all files and of the command, in a format."""
    diagnostics = session.diagnostics
    if style == "json":
        from shapecalc.render.as_json import document

        return document([result.model for result in results if result.model is not None], diagnostics)
    if style == "csv":
        from shapecalc.render.findings.csv import findings_csv

        return findings_csv(diagnostics)
    if style == "sarif":
        from shapecalc.render.findings.sarif import sarif

        return sarif(diagnostics) + "\n"
    if style == "junit":
        from shapecalc.render.findings.junit import junit

        return junit(diagnostics, [result.file for result in results]) + "\n"
    if style == "github":
        from shapecalc.render.findings.github import github

        return github(diagnostics) + "\n" if diagnostics else ""
    return _list(session, style) + ("" if quiet else _write_verdict(results, session) + "\n")


def _list(session: Session, style: str) -> str:
    """Findings for people to read; nothing where there are none."""
    if not session.diagnostics:
        return ""
    if style == "markdown":
        from shapecalc.render.findings.markdown import findings_markdown

        return findings_markdown(session.diagnostics) + "\n"
    return session.render(session.diagnostics, style, sys.stdout) + ("\n\n" if style == "full" else "\n")


def _write_verdict(results: list[Checked], session: Session) -> str:
    """`12 specs checked: all clean`, or how many findings in how many specs."""
    head = f"{_count(len(results), 'spec')} checked: "
    if not session.diagnostics:
        return head + ("clean" if len(results) == 1 else "all clean")
    severities = [finding.severity for finding in session.diagnostics]
    counts = [_count(severities.count(word), word) for word in ("error", "warning", "note") if word in severities]
    return f"{head}{', '.join(counts)} in {_count(sum(bool(result.findings) for result in results), 'spec')}"


def _count(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
