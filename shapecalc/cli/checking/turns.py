"""Which of several processes may run models: all of them small ones at once, or one of them one that is large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shapecalc.cli.confirming import confirm_reports

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.cli.checking.rules import Confirmation
    from shapecalc.diagnostics import Diagnostic


def run_in_turn(reports: Sequence[Report], confirmation: Confirmation, most: int | None) -> list[list[Diagnostic]]:
    """What forward passes find, report by report, as one process finds it that may take all the memory.

    Where several processes run models, each does so in its part of the memory, beside the others. Those that this was
    not enough for run again, with all of it, while no other process runs anything.
    """
    batch, seed, _, processes, turns = confirmation
    if turns is None or most is None:
        return confirm_reports(reports, batch, seed, most)
    with _take_turn(turns, alone=False):
        found = confirm_reports(reports, batch, seed, most // processes)
    large = [at for at, findings in enumerate(found) if any(finding.code == "SC603" for finding in findings)]
    if large:
        with _take_turn(turns, alone=True):
            again = confirm_reports([reports[at] for at in large], batch, seed, most)
        for at, findings in zip(large, again, strict=True):
            found[at] = findings
    return found


@contextmanager
def _take_turn(turns: int, alone: bool) -> Iterator[None]:
    """Waits until this process may run models. The system takes its turn back, also from a process that it ends."""
    from fcntl import LOCK_EX, LOCK_SH, LOCK_UN, lockf

    lockf(turns, LOCK_EX if alone else LOCK_SH)
    try:
        yield
    finally:
        lockf(turns, LOCK_UN)
