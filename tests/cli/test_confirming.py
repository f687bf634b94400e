"""`check --run` beside specs whose forward passes end badly: each is a finding of its own, the others are confirmed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapecalc.forward import activations, base
from tests.cli.conftest import Command

SOUND = "input: [4]\nlayers:\n  - Dense: {units: 3}\n"
BAD = "input: [4]\nlayers:\n  - Dense: {units: 3}\n  - LeakyReLU\n"


def killed(number: int) -> Callable[..., Any]:
    def forward(*_: Any) -> Any:
        os.kill(os.getpid(), number)

    return forward


def hungry(*_: Any) -> Any:
    return np.ones((1 << 30,), np.float64)


def crooked(*_: Any) -> Any:
    raise KeyError("no such thing")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec that ends badly between two sound ones; of the last, rule and forward disagree."""
    for name, text in (("a", SOUND), ("b", BAD), ("c", SOUND), ("d", SOUND.replace("Dense: {units: 3}", "ELU"))):
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert activations  # registers what is replaced here
    monkeypatch.setitem(base._FORWARDS, "ELU", lambda cfg, weight, x: np.zeros((2, 5), "f4"))
    return tmp_path


@pytest.mark.parametrize(
    ("forward", "line"),
    [
        (hungry, "b.yaml:4:5: warning[SC603] leaky_re_lu: not confirmed: there is not enough memory for its output"),
        (killed(signal.SIGKILL), "b.yaml: warning[SC603] b: not confirmed: the system ended its run (SIGKILL)"),
        (killed(signal.SIGSEGV), "b.yaml: error[SC502] b: its run ended with SIGSEGV"),
        (crooked, "b.yaml: error[SC502] b: its run failed with KeyError: 'no such thing'"),
    ],
)  # fmt: skip
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say what a process holds")
def test_one_spec_does_not_take_the_others_with_it(
    forward: Callable[..., Any], line: str, folder: Path, shapecalc: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(base._FORWARDS, "LeakyReLU", forward)
    code, out, err = shapecalc("check", ".", "--run", "--max-memory", "64MiB", "--output-format", "concise")
    first, second, verdict = out.splitlines()
    assert first.removeprefix("./").startswith(line)
    assert second.removeprefix("./").startswith("d.yaml:3:5: error[SC502] elu: inferred (2, 4), computed (2, 5)")
    assert verdict.startswith("4 specs checked: ")
    assert (code, err) == (1, "")
