"""What the documents show is what the program prints, and what they name is there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.generated import generated

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
SESSIONS = re.findall(r"^```console\n\$ (.*?)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
FRACTION = re.compile(r" *(-?\d+\.\d*(?:e[-+]\d+)?) *")
"""A number with a fraction, and the spaces that align it."""
SHELL_BLOCKS = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def printed(command: str) -> str:
    """Both streams of a command as a terminal of any width would show them, without colour."""
    words = shlex.split(command)
    assert words[0] == "shapecalc"
    done = subprocess.run(
        [sys.executable, "-m", "shapecalc", *words[1:]],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return str(done.stdout)


def written(command: str) -> str:
    """What the README shows of a command; SHAPECALC_UPDATE=1 writes it anew."""
    shown: str = dict(SESSIONS)[command]
    if os.environ.get("SHAPECALC_UPDATE") == "1":
        actual = printed(command)
        text = (ROOT / "README.md").read_text("utf-8")
        (ROOT / "README.md").write_text(text.replace(f"$ {command}\n{shown}```", f"$ {command}\n{actual}```"), "utf-8")
        return actual
    return shown


@pytest.mark.parametrize("command", [command for command, _ in SESSIONS])
def test_the_readme_shows_what_is_printed(command: str) -> None:
    shown, actual = written(command), printed(command)
    assert FRACTION.sub("#", shown) == FRACTION.sub("#", actual)
    # The last digits of a float32 differ from one processor to another.
    assert fractions(shown) == pytest.approx(fractions(actual), abs=1e-5)


def fractions(text: str) -> list[float]:
    """The numbers of a text that have a fraction."""
    return [float(number) for number in FRACTION.findall(text)]


def test_the_readme_shows_the_main_commands() -> None:
    assert [command.split()[1] for command, _ in SESSIONS] == [
        "summary", "explain", "run", "check", "explain", "check", "summary", "convert", "run",
    ]  # fmt: skip


def test_two_commands_set_up() -> None:
    assert len(SHELL_BLOCKS) == 2
    assert all(block.count("\n") == 1 and block.startswith("python3 -m venv .venv && ") for block in SHELL_BLOCKS)
    assert not re.search(r"pip install (--\S+ )*shapecalc\b", README + CONTRIBUTING)


def test_every_command_named_exists() -> None:
    commands = printed("shapecalc --help")
    for name in re.findall(r"`shapecalc (\w+)", README + CONTRIBUTING):
        assert re.search(rf"^  {name} ", commands, re.MULTILINE), name


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "tests/README.md"])
def test_links_lead_somewhere(document: str) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", (ROOT / document).read_text("utf-8")):
        assert "://" in link or (ROOT / document).parent.joinpath(link).exists(), link


def test_generated_files_are_up_to_date() -> None:
    for path, text in generated().items():
        assert path.read_text("utf-8") == text, f"{path.name}: run `python -m tests.generated`"


def test_ci_runs_the_test_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    extract = re.search(r"^test_command=\$\((.*)\)$", script, re.MULTILINE)
    assert extract is not None
    found = subprocess.run(["bash", "-c", extract[1]], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == SHELL_BLOCKS[1]


def test_the_top_level_holds_what_is_planned() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    folders = {name.partition("/")[0] for name in tracked if "/" in name}
    assert folders <= {"shapecalc", "specs", "tests", "completions", ".ci", ".github"}


def test_the_python_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    first, second = re.findall(r"^```python\n(import shapecalc.*?|def test_.*?)^```$", README, re.MULTILINE | re.DOTALL)
    scope: dict[str, object] = {}
    exec(first, scope)
    assert "4*units*(features + units + 1)" in capsys.readouterr().out
    exec(second.replace("models/tagger.yaml", "specs/tutorial/many_to_many.yaml"), scope)
    scope["test_the_tagger_stays_small"]()  # type: ignore[operator]
