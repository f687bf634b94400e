"""How much memory a function takes, in a process of its own."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

STATUS = Path("/proc/self/status")

FACTOR, BESIDES = 1.2, 64 << 20
"""How far a process may go beyond what was stated: blocks and buffers of a fixed size come to a few dozen megabytes."""

measured = pytest.mark.skipif(not STATUS.exists(), reason="the system does not say what a process took")


def taken(function: Callable[[], object]) -> int:
    """The most bytes that a process holds while it runs `function`, beyond what it began with.

    0 where it raises, as of values that a layer refuses; a process that ends otherwise is an error.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(600)
        before = _held("VmRSS")
        try:
            function()
            os.write(writer, pickle.dumps(_held("VmHWM") - before))
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as answer:
        data = answer.read()
    status = os.waitpid(child, 0)[1]
    assert status == 0, f"the process ended with {status}"
    return int(pickle.loads(data)) if data else 0


def _held(name: str) -> int:
    line = next(line for line in STATUS.read_text(encoding="utf-8").splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024
