"""What is built of a checkout: `python -m tests.built FOLDER` builds sdist and wheel there and says what is wrong.

The sdist holds every tracked file, so that its tests pass; the wheel the package, its data, and nothing of an earlier
build.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
STALE = ROOT / "build" / "lib" / "shapecalc" / "of_an_earlier_build.py"
MOVED = {
    "specs/layers/": "shapecalc/examples/",
    "specs/models/": "shapecalc/published/",
    "completions/": "shapecalc/completions/",
}
"""Data that stands beside the package in a checkout, and in it when installed."""


def build(folder: Path) -> tuple[Path, Path]:
    """The sdist and the wheel, built in this very checkout, in which an earlier build has left something."""
    STALE.parent.mkdir(parents=True, exist_ok=True)
    STALE.write_text("", "utf-8")
    command = [sys.executable, "-m", "build", "--sdist", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


def tracked() -> set[str]:
    """The files under version control."""
    command = ["git", "ls-files", "-z"]
    return set(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")) - {""}


def faults(sdist: Path, wheel: Path) -> list[str]:
    """What lacks and what is too much, a line each."""
    files = tracked()
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    with zipfile.ZipFile(wheel) as archive_of_wheel:
        installed = {name for name in archive_of_wheel.namelist() if ".dist-info/" not in name}
    data = {
        target + name.removeprefix(source)
        for source, target in MOVED.items()
        for name in files
        if name.startswith(source)
    }
    wanted = {name for name in files if name.startswith("shapecalc/")} | data
    return [
        *(f"the sdist lacks {name}" for name in sorted(files - packed)),
        *(f"the wheel lacks {name}" for name in sorted(wanted - installed)),
        *(f"the wheel should not hold {name}" for name in sorted(installed - wanted)),
    ]


def main(folder: str) -> int:
    found = faults(*build(Path(folder)))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
