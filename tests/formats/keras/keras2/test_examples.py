"""Models in the manner of public examples that Keras 2 wrote, against what it says of them (`record_keras2.py`)."""

from __future__ import annotations

import gzip
import io
import json
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from shapecalc.analysis.report import Row
from shapecalc.analysis.verify import run_model
from shapecalc.diagnostics import Fault
from shapecalc.formats.flat_model import flatten
from shapecalc.formats.folding.write import Written, write_spec
from shapecalc.formats.keras.reading.hdf5 import config_of
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.formats.keras.writing.json import keras_json
from shapecalc.formats.spec_text import spec_text
from shapecalc.render.as_json import shape_json
from tests.formats.keras import formula
from tests.formats.keras.recorded import numbers, report_of, rows_by_path

MODELS: dict[str, Any] = json.loads(gzip.decompress((Path(__file__).parents[1] / "keras2.json.gz").read_bytes()))
WORDS = ["red", "green", "blue", "red blue"]
HIGH = 4
GATES = ("old_gates", "moving_pictures")
NEEDS_SHAPES = ("super_resolution",)
"""Models that compute with sizes of what layers give, which Keras 2 records everywhere but in `.h5` files."""


@cache
def read(name: str) -> Written:
    """A model as `convert` writes it."""
    written = write_spec(read_keras(MODELS[name]["json"], "model.json"), report_of)
    assert written.report.diagnostics == []
    return written


def rows_by_name(written: Written, model: Any) -> dict[str, list[Row]]:
    """The rows of a model by the path that the layer has in Keras; functions have other names there."""
    paths = {row[0] for row in model["rows"]}
    by_end = {path.rpartition("/")[2]: path for path in paths}
    rows = rows_by_path(written.report.rows, within_wrappers=True)
    names = written.names or dict(zip(rows, rows, strict=True))
    return {name if name in paths else by_end.get(name, name): rows[path] for name, path in names.items()}


def make_weights(written: Written, model: Any) -> dict[str, NDArray[Any]]:
    """The weights that the recorder gave Keras, by their paths here."""
    weights = {}
    for path, (row, *_) in rows_by_name(written, model).items():
        for position, (name, weight) in enumerate(row.weights):
            shape = tuple(size for size in weight.shape if isinstance(size, int))
            numbers = formula.weight(path, position, name.rpartition("/")[2], shape, weight.dtype or "float32")
            weights[f"{row.path}{row.name}/{name}"] = numbers
    return weights


@pytest.mark.parametrize("name", MODELS)
def test_counts_and_outputs_equal_those_of_keras_2(name: str) -> None:
    model, report = MODELS[name], numbers(read(name).report)
    assert (report["params"], report["trainable"]) == (model["params"], model["trainable"])
    assert len(report["outputs"]) == len(model["outputs"])
    assert is_within(report["outputs"], model["outputs"])


@pytest.mark.parametrize("name", MODELS)
def test_every_layer_equals_that_of_keras_2(name: str) -> None:
    model, rows = MODELS[name], rows_by_name(read(name), MODELS[name])
    for path, class_name, calls, params in model["rows"]:
        if class_name in ("Functional", "Sequential"):
            continue  # a block, whose layers have rows of their own
        assert sum(row.params for row in rows[path]) == params, path
        shapes = [[shape_json(shape) for shape in row.shapes] for row in rows[path]]
        if "/" in path:  # Keras says the shapes of a model's own inputs, this those of its calls
            assert all(is_within(each, calls[0]) for each in shapes), path
        else:
            assert sorted(map(json.dumps, shapes)) == sorted(map(json.dumps, calls)), path


def is_within(shapes: list[Any], recorded: list[Any]) -> bool:
    """Whether shapes are those recorded, where one may have a number in place of a size that is not known."""
    return all(wanted in (None, size) for size, wanted in zip(chain(*shapes), chain(*recorded), strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_numbers_equal_those_of_keras_2(name: str) -> None:
    model, written = MODELS[name], read(name)
    inputs = {}
    for at, (given, input_name) in enumerate(zip(model["inputs"], written.report.inputs, strict=True)):
        shape = tuple([(4 if axis else 2) if size is None else size for axis, size in enumerate(given["shape"])])
        inputs[input_name] = formula.sample(f"input {at}", shape, given["dtype"], HIGH, WORDS)
    run = run_model(written.report, inputs, make_weights(written, model))
    assert run.agrees
    assert [finding for finding in run.diagnostics if finding.severity == "error"] == []
    tolerance = 1e-2 if name == "mixed_precision" else 1e-4
    for array, wanted in zip(run.outputs.values(), model["numbers"], strict=True):
        np.testing.assert_allclose(formula.digest(array), wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", [name for name in MODELS if name not in GATES])
def test_the_way_back_holds_the_same_model(name: str) -> None:
    again = report_of(spec_text(read_keras(keras_json(flatten(read(name).report)), "model.json")))
    assert numbers(again) == numbers(read(name).report)


@pytest.mark.parametrize("name", GATES)
def test_there_is_no_way_back_for_the_gates_of_keras_2(name: str) -> None:
    with pytest.raises(Fault) as fault:
        keras_json(flatten(read(name).report))
    assert fault.value.diagnostics[0].message == "Keras 3 has no `keras2_hard_sigmoid`"


@pytest.mark.parametrize("name", [name for name in MODELS if "keras" in MODELS[name]])
def test_the_archive_of_a_model_reads_as_its_json(name: str) -> None:
    assert spec_text(read_keras(MODELS[name]["keras"], "x")) == spec_text(read_keras(MODELS[name]["json"], "x"))


@pytest.mark.parametrize("name", [name for name in MODELS if name not in NEEDS_SHAPES])
def test_the_hdf5_file_of_a_model_reads_as_its_json(name: str) -> None:
    file = io.BytesIO()
    with h5py.File(file, "w") as opened:
        opened.attrs["model_config"] = MODELS[name]["h5"]
    text = config_of(file, "model.h5")
    assert spec_text(read_keras(text, "x")) == spec_text(read_keras(MODELS[name]["json"], "x"))
