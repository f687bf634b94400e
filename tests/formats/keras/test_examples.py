"""Models in the manner of public examples, against what Keras says of them (`record_examples.py`)."""

from __future__ import annotations

import gzip
import json
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report, Row
from shapecalc.analysis.verify import run_model
from shapecalc.formats.constant_arrays import Array
from shapecalc.formats.flat_model import FlatModel, flatten, list_constants
from shapecalc.formats.folding.write import Written, write_spec
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.formats.keras.writing.json import keras_json
from shapecalc.formats.model_files import WrittenModel
from shapecalc.formats.spec_text import spec_text
from shapecalc.model.load import Library
from shapecalc.render.as_json import shape_json
from tests.formats.keras import formula
from tests.formats.keras.recorded import numbers, report_of, rows_by_path

EXAMPLES: dict[str, Any] = json.loads(gzip.decompress((Path(__file__).parent / "examples.json.gz").read_bytes()))
CODE = (
    "audio.fourier_power",
    "generative.adaptive_instance_norm",
    "odd.convolution_by_function",
    "text.fourier_network",
)
"""Models with functions that a spec has no word for."""
MODELS = ("CustomModel", "Functional", "Sequential")
LESS_KNOWN = ("text.multi_hot_text",)
"""Keras infers an axis of 1 that its own output has not."""

ALL = [name for name in EXAMPLES if name not in CODE]


def analyse_text(text: str) -> Report:
    return analyse(Library().parse(text, "model.yaml"))


@cache
def flat(name: str) -> FlatModel:
    return read_keras(EXAMPLES[name]["json"], "model.json", EXAMPLES[name]["vocabularies"])


@cache
def read(name: str) -> Written:
    """An example as `convert` writes it."""
    written = write_spec(flat(name), analyse_text)
    assert written.report.diagnostics == []
    return written


def rows_by_name(written: Written) -> dict[str, list[Row]]:
    """The rows of an example by the path that the layer has in Keras."""
    found = rows_by_path(written.report.rows, within_wrappers=False)
    return {name: found[path] for name, path in written.names.items()} if written.names else found


def make_weights(written: Written, constants: dict[str, Array]) -> dict[str, NDArray[Any]]:
    """The weights that the recorder gave Keras, and the arrays of its file, by their paths here."""
    found = {}
    for path, (row, *_) in rows_by_name(written).items():
        for position, (name, weight) in enumerate(row.weights):
            shape = tuple(size for size in weight.shape if isinstance(size, int))
            last = name.rpartition("/")[2]
            if path in constants:
                found[f"{row.path}{row.name}/{name}"] = np.array(constants[path].value, constants[path].weight_dtype)
                continue
            found[f"{row.path}{row.name}/{name}"] = formula.weight(
                path, position, last, shape, weight.dtype or "float32"
            )
    return found


@pytest.mark.parametrize("name", ALL)
def test_counts_and_outputs_equal_kerass(name: str) -> None:
    example, ours = EXAMPLES[name], numbers(read(name).report)
    arrays = sum(array.size for array in list_constants(flat(name)).values())
    assert (ours["params"], ours["trainable"]) == (example["params"] + arrays, example["trainable"])
    assert name in LESS_KNOWN or is_within(ours["outputs"], example["outputs"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_command_reads_it_as_it_is_written(name: str) -> None:
    written = WrittenModel(flat(name))
    report = analyse(Library().parse(written.text, "model.json", written.places, flat(name).code))
    assert [finding.sentence for finding in report.diagnostics if finding.code != "SC615"] == []
    assert name in LESS_KNOWN or is_within(numbers(report)["outputs"], EXAMPLES[name]["outputs"])


@pytest.mark.parametrize("name", [name for name in ALL if not EXAMPLES[name]["vocabularies"]])
def test_a_file_that_does_not_say_whose_its_classes_are_is_the_same_model(name: str) -> None:
    text = json.dumps(without_modules(json.loads(EXAMPLES[name]["json"])))
    report = analyse(Library().parse(WrittenModel(read_keras(text, "model.json")).text, "model.json"))
    assert numbers(report) == numbers(read(name).report)


def without_modules(value: Any) -> Any:
    """JSON data as Keras writes it into `.h5` files."""
    if isinstance(value, dict):
        return {key: without_modules(item) for key, item in value.items() if key not in ("module", "registered_name")}
    return [without_modules(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", ALL)
def test_every_layer_equals_kerass(name: str) -> None:
    example, rows = EXAMPLES[name], rows_by_name(read(name))
    for path, class_name, is_layer, calls, params in example["rows"]:
        if path not in rows and (class_name in MODELS or not is_layer):
            continue  # a model laid flat; a function that Keras writes for a mask
        assert sum(row.params for row in rows[path]) == params, path
        ours = [[shape_json(shape) for shape in row.shapes] for row in rows[path]]
        if "/" in path:  # Keras says the shapes of a model's own inputs, this those of its calls
            calls = calls[:1] * len(ours)
        pairs = zip(sorted(ours, key=str), sorted(calls, key=str), strict=True)
        assert name in LESS_KNOWN or all(is_within(*pair) for pair in pairs), path


def is_within(shapes: list[Any], recorded: list[Any]) -> bool:
    """Whether shapes are those recorded; Keras does not know some sizes that can be known."""
    pairs = zip(chain(*shapes), chain(*recorded), strict=True)
    return all(wanted in (None, size) for size, wanted in pairs)


@pytest.mark.parametrize("name", ALL)
def test_numbers_equal_kerass(name: str) -> None:
    example, written = EXAMPLES[name], read(name)
    report, inputs = written.report, {}
    if example["numbers"] is None:
        return
    for at, (given, port) in enumerate(zip(example["inputs"], report.inputs, strict=True)):
        fed = example["fed"]
        sizes = [fed["size"] if size is None else size for size in given["shape"]]
        sizes[:1] = [2 if size is None else size for size in given["shape"][:1]]
        inputs[port] = formula.sample(f"input {at}", tuple(sizes), given["dtype"], fed["high"], fed["words"])
    run = run_model(report, inputs, make_weights(written, list_constants(flat(name))))
    assert run.agrees
    assert [finding for finding in run.diagnostics if finding.severity == "error"] == []
    for array, wanted in zip(run.outputs.values(), example["numbers"], strict=True):
        np.testing.assert_allclose(formula.digest(array), wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ALL)
def test_the_way_back_holds_the_same_model(name: str) -> None:
    again = report_of(spec_text(read_keras(keras_json(flatten(read(name).report)), "model.json")))
    assert numbers(again) == numbers(read(name).report)
