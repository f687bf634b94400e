"""`shapecalc completion`, and what its scripts ask for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shapecalc.cli.completion import SHELLS
from tests.cli.conftest import Command

KEPT = Path(__file__).parents[2] / "completions"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_scripts_that_are_kept_are_those_that_are_printed(shapecalc: Command, shell: str) -> None:
    assert shapecalc("completion", shell) == (0, (KEPT / f"shapecalc.{shell}").read_text(), "")


def test_an_unknown_shell(shapecalc: Command) -> None:
    code, out, err = shapecalc("completion", "tcsh")
    assert (code, out) == (2, "")
    assert err.startswith("error[SC608] SHELL must be one of bash, zsh, fish, got `tcsh`\n")


def test_a_script_asks_the_command(tmp_path: Path) -> None:
    line = "shapecalc check --output-format sa"
    environment = os.environ | {"_SHAPECALC_COMPLETE": "bash_complete", "COMP_LINE": line, "COMP_BREAKS": " =:"}
    command = [sys.executable, "-m", "shapecalc"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("word\tsarif\t\n", "")
