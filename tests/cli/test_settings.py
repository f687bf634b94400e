"""Settings in `[tool.shapecalc]`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command


def test_settings_are_defaults_that_options_override(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.shapecalc]\nbatch = 3\noutput-format = "concise"\n')
    line = "many_to_many: 146 params (584 B), 625 MACs, output ({}, 5, 1)\n"
    assert shapecalc("summary", spec.name).out == line.format(3)
    assert shapecalc("summary", spec.name, "--batch", "4").out == line.format(4)
    assert shapecalc("layers", "Dense").code == 0


def test_columns_and_depth(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.shapecalc]\ncolumns = ["macs", "dtype"]\ndepth = 2\n')
    assert "┃ MACs ┃ Dtype   ┃" in shapecalc("summary", spec.name).out


def test_strict(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.shapecalc]\nstrict = true\n")
    assert shapecalc("check", "-", stdin="inputs: {a: [T], b: [U]}\nlayers: [{Add: , from: [a, b]}]").code == 1


def test_the_nearest_file_counts(
    shapecalc: Command, spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.shapecalc]\nbatch = 3\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    arguments = ("summary", str(spec), "--output-format", "concise")
    assert "output (3, 5, 1)" in shapecalc(*arguments).out
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert "output (None, 5, 1)" in shapecalc(*arguments).out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.shapecalc]\nbatsh = 3\n", "[tool.shapecalc] has no setting `batsh`\n  = help: did you mean `batch`?\n"),
        (
            "[tool.shapecalc]\nbatch = true\n",
            "[tool.shapecalc] `batch` must be a whole number of at least 1, got true\n",
        ),
        ("[tool.shapecalc]\ndepth = 0\n", "[tool.shapecalc] `depth` must be a whole number of at least 1, got 0\n"),
        ("[tool.shapecalc]\nstrict = 1\n", "[tool.shapecalc] `strict` must be true or false, got 1\n"),
        ("[tool]\nshapecalc = 3 # tool.shapecalc\n", "[tool.shapecalc] is a table\n"),
        (
            '[tool.shapecalc]\noutput-format = "sarif"\n',
            "[tool.shapecalc] `output-format` must be one of full, concise, json, markdown, csv, got sarif\n",
        ),
        (
            '[tool.shapecalc]\ncolumns = "macs"\n',
            "[tool.shapecalc] `columns` must be a list of names, got macs\n",
        ),
    ],
)
def test_settings_that_are_wrong_are_sc608(
    shapecalc: Command, spec: Path, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert shapecalc("summary", spec.name) == (2, "", f"error[SC608] pyproject.toml: {message}")


def test_what_is_no_toml(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.shapecalc\n")
    code, _, err = shapecalc("summary", spec.name)
    assert (code, err.startswith("error[SC608] pyproject.toml: is not valid TOML: ")) == (2, True)
