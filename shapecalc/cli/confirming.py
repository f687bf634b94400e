"""Forward passes for `check --run`, each in a process of its own that may take so much memory and no more.

Memory is estimated before anything is computed. This catches what the estimates miss: a spec whose forward takes more
than it states, or ends its process, is a finding of that spec, and the others are still confirmed.
"""

from __future__ import annotations

import os
import pickle
import signal
import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from shapecalc.diagnostics import Diagnostic, Fault, Span, error, shorten

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report

_NO_MEMORY = 3
"""The exit code of a child that has no memory left for a message."""

BESIDES = 1 << 28
"""Bytes that a process may take beside its arrays: buffers of the threads that multiply, and what Python needs."""


def confirm_reports(reports: Sequence[Report], batch: int, seed: int, most: int | None) -> list[list[Diagnostic]]:
    """What forward passes of random inputs find, report by report, each in at most so many bytes.

    One child runs them all; where a spec ends it early, another child goes on with the next spec. Where there is no
    fork, all run in this process.
    """
    import shapecalc.analysis.verify  # noqa: F401  # here, so that no child has to import NumPy

    if not hasattr(os, "fork"):
        return [_run(report, batch, seed, most) for report in reports]
    confirmed: list[list[Diagnostic]] = []
    while len(confirmed) < len(reports):
        rest = reports[len(confirmed) :]
        answers, status = _ask_child(rest, batch, seed, most)
        confirmed += answers
        if len(answers) < len(rest):
            confirmed.append([_report_child(rest[len(answers)], status)])
    return confirmed


def _ask_child(
    reports: Sequence[Report], batch: int, seed: int, most: int | None
) -> tuple[list[list[Diagnostic]], int]:
    """What a child answers, fewer than it was asked for where it ended early, and how it ended."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # Threads of NumPy's own, which it ends before a fork and starts again where they are needed.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.close(reader)
        _answer_parent(writer, reports, batch, seed, most)
    os.close(writer)
    answers: list[list[Diagnostic]] = []
    status: int | None = None
    try:
        with open(reader, "rb") as stream, suppress(EOFError, pickle.UnpicklingError):
            while len(answers) < len(reports):
                answers.append(pickle.load(stream))
        status = os.waitpid(child, 0)[1]
    finally:
        if status is None:  # interrupted: nobody will ask for the answers
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return answers, status


def _run(report: Report, batch: int, seed: int, most: int | None) -> list[Diagnostic]:
    from shapecalc.analysis.verify import run_model, sample_inputs
    from shapecalc.face.resources import refuse_large_inputs

    try:
        refuse_large_inputs(report, batch, most)
        inputs = sample_inputs(report, "random", seed, batch, most)
        return run_model(report, inputs, None, seed, None, most).diagnostics
    except Fault as fault:
        return list(fault.diagnostics)
    except MemoryError:
        return [_report_memory(report)]
    except Exception as error:
        return [_run_failure(report, f"its run failed with {type(error).__name__}: {shorten(error)}")]


def _answer_parent(writer: int, reports: Sequence[Report], batch: int, seed: int, most: int | None) -> NoReturn:
    """The child: writes what it finds of each report, and ends at once, whatever happens."""
    code = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        with open(writer, "wb") as answers:
            for report in reports:
                _limit_memory(most)
                answers.write(pickle.dumps(_run(report, batch, seed, most)))
                answers.flush()
        code = 0
    except MemoryError:
        code = _NO_MEMORY
    finally:
        os._exit(code)


def _limit_memory(most: int | None) -> None:
    """Limits this process to `most` bytes beyond what it holds, on systems that can do so."""
    held = _read_data_bytes()
    if most is None or held is None:
        return
    from resource import RLIM_INFINITY, RLIMIT_DATA, getrlimit, setrlimit

    hard = getrlimit(RLIMIT_DATA)[1]
    limit = held + most + BESIDES
    if hard == RLIM_INFINITY or limit < hard:
        setrlimit(RLIMIT_DATA, (limit, hard))


def _read_data_bytes() -> int | None:
    """Bytes of memory of its own that this process has asked for; None where the system does not say."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as file:
            line = next((line for line in file if line.startswith("VmData:")), "")
    except OSError:
        return None
    words = line.split()
    return int(words[1]) * 1024 if len(words) > 1 else None


def _report_memory(report: Report) -> Diagnostic:
    help = "run a smaller batch or input"
    return error("SC603", "there is not enough memory to run it", _span_file(report), subject=report.name, help=help)


def _report_child(report: Report, status: int) -> Diagnostic:
    """The finding for a child that did not answer."""
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _NO_MEMORY:
        return _report_memory(report)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        name = next((known.name for known in signal.Signals if known == number), f"signal {number}")
        if number == signal.SIGKILL:
            return _report_memory(report)._replace(message=f"the system ended its run ({name}): too much memory?")
        return _run_failure(report, f"its run ended with {name}")
    return _run_failure(report, "its run ended without an answer")


def _run_failure(report: Report, message: str) -> Diagnostic:
    return error("SC502", message, _span_file(report), subject=report.name, help="please report it with this spec")


def _span_file(report: Report) -> Span:
    """The span of a file as a whole."""
    return Span(report.file, 0, 0, 0)
