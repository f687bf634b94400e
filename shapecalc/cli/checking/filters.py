"""Which findings count, and how much: what settings, options and comments say of them."""

from __future__ import annotations

from shapecalc.cli.checking.rules import CheckRules
from shapecalc.diagnostics import Diagnostic


def apply_filters(findings: list[Diagnostic], rules: CheckRules) -> list[Diagnostic]:
    """The findings about one file that are left, each with the severity that the rules give it."""
    return list(map(_raise_severity, findings)) if rules.strict else findings


def _raise_severity(finding: Diagnostic) -> Diagnostic:
    """A finding as an error, but for expectations that `--set` leaves without comparison, and layers that hold code."""
    return finding if finding.code in ("SC510", "SC615") else finding._replace(severity="error")
