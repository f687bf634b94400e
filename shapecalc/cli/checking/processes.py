"""Processes that check files for a command, forked from it: they need not be started anew, nor import anything.

No thread runs in a command that checks, so that a fork takes nothing with it that is half done. Where a process ends
before it has answered, its files are given to others one by one: the file that did it is a finding of its own.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from shapecalc.cli.checking.check_files import Checked, check_files
from shapecalc.cli.checking.rules import Task, Tell
from shapecalc.diagnostics import Diagnostic, Span, error

_AHEAD = 2
"""Pieces of work that a process has at a time, so that it need not wait for the next one."""
_SIZE = 8
"""Bytes of a number between processes."""
_PATIENCE = 200
"""Hundredths of a second in which a process ends that was asked to."""


def check_in_processes(
    files: Sequence[str], task: Task, chunks: Sequence[range], count: int, tell: Tell
) -> list[Checked] | None:
    """What is known of each file, in their order; None where no process can be started."""
    work = _Work(files, task, chunks, tell)
    try:
        work.start(count)
        if not work.workers:
            return None
        work.share()
    finally:
        work.end()
    return [checked for checked in work.checked if checked is not None]


class _Worker:
    """A process that checks files: `orders` goes to it, `answers` come from it, `chunks` are what it has to do."""

    def __init__(self, process: int, orders: int, answers: int) -> None:
        self.process = process
        self.orders = orders
        self.answers = answers
        self.chunks: deque[range] = deque()
        self.received = bytearray()

    def give(self, chunk: range) -> None:
        """Gives it files to check."""
        self.chunks.append(chunk)
        with suppress(BrokenPipeError):  # it has ended, which its answers will say
            os.write(self.orders, chunk.start.to_bytes(_SIZE, "big") + chunk.stop.to_bytes(_SIZE, "big"))

    def take(self) -> bytes | None:
        """The next whole answer among what has come; None where more must be read."""
        size = int.from_bytes(self.received[:_SIZE], "big")
        if len(self.received) < _SIZE or len(self.received) < _SIZE + size:
            return None
        answer = bytes(self.received[_SIZE : _SIZE + size])
        del self.received[: _SIZE + size]
        return answer


class _Work:
    """The files of a command, the processes that check them, and what is known so far."""

    def __init__(self, files: Sequence[str], task: Task, chunks: Sequence[range], tell: Tell) -> None:
        self.files = files
        self.task = task
        self.waiting = deque(chunks)
        self.tell = tell
        self.workers: list[_Worker] = []
        self.checked: list[Checked | None] = [None] * len(files)
        self.done = 0

    def start(self, count: int) -> None:
        """Starts so many processes, or as many as the system allows."""
        for _ in range(count):
            worker = self.fork()
            if worker is None:
                return
            self.workers.append(worker)

    def fork(self) -> _Worker | None:
        """A new process; None where the system does not allow one."""
        sys.stdout.flush()
        sys.stderr.flush()
        orders, orders_end = os.pipe()
        answers_end, answers = os.pipe()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of threads that a program has that calls this one
                process = os.fork()
        except OSError:
            for end in (orders, orders_end, answers, answers_end):
                os.close(end)
            return None
        if process == 0:
            os.close(orders_end)
            os.close(answers_end)
            for worker in self.workers:  # or they would not see when the command is gone
                os.close(worker.orders)
                os.close(worker.answers)
            _serve(orders, answers, self.files, self.task)
        os.close(orders)
        os.close(answers)
        return _Worker(process, orders_end, answers_end)

    def share(self) -> None:
        """Gives out the files until all are checked."""
        for _ in range(_AHEAD):
            for worker in self.workers:
                self.give(worker)
        while self.done < len(self.files):
            ready = select.select([worker.answers for worker in self.workers], [], [])[0]
            for worker in [worker for worker in self.workers if worker.answers in ready]:
                data = os.read(worker.answers, 1 << 20)
                worker.received += data
                while (answer := worker.take()) is not None:
                    chunk = worker.chunks.popleft()
                    self.keep(chunk, _unpack(answer, len(chunk)))
                    self.give(worker)
                if not data:
                    self.replace(worker)

    def give(self, worker: _Worker) -> None:
        if self.waiting:
            worker.give(self.waiting.popleft())

    def keep(self, chunk: range, news: Sequence[Checked | None]) -> None:
        """Takes in what is known of some files; None of one that is clean."""
        for at, checked in zip(chunk, news, strict=True):
            self.checked[at] = checked or Checked(self.files[at], [], {})
        self.done += len(chunk)
        self.tell(self.done, len(self.files), self.files[chunk.stop - 1])

    def replace(self, worker: _Worker) -> None:
        """Puts another process in the place of one that has ended, and has others do what it has left."""
        self.workers.remove(worker)
        status = _close(worker)
        chunks = list(worker.chunks)
        if chunks and len(chunks[0]) == 1:
            file = self.files[chunks[0].start]
            self.keep(chunks[0], [Checked(file, [_report_end(file, status)], {})])
            del chunks[0]
        elif chunks:
            chunks[:1] = [range(at, at + 1) for at in chunks[0]]
        self.waiting.extendleft(reversed(chunks))
        if not self.waiting:
            return
        new = self.fork()
        if new is not None:
            self.workers.append(new)
            for _ in range(_AHEAD):
                self.give(new)
        elif not self.workers:
            for chunk in self.waiting:
                self.keep(chunk, check_files([self.files[at] for at in chunk], self.task))
            self.waiting.clear()

    def end(self) -> None:
        """Ends all processes: those that are done end by themselves."""
        for worker in self.workers:
            if worker.chunks:
                with suppress(OSError):
                    os.kill(worker.process, signal.SIGTERM)
        for worker in self.workers:
            _close(worker)


def _close(worker: _Worker) -> int:
    """Waits for a process that ends, and kills it where it does not; how it ended."""
    os.close(worker.orders)
    os.close(worker.answers)
    for _ in range(_PATIENCE if worker.chunks else 0):
        process, status = os.waitpid(worker.process, os.WNOHANG)
        if process:
            return status
        time.sleep(0.01)
    if worker.chunks:
        os.kill(worker.process, signal.SIGKILL)
    return os.waitpid(worker.process, 0)[1]


def _serve(orders: int, answers: int, files: Sequence[str], task: Task) -> NoReturn:
    """The process: checks the files that it is told to, until nobody tells it any more, and ends at once."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command sees to it
        while order := os.read(orders, 2 * _SIZE):
            start, stop = int.from_bytes(order[:_SIZE], "big"), int.from_bytes(order[_SIZE:], "big")
            checked = check_files(files[start:stop], task)
            answer = _pack(checked)
            _write_all(answers, len(answer).to_bytes(_SIZE, "big") + answer)
        code = 0
    finally:
        os._exit(code)


def _pack(results: Sequence[Checked]) -> bytes:
    """What is known of some files, as bytes: none where all are clean, which is most often so."""
    news = [None if result == Checked(result.file, [], {}) else result for result in results]
    if not any(news):
        return b""
    import pickle

    return pickle.dumps(news, pickle.HIGHEST_PROTOCOL)


def _unpack(answer: bytes, count: int) -> Sequence[Checked | None]:
    """What `_pack` was given, of so many files; None of those that are clean."""
    if not answer:
        return [None] * count
    import pickle

    news: list[Checked | None] = pickle.loads(answer)
    return news


def _write_all(end: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(end, view) :]


def _report_end(file: str, status: int) -> Diagnostic:
    """The finding for a file whose process has ended before it had an answer."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        name = next((known.name for known in signal.Signals if known == number), f"signal {number}")
        memory = ": too much memory?" if number == signal.SIGKILL else ""
        message = f"the process that checked it was ended by {name}{memory}"
    else:
        message = "the process that checked it ended without an answer"
    return error("SC610", message, Span(file, 0, 0, 0), help="check it alone; if it ends again, please report it")
