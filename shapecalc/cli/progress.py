"""A progress bar for runs that take long, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import monotonic

from shapecalc.diagnostics import clean

_WIDTH = 30
_PATIENCE = 0.5  # seconds without a bar
_INTERVAL = 0.1


class Progress:
    """Called after each layer or file. Draws on standard error, if that is a terminal and it takes its time."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.clock = clock
        self.due = clock() + _PATIENCE
        self.drawn = False
        self.terminal = sys.stderr.isatty()

    def __call__(self, done: int, total: int, name: str) -> None:
        if not self.terminal or self.clock() < self.due:
            return
        self.due = self.clock() + _INTERVAL
        self.drawn = True
        filled = _WIDTH * done // max(total, 1)
        sys.stderr.write(f"\r\x1b[K[{'#' * filled}{'-' * (_WIDTH - filled)}] {done}/{total} {clean(name[:40])}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Removes the bar."""
        if self.drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
