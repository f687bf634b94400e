"""All files checked, by as many processes as that pays for."""

from __future__ import annotations

import os
from collections.abc import Callable

from shapecalc.cli.checking.check_files import Checked, check_files
from shapecalc.cli.checking.rules import Task

_FEW = 40
"""Files of a process that take longer than to start it and to send what it found; of a run, one does."""
_MOST_AT_ONCE = 32

Tell = Callable[[int, int, str], None]
"""Called with how many files are done, how many there are, and the last one."""


def check_all(files: list[str], task: Task, jobs: int | None = None, tell: Tell | None = None) -> list[Checked]:
    """What is known of each file, in their order, and the same for any number of processes."""
    count = _count_processes(len(files), task, jobs)
    if count > 1:
        from shapecalc.cli.checking.processes import check_in_processes

        chunks = _divide(len(files), count)
        checked = check_in_processes(files, task, chunks, count, tell)
        if checked is not None:
            return checked
    number = 0

    def done(file: str) -> None:
        nonlocal number
        number += 1
        if tell is not None:
            tell(number, len(files), file)

    return check_files(files, task, done)


def _count_processes(files: int, task: Task, jobs: int | None) -> int:
    """How many processes share the files: as many as are asked for, else as many cores as pay for themselves."""
    if os.environ.get("SHAPECALC_DEBUG") == "1":
        return 1
    if jobs is not None:
        return min(jobs, files)
    few = 1 if task.confirmation is not None else _FEW
    return min(_count_cores(), files // few)


def _count_cores() -> int:
    """The cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def _divide(files: int, processes: int) -> list[range]:
    """The files as pieces of work: several for each process, since some take longer than others."""
    step = max(1, min(_MOST_AT_ONCE, files // (4 * processes)))
    return [range(start, min(start + step, files)) for start in range(0, files, step)]
