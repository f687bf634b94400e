"""Runs documents in forked workers, each watched: what it prints, how long it takes, how much memory it holds."""

from __future__ import annotations

import gc
import io
import os
import pickle
import select
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple, NoReturn

from tests.robust.fuzz.documents import Document, document

SECONDS = 5.0
"""Of processor time that a document may take."""
MEBIBYTES = 300
"""That a document may hold beyond what the process held before."""
_HANGING = 10  # seconds of processor time after which the system ends a worker
_WAITING = 900.0  # seconds without an answer, of whatever kind: machines are busy
_ROUND = 500  # documents that one worker does: what it remembers does not pile up
_CEILING = 2**31  # bytes that the system gives a worker beyond what it holds, so that the machine lives

BROKEN = ("SC610", "internal error", "Traceback", "SC502")
"""What no answer says: faults of the tool, and a rule and a forward that differ."""

Work = Callable[[int], str]
"""Does the document of a seed; returns what is wrong with the answer, or nothing."""


class Outcome(NamedTuple):
    """What became of a document: what was wrong, seconds of processor time, mebibytes it held at most."""

    seed: int
    fault: str
    seconds: float
    mebibytes: float

    @property
    def is_sound(self) -> bool:
        return not self.fault and self.seconds <= SECONDS and self.mebibytes <= MEBIBYTES


def outcomes(seeds: Iterable[int], work: Work | None = None, patience: float = _WAITING) -> Iterator[Outcome]:
    """The outcome of every seed, in order."""
    work = work or answered
    waiting = list(seeds)
    while waiting:
        part, waiting = waiting[:_ROUND], waiting[_ROUND:]
        while part:
            done = 0
            for outcome in _worker(part, work, patience):
                done += 1
                yield outcome
            part = part[done:]


def _worker(seeds: list[int], work: Work, patience: float) -> Iterator[Outcome]:
    """Outcomes from one process, which may end early; the seed that ended it is the last."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _serve(seeds, work, writer)
    os.close(writer)
    done = 0
    try:
        with os.fdopen(reader, "rb", 0) as stream:
            while done < len(seeds):
                ready, _, _ = select.select([stream], [], [], patience)
                size = stream.read(4) if ready else b""
                if len(size) < 4:
                    os.kill(child, signal.SIGKILL)
                    status = os.waitpid(child, 0)[1]
                    child = 0
                    hangs = not ready or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU)
                    yield Outcome(seeds[done], "no answer" if hangs else "the process ended", 0.0, 0.0)
                    return
                yield pickle.loads(_all(stream, int.from_bytes(size, "big")))
                done += 1
    finally:
        if child:
            os.waitpid(child, 0)


def _all(stream: io.RawIOBase, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += stream.read(size - len(data)) or b""
    return data


def _serve(seeds: list[int], work: Work, writer: int) -> NoReturn:
    """The child."""
    from resource import RLIMIT_AS, RLIMIT_CPU, getrlimit, setrlimit

    setrlimit(RLIMIT_AS, (_held("VmSize") * 1024 + _CEILING, getrlimit(RLIMIT_AS)[1]))
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            for seed in seeds:
                before = _resident_peak_from_now()
                start = time.process_time()
                setrlimit(RLIMIT_CPU, (int(start) + _HANGING + 1, getrlimit(RLIMIT_CPU)[1]))
                try:
                    fault = work(seed)
                except BaseException as error:  # the very thing that is looked for
                    fault = f"{type(error).__name__}: {error}"[:300]
                seconds = time.process_time() - start
                data = pickle.dumps(Outcome(seed, fault, seconds, (_held("VmHWM") - before) / 1024))
                os.write(writer, len(data).to_bytes(4, "big") + data)
    finally:
        os._exit(0)


def _resident_peak_from_now() -> int:
    """Has the system measure the greatest memory anew; returns what is held now, in KiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return _held("VmRSS")


def _held(name: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().split("\n") if line.startswith(f"{name}:"))
    return int(line.split()[1])


def answered(seed: int) -> str:
    """Does the document of a seed; returns what is wrong with the answer."""
    return fault_of(document(seed))


def fault_of(given: Document) -> str:
    """What is wrong with what a command says of a document, or nothing."""
    Path(given.name).write_text(given.text, "utf-8", errors="surrogatepass")
    files = [given.name]
    name, *options = given.words
    if name == "diff":
        Path("other.yaml").write_text(given.text.replace("4", "5"), "utf-8", errors="surrogatepass")
        files.append("other.yaml")
    return find_fault(*answer([name, *files, *options]))


def answer(words: list[str]) -> tuple[int, str]:
    """The exit code of a command, and all that it says."""
    from shapecalc.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO())
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main(words)
    finally:
        sys.stdin = stdin
        gc.enable()
        gc.unfreeze()
    return code, out.getvalue() + err.getvalue()


def find_fault(code: int, said: str) -> str:
    """What is wrong with an answer, or nothing."""
    if code not in (0, 1, 2):
        return f"exit code {code}"
    if not said:
        return "nothing is said"
    found = next((words for words in BROKEN if words in said), None)
    if found is None:
        return ""
    line = next(line for line in said.split("\n") if found in line)
    return line.strip()[:300]
