"""Which findings count, and how much: what settings and options say of them, in this order.

1. What says that a file cannot be read (`ALWAYS_SAID`) stays as it is.
2. A comment in the file silences findings on its line (`document/ignores.py`).
3. `select` and `ignore`: of all codes and beginnings of codes that fit a finding, the longest decides; where the same
   one stands in both, `ignore` does. Without `select`, all codes are selected.
4. `per-file-ignores`: codes that are ignored in the files of a glob, whatever is selected.
5. `severity`: of all codes that fit, the longest says what a finding is.
6. `strict` makes errors of what is left, but for what says that something was not compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from shapecalc.cli.checking.globs import matches
from shapecalc.cli.checking.rules import CheckRules
from shapecalc.diagnostics import ALWAYS_SAID, Diagnostic, Severity

_OF_OPTIONS = dict.fromkeys(("SC502", "SC510", "SC603"), False)
"""Codes of what is found only where an option asks for it: a comment may be for another command line."""


def apply_filters(findings: list[Diagnostic], rules: CheckRules, file: str = "") -> list[Diagnostic]:
    """The findings about `file` and the files it uses that are left, each with the severity that the rules give it."""
    if not (rules.select or rules.ignore or rules.per_file_ignores or rules.severity or rules.strict):
        return findings
    return [
        finding if finding.code in ALWAYS_SAID else _grade(finding, rules)
        for finding in findings
        if finding.code in ALWAYS_SAID or is_wanted(finding.code, finding.span.file if finding.span else file, rules)
    ]


def is_wanted(code: str, file: str, rules: CheckRules) -> bool:
    """Whether findings with this code are said of this file."""
    if _find_length(code, rules.ignore) >= _find_length(code, rules.select or ("SC",)):
        return False
    ignored = (codes for glob, codes in rules.per_file_ignores if file and matches(glob, file, rules.root))
    return not any(_find_length(code, codes) for codes in ignored)


def was_sought(code: str, file: str, rules: CheckRules) -> bool:
    """Whether findings with this code would have been said of this file, had there been any; `SC` means all codes."""
    if code == "SC":
        is_ignored = any(matches(glob, file, rules.root) for glob, _ in rules.per_file_ignores)
        return not (rules.select or rules.ignore or is_ignored)
    is_asked = {"SC512": bool(rules.budgets), "SC514": rules.annotations} | _OF_OPTIONS
    return is_asked.get(code, True) and is_wanted(code, file, rules)


def _find_length(code: str, beginnings: Iterable[str]) -> int:
    """The length of the longest of these that a code begins with; 0 where it begins with none."""
    return max((len(beginning) for beginning in beginnings if code.startswith(beginning)), default=0)


def _grade(finding: Diagnostic, rules: CheckRules) -> Diagnostic:
    """A finding with the severity that it has in this project."""
    fitting = [pair for pair in rules.severity if finding.code.startswith(pair[0])]
    if fitting:
        word = max(fitting, key=lambda pair: len(pair[0]))[1]
        finding = finding._replace(severity=cast(Severity, word))
    return _raise_severity(finding) if rules.strict else finding


def _raise_severity(finding: Diagnostic) -> Diagnostic:
    """A finding as an error, but for expectations that `--set` leaves without comparison, and layers that hold code."""
    return finding if finding.code in ("SC510", "SC615") else finding._replace(severity="error")
