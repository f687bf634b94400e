"""What is offered behind the words of a command line, above all what depends on the file that stands there."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Event

import pytest
from click import Context

from shapecalc.cli.completing import shells
from shapecalc.cli.completion import write_script
from shapecalc.cli.main import COMMANDS, cli
from shapecalc.render.columns import COLUMNS
from tests.cli.completing.conftest import Ask


def values_of(lines: list[str]) -> list[str]:
    return [line.split("\t")[1] for line in lines]


def test_the_commands_have_their_whole_help_lines(ask: Ask) -> None:
    assert ask("") == [f"word\t{name}\t{line}" for name, line in COMMANDS.items()]
    assert ask("su") == ["word\tsummary\tThe layers of models: shapes, parameters, totals."]


def test_options_have_whole_sentences(ask: Ask) -> None:
    assert ask("summary", "--se") == [
        "word\t--set\tSet an argument or a declared size to a YAML value, or to a symbol with `?`. Repeatable."
    ]
    for name in COMMANDS:
        command = cli.get_command(Context(cli), name)
        assert command is not None
        helps = {option: getattr(param, "help", None) for param in command.params for option in param.opts}
        for line in ask(name, "-"):
            _, option, help = line.split("\t")
            assert help == helps.get(option, help)


LAYERS = ["input", "first", "encoder", "encoder/input", "encoder/dense", "dense"]


def test_layers_by_their_paths_with_their_types(ask: Ask) -> None:
    assert values_of(ask("explain", "model.yaml", "")) == LAYERS
    assert ask("explain", "model.yaml", "fi") == ["word\tfirst\tDense"]
    assert ask("explain", "model.yaml", "encoder/") == ["word\tencoder/input\tInputLayer", "word\tencoder/dense\tDense"]
    assert values_of(ask("explain", "model.yaml", "first", "")) == [name for name in LAYERS if name != "first"]
    assert values_of(ask("explain", "--set", "deep=true", "model.yaml", "fl")) == ["flatten"]
    assert values_of(ask("explain", "my model.yaml", "e")) == ["encoder", "encoder/input", "encoder/dense"]


def test_layers_in_wrappers_have_paths_too(ask: Ask) -> None:
    text = "input: [5, 3]\nlayers:\n  - RNN: {cell: [{LSTMCell: {units: 4}}, {GRUCell: {units: 3}}]}\n"
    Path("model.yaml").write_text(text, encoding="utf-8")
    paths = ["rnn", "rnn/stacked_rnn_cells", "rnn/stacked_rnn_cells/lstm_cell", "rnn/stacked_rnn_cells/gru_cell"]
    assert values_of(ask("explain", "model.yaml", "r")) == paths


def test_many_layers_are_offered_level_by_level(ask: Ask, models: Path) -> None:
    blocks = "blocks: {B: {layers: [{Dense: {units: 8}, repeat: 300}]}}\n"
    models.joinpath("model.yaml").write_text(f"input: [8]\n{blocks}layers: [B, {{B: {{name: last}}}}]\n")
    assert values_of(ask("explain", "model.yaml", "")) == ["input", "b", "b/", "last", "last/"]
    assert "open\tb/\tWhat is within." in ask("explain", "model.yaml", "")
    assert len(ask("explain", "model.yaml", "b/dense/2")) == 111
    models.joinpath("model.yaml").write_text("input: [8]\nlayers: [{Dense: {units: 8}, repeat: 900}]\n")
    assert values_of(ask("explain", "model.yaml", "")) == ["input", "dense/"]
    assert len(ask("explain", "model.yaml", "dense/")) == 900


@pytest.mark.parametrize("command", [["summary"], ["check"], ["run"], ["solve"], ["sweep"], ["diff"], ["convert"]])
def test_arguments_and_sizes_to_set(command: list[str], ask: Ask) -> None:
    found = [
        "open\twidth=\tAn argument; its default is 8.",
        "open\tact=\tAn argument; its default is relu.",
        "open\tdeep=\tAn argument; its default is false.",
        "open\tclasses=\tAn argument without a default.",
        "open\tT=\tA declared size.",
    ]
    assert ask(*command, "model.yaml", "--set", "") == found
    assert ask(*command, "model.yaml", "--set", "wi") == found[:1]
    assert ask(*command, "model.yaml", "--set=wi") == [found[0].replace("width", "--set=width")]
    assert ask(*command, "model.yaml", "--set", "width=3", "--set", "") == found[1:]


def test_the_file_may_stand_behind_what_is_typed(ask: Ask) -> None:
    assert values_of(ask("summary", "--set", "wi", "model.yaml", place=3)) == ["width="]
    assert values_of(ask("summary", "--set=wi", "model.yaml", place=2)) == ["--set=width="]
    assert values_of(ask("solve", "--for", "", "model.yaml", place=3)) == ["width", "classes", "T", "batch"]


def test_words_that_an_argument_may_be_set_to(ask: Ask) -> None:
    assert ask("summary", "model.yaml", "--set", "act=re") == ["word\tact=relu\tThe default.", "word\tact=relu6"]
    assert values_of(ask("summary", "model.yaml", "--set", "act=tanh,s"))[:2] == ["act=tanh,selu", "act=tanh,sigmoid"]
    assert values_of(ask("summary", "model.yaml", "--set", "deep=")) == ["deep=false", "deep=true"]
    assert values_of(ask("summary", "model.yaml", "--set", "width=")) == ["width=8", "width=?"]
    assert values_of(ask("summary", "model.yaml", "--set", "classes=")) == ["classes=?"]
    assert values_of(ask("sweep", "model.yaml", "--set", "width=")) == ["width=8"]
    assert ask("summary", "model.yaml", "--set", "T=") == ask("summary", "model.yaml", "--set", "nothing=") == []


def test_sizes_to_solve_for(ask: Ask) -> None:
    assert values_of(ask("solve", "model.yaml", "--for", "")) == ["width", "classes", "T", "batch"]


def test_lists_with_commas(ask: Ask) -> None:
    assert values_of(ask("summary", "model.yaml", "--columns", "")) == list(COLUMNS)
    assert ask("summary", "model.yaml", "--columns", "macs,mas") == ["word\tmacs,mask\tThe column Mask."]
    assert values_of(ask("summary", "--columns", "macs,mac")) == ["macs,macs%"]
    assert values_of(ask("summary", "--sort", "p")) == ["params", "params%"]
    assert values_of(ask("sweep", "model.yaml", "--measure", "memory,f")) == ["memory,flops"]
    assert "mask,macs" in values_of(ask("summary", "--columns", "mask,"))
    assert "mask,mask" not in values_of(ask("summary", "--columns", "mask,"))
    assert values_of(ask("check", "--ignore", "SC505,SC21")) == [f"SC505,SC21{digit}" for digit in range(5)]


def test_words_of_other_options(ask: Ask) -> None:
    assert values_of(ask("summary", "--training", "adam")) == ["adam", "adamw", "adamax"]
    assert values_of(ask("convert", "model.yaml", "--to", "k")) == ["keras-json", "keras-python"]
    assert values_of(ask("check", "--output-format", "sa")) == ["sarif"]
    assert values_of(ask("explain", "model.yaml", "--convention", "")) == ["keras", "torch"]
    assert values_of(ask("layers", "conv1dt")) == ["Conv1DTranspose"]
    assert values_of(ask("completion", "")) == ["bash", "zsh", "fish"]


def test_columns_of_a_sweep(ask: Ask) -> None:
    line = ("sweep", "model.yaml", "--set", "width=1..9")
    assert ask(*line, "--where", "wi") == ["open\twidth"]
    assert values_of(ask(*line, "--pareto", "params,wi")) == ["params,width", "params,width:max"]


def test_keys_that_check_adds(ask: Ask) -> None:
    assert values_of(ask("check", "--update-expect", "--add", "params,ou")) == ["params,output", "params,outputs"]


def test_of_ten_thousand_layers_all_are_offered(ask: Ask, models: Path) -> None:
    layers = "".join(f"  - Dense: {{units: 8, name: layer_{number}}}\n" for number in range(10_000))
    models.joinpath("model.yaml").write_text(f"input: [8]\nlayers:\n{layers}")
    assert len(ask("explain", "model.yaml", "")) == 10_001
    assert len(ask("explain", "model.yaml", "layer_99")) == 111


def test_every_parameter_that_is_a_file_takes_files(ask: Ask) -> None:
    for name in COMMANDS:
        command = cli.get_command(Context(cli), name)
        assert command is not None
        for param in command.params:
            if re.search(r"FILE|PATH|SPEC|OLD|NEW", param.metavar or ""):
                option = [param.opts[0]] if param.opts[0].startswith("-") else []
                assert "files" in ask(name, *option, ""), (name, param.opts)


def test_files(ask: Ask) -> None:
    assert ask("summary", "my") == ask("check", "my") == ["files"]
    assert ask("run", "model.yaml", "--weights", "") == ["files"]
    assert ask("convert", "model.yaml", "--out=mo") == ["files\t--out="]
    assert ask("run", "model.yaml", "--input", "z") == ["word\tzeros\tZeros.", "files"]
    assert values_of(ask("explain", "SC60")) == [f"SC60{digit}" for digit in range(1, 10)]
    assert ask("explain", "mod") == ["files"]


def test_revisions_and_their_files(repository: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    assert ask("diff", "ma") == ["open\tmain:\tThe first models", "open\tmaize:\tThe first models", "files"]
    assert values_of(ask("diff", "main:")) == ["main:a:b.yaml", "main:model.yaml", "main:my model.yaml", "main:nets/"]
    assert ask("diff", "v1:nets/") == ["word\tv1:nets/old net.yaml"]
    assert ask("diff", "model.yaml", "HEAD:mo") == ["word\tHEAD:model.yaml"]
    monkeypatch.chdir(repository / "nets")
    assert ask("diff", "main:./") == ["word\tmain:./old net.yaml"]
    assert values_of(ask("check", "--since", "ma")) == ["main", "maize"]
    assert ask("diff", "--exec=x:") == ask("diff", "nothing:m") == []


HOSTILE = {
    "broken": "input: [3\nlayers: {{{",
    "a list": "[1, 2]",
    "bytes": "\x00\x01\x02",
    "names": 'args: {"\\e[31mred": 1, "$(touch pwned)": 2, "a b": 3, "`x`": 4}\ninput: [3]\nlayers: [Flatten]\n',
    "many": "input: [8]\nblocks: {A: {layers: [{Dense: {units: 8}, repeat: 30000}]}}\nlayers: [{A: , repeat: 30000}]\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_of_a_hostile_file_nothing_harmful_is_offered(text: str, ask: Ask, models: Path) -> None:
    models.joinpath("model.yaml").write_text(text)
    harmless = {"word\tinput\tInputLayer", "word\tflatten\tFlatten", "open\ta/\tWhat is within."}
    harmless.add("word\tbatch\tThe batch size.")
    for words in (
        ["explain", "model.yaml", ""],
        ["summary", "model.yaml", "--set", ""],
        ["summary", "model.yaml", "--set", "a="],
        ["solve", "model.yaml", "--for", ""],
        ["run", "model.yaml", "--input", "x"],
    ):
        assert set(ask(*words)) <= {"files", *harmless}


def test_a_default_is_shown_without_escapes(ask: Ask, models: Path) -> None:
    models.joinpath("model.yaml").write_text('args: {a: "\\e[31m"}\ninput: [3]\nlayers: [Flatten]\n')
    assert ask("summary", "model.yaml", "--set", "") == ["open\ta=\tAn argument; its default is \\x1b[31m."]


@pytest.mark.parametrize("path", [".", "-", "nothing.yaml", "~", "a\0b"])
def test_of_what_is_no_file_nothing_is_offered(path: str, ask: Ask) -> None:
    assert ask("explain", path, "") == []
    assert ask("summary", path, "--set", "") == []


def test_it_gives_up_in_time(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shells, "PATIENCE", 0.05)
    monkeypatch.setattr(shells, "list_answers", lambda *_: Event().wait(60))
    assert ask("summary", "") == []


def test_other_requests(capsys: pytest.CaptureFixture[str]) -> None:
    assert shells.answer(cli, "zsh_source", []) == shells.answer(cli, "fish_nothing", []) == 0
    assert capsys.readouterr().out == write_script("zsh")


def test_a_fault_of_the_tool_is_not_said(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        print("noise")
        raise RuntimeError

    monkeypatch.setattr(shells, "list_answers", fail)
    assert ask("summary", "") == []
