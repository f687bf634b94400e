"""What `check` finds in a spec given as text, and whether an edit has mended it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.findings import list_more_findings
from shapecalc.diagnostics import Diagnostic, Fault
from shapecalc.model.load import Library


def find_all(text: str, file: str = "model.yaml") -> list[Diagnostic]:
    """Errors, expectations that are not met, warnings and assumptions."""
    library = Library()
    try:
        report = analyse(library.parse(text, file))
        return [*report.diagnostics, *list_more_findings(report)]
    except Fault as fault:
        return list(fault.diagnostics)


def count(findings: list[Diagnostic]) -> Counter[Hashable]:
    """The findings by what they say; a fault of the syntax ends the reading, so its line belongs to it."""
    return Counter((one.code, one.subject, one.message, _find_line(one)) for one in findings)


def _find_line(finding: Diagnostic) -> int:
    return finding.span.line if finding.code == "SC101" and finding.span is not None else 0


def count_errors(findings: list[Diagnostic]) -> int:
    return sum(one.severity == "error" for one in findings)
