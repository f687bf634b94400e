"""Every command on a model file with layers that hold code: shown, explained and compared; never run or converted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command
from tests.formats.keras.recorded import CODE, without_records

NOTE = (
    "model.json: note[SC615] several_outputs: `attend` (mine>Attend) holds code: its shapes are those that "
    "the file recorded; parameters and MACs are unknown\n"
)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("model.json").write_text(CODE["several_outputs"]["json"])
    return "model.json"


def test_summary_shows_it(shapecalc: Command, model: str) -> None:
    found = shapecalc("summary", model)
    assert (found.code, found.err) == (0, NOTE)
    assert "│ attend (Attend)           │ [(None, 8, 4), (None, 8, 3)] │    unknown │" in found.out
    assert " Total params: 29 + unknown of 1 layer (116.00 B + unknown)\n" in found.out


@pytest.mark.parametrize("style", ["json", "csv", "markdown", "concise"])
def test_summary_in_every_format(shapecalc: Command, model: str, style: str) -> None:
    found = shapecalc("summary", model, "--output-format", style, "--training", "adam", "--kv-cache")
    assert found.code == 0
    assert "SC615" in (found.out if style == "json" else found.err)


def test_check_takes_what_was_recorded(shapecalc: Command, model: str) -> None:
    for more in ((), ("--strict",)):
        found = shapecalc("check", model, *more)
        assert (found.code, found.out) == (0, f"{NOTE}\n1 spec checked: 1 note in 1 spec\n")


def test_check_says_what_a_run_could_not_confirm(shapecalc: Command, model: str) -> None:
    found = shapecalc("check", model, "--run", "--output-format", "concise")
    assert found.code == 0
    assert (
        "warning[SC615] several_outputs: not confirmed: `attend` (mine>Attend) holds code, which is never run"
        in found.out
    )


def test_check_finds_a_recorded_shape_that_lies(shapecalc: Command, model: str) -> None:
    Path(model).write_text(CODE["several_outputs"]["json"].replace("[null, 8, 3]", "[null, 8, 2]"))
    found = shapecalc("check", model, "--output-format", "concise")
    assert found.code == 1
    assert (
        "model.json:config.layers[2]: error[SC511] dense_1: the file records its output as (None, 8, 2), and "
        "(None, 8, 3) is inferred"
    ) in found.out
    assert shapecalc("summary", model).out == ""


@pytest.mark.parametrize("arguments", [("run", "FILE"), ("diff", "FILE", "FILE", "--numeric")])
def test_nothing_of_it_is_run(shapecalc: Command, model: str, arguments: tuple[str, ...]) -> None:
    found = shapecalc(*(model if word == "FILE" else word for word in arguments))
    assert found.code == 1
    assert (
        "model.json: error[SC615] several_outputs: `attend` (mine>Attend) holds code, which is never run\n"
        "  = help: replace it, in Keras, by layers and functions of Keras; `summary` and `check` need no code\n"
    ) in found.err


def test_what_acts_in_training_only_is_no_reason_not_to_run(shapecalc: Command, model: str) -> None:
    data = json.loads(CODE["arguments"]["json"])
    start, *_, lean = data["config"]["layers"]
    lean["config"]["bias_initializer"] = {"module": "keras.initializers", "class_name": "Zeros", "config": {}}
    lean["inbound_nodes"][0]["args"][0]["config"] |= {"keras_history": ["start", 0, 0], "shape": [None, 8]}
    data["config"]["layers"] = [start, lean]
    Path(model).write_text(json.dumps(data))
    found = shapecalc("run", model)
    assert found.code == 0
    assert "`lean` (kernel_regularizer mine>Lean) holds code, on which no shape and no count depends" in found.err


@pytest.mark.parametrize("target", ["yaml", "keras-json"])
def test_a_conversion_stops_there(shapecalc: Command, model: str, target: str) -> None:
    found = shapecalc("convert", model, "--to", target)
    assert (found.code, found.out) == (1, "")
    assert found.err == (
        "model.json:config.layers[1]: error[SC609] attend: mine>Attend is code, for which a spec has no word: "
        "(None, 8, 6) -> [(None, 8, 4), (None, 8, 3)]\n"
        "  = help: replace it, in Keras, by layers and functions of Keras that give these shapes\n"
    )


@pytest.mark.parametrize("target", ["dot", "mermaid", "svg"])
def test_a_picture_has_it(shapecalc: Command, model: str, target: str) -> None:
    found = shapecalc("convert", model, "--to", target)
    assert found.code == 0
    assert "attend (Attend)" in found.out


def test_explain_says_what_is_known(shapecalc: Command, model: str) -> None:
    assert shapecalc("explain", model, "attend").out == (
        "attend (Attend)                                      model.json:config.layers[1]\n"
        "  output  (None, 8, 4)\n"
        "  output_1 (None, 8, 3)\n"
        "  params  unknown\n"
        "  macs    unknown\n"
        "  note    mine>Attend holds code: what is known of it is what the file recorded\n"
    )
    compared = [line.split() for line in shapecalc("explain", model, "--convention", "torch").out.split("\n")]
    assert compared[2][:6] == ["attend", "Attend", "unknown", "unknown", "+", "unknown:"]
    assert compared[-2] == ["total", "29", "+", "unknown", "29", "+", "unknown"]


def test_models_with_code_are_compared(shapecalc: Command, model: str) -> None:
    Path("other.json").write_text(CODE["frozen"]["json"])
    assert " No differences in 5 layers.\n" in shapecalc("diff", model, model).out
    assert shapecalc("diff", model, "other.json", "--exit-code").code == 1


@pytest.mark.parametrize("name", CODE)
def test_a_model_is_compared_with_what_another_file_records_of_it(shapecalc: Command, model: str, name: str) -> None:
    """An HDF5 file of Keras records less than its JSON: layers below code have no arguments in it."""
    Path(model).write_text(CODE[name]["json"])
    Path("less.json").write_text(json.dumps(without_records(json.loads(CODE[name]["json"]))))
    for old, new in ((model, "less.json"), ("less.json", model)):
        found = shapecalc("diff", old, new)
        assert found.code == 0
        assert "SC610" not in found.err


@pytest.mark.parametrize("name", CODE)
def test_every_recorded_model_is_shown_by_every_command(shapecalc: Command, model: str, name: str) -> None:
    Path(model).write_text(CODE[name]["json"])
    for arguments in (("summary", model), ("check", model), ("explain", model), ("convert", model, "--to", "svg")):
        assert shapecalc(*arguments, "--batch", "4").code == 0
    for arguments in (("run", model), ("convert", model, "--to", "yaml")):
        assert shapecalc(*arguments).code == 1


EVIL = 'x"]; <script>alert(1)</script> `b` | ![i](http://e) \x1b[31m\n=cmd()'
PRINTED = (
    ("summary",), ("summary", "--output-format", "markdown"), ("summary", "--output-format", "csv"), ("explain",),
    ("explain", "--output-format", "markdown"), ("check", "--output-format", "markdown"),
    ("check", "--output-format", "github"), ("convert", "--to", "yaml"), ("convert", "--to", "svg"),
    ("convert", "--to", "mermaid"), ("convert", "--to", "dot"), ("run",),
)  # fmt: skip


@pytest.mark.parametrize("arguments", PRINTED, ids=" ".join)
@pytest.mark.parametrize("said", [{"class_name": EVIL}, {"registered_name": f"{EVIL}>Mine"}], ids=["class", "owner"])
def test_a_class_is_printed_as_text(shapecalc: Command, model: str, arguments: tuple[str, ...], said: Any) -> None:
    layer = {"module": None, "class_name": "Mine", "registered_name": None, "config": {"name": "a"}, **said}
    config = {"name": "m", "layers": [layer], "build_input_shape": [None, 4]}
    Path(model).write_text(json.dumps({"module": "keras", "class_name": "Sequential", "config": config}))
    found = shapecalc(arguments[0], model, *arguments[1:])
    printed = found.out + found.err
    assert "\x1b" not in printed
    assert not any(line.startswith(("=cmd", ",=cmd")) for line in printed.split("\n"))
    if {"markdown", "svg"} & {*arguments}:
        assert "<script>" not in found.out
