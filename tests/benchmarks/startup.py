"""Start-up: `summary` beside a bare program that prints the same table, `check` beside `python -c pass`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.benchmarks.pairs import ROOT, environment, in_turns, process_seconds

SPEC = str(ROOT / "specs" / "tutorial" / "many_to_many.yaml")
BARE = str(Path(__file__).with_name("bare_summary.py"))


def main(rounds: int = 60) -> None:
    env = environment()
    cases = (
        ("summary / bare click + yaml + rich", ["-m", "shapecalc", "summary", SPEC], [BARE, SPEC]),
        ("check / python -c pass", ["-m", "shapecalc", "check", SPEC], ["-c", "pass"]),
        ("bare click + yaml + rich / python -c pass", [BARE, SPEC], ["-c", "pass"]),
    )
    for name, ours, other in cases:
        found = in_turns(lambda: process_seconds(ours, env), lambda: process_seconds(other, env), rounds)  # noqa: B023
        print(f"{name:45} {found.ours * 1e3:7.1f} ms  {found.other * 1e3:7.1f} ms  ratio {found.ratio:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
