"""What `check` prints and writes, in every format."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from shapecalc.cli.checking.printing import FORMATS
from tests.cli.conftest import Command

GOOD = "input: [4]\nlayers: [{Dense: {units: 2}}]\nexpect: {params: 10}\n"
WRONG = "input: [4]\nlayers: [{Dense: {units: 2}}]\nexpect: {params: 11}\n"
LINE = "{}:3:18: error[SC501] expected params 11, got 10 (-1)\n"
VERDICT = "2 specs checked: 1 error in 1 spec\n"


@pytest.fixture(autouse=True)
def models(shapecalc: Command) -> Path:
    """A repository with a sound and a faulty spec in a folder."""
    Path(".git").mkdir()
    Path("models").mkdir()
    Path("models/good.yaml").write_text(GOOD)
    Path("models/wrong.yaml").write_text(WRONG)
    return Path("models")


@pytest.mark.parametrize("style", FORMATS)
def test_the_file_holds_what_would_be_printed(shapecalc: Command, style: str) -> None:
    printed = shapecalc("check", "models", "--output-format", style)
    assert "SC501" in printed.out
    written = shapecalc("check", "models", "--output-format", style, "--output-file", "out.txt")
    assert Path("out.txt").read_text() == printed.out
    assert written == (1, LINE.format("models/wrong.yaml") + VERDICT, "")


def test_the_file_has_no_colour(shapecalc: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = shapecalc("check", "models").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in shapecalc("check", "models").out
    shapecalc("check", "models", "--output-file", "out.txt")
    assert Path("out.txt").read_text() == plain


def test_a_clean_check_empties_the_file_of_before(shapecalc: Command) -> None:
    shapecalc("check", "models", "--output-format", "gitlab", "--output-file", "out.json")
    result = shapecalc("check", "models/good.yaml", "--output-format", "gitlab", "--output-file", "out.json")
    assert result == (0, "1 spec checked: clean\n", "")
    assert Path("out.json").read_text() == "[]\n"
    assert shapecalc("check", "models/good.yaml", "--output-file", "out.json", "--quiet") == (0, "", "")
    assert Path("out.json").read_text() == ""


def test_a_dash_is_standard_output(shapecalc: Command) -> None:
    assert shapecalc("check", "models", "--output-file", "-") == shapecalc("check", "models")


def test_a_file_that_cannot_be_written(shapecalc: Command) -> None:
    code, out, err = shapecalc("check", "models/good.yaml", "--output-file", "none/out.txt")
    assert (code, out) == (2, "1 spec checked: clean\n")
    assert err == "error[SC607] cannot write none/out.txt: No such file or directory\n"
    assert shapecalc("check", "models/good.yaml", "--output-file", "models").code == 2


def test_json_lines(shapecalc: Command) -> None:
    (line,) = shapecalc("check", "models", "--output-format", "json-lines").out.splitlines()
    row = json.loads(line)
    assert (row["schema_version"], row["code"], row["file"], row["line"]) == (1, "SC501", "models/wrong.yaml", 3)
    assert shapecalc("check", "models/good.yaml", "--output-format", "json-lines").out == ""


@pytest.mark.parametrize("folder", [".", "models", ".."])
def test_services_are_told_paths_from_the_top_of_the_repository(
    shapecalc: Command, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    path = os.path.relpath("models/wrong.yaml", folder)
    monkeypatch.chdir(folder)

    def printed(style: str) -> str:
        return shapecalc("check", path, "--output-format", style).out

    assert printed("github").startswith("::error file=models/wrong.yaml,line=3,")
    (entry,) = json.loads(printed("gitlab"))
    assert entry["location"] == {"path": "models/wrong.yaml", "lines": {"begin": 3}}
    (run,) = json.loads(printed("sarif"))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "models/wrong.yaml", "uriBaseId": "SRCROOT"}
    assert place["region"]["snippet"] == {"text": "11"}
    assert place["contextRegion"]["snippet"]["text"].startswith("input: [4]\n")
    assert run["originalUriBaseIds"]["SRCROOT"]["uri"].endswith("/")
    assert printed("concise").startswith(LINE.format(path))
    assert json.loads(printed("json"))["diagnostics"][0]["file"] == path


def test_sarif_is_the_same_wherever_it_is_made(shapecalc: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("check", "--output-format", "sarif")
    results = [json.loads(shapecalc(*arguments, "models/wrong.yaml").out)]
    monkeypatch.chdir("models")
    results.append(json.loads(shapecalc(*arguments, "wrong.yaml").out))
    for result in results:
        del result["runs"][0]["results"][0]["message"]  # its help is a command to type here
    assert results[0] == results[1]
