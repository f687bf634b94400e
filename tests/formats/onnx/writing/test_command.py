"""`convert --to onnx` on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.cli.conftest import Command
from tests.cli.conftest import shapecalc as shapecalc

SPEC = """\
name: tagger
input: [T, 3]
layers:
  - LSTM: {units: 4, return_sequences: true}
  - Dense: {units: 2, activation: softmax}
"""


def sizes_of(value: onnx.ValueInfoProto) -> list[object]:
    """The axes of a tensor as the file says them."""
    return [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]


def test_a_file_has_the_names_and_the_sizes_of_the_spec(shapecalc: Command) -> None:
    assert shapecalc("convert", "-", "--to", "onnx", "--out", "m.onnx", stdin=SPEC) == (0, "", "")
    model = onnx.load("m.onnx")
    assert [(value.name, sizes_of(value)) for value in model.graph.input] == [("input", ["batch", "T", 3])]
    assert [(value.name, sizes_of(value)) for value in model.graph.output] == [("output", ["batch", "T", 2])]
    assert [tensor.name for tensor in model.graph.initializer if "/" in tensor.name] == [
        *("lstm/kernel", "lstm/recurrent_kernel", "lstm/bias", "dense/kernel", "dense/bias"),
    ]
    assert [node.name for node in model.graph.node if "/" not in node.name] == ["lstm", "dense"]
    assert (model.opset_import[0].version, model.producer_name) == (20, "shapecalc")


def test_it_is_read_again_as_the_layers_it_was_made_of(shapecalc: Command) -> None:
    shapecalc("convert", "-", "--to", "onnx", "--out", "m.onnx", stdin=SPEC)
    out = shapecalc("summary", "m.onnx", "--output-format", "json").out
    layers = [(layer["name"], layer["type"]) for layer in json.loads(out)["models"][0]["layers"][1:]]
    assert layers == [("lstm", "LSTM"), ("dense", "Dense"), ("dense_Softmax", "Softmax")]


def test_the_weights_are_those_that_run_would_use(shapecalc: Command) -> None:
    Path("m.yaml").write_text(SPEC)
    shapecalc("run", "m.yaml", "--input", "ones", "--seed", "4", "--save", "y.npz", "--save-weights", "w.npz")
    shapecalc("convert", "m.yaml", "--to", "onnx", "--seed", "4", "--out", "seeded.onnx")
    shapecalc("convert", "m.yaml", "--to", "onnx", "--weights", "w.npz", "--out", "given.onnx")
    assert Path("seeded.onnx").read_bytes() == Path("given.onnx").read_bytes()
    with np.load("y.npz") as saved:
        shape = saved["output"].shape
        np.save("x.npy", np.ones((*shape[:2], 3), np.float32))
        shapecalc("run", "given.onnx", "--input", "x.npy", "--save", "again.npz")
        with np.load("again.npz") as again:
            np.testing.assert_allclose(again["output"], saved["output"], rtol=1e-5, atol=1e-6)


def test_another_seed_gives_other_weights(shapecalc: Command) -> None:
    for seed in ("1", "2"):
        shapecalc("convert", "-", "--to", "onnx", "--seed", seed, "--out", f"{seed}.onnx", stdin=SPEC)
    assert Path("1.onnx").read_bytes() != Path("2.onnx").read_bytes()


def test_an_onnx_file_is_written_again(shapecalc: Command) -> None:
    shapecalc("convert", "-", "--to", "onnx", "--out", "m.onnx", stdin=SPEC)
    assert shapecalc("convert", "m.onnx", "--to", "onnx", "--out", "again.onnx").code == 0
    out = shapecalc("diff", "m.onnx", "again.onnx", "--numeric").out
    assert "equal, max abs difference 0" in out


def test_weights_of_another_model_are_refused(shapecalc: Command) -> None:
    np.savez("w.npz", other=np.zeros(3, np.float32))
    result = shapecalc("convert", "-", "--to", "onnx", "--weights", "w.npz", "--out", "m.onnx", stdin=SPEC)
    assert (result.code, Path("m.onnx").exists()) == (2, False)
    assert "error[SC606] no array of w.npz is a weight of this model" in result.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--to", "onnx"), "`--to onnx` writes bytes, and needs --out FILE; `-` is standard output"),
        (("--to", "dot", "--weights", "w.npz"), "--weights goes with `--to onnx`: other notations hold no weights"),
        (("--to", "yaml", "--opset", "18"), "--opset goes with `--to onnx`: other notations hold no weights"),
        (("--to", "onnx", "--out", "m.onnx", "--opset", "9"), "--opset must be a whole number of at least 15, got `9`"),
    ],
)
def test_options_that_do_not_go_together(shapecalc: Command, words: tuple[str, ...], message: str) -> None:
    result = shapecalc("convert", "-", *words, stdin=SPEC)
    assert result.code == 2
    assert f"error[SC608] {message}" in result.err


def test_without_the_package_it_says_what_installs_it(shapecalc: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert shapecalc("convert", "-", "--to", "onnx", "--out", "m.onnx", stdin=SPEC) == (
        2,
        "",
        "error[SC607] cannot write m.onnx: ONNX files are written by the package onnx, which is not installed\n"
        "  = help: install it: pip install 'shapecalc-cli[onnx]'\n",
    )


def test_a_version_that_the_package_does_not_know_is_refused(
    shapecalc: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx.defs, "onnx_opset_version", lambda: 21)
    result = shapecalc("convert", "-", "--to", "onnx", "--out", "m.onnx", "--opset", "22", stdin=SPEC)
    assert (result.code, Path("m.onnx").exists()) == (2, False)
    assert "error[SC607] cannot write m.onnx: the installed onnx knows versions up to 21, not 22" in result.err


def test_what_has_no_form_is_refused_at_its_line_and_leaves_the_file_alone(shapecalc: Command) -> None:
    spec = "input: {shape: [3], dtype: int32}\nlayers:\n  - Hashing: {num_bins: 8}\n"
    Path("m.onnx").write_text("mine")
    result = shapecalc("convert", "-", "--to", "onnx", "--out", "m.onnx", stdin=spec)
    assert result.code == 1
    assert Path("m.onnx").read_text() == "mine"
    assert result.err == (
        "<stdin>:3:5: error[SC609] hashing: Hashing has no form in ONNX: no operator computes its hash\n"
        "  |\n"
        "3 |   - Hashing: {num_bins: 8}\n"
        "  |     ^^^^^^^\n"
        "  = help: begin the model behind it: `inputs` takes what it gives, which is computed before\n"
    )


def test_a_layer_within_a_block_is_named_by_its_path(shapecalc: Command) -> None:
    spec = (
        "input: {shape: [3], dtype: int32}\n"
        "blocks:\n  Words:\n    layers:\n      - Hashing: {num_bins: 8, name: bins}\n"
        "layers:\n  - Words: {name: words}\n"
    )
    result = shapecalc("convert", "-", "--to", "onnx", "--out", "m.onnx", stdin=spec)
    assert "<stdin>:5:9: error[SC609] words/bins: Hashing has no form" in result.err


def test_a_weight_of_symbolic_size_needs_a_value(shapecalc: Command) -> None:
    spec = "input: [C]\nlayers:\n  - Dense: {units: 2}\n"
    result = shapecalc("convert", "-", "--to", "onnx", "--out", "m.onnx", stdin=spec)
    assert "error[SC609] dense: the last axis of its input is C, and the file needs a number" in result.err
    assert "help: give its symbols values: `--set C=8`" in result.err
    assert shapecalc("convert", "-", "--to", "onnx", "--out", "m.onnx", "--set", "C=8", stdin=spec).code == 0


def test_numbers_that_numpy_has_not_are_refused(shapecalc: Command) -> None:
    spec = "dtype: bfloat16\ninput: [3]\nlayers:\n  - Dense: {units: 2}\n"
    result = shapecalc("convert", "-", "--to", "onnx", "--out", "m.onnx", stdin=spec)
    assert "error[SC609] dense: it computes in bfloat16, and NumPy has no such numbers" in result.err


def test_a_file_that_cannot_be_written_is_said(shapecalc: Command) -> None:
    result = shapecalc("convert", "-", "--to", "onnx", "--out", "no/m.onnx", stdin=SPEC)
    assert (result.code, "error[SC607] cannot write no/m.onnx" in result.err) == (2, True)
