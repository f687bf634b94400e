"""An option without a value is refused in the same words everywhere."""

from __future__ import annotations

import click
import pytest

from shapecalc.cli.main import COMMANDS, cli
from tests.cli.conftest import MANY_TO_MANY, Command

CONTEXT = click.Context(cli)
VALUED = [
    (command, option.opts[0])
    for command in COMMANDS
    for found in [cli.get_command(CONTEXT, command)]
    if found is not None
    for option in found.params
    if isinstance(option, click.Option) and not option.is_flag
]


@pytest.mark.parametrize(("command", "option"), VALUED)
@pytest.mark.parametrize("words", [("{}", ""), ("{}=",), ("{}", " ")])
def test_an_empty_value_is_refused_with_an_example(
    shapecalc: Command, command: str, option: str, words: tuple[str, ...]
) -> None:
    code, out, err = shapecalc(command, "-", *(word.format(option) for word in words), stdin=MANY_TO_MANY)
    assert (code, out) == (2, "")
    head, example = err.split("\n")[0].split("; for example `")
    assert head == f"error[SC608] {option}: the value is empty"
    assert example.startswith(f"{option} ")
    assert example.endswith("`")
    assert len(example) > len(option) + 2
    assert err.split("\n")[1] == f"  = help: `shapecalc {command} --help` lists what it takes"


@pytest.mark.parametrize("last", [("--set", "units=1", "--set", ""), ("--set", "", "--set", "units=1")])
def test_one_empty_value_among_several(shapecalc: Command, last: tuple[str, ...]) -> None:
    code, _, err = shapecalc("summary", "-", *last, stdin=MANY_TO_MANY)
    assert code == 2
    assert err.startswith("error[SC608] --set: the value is empty; for example `--set units=64`\n")


@pytest.mark.parametrize("text", [",", " , ", ",,"])
def test_commas_alone_name_no_column(shapecalc: Command, text: str) -> None:
    code, out, err = shapecalc("summary", "-", "--columns", text, stdin=MANY_TO_MANY)
    assert (code, out) == (2, "")
    assert err.startswith("error[SC608] --columns: no column is named; for example `--columns macs,memory`\n")


def test_a_name_without_a_value(shapecalc: Command) -> None:
    code, out, err = shapecalc("run", "-", "--input", "input= ", stdin=MANY_TO_MANY)
    assert (code, out) == (2, "")
    assert err == (
        "error[SC605] the input `input` is given no value\n"
        "  = help: for example `--input input=random`, or `--input input=x.npy`\n"
    )
    code, _, err = shapecalc("summary", "-", "--set", "units=", stdin=MANY_TO_MANY)
    assert code == 2
    assert err.startswith("error[SC608] --set `units`: the value is missing; for example `--set units=64`\n")


@pytest.mark.parametrize(
    "text", ["1..", "..5", "..", "1..5:", "1..5:-1", "1..5..9", "0.5..2", "1 .. ", "9" * 20 + "..3"]
)
def test_a_range_needs_both_ends(shapecalc: Command, text: str) -> None:
    spec = "args: {u: 1}\ninput: [4]\nlayers:\n  - Dense: {units: $u}\n"
    code, out, err = shapecalc("sweep", "-", "--set", f"u={text}", stdin=spec)
    assert (code, out) == (2, "")
    assert err.startswith(
        f"error[SC608] --set: `u` takes FIRST..LAST or FIRST..LAST:STEP in whole numbers, as in `--set u=1..512`, "
        f"not `{text.strip()}`\n"
    )


def test_text_with_dots_is_text(shapecalc: Command) -> None:
    spec = "args: {act: relu}\ninput: [4]\nlayers:\n  - Activation: {activation: $act}\n"
    code, out, _ = shapecalc("sweep", "-", "--set", "act=a..b,relu", stdin=spec)
    assert code == 0
    assert out.split("\n")[1] == "relu,0,0,0,0,32"
