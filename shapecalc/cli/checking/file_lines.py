"""A line about every file, for those who want to see what was checked."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.cli.checking.check_files import Checked
from shapecalc.diagnostics import Diagnostic, clean


def write_lines(results: Iterable[Checked]) -> str:
    """`a.yaml: clean, 146 params (584 B), 625 MACs, output (None, 5, 1)`, and of others how many findings they have."""
    return "".join(f"{clean(result.file)}: {_write_words(result)}\n" for result in results)


def _write_words(result: Checked) -> str:
    if not result.findings:
        return ", ".join(filter(None, ("clean", result.totals)))
    return count_findings(result.findings)


def count_findings(findings: Iterable[Diagnostic]) -> str:
    """`1 error, 2 warnings`."""
    severities = [finding.severity for finding in findings]
    words = ("error", "warning", "note")
    return ", ".join(count(severities.count(word), word) for word in words if word in severities)


def count(number: int, word: str) -> str:
    """`1 spec`, `1,000 specs`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
