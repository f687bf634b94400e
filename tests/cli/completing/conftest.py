"""A folder with models, and what is offered in it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Protocol

import pytest

from shapecalc.cli.completing import revisions, shells
from shapecalc.cli.completing.shells import answer
from shapecalc.cli.main import cli

MODEL = """\
args: {width: 8, act: relu, deep: false, classes: required}
input: [T, 8]
blocks:
  Two:
    args: {a: tanh}
    layers:
      - Dense: {units: 4, activation: $a}
layers:
  - Dense: {units: $width, name: first}
  - Two: {a: $act, name: encoder}
  - Flatten:
    if: $deep
  - Dense: {units: $classes}
"""


class Ask(Protocol):
    def __call__(self, *words: str, place: int | None = None) -> list[str]: ...


def make_models(folder: Path) -> Path:
    """Models in a new folder, under names that a shell has to quote."""
    folder.mkdir()
    for name in ("model.yaml", "my model.yaml", "a:b.yaml"):
        (folder / name).write_text(MODEL)
    return folder


def make_repository(folder: Path) -> Path:
    """The same in a repository with two branches and a tag, the last of which has a model in a folder."""
    make_models(folder)
    (folder / "nets").mkdir()
    (folder / "nets" / "old net.yaml").write_text(MODEL)
    git = ["git", "-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false"]
    for words in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "."],
        ["commit", "--quiet", "--message=The first models"],
        ["branch", "maize"],
        ["tag", "v1"],
    ):
        subprocess.run([*git, *words], cwd=folder, check=True)
    return folder


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return make_models(tmp_path / "models")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repository")


@pytest.fixture
def ask(models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Asks as zsh does, in the folder of models: the words, of which one is being typed, else the last."""
    monkeypatch.chdir(models)
    monkeypatch.setattr(shells, "PATIENCE", 600.0)  # no test hangs on the clock
    monkeypatch.setattr(revisions, "PATIENCE", 600.0)

    def ask(*words: str, place: int | None = None) -> list[str]:
        monkeypatch.setenv("COMP_CWORD", str(place or len(words)))
        assert answer(cli, "zsh_complete", list(words)) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return [line.rstrip("\t") for line in out.splitlines()]

    return ask
