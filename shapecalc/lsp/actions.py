"""Code actions: the changes that findings propose, expectations brought up to date, annotations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from shapecalc.analysis.annotations import list_annotation_edits
from shapecalc.analysis.expect_edits import list_expect_edits
from shapecalc.diagnostics import ALWAYS_SAID, clean
from shapecalc.lsp.diagnostics import list_shown
from shapecalc.lsp.rename import Replacement

if TYPE_CHECKING:
    from shapecalc.diagnostics import Diagnostic, Edit
    from shapecalc.lsp.diagnostics import Shown
    from shapecalc.lsp.documents import Snapshot

Sort: TypeAlias = Literal[
    "quickfix", "source.fixAll.shapecalc", "source.updateExpect.shapecalc", "source.annotate.shapecalc"
]

EXPECTATION = "SC501"
"""The code of an expectation that is not met."""


class Action(NamedTuple):
    """A change that is offered. `shown` is the finding that it mends; `is_safe` says that it can change no meaning."""

    title: str
    sort: Sort
    replacements: tuple[Replacement, ...]
    shown: Shown | None = None
    is_safe: bool = False


def list_actions(snapshot: Snapshot, start: int, end: int) -> list[Action]:
    """What can be done about the text between two offsets, then about the whole file."""
    findings = list_shown(snapshot)
    here = [shown for shown in findings if shown.start <= end and start <= shown.end]
    expected = _list_expected(snapshot)
    actions = []
    for shown in here:
        if fix := make_fix(snapshot, shown.finding):
            title = clean(shown.finding.help or "fix it")
            actions.append(Action(title, "quickfix", fix, shown, shown.finding.safe))
    for shown in here:
        if shown.finding.code == EXPECTATION:
            own = tuple(each for each in expected if shown.start <= each.end and each.start <= shown.end)
            if own:
                actions.append(Action("update `expect` here", "quickfix", own, shown))
    actions += [action for shown in here if (action := _silence(snapshot, shown)) is not None]
    safe = _merge(snapshot, (shown for shown in findings if shown.finding.safe))
    if safe:
        actions.append(Action("apply every safe fix", "source.fixAll.shapecalc", safe, is_safe=True))
    if expected:
        title = "update `expect` to what the model is now"
        actions.append(Action(title, "source.updateExpect.shapecalc", tuple(expected)))
    if snapshot.report is not None and snapshot.report.ok:
        notes = _replace(snapshot, list_annotation_edits(snapshot.report))
        if notes:
            title = "write shapes and parameters as comments"
            actions.append(Action(title, "source.annotate.shapecalc", notes))
    return actions


def make_fix(snapshot: Snapshot, finding: Diagnostic) -> tuple[Replacement, ...]:
    """What a finding's help says, as changes of this file; nothing where it is no change of it."""
    is_own = all(edit.file == snapshot.file for edit in finding.edits)
    return _replace(snapshot, finding.edits) if is_own else ()


def _silence(snapshot: Snapshot, shown: Shown) -> Action | None:
    """The comment that silences a warning, at the end of its line; none where a comment stands there already."""
    finding, source = shown.finding, snapshot.source
    span = finding.span
    if finding.severity != "warning" or span is None or span.file != snapshot.file or not span.line:
        return None
    line = source.lines[min(span.line, len(source.lines)) - 1].rstrip()
    if "#" in line or finding.code in ALWAYS_SAID:
        return None
    end = source.find_offset(span.line, len(line) + 1)
    comment = Replacement(end, end, f"  # shapecalc: ignore[{finding.code}]")
    return Action(f"silence {finding.code} on this line", "quickfix", (comment,), shown)


def _list_expected(snapshot: Snapshot) -> list[Replacement]:
    """What would make the exact expectations true."""
    if snapshot.report is None or snapshot.report.spec.expect is None:
        return []
    return list(_replace(snapshot, list_expect_edits(snapshot.report)))


def _merge(snapshot: Snapshot, findings: Iterable[Shown]) -> tuple[Replacement, ...]:
    """The changes of several findings; one that meets another is left for the next time."""
    taken: list[Replacement] = []
    for shown in findings:
        own = make_fix(snapshot, shown.finding)
        if all(each.end < other.start or other.end < each.start for each in own for other in taken):
            taken += own
    return tuple(sorted(taken))


def _replace(snapshot: Snapshot, edits: Iterable[Edit]) -> tuple[Replacement, ...]:
    """Edits by lines and columns as replacements between offsets."""
    find = snapshot.source.find_offset
    return tuple(
        Replacement(find(edit.line, edit.column), find(edit.end_line, edit.end_column), edit.text) for edit in edits
    )
