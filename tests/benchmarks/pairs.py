"""Two things timed in turns on one machine: only the ratio of one interleaved run means anything."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]

_UNWANTED = ("PYTHONDONTWRITEBYTECODE", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""What would make every start compile anew, or hold NumPy's products back."""


class Ratio(NamedTuple):
    """Median seconds of both, and the median of their ratios pair by pair."""

    ours: float
    other: float
    ratio: float


def in_turns(ours: Callable[[], float], other: Callable[[], float], rounds: int) -> Ratio:
    """Ours over the other; each function gives its own seconds, and the first round warms up."""
    pairs = [(ours(), other()) for _ in range(rounds + 1)][1:]
    return Ratio(median(a for a, _ in pairs), median(b for _, b in pairs), median(a / b for a, b in pairs))


def timed(function: Callable[[], Any], repeats: int = 1) -> Callable[[], float]:
    """`function` as something that gives the processor seconds of one call, the mean of `repeats`."""

    def run() -> float:
        start = time.process_time()
        for _ in range(repeats):
            function()
        return (time.process_time() - start) / repeats

    return run


def environment(**more: str) -> dict[str, str]:
    """The environment of a process that is timed, with the checkout on its path."""
    kept = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
    return kept | {"PYTHONPATH": str(ROOT)} | more


def peak_memory() -> int:
    """The most memory that this process has had, in KiB, as Linux tells it.

    Not `getrusage`, whose figure a process takes over from the larger one that started it.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0])


def process_seconds(arguments: Sequence[str], env: dict[str, str], python: str = sys.executable) -> float:
    """Seconds of processor time that a Python process takes, user and system: less noisy than the clock."""
    with subprocess.Popen([python, *arguments], env=env, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return usage.ru_utime + usage.ru_stime
