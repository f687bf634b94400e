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


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("shapecalc su", ["plain,summary"]),
        ("shapecalc c", ["plain,check", "plain,convert", "plain,completion"]),
        ("shapecalc layers TimeDistributedD", ["plain,TimeDistributedDense"]),
        ("shapecalc layers conv1dt", ["plain,Conv1DTranspose"]),
        ("shapecalc explain SC60", [f"plain,SC60{digit}" for digit in range(1, 10)]),
        ("shapecalc explain mod", ["file,mod"]),
        ("shapecalc summary mod", ["file,mod"]),
        ("shapecalc summary --dep", ["plain,--depth"]),
        ("shapecalc check --output-format sa", ["plain,sarif"]),
    ],
)
def test_what_could_follow(words: str, found: list[str]) -> None:
    environment = os.environ | {
        "_SHAPECALC_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    run = subprocess.run(
        [sys.executable, "-m", "shapecalc"], env=environment, capture_output=True, text=True, check=False
    )
    assert (run.stdout.split(), run.stderr) == (found, "")
