"""`shapecalc check --fix`."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from shapecalc.cli.checking.fixing import list_fixes
from shapecalc.diagnostics import Diagnostic, Edit, Fix, Span, error
from tests.cli.conftest import Command

REJECT = Path(__file__).parents[3] / "specs" / "reject"
MISSPELT = "input: [5, 1]\nlayers:  # of one\n  - LSTM: {unit: 5}\n  - Danse: {units: 1, activation: sigmiod}\n"
MENDED = MISSPELT.replace("unit:", "units:").replace("Danse", "Dense").replace("sigmiod", "sigmoid")
LOST = "input: [5, 1]\nlayers:\n  - LSTM: {units: 5}\n  - LSTM: {units: 5}\n"
KEPT = LOST.replace("{units: 5}", "{units: 5, return_sequences: true}", 1)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.yaml"
    path.write_text(MISSPELT)
    return path


def test_what_can_mean_one_thing_is_mended_in_rounds(shapecalc: Command, model: Path) -> None:
    assert shapecalc("check", "model.yaml", "--fix") == (0, "Fixed 3 findings in 1 file\n1 spec checked: clean\n", "")
    assert model.read_text() == MENDED
    model.chmod(0o444)  # there is nothing to write
    assert shapecalc("check", "model.yaml", "--fix") == (0, "No fixes to make\n1 spec checked: clean\n", "")
    assert shapecalc("check", "model.yaml", "--fix", "-q") == (0, "", "")


def test_a_guess_is_made_when_it_is_asked_for(shapecalc: Command, model: Path) -> None:
    model.write_text(LOST)
    code, out, _ = shapecalc("check", "model.yaml", "--fix", "--output-format", "concise")
    assert code == 1
    assert out == (
        "No fixes to make (1 more with --unsafe-fixes)\n"
        "model.yaml:4:5: error[SC412] lstm_1: needs a time axis, got (None, 5)\n"
        "1 spec checked: 1 error in 1 spec\n"
    )
    assert model.read_text() == LOST
    result = shapecalc("check", "model.yaml", "--fix", "--unsafe-fixes")
    assert result == (0, "Fixed 1 finding in 1 file\n1 spec checked: clean\n", "")
    assert model.read_text() == KEPT


def test_an_example_is_never_put_in(shapecalc: Command, model: Path) -> None:
    text = "layers:\n  - LSTM: {units: 5}\n"
    model.write_text(text)
    assert shapecalc("check", "model.yaml", "--fix", "--unsafe-fixes").code == 1
    assert model.read_text() == text


def test_a_dry_run_shows_what_git_would_apply(shapecalc: Command, model: Path, tmp_path: Path) -> None:
    code, out, err = shapecalc("check", ".", "--fix", "--dry-run")
    assert (code, err) == (1, "")
    diff, said, rest = out.partition("Would fix 3 findings in 1 file\n")
    assert said
    assert rest == "1 spec checked: clean\n"
    assert model.read_text() == MISSPELT
    subprocess.run(["git", "apply"], input=diff.encode(), cwd=tmp_path, check=True)
    assert model.read_text() == MENDED
    assert shapecalc("check", ".", "--fix", "--dry-run").code == 0


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_mark_line_ends_and_last_line_stay(
    shapecalc: Command, model: Path, mark: bytes, newline: str, end: str
) -> None:
    text = "layers:\n  - LSTM: {unit: 5, input_shape: [5, 1]} # é"
    model.write_bytes(mark + (text.replace("\n", newline) + end).encode())
    assert shapecalc("check", "model.yaml", "--fix").code == 0
    mended = "input: [5, 1]\nlayers:\n  - LSTM: {units: 5} # é"
    assert model.read_bytes() == mark + (mended.replace("\n", newline) + end).encode()


def test_a_block_in_another_file_is_mended_if_that_is_checked(shapecalc: Command, model: Path, tmp_path: Path) -> None:
    model.write_text("input: [5]\nblocks: {Head: {file: parts/head.yaml}}\nlayers:\n  - Head\n")
    part = tmp_path / "parts" / "head.yaml"
    part.parent.mkdir()
    part.write_text("layers:\n  - Danse: {units: 3}\n")
    code, out, _ = shapecalc("check", "model.yaml", "--fix")
    assert code == 1
    assert out.startswith("No fixes to make\n")
    assert "Danse" in part.read_text()
    assert shapecalc("check", ".", "--fix") == (0, "Fixed 1 finding in 1 file\n1 spec checked: clean\n", "")
    assert part.read_text() == "layers:\n  - Dense: {units: 3}\n"


def test_model_files_are_left_alone(shapecalc: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 5], "name": "input"}},
        {"class_name": "LSTM", "config": {"units": 3, "name": "lstm"}},
    ]
    text = json.dumps({"class_name": "Sequential", "config": {"name": "m", "layers": layers}})
    Path("model.json").write_text(text)
    assert shapecalc("check", "model.json", "--fix", "--unsafe-fixes").code == 1
    assert Path("model.json").read_text() == text


def test_findings_that_are_ignored_are_not_mended(shapecalc: Command, model: Path) -> None:
    model.write_text(MENDED + "expect: {}\nargs: {n: 1}\n")
    before = model.read_text()
    result = shapecalc("check", "model.yaml", "--fix", "--unsafe-fixes", "--ignore", "SC506")
    assert (result.code, model.read_text()) == (0, before)
    assert shapecalc("check", "model.yaml", "--fix", "--unsafe-fixes").code == 0
    assert model.read_text() != before


def test_fixes_go_before_numbers(shapecalc: Command, model: Path) -> None:
    model.write_text(MISSPELT + "expect: {params: 7}\n")
    code, out, _ = shapecalc("check", "model.yaml", "--fix", "--update-expect")
    assert code == 0
    assert out == ("Fixed 3 findings in 1 file\nmodel.yaml: params 7 -> 146\n1 spec updated\n1 spec checked: clean\n")
    assert model.read_text() == MENDED + "expect: {params: 146}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--unsafe-fixes",), "--unsafe-fixes says how `--fix` works: add that"),
        (("--dry-run",), "--dry-run says how `--update-expect` and `--fix` work"),
        (("--fix", "--update-expect", "--dry-run"), "--dry-run shows what one of the two would change"),
    ],
)
def test_options_that_would_change_nothing(shapecalc: Command, model: Path, words: tuple[str, ...], said: str) -> None:
    code, _, err = shapecalc("check", "model.yaml", *words)
    assert code == 2
    assert said in err


def test_standard_input_is_not_saved(shapecalc: Command, model: Path) -> None:
    code, _, err = shapecalc("check", "-", "--fix")
    assert code == 2
    assert "--fix saves files, and `-` is standard input" in err


def test_a_file_that_may_not_be_written_is_reported(shapecalc: Command, model: Path) -> None:
    model.chmod(0o444)
    code, out, err = shapecalc("check", "model.yaml", "--fix")
    assert code == 2
    assert "SC607" in out + err
    assert "Fixed" not in out
    assert model.read_text() == MISSPELT


def test_fixes_of_all_that_is_rejected_come_to_an_end(
    shapecalc: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is worse than before, and a second time there is nothing left to do."""
    monkeypatch.chdir(tmp_path)
    for path in REJECT.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    before = count_errors(shapecalc("check", ".", "--output-format", "json").out)
    for words in ((), ("--unsafe-fixes",)):
        shapecalc("check", ".", "--fix", *words)
        texts = {path.name: path.read_bytes() for path in tmp_path.glob("*.yaml")}
        assert shapecalc("check", ".", "--fix", *words).out.startswith(("No fixes", ""))
        assert {path.name: path.read_bytes() for path in tmp_path.glob("*.yaml")} == texts
    after = count_errors(shapecalc("check", ".", "--output-format", "json").out)
    assert sum(after.values()) < sum(before.values()) / 2
    assert not {file for file, errors in after.items() if errors > before.get(file, 0)}


