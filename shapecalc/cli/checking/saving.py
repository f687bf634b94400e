"""Specs that a check changed are saved, or what would change is shown."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from shapecalc.cli.checking.check_files import Checked
from shapecalc.cli.checking.fixing import Fixing
from shapecalc.cli.checking.rules import Update
from shapecalc.cli.rewriting import rewrite, write_diff
from shapecalc.cli.session import Session
from shapecalc.diagnostics import clean, shorten

_SHOWN = 8
"""Most changes of a file that its line names."""


def save(session: Session, results: Sequence[Checked], quiet: bool, update: Update, output_format: str) -> bool:
    """Saves the specs that changed, or shows what would change; whether any did. What fails becomes a finding.

    What is said of it stands on standard output where that is for people, and else on standard error.
    """
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


def save_fixes(session: Session, fixing: Fixing, quiet: bool, dry_run: bool, output_format: str) -> None:
    """Saves the files that were fixed, or shows what would change, as `save` does."""
    stream = sys.stdout if output_format in ("full", "concise") else sys.stderr
    for file, old, new in fixing.files:
        if dry_run:
            stream.write(write_diff(file, old, new))
            continue
        with session.guard(file):
            rewrite(file, old, new)
    if not quiet and not any(finding.code == "SC607" for finding in session.diagnostics):
        files = f"{len(fixing.files):,} file{'s' * (len(fixing.files) != 1)}"
        findings = f"{fixing.total:,} finding{'s' * (fixing.total != 1)}"
        done = "Would fix" if dry_run else "Fixed"
        stream.write(f"{done} {findings} in {files}\n" if fixing.files else "No fixes to make\n")


def _write_changes(changes: Sequence[str]) -> str:
    more = len(changes) - _SHOWN
    return ", ".join([*(shorten(change) for change in changes[:_SHOWN]), *([f"and {more} more"] if more > 0 else [])])
