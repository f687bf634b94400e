"""What comments in files silence, and which of them silence nothing in a project."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from shapecalc.cli.checking.filters import was_sought
from shapecalc.cli.checking.rules import CheckRules
from shapecalc.diagnostics import Diagnostic, Span
from shapecalc.document.ignores import Ignore, Ignores, find_idle_codes, list_idle, silence, warn_of_idle


def apply_comments(
    findings: list[Diagnostic], every: list[Ignores], file: str, rules: CheckRules, *, complete: bool
) -> tuple[list[Diagnostic], tuple[Ignore, ...]]:
    """The findings that comments leave, with those about comments; and the comments of files used as blocks.

    `complete` says that all was looked for, so that a comment of the file which silences nothing is idle. Whether one
    of a file of blocks is idle, all the specs that use it say together.
    """
    if not every:
        return findings, ()
    left = silence(findings, [comment for ignores in every for comment in ignores.comments])
    kept = left + [fault for ignores in every for fault in ignores.faults]
    if not complete:
        return kept, ()
    block_comments: list[Ignore] = []
    for ignores in every:
        if ignores.file == file:
            kept += list_idle(ignores, left, partial(was_sought, file=file, rules=rules))
        else:
            block_comments += ignores.comments
    return kept, tuple(block_comments)


def list_idle_in_blocks(comments: Iterable[Ignore], rules: CheckRules) -> list[Diagnostic]:
    """A warning for each comment in a file used as a block that silences nothing in any of the specs that use it."""
    merged: dict[Span, Ignore] = {}
    for comment in comments:
        merged.setdefault(comment.span, comment).used.update(comment.used)
    idle = []
    for span, comment in merged.items():
        codes = find_idle_codes(comment, partial(was_sought, file=span.file, rules=rules))
        if codes is not None:
            idle.append(warn_of_idle(comment, codes))
    return idle
