"""Specs that a check changed are saved, or what would change is shown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from shapecalc.cli.checking.check_files import Checked
from shapecalc.cli.checking.rules import Changes, Output, Task, Update
from shapecalc.cli.session import Session
from shapecalc.diagnostics import clean, shorten

if TYPE_CHECKING:
    from shapecalc.cli.checking.fixing import Fixing
    from shapecalc.cli.checking.selection import Selection

_SHOWN = 8
"""Most changes of a file that its line names."""


def check_and_save(
    session: Session, selection: Selection, task: Task, changes: Changes, output: Output
) -> tuple[list[Checked], bool]:
    """The selected files once they are changed and saved, and whether any would change where that is only shown.

    All that is found goes to the session.
    """
    from shapecalc.cli.checking.filters import apply_filters
    from shapecalc.cli.checking.many import check_all
    from shapecalc.cli.checking.selection import keep_specs

    results = check_all(selection.files, task if changes.fix else task._replace(update=changes.update))
    would_change = False
    if changes.fix:
        from shapecalc.cli.checking.fixing import fix_files

        fixing = fix_files(results, selection.files, task, changes.unsafe)
        _save_fixes(session, fixing, changes.dry_run, output)
        results, would_change = fixing.results, bool(fixing.files) and changes.dry_run
        if changes.update is not None:
            results = check_all(selection.files, task._replace(update=changes.update))
    results, findings = keep_specs(results, selection)
    if changes.update is not None:
        would_change = save(session, results, output.quiet, changes.update, output.style) and changes.dry_run
    comments = [comment for result in results for comment in result.block_comments]
    if comments:
        from shapecalc.cli.checking.comments import list_idle_in_blocks

        findings += list_idle_in_blocks(comments, task.rules)
    session.diagnostics += apply_filters(selection.findings + findings, task.rules)
    for result in results:
        session.diagnostics += result.findings
        session.sources.update(result.sources)
    return results, would_change


def save(session: Session, results: Sequence[Checked], quiet: bool, update: Update, output_format: str) -> bool:
    """Saves the specs that changed, or shows what would change; whether any did. What fails becomes a finding.

    What is said of it stands on standard output where that is for people, and else on standard error.
    """
    from shapecalc.cli.rewriting import rewrite, write_diff

    stream = sys.stdout if output_format in ("full", "concise") else sys.stderr
    saved = 0
    for result in results:
        if result.rewritten is None:
            continue
        old, new, changes = result.rewritten
        if old == new:
            stream.write(f"{clean(result.file)}: is no spec, and left as it is\n")
            continue
        if update.dry_run:
            stream.write(write_diff(result.file, old, new))
        else:
            before = len(session.diagnostics)
            with session.guard(result.file):
                rewrite(result.file, old, new)
            if len(session.diagnostics) > before:
                continue
            stream.write(f"{clean(result.file)}: {_write_changes(changes)}\n")
        saved += 1
    if not quiet:
        verb = "would be updated" if update.dry_run else "updated"
        stream.write(f"{saved or 'no'} spec{'' if saved == 1 else 's'} {verb}\n")
    return saved > 0


def _save_fixes(session: Session, fixing: Fixing, dry_run: bool, output: Output) -> None:
    """Saves the files that were fixed, or shows what would change, as `save` does."""
    from shapecalc.cli.rewriting import rewrite, write_diff

    stream = sys.stdout if output.style in ("full", "concise") else sys.stderr
    for file, old, new in fixing.files:
        if dry_run:
            stream.write(write_diff(file, old, new))
            continue
        with session.guard(file):
            rewrite(file, old, new)
    if not output.quiet and not any(finding.code == "SC607" for finding in session.diagnostics):
        files = f"{len(fixing.files):,} file{'s' * (len(fixing.files) != 1)}"
        findings = f"{fixing.total:,} finding{'s' * (fixing.total != 1)}"
        done = "Would fix" if dry_run else "Fixed"
        more = f" ({fixing.guesses:,} more with --unsafe-fixes)" if fixing.guesses else ""
        stream.write(f"{done} {findings} in {files}{more}\n" if fixing.files else f"No fixes to make{more}\n")


def _write_changes(changes: Sequence[str]) -> str:
    more = len(changes) - _SHOWN
    return ", ".join([*(shorten(change) for change in changes[:_SHOWN]), *([f"and {more} more"] if more > 0 else [])])
