"""All that can be said against a model: what is wrong with it, and what is hardly meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.analysis.expect import check_expectations
from shapecalc.analysis.warnings import list_warnings
from shapecalc.inference.assumptions import list_assumptions

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.diagnostics import Diagnostic


def list_more_findings(report: Report) -> list[Diagnostic]:
    """Besides those of the report, expectations that are not met, and of a sound model assumptions and warnings."""
    if not report.ok:
        return check_expectations(report)
    known = set(report.diagnostics)
    new_warnings = [warning for warning in list_warnings(report) if warning not in known]
    return check_expectations(report) + list_assumptions(report.walk) + new_warnings
