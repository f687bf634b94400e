"""mypy knows the config of every forward: a wrong name of an argument is an error wherever a forward reads it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.sources import PACKAGE

FORWARDS = sorted((PACKAGE / "forward").rglob("*.py"))


def argument_lines(path: Path) -> dict[int, list[int]]:
    """For each line the columns at which an attribute of `cfg` ends."""
    lines: dict[int, list[int]] = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "cfg":
            lines.setdefault(node.end_lineno or 0, []).append(node.end_col_offset or 0)
    return lines


def with_wrong_names(path: Path) -> str:
    """The file with every `cfg.NAME` as `cfg.NAME_`."""
    lines = path.read_text("utf-8").split("\n")
    for number, columns in argument_lines(path).items():
        line = lines[number - 1].encode()
        for column in sorted(columns, reverse=True):
            line = line[:column] + b"_" + line[column:]
        lines[number - 1] = line.decode()
    return "\n".join(lines)


@pytest.mark.parametrize("path", FORWARDS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_config_is_any(path: Path) -> None:
    assert "cfg: Any" not in path.read_text("utf-8")


@pytest.mark.long
def test_every_wrong_name_of_an_argument_is_an_error(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--no-incremental", "--hide-error-context", "--no-pretty"]
    expected = set()
    for number, path in enumerate(FORWARDS):
        changed = tmp_path / f"{number}.py"
        changed.write_text(with_wrong_names(path), "utf-8")
        name = str(path.relative_to(PACKAGE.parent))
        command += ["--shadow-file", name, str(changed)]
        expected |= {(name, line) for line in argument_lines(path)}
    run = subprocess.run(
        [*command, "shapecalc/forward"], capture_output=True, text=True, check=False, cwd=PACKAGE.parent
    )
    errors = re.findall(r"^(\S+):(\d+): error: .*\[(?:attr-defined|union-attr)\]$", run.stdout, re.MULTILINE)
    missing = expected - {(name, int(line)) for name, line in errors}
    assert len(expected) > 300
    assert missing == set(), run.stderr
