"""Processes that check files for a command, started anew: where the system has no fork."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool

from shapecalc.cli.checking.check_files import Checked, check_files
from shapecalc.cli.checking.rules import Task, Tell
from shapecalc.cli.workers import start_processes
from shapecalc.diagnostics import Diagnostic, Span, error


def check_in_started_processes(
    files: Sequence[str], task: Task, chunks: Sequence[range], count: int, tell: Tell
) -> list[Checked]:
    """What is known of each file, in their order."""
    checked: list[Checked] = []
    with start_processes(count) as pool:
        pieces = [[files[at] for at in chunk] for chunk in chunks]
        waiting = [pool.submit(check_files, piece, task) for piece in pieces]
        for piece, future in zip(pieces, waiting, strict=True):
            try:
                checked += future.result()
            except BrokenProcessPool:
                checked += [Checked(file, [_report_end(file)], {}) for file in piece]
            tell(len(checked), len(files), piece[-1])
    return checked


def _report_end(file: str) -> Diagnostic:
    message = "the system ended one of the processes that check files: too much memory?"
    return error("SC610", message, Span(file, 0, 0, 0), help="check fewer at once: `--jobs 1`")
