"""`check --update-expect`: the present numbers in the place of those that specs expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.cli.rewriting import Rewritten
from shapecalc.diagnostics import Fault, Span, apply_edits, error

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.cli.checking.rules import Update
    from shapecalc.cli.session import Session

_MOST_ROUNDS = 5


def update_expect(session: Session, report: Report, update: Update) -> tuple[Report, Rewritten | None]:
    """The report of a spec with its expectations written anew, and the new text; None where all stays as it is.

    A model in another notation has no expectations: its text is its own. Raises Fault where the new text would not
    be the same model, or not expect what is true.
    """
    from shapecalc.analysis.expect import check_expectations
    from shapecalc.analysis.expect_changes import has_same_model, list_changes
    from shapecalc.analysis.expect_edits import list_expect_edits

    old = report.spec.document
    if old.places:
        return report, Rewritten(old.text, old.text, ())
    after = report
    for _ in range(_MOST_ROUNDS):  # where an alias gives way to a number, what it stood for may be changed next
        edits = list_expect_edits(after, update.add)
        if not edits:
            break
        after = _read_again(session, old.file, apply_edits(after.spec.document.text, edits))
    if after is report:
        return report, None
    is_better = len(check_expectations(after)) <= len(check_expectations(report))
    if edits or not after.ok or not is_better or not has_same_model(report, after):
        message = "is left as it is: with new expectations it would not read as it should"
        raise Fault(error("SC607", message, Span(old.file, 0, 0, 0), help="change `expect` by hand"))
    new = after.spec.document
    return after, Rewritten(old.text, new.text, tuple(list_changes(old, new)))


def _read_again(session: Session, file: str, text: str) -> Report:
    """The report of a spec with another text than its file has. Raises Fault where there is none."""
    data = text.encode("utf-8")
    before = len(session.diagnostics)
    report = session.report(file, lambda path: data if path == file else session.reader.read(path))
    if report is None:
        raise Fault(*session.diagnostics[before:])
    return report
