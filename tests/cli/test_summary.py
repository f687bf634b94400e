"""`shapecalc summary`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import MANY_TO_MANY, Command

TABLE = """\
Model: "many_to_many"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                       ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ lstm (LSTM)                        │ (None, 5, 5)           │           140 │
├────────────────────────────────────┼────────────────────────┼───────────────┤
│ time_distributed (TimeDistributed) │ (None, 5, 1)           │             6 │
└────────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 146 (584.00 B)
 Trainable params: 146 (584.00 B)
 Non-trainable params: 0 (0.00 B)
"""
BROKEN = "input: [4]\nlayers:\n  - Danse: {units: 2}\n"


def test_the_table_of_the_tutorial(shapecalc: Command, spec: Path) -> None:
    assert shapecalc("summary", str(spec)) == (0, TABLE, "")


def test_standard_input(shapecalc: Command) -> None:
    assert shapecalc("summary", "-", stdin=MANY_TO_MANY) == (0, TABLE, "")


def test_a_spec_without_name_is_called_after_its_file(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text("input: [4]\nlayers: [{Dense: {units: 2}}]")
    assert shapecalc("summary", "tiny.yaml").out.startswith('Model: "tiny"\n')


def test_a_broken_spec_does_not_silence_the_others(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    code, out, err = shapecalc("summary", "missing.yaml", "broken.yaml", str(spec))
    assert (code, out) == (2, TABLE)
    assert err == (
        "error[SC601] cannot read missing.yaml: No such file or directory\n"
        "broken.yaml:3:5: error[SC201] there is no layer type `Danse`\n"
        "  |\n3 |   - Danse: {units: 2}\n  |     ^^^^^\n  = help: did you mean `Dense`?\n"
    )


def test_a_broken_spec_alone_is_a_finding(shapecalc: Command) -> None:
    code, out, err = shapecalc("summary", "-", stdin=BROKEN)
    assert (code, out) == (1, "")
    assert err.startswith("<stdin>:3:5: error[SC201]")


def test_tables_have_an_empty_line_between(shapecalc: Command, spec: Path) -> None:
    assert shapecalc("summary", str(spec), str(spec)).out == f"{TABLE}\n{TABLE}"


def test_json_holds_what_is_sound_and_what_is_wrong(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    code, out, err = shapecalc("summary", "broken.yaml", str(spec), "--output-format", "json")
    data = json.loads(out)
    assert (code, err) == (1, "")
    assert [model["totals"]["params"] for model in data["models"]] == [146]
    assert [(one["code"], one["file"], one["line"]) for one in data["diagnostics"]] == [("SC201", "broken.yaml", 3)]


def test_concise_is_a_line(shapecalc: Command, spec: Path) -> None:
    assert shapecalc("summary", str(spec), "--output-format", "concise").out == (
        "many_to_many: 146 params (584 B), 625 MACs, output (None, 5, 1)\n"
    )


def test_csv_and_markdown(shapecalc: Command, spec: Path) -> None:
    assert shapecalc("summary", spec.name, "--output-format", "csv").out == (
        "file,model,layer,type,inputs,output_shape,params,trainable,non_trainable\n"
        'many_to_many.yaml,many_to_many,input,InputLayer,,"(None, 5, 1)",0,0,0\n'
        'many_to_many.yaml,many_to_many,lstm,LSTM,input,"(None, 5, 5)",140,140,0\n'
        'many_to_many.yaml,many_to_many,time_distributed,TimeDistributed,lstm,"(None, 5, 1)",6,6,0\n'
    )
    assert (
        "| lstm (LSTM) | (None, 5, 5) | 140 |\n" in shapecalc("summary", spec.name, "--output-format", "markdown").out
    )


ARGS = "args: {units: 3, hidden: [4, 5]}\ninput: [d]\nlayers:\n  - Dense: {units: '$units'}\n  - Dense: {units: '$h'}\n"
ARGS += "    repeat: {h: $hidden}\n"


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ((), "model: 3*d + 44 params (12*d + 176 B), 3*d + 32 MACs, output (None, 5)\n"),
        (("--set", "d=2"), "model: 50 params (200 B), 38 MACs, output (None, 5)\n"),
        (("--set", "d=2", "--set", "units=1"), "model: 36 params (144 B), 26 MACs, output (None, 5)\n"),
        (("--set", "hidden=[7]"), "model: 3*d + 31 params (12*d + 124 B), 3*d + 21 MACs, output (None, 7)\n"),
        (
            ("--set", "units=?", "--set", "hidden=[1]"),
            "model: d*units + 2*units + 1 params (4*d*units + 8*units + 4 B), d*units + units MACs, output (None, 1)\n",
        ),
        (("--batch", "8", "--set", "d=2"), "model: 50 params (200 B), 38 MACs, output (8, 5)\n"),
    ],
)
def test_arguments_sizes_and_batch_are_set(shapecalc: Command, options: tuple[str, ...], line: str) -> None:
    assert shapecalc("summary", "-", "--output-format", "concise", *options, stdin=ARGS) == (0, line, "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--set", "units"), "--set takes NAME=VALUE, got `units`"),
        (("--set", "=3"), "--set takes NAME=VALUE, got `=3`"),
        (("--set", "units=1", "--set", "units=2"), "--set gives `units` twice"),
        (("--set", "units=[1"), "--set `units`: "),
        (("--set", "units= "), "--set `units`: the value is missing"),
        (("--columns", "macz"), "--columns: there is no column `macz`; did you mean `macs`?"),
        (("--batch", "none"), "--batch must be a whole number of at least 1, got `none`"),
        (("--batch", "0"), "--batch must be a whole number of at least 1, got `0`"),
        (("--output-format", "xml"), "--output-format must be one of full, concise, json, "),
        (("--bath", "3"), "there is no option `--bath`\n  = help: did you mean `--batch`?"),
    ],
)
def test_wrong_options_are_sc608(shapecalc: Command, spec: Path, options: tuple[str, ...], message: str) -> None:
    code, out, err = shapecalc("summary", str(spec), *options)
    assert (code, out) == (2, "")
    assert err.startswith(f"error[SC608] {message}")


def test_setting_what_is_not_there_is_a_finding(shapecalc: Command, spec: Path) -> None:
    code, _, err = shapecalc("summary", str(spec), "--set", "width=2")
    assert (code, err.split("\n")[0]) == (1, "error[SC210] --set: the model has no argument or size `width`")


def test_forced_colour_and_no_colour(shapecalc: Command, spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[36mLSTM\x1b[0m" in shapecalc("summary", str(spec)).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert shapecalc("summary", str(spec)).out == TABLE
    monkeypatch.delenv("FORCE_COLOR")
    assert shapecalc("summary", str(spec)).out == TABLE


@pytest.mark.parametrize(
    "arguments",
    [
        ("summary", "-"),
        ("summary", "-", "--output-format", "concise"),
        ("summary", "-", "--output-format", "markdown"),
        ("summary", "-", "--set", "T=1,2"),
        ("summary", "-", "--set", "T=1,2", "--output-format", "markdown"),
        ("run", "-", "--set", "T=2"),
        ("run", "-", "--set", "T=2", "--output-format", "markdown"),
        ("explain", "-", "--convention", "torch"),
        ("explain", "-", "--convention", "torch", "--output-format", "markdown"),
        ("solve", "-", "--for", "T", "--max-macs", "100"),
    ],
)
def test_a_title_shows_the_start_of_a_very_long_name(shapecalc: Command, arguments: tuple[str, ...]) -> None:
    text = f"name: {'long ' * 2_000}\ninput: [T, 2]\nlayers:\n  - Dense: {{units: 3}}\n"
    code, out, err = shapecalc(*arguments, stdin=text)
    assert (code, err) == (0, "")
    assert "long long lo..." in out
    assert max(map(len, out.split("\n"))) < 300
