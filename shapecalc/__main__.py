"""`shapecalc`, and `python -m shapecalc`."""

from __future__ import annotations

import signal
import sys


def run() -> int:
    """Runs the command line; returns the exit code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Until the guard of the command line stands, Ctrl-C ends the process without a word.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from shapecalc.cli.main import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
