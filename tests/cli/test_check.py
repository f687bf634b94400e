"""`shapecalc check`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Command

GOOD = "input: [4]\nlayers: [{Dense: {units: 2}}]\nexpect: {params: 10}\n"
WRONG = "input: [4]\nlayers: [{Dense: {units: 2}}]\nexpect: {params: 11}\n"
ASSUMES = "inputs: {a: [T, 4], b: [U, 4]}\nlayers:\n  - Add:\n    from: [a, b]\n"
LOSES_A_MASK = (
    "input: [5]\nlayers:\n  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}\n  - Flatten\n"
    "  - Dense: {units: 1}\n"
)
USES = "input: [4]\nblocks: {Part: {file: part.yaml}}\nlayers: [Part: {units: 3}]\n"
PART = "args: {units: required}\ninputs: {x: [n]}\nlayers: [{Dense: {units: $units}}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    specs = tmp_path / "specs"
    (specs / "deep").mkdir(parents=True)
    (specs / ".hidden").mkdir()
    (specs / "a.yaml").write_text(GOOD)
    (specs / "deep" / "b.yml").write_text(GOOD)
    (specs / ".hidden" / "c.yaml").write_text(WRONG)
    (specs / ".d.yaml").write_text(WRONG)
    (specs / "notes.txt").write_text("no spec")
    return specs


def test_folders_are_searched_and_what_is_hidden_is_not(shapecalc: Command, folder: Path) -> None:
    assert shapecalc("check", "specs") == (0, "2 specs checked: all clean\n", "")


def test_one_spec(shapecalc: Command, folder: Path) -> None:
    assert shapecalc("check", "specs/a.yaml") == (0, "1 spec checked: clean\n", "")
    assert shapecalc("check", "specs/a.yaml", "--quiet") == (0, "", "")
    assert shapecalc("check", "-", stdin=GOOD) == (0, "1 spec checked: clean\n", "")


def test_a_spec_that_is_named_twice_is_checked_once(shapecalc: Command, folder: Path) -> None:
    assert shapecalc("check", "specs/a.yaml", "specs", "specs/a.yaml").out == "2 specs checked: all clean\n"


def test_an_expectation_that_is_not_met(shapecalc: Command, folder: Path) -> None:
    (folder / "wrong.yaml").write_text(WRONG)
    code, out, err = shapecalc("check", "specs")
    assert (code, err) == (1, "")
    assert out == (
        "specs/wrong.yaml:3:18: error[SC501] expected params 11, got 10 (-1)\n"
        "  |\n3 | expect: {params: 11}\n  |                  ^^\n"
        "  = help: `shapecalc explain specs/wrong.yaml` shows where it comes from\n\n"
        "3 specs checked: 1 error in 1 spec\n"
    )


def test_concise(shapecalc: Command, folder: Path) -> None:
    (folder / "wrong.yaml").write_text(WRONG)
    assert shapecalc("check", "specs", "--output-format", "concise").out == (
        "specs/wrong.yaml:3:18: error[SC501] expected params 11, got 10 (-1)\n3 specs checked: 1 error in 1 spec\n"
    )


def test_assumptions_are_notes_and_errors_where_it_is_strict(shapecalc: Command) -> None:
    note = "<stdin>:3:5: {}[SC503] add: assumes T == U\n1 spec checked: 1 {} in 1 spec\n"
    arguments = ("check", "-", "--output-format", "concise")
    assert shapecalc(*arguments, stdin=ASSUMES) == (0, note.format("note", "note"), "")
    assert shapecalc(*arguments, "--strict", stdin=ASSUMES) == (1, note.format("error", "error"), "")
    assert shapecalc(*arguments, "--set", "T=3", "--set", "U=3", stdin=ASSUMES).out == "1 spec checked: clean\n"


def test_the_same_assumption_is_told_once(shapecalc: Command) -> None:
    twice = ASSUMES + "  - Multiply:\n    from: [a, b]\noutputs: [add, multiply]\n"
    assert shapecalc("check", "-", "--output-format", "concise", stdin=twice).out.count("SC503") == 1


def test_warnings_do_not_fail_unless_it_is_strict(shapecalc: Command) -> None:
    code, out, _ = shapecalc("check", "-", "--output-format", "concise", stdin=LOSES_A_MASK)
    assert code == 0
    assert "warning[SC505]" in out
    assert shapecalc("check", "-", "--strict", stdin=LOSES_A_MASK).code == 1


def test_a_file_that_only_serves_as_a_block_is_left_out(shapecalc: Command, folder: Path) -> None:
    (folder / "uses.yaml").write_text(USES)
    (folder / "part.yaml").write_text(PART)
    assert shapecalc("check", "specs") == (0, "3 specs checked: all clean\n", "")
    code, out, _ = shapecalc("check", "specs/part.yaml", "specs/uses.yaml", "--output-format", "concise")
    assert (code, out.split(" ")[1]) == (1, "error[SC210]")


def test_unreadable_files_and_empty_folders(shapecalc: Command, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, out, _ = shapecalc("check", "specs", "missing.yaml", "empty", "--output-format", "concise")
    assert code == 2
    assert out.split("\n")[:2] == [
        "error[SC601] no file in empty ends in .yaml or .yml",
        "error[SC601] cannot read missing.yaml: No such file or directory",
    ]


def test_a_forward_pass_confirms(shapecalc: Command, folder: Path) -> None:
    assert shapecalc("check", "specs", "--run") == (0, "2 specs checked: all clean\n", "")


def test_a_model_too_large_to_run_is_not_wrong(shapecalc: Command, folder: Path) -> None:
    small = ("check", "specs/a.yaml", "--run", "--max-memory", "10B", "--output-format", "concise")
    code, out, _ = shapecalc(*small)
    assert code == 0
    assert out.startswith(
        "specs/a.yaml: warning[SC603] not confirmed: the input `input` needs 32 B, more than the 10 B allowed\n"
    )
    code, out, _ = shapecalc(*small, "--strict")
    assert code == 1
    assert out.startswith("specs/a.yaml: error[SC603] not confirmed: ")


def test_json(shapecalc: Command, folder: Path) -> None:
    (folder / "wrong.yaml").write_text(WRONG)
    data = json.loads(shapecalc("check", "specs", "--output-format", "json").out)
    assert [(one["name"], one["file"], one["errors"]) for one in data["models"]] == [
        ("a", "specs/a.yaml", 0),
        ("wrong", "specs/wrong.yaml", 1),
        ("b", "specs/deep/b.yml", 0),
    ]
    assert [one["code"] for one in data["diagnostics"]] == ["SC501"]


def test_formats_of_other_tools(shapecalc: Command, folder: Path) -> None:
    (folder / "wrong.yaml").write_text(WRONG)

    def rendered(name: str) -> str:
        return shapecalc("check", "specs", "--output-format", name).out

    assert rendered("github") == (
        "::error file=specs/wrong.yaml,line=3,col=18,endColumn=20,title=SC501::expected params 11, got 10 (-1)"
        "%0Ahelp: `shapecalc explain specs/wrong.yaml` shows where it comes from\n"
    )
    results = json.loads(rendered("sarif"))["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == ["SC501"]
    suite = ElementTree.fromstring(rendered("junit"))[0]
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    assert [row["code"] for row in csv.DictReader(io.StringIO(rendered("csv")))] == ["SC501"]
    assert "| specs/wrong.yaml:3:18 | error SC501 |" in rendered("markdown")
    assert shapecalc("check", "specs/a.yaml", "--output-format", "github").out == ""


def test_what_holds_for_default_arguments_is_left_out_and_said(shapecalc: Command) -> None:
    spec = "args: {units: 2}\ninput: [4]\nlayers: [{Dense: {units: $units}}]\nexpect: {params: 10, output: [$units]}\n"
    assert shapecalc("check", "-", stdin=spec).out == "1 spec checked: clean\n"
    assert shapecalc("check", "-", "--set", "units=2", stdin=spec).out == "1 spec checked: clean\n"
    code, out, _ = shapecalc("check", "-", "--set", "units=64", "--output-format", "concise", stdin=spec)
    assert (code, out) == (
        0,
        "<stdin>:4:9: note[SC510] 1 expectation is of the default arguments and is not compared: `units` is set to "
        "another value\n1 spec checked: 1 note in 1 spec\n",
    )
    data = json.loads(shapecalc("check", "-", "--set", "units=64", "--output-format", "json", stdin=spec).out)
    assert [(one["code"], one["severity"]) for one in data["diagnostics"]] == [("SC510", "note")]


def test_a_comparison_that_cannot_be_made_is_no_error_of_strict(shapecalc: Command) -> None:
    spec = "args: {units: 2}\ninput: [4]\nlayers: [{Dense: {units: $units}}]\nexpect: {params: 10}\n"
    code, out, _ = shapecalc("check", "-", "--strict", "--set", "units=64", stdin=spec)
    assert code == 0
    assert " note[SC510] " in out
