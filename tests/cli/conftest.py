"""Commands run in this process, with what they print and their exit code."""

from __future__ import annotations

import gc
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

from shapecalc.cli.main import main


class Result(NamedTuple):
    code: int
    out: str
    err: str


class Command(Protocol):
    def __call__(self, *arguments: str, stdin: str | bytes = "") -> Result: ...


@pytest.fixture
def shapecalc(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Command]:
    """Runs a command in an empty folder, without settings, colour or a terminal."""
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "SHAPECALC_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, stdin: str | bytes = "") -> Result:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        code = main(arguments)
        return Result(code, *capsys.readouterr())

    yield run
    gc.enable()
    gc.unfreeze()


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """The many-to-many spec of the tutorial, in the folder of the test."""
    path = tmp_path / "many_to_many.yaml"
    path.write_text(MANY_TO_MANY)
    return path


MANY_TO_MANY = """\
name: many_to_many
input: [5, 1]
layers:
  - LSTM: {units: 5, return_sequences: true}
  - TimeDistributed: {layer: {Dense: {units: 1}}}
expect: {params: 146, output: [5, 1]}
"""
