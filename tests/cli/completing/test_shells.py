"""Completion in bash, zsh and fish themselves: a line is typed, and Tab pressed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.completing.conftest import make_repository
from tests.cli.completing.terminals import Terminal, ask_fish, has, open_terminal

LINES = {
    "shapecalc su": "shapecalc summary ",
    "shapecalc explain model.yaml fi": "shapecalc explain model.yaml first ",
    "shapecalc explain model.yaml encoder/d": "shapecalc explain model.yaml encoder/dense ",
    "shapecalc summary model.yaml --set wi": "shapecalc summary model.yaml --set width=",
    "shapecalc summary model.yaml --set=wi": "shapecalc summary model.yaml --set=width=",
    "shapecalc summary model.yaml --set act=softs": "shapecalc summary model.yaml --set act=softsign ",
    "shapecalc summary model.yaml --set act=tanh,softs": "shapecalc summary model.yaml --set act=tanh,softsign ",
    "shapecalc summary my\\ model.yaml --set wi": "shapecalc summary my\\ model.yaml --set width=",
    "shapecalc summary 'my model.yaml' --set wi": "shapecalc summary 'my model.yaml' --set width=",
    "shapecalc solve model.yaml --for cl": "shapecalc solve model.yaml --for classes ",
    "shapecalc summary model.yaml --columns macs,mas": "shapecalc summary model.yaml --columns macs,mask ",
    "shapecalc summary --training mom": "shapecalc summary --training momentum ",
    "shapecalc layers conv1dt": "shapecalc layers Conv1DTranspose ",
    "shapecalc summary my": "shapecalc summary my\\ model.yaml ",
    "shapecalc summary 'my": "shapecalc summary 'my model.yaml' ",
    "shapecalc summary a:": "shapecalc summary a:b.yaml ",
    "shapecalc run model.yaml --save=mod": "shapecalc run model.yaml --save=model.yaml ",
    "shapecalc run model.yaml --input z": "shapecalc run model.yaml --input zeros ",
    "shapecalc summary ~/mo": "shapecalc summary ~/model.yaml ",
    "shapecalc explain ~/model.yaml fi": "shapecalc explain ~/model.yaml first ",
    "shapecalc diff mai": "shapecalc diff mai",
    "shapecalc diff main:mo": "shapecalc diff main:model.yaml ",
    "shapecalc diff v1": "shapecalc diff v1:",
    "shapecalc diff main:ne": "shapecalc diff main:nets/",
    "shapecalc diff main:nets/": "shapecalc diff main:nets/old\\ net.yaml ",
    "shapecalc diff 'main:nets/": "shapecalc diff 'main:nets/old net.yaml' ",
    "shapecalc diff my": "shapecalc diff my\\ model.yaml ",
    "shapecalc diff z": "shapecalc diff z\\;touch\\$\\{IFS\\}pwned:",
    "shapecalc diff z:we": "shapecalc diff z:we",
    "shapecalc summary evil.yaml --set ": "shapecalc summary evil.yaml --set ok=",
    "shapecalc summary broken.yaml --set ": "shapecalc summary broken.yaml --set ",
}
"""Lines that are typed, and what Tab makes of them; a blank at the end says that the word is whole."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_repository(tmp_path_factory.mktemp("shells") / "repository")
    (folder / "evil.yaml").write_text(
        'args: {"\\e[31m": 1, "$(touch pwned)": 2, ok: 3}\ninput: [3]\nlayers: [Flatten]\n'
    )
    (folder / "broken.yaml").write_text("input: [3\nlayers: {{{")
    subprocess.run(["git", "branch", "z;touch${IFS}pwned"], cwd=folder, check=True)
    home = folder.parent / "home"
    home.mkdir()
    (home / "model.yaml").write_text((folder / "model.yaml").read_text())
    return folder


@pytest.fixture(scope="module", params=["bash", "zsh"])
def terminal(request: pytest.FixtureRequest, folder: Path) -> Iterator[Terminal]:
    if not has(request.param):
        pytest.skip(f"{request.param} is not installed here")
    with open_terminal(request.param, folder) as terminal:
        yield terminal


@pytest.mark.parametrize("typed", LINES)
def test_tab_completes_the_line(typed: str, terminal: Terminal, folder: Path) -> None:
    line, shown = terminal.press(typed)
    assert line == LINES[typed]
    assert "Traceback" not in shown
    assert "\x1b[31m" not in shown
    assert not (folder / "pwned").exists()


def test_the_file_may_stand_behind_the_cursor(terminal: Terminal) -> None:
    line, _ = terminal.press("shapecalc summary --set wi", " my\\ model.yaml")
    assert line == "shapecalc summary --set width= my\\ model.yaml"


def test_tab_lists_what_there_is(terminal: Terminal) -> None:
    _, shown = terminal.press("shapecalc explain model.yaml ")
    assert {"first", "encoder", "encoder/dense", "dense"} <= set(shown.split())
    _, shown = terminal.press("shapecalc diff ")
    assert {"main:", "maize:", "v1:", "HEAD:", "model.yaml"} <= set(shown.split())


@pytest.fixture
def fish() -> None:
    if not has("fish"):
        pytest.skip("fish is not installed here")


@pytest.mark.usefixtures("fish")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("shapecalc su", ["summary\tThe layers of models: shapes, parameters, totals."]),
        ("shapecalc explain model.yaml fi", ["first\tDense"]),
        ("shapecalc summary model.yaml --set wi", ["width=\tAn argument; its default is 8."]),
        ("shapecalc summary model.yaml --set=wi", ["--set=width=\tAn argument; its default is 8."]),
        ("shapecalc summary model.yaml --set act=softs", ["act=softsign"]),
        ("shapecalc summary 'my model.yaml' --set wi", ["width=\tAn argument; its default is 8."]),
        ("shapecalc summary my\\ model.yaml --set wi", ["width=\tAn argument; its default is 8."]),
        ("shapecalc summary my", ["my model.yaml"]),
        ("shapecalc summary --columns macs,mas", ["macs,mask\tThe column Mask."]),
        ("shapecalc run model.yaml --save=mod", ["--save=model.yaml"]),
        ("shapecalc explain ~/model.yaml fi", ["first\tDense"]),
        ("shapecalc diff main:mo", ["main:model.yaml"]),
        ("shapecalc diff v1", ["v1:\tThe first models"]),
        ("shapecalc diff main:nets/", ["main:nets/old net.yaml"]),
        ("shapecalc summary evil.yaml --set ", ["ok=\tAn argument; its default is 3."]),
        ("shapecalc summary broken.yaml --set ", []),
        (
            "shapecalc summary --se",
            ["--set\tSet an argument or a declared size to a YAML value, or to a symbol with `?`. Repeatable."],
        ),
    ],
)
def test_fish_offers_words_with_whole_sentences(typed: str, offered: list[str], folder: Path) -> None:
    assert ask_fish(typed, folder) == offered
