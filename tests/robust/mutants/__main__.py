"""Changes the package's code at random, one change at a time, and counts what the tests notice.

    python -m tests.robust.mutants --seed 1 --count 150 [--part NAME] [--map FILE]

Works in a copy of the checkout, so that the code at hand is never changed. The map says which tests reach which line; a
FILE that does not exist is written first, by a run of the tests under `coverage`, which must be installed for this. A
change is tried on a few cases that reach its line, then on all tests that reach it, then on a fixed selection. Each is
printed with the first test that failed, and the survivors once more at the end. A change that nobody could see from
outside, such as a fast way turned into a slow one, survives rightly: whoever reads the list says which.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.robust.mutants.changes import Change, list_changes
from tests.robust.mutants.reach import Map

ROOT = Path(__file__).parents[3]
BROAD = (
    "tests/golden/test_golden.py", "tests/docs", "tests/first_hour", "tests/diagnostics", "tests/specs/test_reject.py",
    "tests/cli/test_main.py", "tests/cli/test_check.py", "tests/cli/test_run.py", "tests/contracts/test_examples.py",
    "tests/contracts/test_floors.py", "tests/contracts/test_surfaces.py", "tests/robust/test_signals.py",
    "tests/robust/test_commands.py",
)  # fmt: skip
"""What is tried on a change last: processes, which coverage does not see into, and cases that the map leaves out."""
TIMEOUT = 900
"""Seconds after which a run of the tests counts as one that noticed: the change made a loop endless."""
MEMORY = 8 << 30
"""Bytes that a run of the tests may take: a change may make a list endless."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.robust.mutants")
    parser.add_argument("--seed", type=int, default=1, help="which changes are drawn")
    parser.add_argument("--count", type=int, default=10, help="how many")
    parser.add_argument("--part", default="", help="only modules whose dotted name holds this")
    parser.add_argument("--map", type=Path, default=None, help="which tests reach which line; written if absent")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy_checkout(Path(folder))
        file = asked.map or Path(folder) / "map.json"
        if not file.exists():
            write_map(Path(folder), file.absolute())
        tests = Map(file, list_tests(Path(folder)))
        print(*(f"fails without any change, left out: {test}" for test in tests.failing), sep="\n", flush=True)
        survivors = []
        for number, change in enumerate(draw_changes(asked.seed, asked.count, asked.part), 1):
            failure = first_failure(Path(folder), change, tests)
            print(f"{number}: {change.describe(ROOT)}\n    {failure or 'SURVIVED'}", flush=True)
            if not failure:
                survivors.append(change)
    print(f"\n{asked.count - len(survivors)} of {asked.count} noticed; survivors:")
    print(*(change.describe(ROOT) for change in survivors), sep="\n")


def draw_changes(seed: int, count: int, part: str) -> list[Change]:
    """Changes drawn by `seed` in the modules whose dotted name holds `part`."""
    files = [path for path in sorted((ROOT / "shapecalc").rglob("*.py")) if part in dotted(path)]
    changes = [change for path in files for change in list_changes(path)]
    return list(take_python(random.Random(seed).sample(changes, len(changes)), count))


def take_python(changes: list[Change], count: int) -> Iterator[Change]:
    """The first changes that leave a file of Python."""
    for change in changes:
        if count and change.is_python():
            count -= 1
            yield change


def dotted(path: Path) -> str:
    """The module's name: `shapecalc.dims.dim`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def copy_checkout(folder: Path) -> None:
    """Copies what git knows of."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    # Some tests ask git which files there are.
    subprocess.run("git init -q && git add .", shell=True, cwd=folder, check=True)


def write_map(folder: Path, file: Path) -> None:
    """Runs the tests with the recorder; those of `tests/robust` are left out, which take long and run processes."""
    arguments = ["-p", "tests.robust.mutants.reach", "--maxfail=1000", "--ignore=tests/robust", "tests"]
    failure = run_tests(folder, arguments, {"MUTANTS_MAP": str(file)})
    if not file.exists():
        sys.exit(f"without any change: {failure}")


def list_tests(folder: Path) -> list[str]:
    """The tests that there are."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests"]
    run = subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=True)
    return [line for line in run.stdout.split("\n") if "::" in line]


def first_failure(folder: Path, change: Change, tests: Map) -> str:
    """The first test that fails with the change made, near ones first; empty where all pass."""
    target = folder / change.path.relative_to(ROOT)
    text = target.read_text("utf-8")
    reach = tests.find(change.path.relative_to(ROOT).as_posix(), text, change.start[0])
    target.write_text(change.apply(text), "utf-8")
    try:
        for chosen in (reach.cases, reach.functions, list(BROAD)):
            left_out = [f"--deselect={test}" for test in tests.failing]
            if chosen and (failure := run_tests(folder, [*left_out, *chosen])):
                return failure
        return ""
    finally:
        target.write_text(text, "utf-8")


def run_tests(folder: Path, arguments: list[str], variables: dict[str, str] | None = None) -> str:
    """The first test that fails among some; empty where none does."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=no", *arguments]
    try:
        run = subprocess.run(
            command,
            cwd=folder,
            env=environment(folder) | (variables or {}),
            capture_output=True,
            text=True,
            timeout=None if variables else TIMEOUT,
            check=False,
            preexec_fn=limit_memory,
        )
    except subprocess.TimeoutExpired:
        return "no end"
    if run.returncode == 0:
        return ""
    named = [line for line in run.stdout.split("\n") if line.startswith(("FAILED ", "ERROR "))]
    return (named[0] if named else f"exit code {run.returncode}: {run.stderr[-300:]}")[:300]


def environment(folder: Path) -> dict[str, str]:
    """The copy in place of the installed package."""
    return os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    main()
