"""`check` in a step of GitHub Actions: annotations, and the summary of the job."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapecalc.cli.checking.actions import MAX_SUMMARY
from tests.cli.conftest import Command

GOOD = "input: [4]\nlayers: [{Dense: {units: 2}}]\nexpect: {params: 10}\n"
WRONG = "input: [4]\nlayers: [{Dense: {units: 2}}]\nexpect: {params: 11}\n"
LINE = "wrong.yaml:3:18: error[SC501] expected params 11, got 10 (-1)\n"
ANNOTATION = (
    "::error file=wrong.yaml,line=3,col=18,endColumn=20,title=SC501::expected params 11, got 10 (-1)"
    "%0Ahelp: `shapecalc explain wrong.yaml` shows where it comes from\n"
)
VERDICT = "2 specs checked: 1 error in 1 spec\n"
SUMMARY = (
    "### shapecalc check\n\n2 specs checked: 1 error in 1 spec\n\n"
    "| Place | Finding | Message |\n| --- | --- | --- |\n"
    "| wrong.yaml:3:18 | error SC501 | expected params 11, got 10 (-1)"
    "<br>help: `shapecalc explain wrong.yaml` shows where it comes from |\n\n"
)


@pytest.fixture
def summary(shapecalc: Command, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the job's summary, beside a sound and a faulty spec."""
    Path("good.yaml").write_text(GOOD)
    Path("wrong.yaml").write_text(WRONG)
    path = Path("summary.md").resolve()
    path.write_text("")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    return path


def test_annotations_stand_beside_what_people_read(
    shapecalc: Command, summary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = shapecalc("check", "good.yaml", "wrong.yaml")
    monkeypatch.delenv("GITHUB_ACTIONS")
    readable = shapecalc("check", "good.yaml", "wrong.yaml").out
    assert (code, err) == (1, "")
    assert readable.endswith(VERDICT)
    assert out == readable.removesuffix(VERDICT) + ANNOTATION + VERDICT


def test_the_summary_is_a_table(shapecalc: Command, summary: Path) -> None:
    shapecalc("check", "good.yaml", "wrong.yaml")
    assert summary.read_text() == SUMMARY


def test_several_steps_add_to_one_summary(shapecalc: Command, summary: Path) -> None:
    shapecalc("check", "good.yaml")
    shapecalc("check", "good.yaml", "wrong.yaml", "--quiet")
    assert summary.read_text() == "### shapecalc check\n\n1 spec checked: clean\n\n" + SUMMARY


def test_a_clean_check_has_no_annotation(shapecalc: Command, summary: Path) -> None:
    assert shapecalc("check", "good.yaml") == (0, "1 spec checked: clean\n", "")


@pytest.mark.parametrize("style", ["full", "concise", "json", "markdown", "csv", "sarif", "junit", "gitlab"])
def test_a_format_that_is_asked_for_is_printed_alone(
    shapecalc: Command, summary: Path, monkeypatch: pytest.MonkeyPatch, style: str
) -> None:
    arguments = ("check", "good.yaml", "wrong.yaml", "--output-format", style)
    result = shapecalc(*arguments)
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert shapecalc(*arguments) == result
    assert summary.read_text() == ""


def test_a_format_in_the_settings_is_asked_for(shapecalc: Command, summary: Path) -> None:
    Path("pyproject.toml").write_text('[tool.shapecalc]\noutput-format = "concise"\n')
    assert shapecalc("check", "good.yaml", "wrong.yaml") == (1, LINE + VERDICT, "")
    assert summary.read_text() == ""


def test_annotations_that_are_asked_for_bring_the_summary(shapecalc: Command, summary: Path) -> None:
    assert shapecalc("check", "good.yaml", "wrong.yaml", "--output-format", "github") == (1, ANNOTATION, "")
    assert summary.read_text() == SUMMARY


def test_with_a_file_annotations_are_printed_and_not_written(shapecalc: Command, summary: Path) -> None:
    assert shapecalc("check", "good.yaml", "wrong.yaml", "--output-file", "out.txt") == (
        1,
        LINE + ANNOTATION + VERDICT,
        "",
    )
    assert "::error" not in Path("out.txt").read_text()


def test_only_the_word_true_is_github_actions(
    shapecalc: Command, summary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "")
    assert "::error" not in shapecalc("check", "good.yaml", "wrong.yaml").out
    assert summary.read_text() == ""


def test_without_a_file_for_the_summary_there_is_none(
    shapecalc: Command, summary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    code, out, err = shapecalc("check", "good.yaml", "wrong.yaml")
    assert (code, err) == (1, "")
    assert ANNOTATION in out


def test_a_summary_that_cannot_be_written_is_a_warning(
    shapecalc: Command, summary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "none/summary.md")
    assert shapecalc("check", "good.yaml", "--strict") == (
        0,
        "1 spec checked: clean\n",
        "warning[SC607] cannot add to the job's summary none/summary.md: No such file or directory\n",
    )


def test_the_summary_never_outgrows_what_github_shows(shapecalc: Command, summary: Path) -> None:
    before = "x" * (MAX_SUMMARY - len(SUMMARY) - 40)
    summary.write_text(before)
    for _ in range(3):
        shapecalc("check", "good.yaml", "wrong.yaml")
    text = summary.read_text()
    assert text.startswith(before + SUMMARY)
    assert len(text) <= MAX_SUMMARY
