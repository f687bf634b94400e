"""Processes that work for a command: they end when it ends, however it ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from threading import Thread

from shapecalc.diagnostics import Fault, error


@contextmanager
def start_processes(count: int) -> Iterator[Executor]:
    """An executor of so many processes. Raises Fault with SC610 where the system ends one of them."""
    # Not forked: NumPy's threads do not survive that.
    pool = ProcessPoolExecutor(count, get_context("spawn"), _begin)
    try:
        _start(pool, count)
        yield pool
    except BrokenProcessPool:
        message = "the system ended one of the processes that infer graphs: too much memory?"
        raise Fault(error("SC610", message, help="run fewer at once: `--jobs 1`")) from None
    except BaseException:
        # Nobody waits for their results any more.
        for process in active_children():
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _start(pool: Executor, count: int) -> None:
    """Starts the processes, with Ctrl-C ignored from their first moment: this process sees to their end."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for _ in range(count):
            pool.submit(os.getpid)
    finally:
        signal.signal(signal.SIGINT, before)


def _begin() -> None:
    """Runs first in each process: makes it end when the process it works for is gone."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
