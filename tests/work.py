"""Work counted in calls of functions: the same on a fast machine and on one under load, unlike seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class TooMuchWork(AssertionError):
    """More calls than were allowed."""


class Work:
    """The calls so far."""

    def __init__(self) -> None:
        self.calls = 0


@contextmanager
def at_most(calls: int) -> Iterator[Work]:
    """Raises TooMuchWork in the middle of what makes more calls, of Python's functions and of C's, than `calls`."""
    work = Work()

    def count(frame: FrameType, event: str, argument: Any) -> None:
        if event in ("call", "c_call"):
            work.calls += 1
            if work.calls > calls:
                sys.setprofile(None)
                raise TooMuchWork(f"more than {calls:,} calls")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield work
    finally:
        sys.setprofile(before)
