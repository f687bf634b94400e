"""The versions that the suite is run with.

`python -m tests.versions tested` writes `tests/constraints.txt`: all that the suite and the checks need, as a fresh
environment has it today. Run it with the oldest Python that `pyproject.toml` allows, whose versions the others can
install too. `python -m tests.versions lowest 3.12` prints the lowest versions that `pyproject.toml` allows there.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "tests" / "constraints.txt"
NAME = "shapecalc-cli"
HEAD = "# The tested set, written by `python -m tests.versions tested`.\n"


def requirements(*extras: str) -> list[str]:
    """What the package requires, and these extras of it, as `pyproject.toml` has them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    return [text for texts in lists for text in texts if not text.startswith(NAME)]


def lowest(python: str) -> str:
    """The lowest versions that a Python may run the suite with, as constraints."""
    from packaging.requirements import Requirement

    found = []
    for requirement in map(Requirement, requirements("test")):
        if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
            (bound,) = requirement.specifier
            assert bound.operator == ">=", requirement
            found.append(f"{requirement.name}=={bound.version}\n")
    return "".join(found)


def tested() -> str:
    """Every package of a fresh environment with its version, as constraints."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [str(Path(folder, "bin", "python")), "-m", "pip"]
        subprocess.run([*pip, "install", "--quiet", "--editable", f"{ROOT}[dev]"], check=True)
        run = subprocess.run([*pip, "freeze", "--exclude-editable"], check=True, capture_output=True, text=True)
    return HEAD + run.stdout


def main(what: str, python: str = "") -> None:
    if what == "tested":
        CONSTRAINTS.write_text(tested(), "utf-8")
    else:
        print(lowest(python), end="")


if __name__ == "__main__":
    main(*sys.argv[1:])
