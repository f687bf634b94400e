"""`run` of ONNX files: their own weights, and the numbers of ONNX Runtime and PyTorch."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from shutil import copy
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shapecalc.cli.session import Session
from shapecalc.diagnostics import Fault
from shapecalc.formats.onnx.arrays import TensorFile
from shapecalc.formats.onnx.messages import Model
from shapecalc.formats.onnx.wire import read_message
from tests.cli.conftest import Command
from tests.cli.conftest import shapecalc as shapecalc
from tests.formats.onnx.building import Graph, write_model, write_node, write_numbers, write_value

RUNS = Path(__file__).parent / "runs"
NAMES = sorted(path.stem for path in RUNS.glob("*.npz") if path.stem != "dtypes")


def run(shapecalc: Command, path: Path, x: NDArray[Any], tmp_path: Path, *words: str) -> NDArray[Any]:
    """The one output of a run through the command line, of which every layer agrees."""
    np.save(tmp_path / "fed.npy", x)
    result = shapecalc(
        "run", str(path), "--input", str(tmp_path / "fed.npy"), "--save", str(tmp_path / "y.npz"), *words
    )
    assert result.code == 0, result.err
    assert "agree in every layer" in result.out
    with np.load(tmp_path / "y.npz") as saved:
        return next(iter(saved.values()))


@pytest.mark.parametrize("name", NAMES)
def test_outputs_are_those_of_the_runtime(shapecalc: Command, name: str, tmp_path: Path) -> None:
    with np.load(RUNS / f"{name}.npz") as recorded:
        y = run(shapecalc, RUNS / f"{name}.onnx", recorded["x"], tmp_path)
        assert np.abs(recorded["y"]).max() > 0.1
        assert np.abs(y - recorded["y"]).max() <= 1e-5 * np.abs(recorded["y"]).max()


@pytest.mark.parametrize("name", ["tagger", "gated"])
def test_recurrent_nets_are_those_of_pytorch(shapecalc: Command, name: str, tmp_path: Path) -> None:
    with np.load(RUNS / f"{name}.npz") as recorded:
        y = run(shapecalc, RUNS / f"{name}.onnx", recorded["x"], tmp_path)
        assert np.abs(y - recorded["torch"]).max() < 1e-6


def test_a_note_counts_the_weights_of_the_file(shapecalc: Command) -> None:
    copy(RUNS / "tagger.onnx", "tagger.onnx")  # a long path is shortened
    assert "8 weights of tagger.onnx" in shapecalc("run", "tagger.onnx").out
    told = json.loads(shapecalc("run", "tagger.onnx", "--output-format", "json").out)
    assert told["models"][0]["weight_file"] == {
        "file": "tagger.onnx", "found": 8, "by_order": [], "missing": [], "unexpected": [],
    }  # fmt: skip


def test_a_weight_file_replaces_the_weights_but_not_what_is_to_be_done(shapecalc: Command, tmp_path: Path) -> None:
    path = RUNS / "decoder.onnx"
    with np.load(RUNS / "decoder.npz") as recorded:
        x = recorded["x"]
    saved = run(shapecalc, path, x, tmp_path, "--save-weights", str(tmp_path / "w.npz"))
    with np.load(tmp_path / "w.npz") as weights:
        zeros = {name: np.zeros_like(array) for name, array in weights.items()}
    assert run(shapecalc, path, x, tmp_path, "--weights", str(tmp_path / "w.npz")) == pytest.approx(saved)
    np.savez(tmp_path / "zeros.npz", **zeros)
    assert not run(shapecalc, path, x, tmp_path, "--weights", str(tmp_path / "zeros.npz")).any()


def test_a_spec_takes_its_weights_of_the_file_that_it_was_made_of(shapecalc: Command, tmp_path: Path) -> None:
    path = str(RUNS / "tagger.onnx")
    spec = tmp_path / "m.yaml"
    session = Session(wants_exact=True)
    session.report(path)
    spec.write_text(session.written[path].text)
    with np.load(RUNS / "tagger.npz") as recorded:
        y = run(shapecalc, spec, recorded["x"], tmp_path, "--weights", path)
        assert y == pytest.approx(recorded["y"], abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_random_inputs_fit_what_a_file_has_baked_in(shapecalc: Command, name: str) -> None:
    result = shapecalc("run", str(RUNS / f"{name}.onnx"))
    assert result.code == 0, result.err


@pytest.mark.parametrize("name", NAMES)
def test_check_confirms_a_file_with_the_numbers_that_it_holds(shapecalc: Command, name: str) -> None:
    result = shapecalc("check", str(RUNS / f"{name}.onnx"), "--run", "--output-format", "concise")
    assert result.code == 0, result.out


def test_arrays_of_every_dtype_are_read(shapecalc: Command, tmp_path: Path) -> None:
    path = tmp_path / "y.npz"
    assert shapecalc("run", str(RUNS / "dtypes.onnx"), "--save", str(path)).code == 0
    with np.load(RUNS / "dtypes.npz") as recorded, np.load(path) as computed:
        assert list(computed) == list(recorded)
        assert {name: array.tolist() for name, array in computed.items()} == {
            name: array.tolist() for name, array in recorded.items()
        }


def copy_outside(folder: Path) -> Path:
    """A model whose weights are in another file beside it."""
    shutil.copy(RUNS / "gated.weights", folder)
    return Path(shutil.copy(RUNS / "gated_outside.onnx", folder))


def test_weights_beside_the_file_are_read(shapecalc: Command, tmp_path: Path) -> None:
    with np.load(RUNS / "gated.npz") as recorded:
        assert np.abs(run(shapecalc, copy_outside(tmp_path), recorded["x"], tmp_path) - recorded["y"]).max() < 1e-6


def test_weights_that_are_cut_off_are_refused(shapecalc: Command, tmp_path: Path) -> None:
    path = copy_outside(tmp_path)
    (tmp_path / "gated.weights").write_bytes(b"short")
    result = shapecalc("run", str(path))
    assert result.code == 2
    assert "error[SC614]" in result.err
    assert "end behind the file gated.weights" in result.err


def test_weights_that_are_not_there_are_refused(shapecalc: Command, tmp_path: Path) -> None:
    path = copy_outside(tmp_path)
    (tmp_path / "gated.weights").unlink()
    result = shapecalc("run", str(path))
    assert result.code == 2
    assert "error[SC601]" in result.err
    assert "gated.weights" in result.err


@pytest.mark.parametrize("name", ["../gated.weights", "{folder}/gated.weights", "../../../../../../etc/passwd"])
def test_weights_outside_the_folder_are_refused(shapecalc: Command, tmp_path: Path, name: str) -> None:
    (tmp_path / "model").mkdir()
    shutil.copy(RUNS / "gated.weights", tmp_path)
    path = tmp_path / "model" / "m.onnx"
    path.write_bytes((RUNS / "gated_outside.onnx").read_bytes())
    graph = read_message(Model, memoryview(path.read_bytes())).graph
    assert graph is not None
    tensor = next(tensor for tensor in graph.initializer if tensor.external_data)
    tensor.external_data[0].value = name.format(folder=tmp_path)
    with pytest.raises(Fault) as refused:
        TensorFile(str(path)).read(tensor)
    assert [finding.code for finding in refused.value.diagnostics] == ["SC613"]


def test_a_link_that_leads_outside_is_refused(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    shutil.copy(RUNS / "gated.weights", tmp_path)
    path = Path(shutil.copy(RUNS / "gated_outside.onnx", tmp_path / "model"))
    (tmp_path / "model" / "gated.weights").symlink_to(tmp_path / "gated.weights")
    result = shapecalc("run", str(path))
    assert result.code == 2
    assert "error[SC613]" in result.err


def test_what_is_not_computed_is_named(shapecalc: Command, tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("input: {batch_shape: [8], dtype: uint8}\nlayers:\n  - onnx.ImageDecoder: {}\n")
    result = shapecalc("run", str(path))
    assert result.code == 1
    assert "error[SC618] m: has what is not computed here: onnx.ImageDecoder\n" in result.err


@pytest.mark.parametrize("dtype", ["int4", "uint4", "int2", "uint2", "float8e4m3fn", "float4e2m1", "bfloat16"])
def test_inputs_of_dtypes_that_numpy_has_not_are_fed(shapecalc: Command, tmp_path: Path, dtype: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(f"input: {{batch_shape: [3], dtype: {dtype}}}\nlayers:\n  - onnx.Cast: {{to: float32}}\n")
    save = str(tmp_path / "y.npz")
    for fed in ("random", "zeros", "[0, 1, 1]"):
        result = shapecalc("run", str(path), "--input", fed, "--save", save)
        assert result.code == 0, result.err
    with np.load(save) as saved:
        assert next(iter(saved.values())).tolist() == [0, 1, 1]


@pytest.mark.parametrize(("dtype", "number"), [("int4", 8), ("uint4", -1), ("int2", -3), ("uint2", 4)])
def test_a_number_beyond_a_small_dtype_is_refused(shapecalc: Command, tmp_path: Path, dtype: str, number: int) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(f"input: {{batch_shape: [2], dtype: {dtype}}}\nlayers:\n  - onnx.Cast: {{to: float32}}\n")
    result = shapecalc("run", str(path), "--input", f"[0, {number}]")
    assert result.code == 2
    assert f"error[SC605] the input `input` is of {dtype}, and {number} is not" in result.err


@pytest.fixture
def places_file(tmp_path: Path) -> Path:
    """A file that takes 100 places of a row, of which a spec has not room to say the numbers."""
    places = [3 - place % 4 for place in range(100)]
    path = tmp_path / "places.onnx"
    gather = write_node("Gather", ["x", "places"], ["y"], axis=1)
    values = write_value("x", ["batch", 4]), write_value("y", ["batch", 100])
    path.write_bytes(write_model(Graph([gather], [values[0]], [values[1]], [write_numbers("places", places)])))
    return path


def test_constants_without_room_in_a_spec_stand_beside_it(
    shapecalc: Command, places_file: Path, tmp_path: Path
) -> None:
    spec = tmp_path / "m.yaml"
    assert shapecalc("convert", str(places_file), "--to", "yaml", "--out", str(spec)).code == 0
    assert "values" not in spec.read_text()
    x = np.arange(4, dtype=np.float32)[None]
    wanted = run(shapecalc, places_file, x, tmp_path)
    assert wanted.tolist() == [[3, 2, 1, 0] * 25]
    assert run(shapecalc, spec, x, tmp_path, "--weights", str(tmp_path / "m.npz")).tolist() == wanted.tolist()


def test_a_block_that_is_fed_a_number_is_run(shapecalc: Command, tmp_path: Path) -> None:
    spec = tmp_path / "m.yaml"
    spec.write_text(
        "blocks:\n  scaled:\n    inputs: [x, y]\n    layers:\n      - onnx.Mul:\n        from: [x, y]\n"
        "inputs:\n  x: {batch_shape: []}\n  y: {batch_shape: [batch, 4]}\n"
        "layers:\n  - scaled:\n    from: [x, y]\n"
    )
    result = shapecalc("run", str(spec), "--input", "x=2", "--input", "y=[[1, 2, 3, 4]]", "--output-format", "json")
    assert result.code == 0, result.err
