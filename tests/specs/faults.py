"""What `check` finds wrong with a text."""

from __future__ import annotations

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.expect import check_expectations
from shapecalc.diagnostics import Diagnostic, Fault
from shapecalc.model.load import Library


def list_errors(text: str, file: str = "model.yaml") -> list[Diagnostic]:
    """The errors in a spec, unmet expectations among them; no warnings and no notes."""
    try:
        report = analyse(Library().parse(text, file))
    except Fault as fault:
        return list(fault.diagnostics)
    return [found for found in (*report.diagnostics, *check_expectations(report)) if found.severity == "error"]
