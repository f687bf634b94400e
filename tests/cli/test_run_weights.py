"""`shapecalc run` with weight files: read, matched, told of, and written."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.cli.conftest import Command

PLAIN = "name: plain\ninput: [2]\nlayers:\n  - Dense: {units: 2, name: d}\n"
RECURRENT = "name: echo\ninput: [5, 1]\nlayers:\n  - LSTM: {units: 3, return_sequences: true}\n  - Dense: {units: 1}\n"


@pytest.mark.parametrize("name", ["w.npz", "w.weights.h5"])
def test_weights_that_were_saved_give_the_same_outputs(shapecalc: Command, name: str) -> None:
    first = shapecalc("run", "-", "--input", "ones", "--seed", "3", "--save-weights", name, stdin=RECURRENT)
    assert (first.code, first.err) == (0, "")
    again = shapecalc("run", "-", "--input", "ones", "--weights", name, stdin=RECURRENT)
    assert (again.out, again.err) == (first.out, "")
    assert shapecalc("diff", name, name, "--weights").out.endswith("No differences in 5 weights.\n")


def test_weights_are_saved_in_the_order_of_keras(shapecalc: Command) -> None:
    shapecalc("run", "-", "--save-weights", "w.npz", stdin=RECURRENT)
    with np.load("w.npz") as saved:
        assert saved.files == ["lstm/kernel", "lstm/recurrent_kernel", "lstm/bias", "dense/kernel", "dense/bias"]
    shapecalc("run", "-", "--save-weights", "w.weights.h5", stdin=RECURRENT)
    with h5py.File("w.weights.h5") as file:
        assert file["layers/lstm/cell/vars/1"].shape == (3, 12)
        assert file["layers/lstm/vars"].attrs["name"] == "lstm"


@pytest.mark.parametrize("name", ["w.h5", "w.keras", "w", "-"])
def test_another_ending_is_refused_before_anything_runs(shapecalc: Command, name: str) -> None:
    code, out, err = shapecalc("run", "-", "--save-weights", name, stdin=PLAIN)
    assert (code, out) == (2, "")
    assert err == (
        f"error[SC607] cannot write {name}: its ending names no format\n"
        "  = help: end it in `.npz`, or in `.weights.h5`, which Keras loads\n"
    )


def test_names_of_layers_in_the_file(shapecalc: Command) -> None:
    np.savez("w.npz", **{"old/kernel": np.eye(2, dtype="f4"), "old/bias": np.ones(2, "f4")})  # type: ignore[arg-type]
    Path("names.json").write_text(json.dumps({"old": "d"}))
    result = shapecalc("run", "-", "--input", "[1, 2]", "--weights", "w.npz", "--names", "names.json", stdin=PLAIN)
    assert result.out.endswith("[[2. 3.]]\n")
    Path("names.json").write_text("[1]")
    result = shapecalc("run", "-", "--weights", "w.npz", "--names", "names.json", stdin=PLAIN)
    assert (result.code, result.err) == (2, "error[SC606] cannot read names.json: it is no JSON of names and paths\n")


def test_order_and_shape_tell_what_names_do_not(shapecalc: Command) -> None:
    np.savez("w.npz", np.eye(2, dtype="f4"), np.ones(2, "f4"))
    result = shapecalc("run", "-", "--input", "[1, 2]", "--weights", "w.npz", stdin=PLAIN)
    assert result.out.endswith("[[2. 3.]]\n")
    assert " 0 weights of w.npz found by name, 2 by order and shape\n" in result.out


def test_arrays_that_no_layer_asks_for(shapecalc: Command) -> None:
    arrays = {"d/kernel": np.eye(2, dtype="f4"), "d/bias": np.ones(2, "f4"), "e/kernel": np.ones((3, 4), "f4")}
    np.savez("w.npz", **arrays)  # type: ignore[arg-type]
    code, out, err = shapecalc("run", "-", "--input", "[1, 2]", "--weights", "w.npz", stdin=PLAIN)
    assert (code, out.endswith("[[2. 3.]]\n")) == (0, True)
    table, _, finding = err.partition("warning")
    assert finding == "[SC612] 1 array of w.npz no layer asks for: e/kernel\n"
    assert ["│", "│", "│", "(3,", "4)", "│", "e/kernel", "│"] in [line.split() for line in table.splitlines()]
    out = shapecalc("run", "-", "--weights", "w.npz", "--output-format", "json", stdin=PLAIN).out
    assert json.loads(out)["models"][0]["weight_file"] == {
        "file": "w.npz", "found": 2, "by_order": [], "missing": [], "unexpected": ["e/kernel"],
    }  # fmt: skip
    out = shapecalc("run", "-", "--output-format", "json", stdin=PLAIN).out
    assert json.loads(out)["models"][0]["weight_file"] is None


def test_a_file_with_nothing_of_the_model(shapecalc: Command) -> None:
    np.savez("w.npz", **{"fc.weight": np.ones((2, 2), "f4"), "fc.bias": np.ones(2, "f4")})  # type: ignore[arg-type]
    code, out, err = shapecalc("run", "-", "--weights", "w.npz", stdin=PLAIN)
    assert (code, out) == (2, "")
    assert err.endswith(
        "error[SC606] no array of w.npz is a weight of this model\n"
        "  = help: its names are those of PyTorch, whose kernels have their axes in another order: convert them first\n"
    )


def test_names_in_files_come_out_as_text(shapecalc: Command) -> None:
    arrays = {"d/kernel": np.eye(2, dtype="f4"), "d/bias": np.ones(2, "f4"), "\x1b[31m|x|\n::error::": np.ones(7, "f4")}
    np.savez("w.npz", **arrays)  # type: ignore[arg-type]
    np.savez("v.npz", **arrays | {"d/bias": np.zeros(2, "f4"), "\x1b[32m|y|": np.ones(3, "f4")})  # type: ignore[arg-type]
    for words in (
        ("run", "-", "--weights", "w.npz"),
        ("run", "-", "--weights", "w.npz", "--output-format", "markdown"),
        ("run", "-", "--weights", "w.npz", "--output-format", "json"),
        ("diff", "w.npz", "v.npz", "--weights"),
        ("diff", "w.npz", "v.npz", "--weights", "--output-format", "markdown"),
        ("diff", "w.npz", "v.npz", "--weights", "--output-format", "json"),
    ):
        result = shapecalc(*words, stdin=PLAIN)
        printed = result.out + result.err
        assert result.code == 0
        assert "\x1b" not in printed
        assert not any(line.startswith("::") for line in printed.splitlines())
        if "markdown" in words:
            assert "|y|" not in printed


LORA = "name: lora\ninput: [2]\nlayers:\n  - Dense: {units: 2, lora_rank: 1, name: d}\n"


def test_keras_saves_no_weights_of_lora(shapecalc: Command) -> None:
    """Their product is part of the kernel that it saves, and zero when it is loaded."""
    with h5py.File("w.weights.h5", "w") as file:
        file["layers/dense/vars/0"] = np.eye(2, dtype="f4")
        file["layers/dense/vars/1"] = np.ones(2, "f4")
    result = shapecalc("run", "-", "--input", "[1, 2]", "--weights", "w.weights.h5", stdin=LORA)
    assert (result.code, result.err) == (0, "")
    assert result.out.endswith("[[2. 3.]]\n")
    assert shapecalc("run", "-", "--save-weights", "v.weights.h5", stdin=LORA).code == 0
    with h5py.File("v.weights.h5") as file:
        assert list(file["layers/dense/vars"]) == ["0", "1"]
    trained = {"d/lora_kernel_a": np.ones((2, 1), "f4"), "d/lora_kernel_b": np.ones((1, 2), "f4")}
    arrays = {"d/kernel": np.eye(2, dtype="f4"), "d/bias": np.ones(2, "f4")} | trained
    np.savez("w.npz", **arrays)  # type: ignore[arg-type]
    code, _, err = shapecalc("run", "-", "--weights", "w.npz", "--save-weights", "v.weights.h5", stdin=LORA)
    assert code == 2
    assert err == (
        "error[SC607] cannot write v.weights.h5: Keras saves d/lora_kernel_b as part of the kernel alone\n"
        "  = help: write a `.npz` file\n"
    )