def count_errors(text: str) -> dict[str, int]:
    errors: dict[str, int] = {}
    for finding in json.loads(text)["diagnostics"]:
        if finding["severity"] == "error":
            errors[finding["file"]] = errors.get(finding["file"], 0) + 1
    return errors


def make(column: int, end: int, *, safe: bool = True, example: bool = False, file: str = "a.yaml") -> Diagnostic:
    edit = Edit(file, 1, column, 1, end, "x")
    return error("SC201", f"at {column}", Span(file, 1, column, end), help=Fix("write x", (edit,), safe, example))


def test_of_two_changes_that_overlap_the_first_is_made() -> None:
    first, over, beside, there = make(1, 5), make(4, 6), make(5, 8), make(2, 3, file="b.yaml")
    assert list_fixes([first, over, beside, there], unsafe=False) == {"a.yaml": [first, beside], "b.yaml": [there]}


def test_two_insertions_at_one_place_are_not_made_together() -> None:
    first, second = make(4, 4), make(4, 4)
    assert list_fixes([first, second], unsafe=False) == {"a.yaml": [first]}


def test_safe_unsafe_and_examples() -> None:
    safe, guess, example = make(1, 2), make(3, 4, safe=False), make(5, 6, safe=False, example=True)
    assert list_fixes([safe, guess, example, error("SC201", "x")], unsafe=False) == {"a.yaml": [safe]}
    assert list_fixes([safe, guess, example], unsafe=True) == {"a.yaml": [safe, guess]}
