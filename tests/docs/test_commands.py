"""Every command that the documents show runs, and every option they name is there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "specs/README.md", "CONTRIBUTING.md", "CHANGELOG.md", "tests/README.md")
TEXTS = {name: (ROOT / name).read_text("utf-8") for name in DOCUMENTS}
INLINE = sorted({command for text in TEXTS.values() for command in re.findall(r"`(shapecalc \w[^`]*)`", text)})
PLACEHOLDERS = {
    r"FILE\.\.\.|PATH\.\.\.|SPEC\.\.\.|SPEC|FILE|OLD": "model.yaml",
    "NEW": "other.yaml",
    r"model\.keras": "model.yaml",
    r"\[LAYER\]": "dense",
    r"\[DEVICE\]": "t4",
    r"\[NAME\]": "lenet5",
    r"\[TYPE\\\|WORD\]|\[TYPE\]|WORD": "LSTM",
    r"--for NAME": "--for a",
    r"--input X": "--input random",
    "SHELL": "bash",
    "CODE": "SC412",
    "models/|specs/reject/NAME.yaml": "model.yaml",
}
"""What stands for a value in a command, and the value that it is tried with."""
ROWS = re.findall(r"^\| `shapecalc (\w+)[^`]*` \| (.*) \|$", TEXTS["README.md"], re.MULTILINE)
MODEL = "args: {a: 4}\ninput: [8]\nlayers:\n  - Dense: {units: $a}\n"


def typed(command: str) -> list[str]:
    """The words of a command with a value in the place of each placeholder."""
    for pattern, value in PLACEHOLDERS.items():
        command = re.sub(pattern, value, command)
    return shlex.split(command)[1:]


@pytest.mark.parametrize("command", INLINE)
def test_a_command_in_the_text_runs(command: str, shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text(MODEL)
    (tmp_path / "other.yaml").write_text(MODEL.replace("a: 4", "a: 5"))
    (tmp_path / "config.json").write_text('{"model_type": "llama", "num_hidden_layers": 2}')
    words = typed(command)
    if len(words) == 1 and words not in (["schema"], ["layers"]):
        words.append("--help")  # named, not shown
    if words[0] == "view":
        words += ["--no-open", "--out", "page.html"]
    result = shapecalc(*words)
    assert result.code in (0, 1), result.err
    assert result.out or {"--quiet", "--out", "init"} & {*words}


@pytest.mark.parametrize(("command", "text"), ROWS)
def test_the_options_in_a_row_of_the_readme_are_there(command: str, text: str, shapecalc: Command) -> None:
    known = shapecalc(command, "--help").out
    for option in re.findall(r"(?<=[` ])(--[\w-]+)", text):
        assert option in known


@pytest.mark.parametrize("module", ["tests.robust.fuzz", "tests.robust.mutants"])
def test_the_long_runs_take_the_options_shown(module: str) -> None:
    commands = re.findall(rf"^\.venv/bin/python -m {module} (.*)$", TEXTS["CONTRIBUTING.md"], re.MULTILINE)
    assert commands
    run = subprocess.run([sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for option in re.findall(r"--[\w-]+", " ".join(commands)):
        assert option in run.stdout


def test_modules_named_in_commands_exist() -> None:
    for text in TEXTS.values():
        for module in re.findall(r"python -m (tests[\w.]*)", text):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module
        for script in re.findall(r"python (tests/[\w/]+\.py)", text):
            assert (ROOT / script).is_file(), script


def test_the_answers_that_the_readme_quotes(shapecalc: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    commands, answers = re.search(  # type: ignore[union-attr]
        r"### Does it fit\?.*?```bash\n(.*?)```.*?```text\n(.*?)```", TEXTS["README.md"], re.DOTALL
    ).groups()
    printed = [
        line.strip()
        for command in commands.splitlines()
        for line in shapecalc(*shlex.split(command)[1:]).out.splitlines()
    ]
    assert [line for line in answers.splitlines() if line not in printed] == []
