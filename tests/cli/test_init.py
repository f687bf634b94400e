"""`shapecalc init`: starters that are sound, and no file lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapecalc.cli.starting.starters import STARTERS, write_starter
from shapecalc.face.model import load
from tests.cli.conftest import Command


@pytest.mark.parametrize("kind", STARTERS)
def test_a_starter_is_as_it_says(kind: str) -> None:
    model = load(write_starter(kind, "mine"))
    assert model.name == "mine"
    assert model.require().check() == []
    assert max(map(len, write_starter(kind, "mine").splitlines())) <= 90


def test_it_is_written_where_it_is_told(shapecalc: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shapecalc("init", "tagger", "--like", "lstm").code == 0
    assert Path("tagger.yaml").read_text("utf-8") == write_starter("lstm", "tagger")
    code, _, errors = shapecalc("init", "tagger")
    assert (code, errors.splitlines()[0]) == (2, "error[SC607] tagger.yaml is there already")
    assert Path("tagger.yaml").read_text("utf-8") == write_starter("lstm", "tagger")
    assert shapecalc("init", "--out", "-").out == write_starter("mlp", "model")
    assert shapecalc("init", "a/../b c").code == 2


def test_an_empty_file_says_how_to_begin(shapecalc: Command) -> None:
    assert "write one with `shapecalc init`" in shapecalc("summary", "-", stdin="").err
