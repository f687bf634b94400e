"""The budgets of a file, and the model as it was in the revision that they are compared with."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from shapecalc.analysis.amounts import parse_amount
from shapecalc.analysis.budgets import BUDGETS, Base, Budget, check_budgets
from shapecalc.cli.checking.globs import matches
from shapecalc.cli.session import Session
from shapecalc.diagnostics import shorten

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.cli.checking.rules import CheckRules, Task
    from shapecalc.diagnostics import Diagnostic


def list_excesses(report: Report, task: Task) -> list[Diagnostic]:
    """A finding for each budget that a sound model exceeds."""
    budgets = list_budgets(report.file, task.rules) if report.ok else []
    if not budgets:
        return []
    since = task.since
    return check_budgets(report, budgets, None if since is None else lambda: read_base(report.file, since, task))


def list_budgets(file: str, rules: CheckRules) -> list[Budget]:
    """The budgets of a file. Of several globs that mean it the last one counts, key by key."""
    given: dict[str, tuple[int | str, str]] = {}
    for glob, pairs in rules.budgets:
        if matches(glob, file, rules.root):
            given.update((name, (value, glob)) for name, value in pairs)
    sizes = tuple((name[4:], int(value)) for name, (value, _) in given.items() if name.startswith("set."))
    batch = int(given.get("batch", (1, ""))[0])
    optimizer = str(given.get("optimizer", ("adam", ""))[0])
    budgets = []
    for name in BUDGETS:
        if name in given:
            value, glob = given[name]
            limit = Fraction(value) if isinstance(value, int) else parse_amount(value)
            written = f"{value:,}" if isinstance(value, int) else value.strip()
            budgets.append(Budget(name, limit, written, glob, batch, optimizer, sizes))
    return budgets


def read_base(file: str, revision: str, task: Task) -> Base:
    """The model in a file as it was in a revision of its repository."""
    from shapecalc.cli.revisions import find_folder, has_revision, open_files_of

    session = Session(task.settings)
    report = session.report(file, open_files_of(revision, file, session.reader))
    if report is not None and report.ok:
        return Base(revision, report)
    shown = shorten(revision)
    finding = next((finding for finding in session.diagnostics if finding.severity == "error"), None)
    if finding is None or not has_revision(revision, find_folder(revision, file)):
        return Base(revision, None, f"nothing is known of it at {shown}")
    if finding.code == "SC601" and finding.span is None:
        return Base(revision, None, f"the file is new since {shown}")
    return Base(revision, None, f"at {shown} the model was wrong: {finding.code} {finding.sentence}")
