"""File to Report beside a bare loop over libyaml's events, at 10,000 layers; growth to 100,000; memory."""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import yaml

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.expect import check_expectations
from shapecalc.analysis.warnings import list_warnings
from shapecalc.inference.assumptions import list_assumptions
from shapecalc.layers.infer import clear_memo
from shapecalc.model.load import Library
from tests.benchmarks.pairs import environment, in_turns, peak_memory

HEAD = "name: chain\ninput: [64]\nlayers:\n"


def equal(count: int) -> str:
    """A chain of layers that differ in nothing."""
    return HEAD + "  - Dense: {units: 64, activation: relu}\n" * count


def distinct(count: int) -> str:
    """A chain in which no two layers have the same config, the same input or the same weights."""
    return HEAD + "".join(f"  - Dense: {{units: {64 + place}, activation: relu}}\n" for place in range(count))


def spread(count: int) -> str:
    """A chain of equal layers, each argument on a line of its own, as `yaml.dump` writes it."""
    return HEAD + "- Dense:\n    activation: relu\n    units: 64\n" * count


def wired(count: int) -> str:
    """A chain of equal layers that each say what they are fed."""
    return HEAD + "  - Dense: {units: 64, activation: relu}\n    from: prev\n" * count


def quoted(count: int) -> str:
    """A chain of equal layers with a quoted word in each."""
    return HEAD + "  - Dense: {units: 64, activation: 'relu'}\n" * count


def report(path: Path) -> None:
    """File to Report, as the commands do it."""
    if not analyse(Library().open(str(path))).ok:
        raise SystemExit(f"{path} has errors")


def check(path: Path) -> None:
    """File to verdict, as `check` does it: the Report, and all that may be said of it."""
    found = analyse(Library().open(str(path)))
    if found.diagnostics + check_expectations(found) + list_assumptions(found.walk) + list_warnings(found):
        raise SystemExit(f"{path} has findings")


def events(path: Path) -> None:
    """The least that reading this file can cost: its events, looked at by nobody."""
    for _ in yaml.parse(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
        pass


def seconds(way: Callable[[Path], None], path: Path) -> float:
    """Of one call, with nothing left over from the one before."""
    clear_memo()
    gc.collect()
    start = time.process_time()
    way(path)
    return time.process_time() - start


def alone(path: Path) -> None:
    """In a process of its own: prints seconds of processor time, and KiB of memory that the report added."""
    tiny = path.with_name("tiny.yaml")
    tiny.write_text(equal(1), encoding="utf-8")
    report(tiny)
    before = peak_memory()
    spent = seconds(report, path)
    print(spent, peak_memory() - before)


def growth(path: Path, count: int, rounds: int) -> str:
    """Time a layer and memory a byte, each round in a fresh process."""
    command = [sys.executable, "-m", "tests.benchmarks.scale", str(path)]
    runs = [
        subprocess.run(command, env=environment(), capture_output=True, check=True).stdout.split()
        for _ in range(rounds)
    ]
    spent, memory = (median(float(run[place]) for run in runs) for place in (0, 1))
    return f"{spent / count * 1e6:.1f} us a layer, {memory * 1024 / path.stat().st_size:.0f} bytes a byte of YAML"


def main(rounds: int = 15) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "chain.yaml")
        for name, written in (
            ("equal", equal),
            ("distinct", distinct),
            ("spread", spread),
            ("wired", wired),
            ("quoted", quoted),
        ):
            path.write_text(written(10_000), encoding="utf-8")
            found = in_turns(lambda: seconds(report, path), lambda: seconds(events, path), rounds)
            times = f"{found.ours * 1e2:.1f} us a layer, bare loop {found.other * 1e2:.1f}"
            print(f"10,000 {name} layers: {times}, ratio {found.ratio:.2f}")
            found = in_turns(lambda: seconds(check, path), lambda: seconds(report, path), rounds)
            print(f"10,000 {name} layers: check / report {found.ratio:.2f}")
            for count in (1_000, 10_000, 100_000):
                path.write_text(written(count), encoding="utf-8")
                print(f"{count:,} {name} layers, cold: {growth(path, count, max(1, rounds // 5))}")


if __name__ == "__main__":
    gc.disable()  # as in the commands
    if sys.argv[1:2] and not sys.argv[1].isdigit():
        alone(Path(sys.argv[1]))
    else:
        main(*map(int, sys.argv[1:]))
