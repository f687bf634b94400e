"""Start-up: `summary` beside a bare program that prints the same table and of a model file beside its spec, `check`
beside `python -c pass`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.benchmarks.pairs import ROOT, environment, in_turns, process_seconds

RESNET = str(ROOT / "specs" / "models" / "resnet50.yaml")
SPEC = str(ROOT / "specs" / "tutorial" / "many_to_many.yaml")
BARE = str(Path(__file__).with_name("bare_summary.py"))


def write_archive(folder: str) -> str:
    """ResNet-50 as Keras saves it, without its weights; the path of the file."""
    command = [sys.executable, "-m", "shapecalc", "convert", RESNET, "--to", "keras-json"]
    config = subprocess.run(command, capture_output=True, check=True, env=environment()).stdout
    path = str(Path(folder) / "resnet50.keras")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", config)
    return path


def main(rounds: int = 60) -> None:
    with tempfile.TemporaryDirectory() as folder:
        compare(write_archive(folder), rounds)


def compare(archive: str, rounds: int) -> None:
    env = environment()
    cases = (
        ("summary / bare click + yaml + rich", ["-m", "shapecalc", "summary", SPEC], [BARE, SPEC]),
        ("check / python -c pass", ["-m", "shapecalc", "check", SPEC], ["-c", "pass"]),
        (
            "summary of a model file / of its spec",
            ["-m", "shapecalc", "summary", archive],
            ["-m", "shapecalc", "summary", RESNET],
        ),
        ("bare click + yaml + rich / python -c pass", [BARE, SPEC], ["-c", "pass"]),
    )
    for name, ours, other in cases:
        found = in_turns(lambda: process_seconds(ours, env), lambda: process_seconds(other, env), rounds)  # noqa: B023
        print(f"{name:45} {found.ours * 1e3:7.1f} ms  {found.other * 1e3:7.1f} ms  ratio {found.ratio:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
