"""All files checked, by as many processes as that pays for."""

from __future__ import annotations

import os

from shapecalc.cli.checking.check_files import Checked, check_files
from shapecalc.cli.checking.rules import Task, Tell
from shapecalc.cli.progress import Progress

_FEW = 40
"""Files that take longer than a process that is forked to check them."""
_FEW_RUNS = 4
"""The same of models that run: NumPy is imported in each process."""
_FEW_WHERE_STARTED = 400
"""The same of a process that is started anew, and has to import everything."""
_MOST_AT_ONCE = 32


def check_all(files: list[str], task: Task) -> list[Checked]:
    """What is known of each file, in their order, and the same for any number of processes.

    On a terminal, a bar shows how far it is.
    """
    progress = Progress()
    try:
        count = _count_processes(files, task)
        return (_check_together(files, task, count, progress) if count > 1 else None) or _check(files, task, progress)
    finally:
        progress.clear()


def _check(files: list[str], task: Task, tell: Tell) -> list[Checked]:
    """What is known of each file, from this process."""
    done = 0

    def count(file: str) -> None:
        nonlocal done
        done += 1
        tell(done, len(files), file)

    return check_files(files, task, count)


def _check_together(files: list[str], task: Task, count: int, tell: Tell) -> list[Checked] | None:
    """What is known of each file, from so many processes; None where there can be none."""
    chunks = _divide(len(files), count)
    if not hasattr(os, "fork"):
        from shapecalc.cli.checking.started import check_in_started_processes

        return check_in_started_processes(files, task, chunks, count, tell)
    from shapecalc.cli.checking.processes import check_in_processes

    if task.confirmation is None:
        return check_in_processes(files, task, chunks, count, tell)
    from tempfile import TemporaryFile

    from shapecalc.face.resources import limit

    with TemporaryFile() as turns:
        most = limit(task.confirmation.max_memory)
        shared = task.confirmation._replace(max_memory=most, processes=count, turns=turns.fileno())
        return check_in_processes(files, task._replace(confirmation=shared), chunks, count, tell)


def _count_processes(files: list[str], task: Task) -> int:
    """How many processes share the files: as many as are asked for, else as many cores as pay for themselves."""
    forks = hasattr(os, "fork")
    if os.environ.get("SHAPECALC_DEBUG") == "1":
        return 1  # to see what is raised
    if not forks and (task.confirmation is not None or "-" in files):
        return 1  # nothing says whose turn it is to take the memory, and standard input is this process's
    if task.jobs is not None:
        return min(task.jobs, len(files))
    few = _FEW_RUNS if task.confirmation is not None else _FEW if forks else _FEW_WHERE_STARTED
    return min(_count_cores(), len(files) // few)


def _count_cores() -> int:
    """The cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def _divide(files: int, processes: int) -> list[range]:
    """The files as pieces of work, ever smaller ones, so that all processes are done at about the same time."""
    chunks: list[range] = []
    start = 0
    while start < files:
        stop = start + max(1, min(_MOST_AT_ONCE, (files - start) // (3 * processes)))
        chunks.append(range(start, stop))
        start = stop
    return chunks
