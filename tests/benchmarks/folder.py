"""`check` over a folder of a thousand specs beside `yaml.load` of the files, a loop of Python, and more processes."""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL, Popen

from tests.benchmarks.pairs import environment, in_turns, process_seconds

COUNT = 1_000
LOAD = """
import gc, pathlib, sys, yaml
gc.disable()
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.yaml")):
    yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
"""
LOOP = """
import pathlib, sys, shapecalc
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.yaml")):
    model = shapecalc.load(path)
    if model.check():
        raise SystemExit(f"{path} is not sound")
"""
CHECK = ["-m", "shapecalc", "check"]


def chain(seed: int) -> str:
    """A model of ten layers of one type, with sizes of their own."""
    draw = random.Random(seed)
    layers = "".join(f"  - Dense: {{units: {draw.randrange(16, 4_096)}, activation: relu}}\n" for _ in range(10))
    return f"name: chain_{seed}\ninput: [{draw.randrange(8, 1_025)}]\nlayers:\n{layers}"


def network(seed: int) -> str:
    """A model of ten layers of several types, for pictures, sequences or vectors, with sizes of its own."""
    draw = random.Random(seed)
    write = (_write_images, _write_sequences, _write_vectors)[seed % 3]
    return write(draw, seed)


def _write_images(draw: random.Random, seed: int) -> str:
    size, wide = draw.randrange(28, 225), draw.randrange(8, 257)
    return f"""\
name: images_{seed}
description: A small network for pictures of {size} by {size}.
input: [{size}, {size}, 3]
layers:
  - Conv2D: {{filters: {wide}, kernel_size: 3, padding: same, activation: relu}}
  - BatchNormalization
  - MaxPooling2D: {{pool_size: 2}}
  - Conv2D: {{filters: {wide * 2}, kernel_size: 3, padding: same, activation: relu}}
  - BatchNormalization
  - MaxPooling2D: {{pool_size: 2}}
  - Flatten
  - Dense: {{units: {draw.randrange(32, 513)}, activation: relu}}
  - Dropout: {{rate: 0.5}}
  - Dense: {{units: {draw.randrange(2, 101)}, activation: softmax}}
"""


def _write_sequences(draw: random.Random, seed: int) -> str:
    words, wide = draw.randrange(1_000, 30_000), draw.randrange(16, 257)
    return f"""\
name: sequences_{seed}
input: [{draw.randrange(20, 400)}]
layers:
  - Embedding: {{input_dim: {words}, output_dim: {wide}}}
  - Dropout: {{rate: 0.2}}
  - Bidirectional: {{layer: {{LSTM: {{units: {draw.randrange(16, 257)}, return_sequences: true}}}}}}
  - LayerNormalization
  - GRU: {{units: {draw.randrange(16, 257)}, return_sequences: true}}
  - TimeDistributed: {{layer: {{Dense: {{units: {draw.randrange(16, 129)}, activation: relu}}}}}}
  - GlobalAveragePooling1D
  - Dense: {{units: {draw.randrange(16, 129)}, activation: relu}}
  - Dropout: {{rate: 0.5}}
  - Dense: {{units: {draw.randrange(2, 20)}, activation: softmax}}
expect: {{output: [{"null"}]}}
""".replace("expect: {output: [null]}\n", "")


def _write_vectors(draw: random.Random, seed: int) -> str:
    wide = draw.randrange(32, 513)
    return f"""\
name: vectors_{seed}
input: [{draw.randrange(8, 1_025)}]
layers:
  - Dense: {{units: {wide}, activation: relu, name: wide}}
  - BatchNormalization
  - Dropout: {{rate: 0.3}}
  - Dense: {{units: {wide}, activation: relu}}
  - Add:
    from: [wide, prev]
  - LayerNormalization
  - Dense: {{units: {wide // 2}, activation: gelu}}
  - Dropout: {{rate: 0.3}}
  - Dense: {{units: {wide // 4}, activation: gelu}}
  - Dense: {{units: {draw.randrange(1, 50)}}}
"""


def write_folder(folder: Path, spec: Callable[[int], str], count: int = COUNT) -> None:
    """Writes so many specs, fifty a folder."""
    for seed in range(count):
        place = folder / f"group_{seed // 50}"
        place.mkdir(exist_ok=True)
        (place / f"model_{seed}.yaml").write_text(spec(seed), encoding="utf-8")


def wall_seconds(arguments: list[str], env: dict[str, str]) -> float:
    """Seconds on the clock that a Python process takes: what several processes save is nothing else."""
    start = time.perf_counter()
    with Popen([sys.executable, *arguments], env=env, stdout=DEVNULL) as process:
        process.wait()
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return time.perf_counter() - start


def main(rounds: int = 7, count: int = COUNT) -> None:
    for spec in (chain, network):
        with tempfile.TemporaryDirectory() as name:
            write_folder(Path(name), spec, count)
            compare(name, f"{count:,} specs, each a {spec.__name__} of ten layers", rounds, count)


def compare(folder: str, title: str, rounds: int, count: int) -> None:
    """Prints how long a check of a folder takes, in parts of `yaml.load`, and in several processes."""
    env = environment()
    found = in_turns(
        lambda: process_seconds([*CHECK, folder, "--jobs", "1"], env),
        lambda: process_seconds(["-c", LOAD, folder], env),
        rounds,
    )
    times = f"{found.ours:.2f} s, {count / found.ours:.0f} files/s, yaml.load {found.other:.2f} s"
    print(f"{title}: {times}, ratio {found.ratio:.2f}")
    found = in_turns(
        lambda: process_seconds(["-c", LOOP, folder], env),
        lambda: process_seconds([*CHECK, folder, "--jobs", "1"], env),
        rounds,
    )
    print(f"{title}: `shapecalc.load` and `.check()` in a loop, {found.ours:.2f} s, {found.ratio:.2f} times `check`")
    for jobs in range(2, (os.cpu_count() or 1) + 1):
        found = in_turns(
            lambda: wall_seconds([*CHECK, folder, "--jobs", "1"], env),
            lambda jobs=jobs: wall_seconds([*CHECK, folder, "--jobs", str(jobs)], env),  # type: ignore[misc]
            rounds,
        )
        times = f"{found.ours:.2f} s and {found.other:.2f} s on the clock"
        print(f"{title}: one process and {jobs}: {times}, {found.ratio:.2f} times as fast")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
