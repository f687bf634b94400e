"""`python -m tests.robust.fuzz`: see README.md beside `tests/robust`."""

from __future__ import annotations

import argparse
import sys
import time

from tests.robust.fuzz.changing import change
from tests.robust.fuzz.documents import document
from tests.robust.fuzz.runner import Outcome, Work, answered, outcomes


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.robust.fuzz", description=__doc__)
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED", help="the first seed")
    parser.add_argument("--count", type=int, default=20_000, metavar="N", help="how many seeds")
    parser.add_argument("--show", type=int, metavar="SEED", help="print the command and the document of a seed")
    parser.add_argument("--changes", action="store_true", help="commands that change files, and the server")
    asked = parser.parse_args()
    if asked.show is not None:
        given = document(asked.show)
        print(" ".join(given.words), given.name, given.text, sep="\n")
        return 0
    return report(asked.first, asked.count, change if asked.changes else answered)


def report(first: int, count: int, work: Work) -> int:
    """Prints what is not sound as it is met, and the figures at the end; returns the exit code."""
    start = time.monotonic()
    slowest = largest = Outcome(first, "", 0.0, 0.0)
    unsound = done = 0
    for outcome in outcomes(range(first, first + count), work):
        done += 1
        slowest = max(slowest, outcome, key=lambda one: one.seconds)
        largest = max(largest, outcome, key=lambda one: one.mebibytes)
        if not outcome.is_sound:
            unsound += 1
            print(f"{outcome.seed}: {outcome.seconds:.2f} s, {outcome.mebibytes:.0f} MiB {outcome.fault}", flush=True)
        if done % 1_000 == 0:
            print(f"... {first + done} after {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    print(f"seeds {first} to {first + done - 1}: {done:,} documents, {unsound} unsound")
    print(f"slowest {slowest.seed}: {slowest.seconds:.2f} s; largest {largest.seed}: {largest.mebibytes:.0f} MiB")
    return 1 if unsound else 0


if __name__ == "__main__":
    sys.exit(main())
