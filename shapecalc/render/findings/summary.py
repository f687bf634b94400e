"""Findings as a page in GitHub's Markdown that may be of limited length: the summary of a job."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.diagnostics import Diagnostic
from shapecalc.diagnostics.text import markdown
from shapecalc.render.findings.github import sort_by_severity
from shapecalc.render.findings.markdown import findings_markdown

_LEFT_OUT = "\n{:,} more are in the log.\n"


def findings_summary(diagnostics: Iterable[Diagnostic], verdict: str, most: int) -> str:
    """A heading, the verdict and a table, errors first; at most so many bytes, of which it may need none.

    Rows that there is no room for are counted.
    """
    findings = sort_by_severity(diagnostics)
    text = f"### shapecalc check\n\n{markdown(verdict)}\n"
    room = most - _count_bytes(text + _LEFT_OUT.format(len(findings)))
    lines = findings_markdown(findings).splitlines(keepends=True)
    header, rows = "\n" + "".join(lines[:2]), lines[2:]
    for fitting, row in enumerate(rows):
        room -= _count_bytes(row if fitting else header + row)
        if room < 0:
            text += _LEFT_OUT.format(len(rows) - fitting)
            break
        text += row if fitting else header + row
    return text + "\n" if _count_bytes(text) < most else ""


def _count_bytes(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))
