"""Models of which no shape is recorded, as in files of Keras 2: what stands behind code is shown all the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from shapecalc.analysis.code import list_code_layers
from shapecalc.analysis.examples import find_example
from shapecalc.dims import size_text
from shapecalc.formats.flat_model import FlatModel
from shapecalc.formats.keras.reading.unshaped import find_unshaped, hide_layer, is_weightless
from shapecalc.layers.catalogue import CATALOGUE
from shapecalc.render.as_json import shape_json
from tests.formats.keras.recorded import CODE, CODE_KERAS2, read_report, without_records
from tests.formats.keras.test_opaque import ALL_CODE
from tests.formats.weights.test_of_code import keras_file, report_of


@pytest.mark.parametrize("name", CODE)
def test_a_model_without_records_is_shown(name: str) -> None:
    data = without_records(json.loads(CODE[name]["json"]))
    report = read_report(json.dumps(data))
    assert report.ok
    assert [layer.path for layer in list_code_layers(report) if layer.is_opaque] == ALL_CODE[name]
    assert len(report.rows) == len(read_report(CODE[name]["json"]).rows)


@pytest.mark.parametrize("name", CODE)
def test_its_weights_are_counted_all_the_same(name: str, tmp_path: Path) -> None:
    data = without_records(json.loads(CODE[name]["json"]))
    report = report_of(keras_file(tmp_path / "model.keras", {**CODE[name], "json": json.dumps(data)}))
    assert report.params == CODE[name]["params"]


def test_what_stands_behind_code_is_told() -> None:
    data = without_records(json.loads(CODE["several_outputs"]["json"]))
    report = read_report(json.dumps(data))
    assert [finding.message for finding in report.diagnostics] == [
        "`attend` (mine>Attend) holds code: its shapes are those that the file recorded; parameters and MACs are "
        "unknown",
        "`dense_1` (Dense), `concatenate` (Concatenate) and `dense_2` (Dense) stand below code whose output is not "
        "recorded: nothing is known of their shapes",
    ]
    shown = [(row.name, row.type, str(row.shapes[0]), size_text(row.params)) for row in report.rows]
    assert shown == [
        ("start", "InputLayer", "(None, 8, 6)", "0"),
        ("attend", "Attend", "unknown", "unknown"),
        ("dense_1", "Dense", "unknown", "unknown"),
        ("concatenate", "Concatenate", "unknown", "0"),
        ("dense_2", "Dense", "unknown", "unknown"),
    ]


def test_what_a_layer_was_built_for_tells_what_it_is_fed() -> None:
    """Keras 2 records no tensors, and later versions of it what layers were built for."""
    data = json.loads(CODE["called_twice"]["json"])
    for layer in data["config"]["layers"]:
        layer["inbound_nodes"] = without_records(layer["inbound_nodes"])
    report = read_report(json.dumps(data))
    assert [str(row.shapes[0]) for row in report.rows[2:]] == [
        "(None, 8, 6)",
        "(None, 5, 6)",
        "(None, 13, 6)",
        "(None, 13, 3)",
    ]


def test_a_model_within_that_declares_no_size_is_of_unknown_shape_too() -> None:
    flat = FlatModel("m")
    flat.blocks["Inner"] = FlatModel("inner")
    flat.layers = {"code": ("opaque_1", {}), "inner": ("Inner", {}), "last": ("Dense", {})}
    flat.call("code", {"inputs": [("x", 0, 0)]}, {})
    flat.call("inner", {"input": ("code", 0, 0)}, {})
    flat.call("last", {"inputs": ("inner", 0, 0)}, {})
    flat.outputs = {"output": ("last", 0, 0)}
    lost, behind = find_unshaped(flat, {"opaque_1"}, {"Inner": [False]})
    assert (lost, behind) == ({("code", 0, 0), ("inner", 0, 0), ("last", 0, 0)}, ["inner", "last"])
    hide_layer(flat, "inner", "opaque_2")
    assert (flat.layers["inner"], flat.calls[1].feed) == (("opaque_2", {}), {"inputs": [("code", 0, 0)]})


def test_a_model_within_declares_what_it_is_fed() -> None:
    data = json.loads(CODE["nested"]["json"])
    start = json.loads(CODE["sequential"]["json"])["config"]["layers"][2]
    layers = data["config"]["layers"]
    for layer in layers:
        layer["inbound_nodes"] = without_records(layer["inbound_nodes"])
        layer.pop("build_config", None)
    node = [{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["one", 0, 0]}}], "kwargs": {}}]
    layers.insert(2, {**start, "name": "double", "inbound_nodes": node})
    encoder = next(layer for layer in layers if layer["name"] == "encoder")
    encoder["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = ["double", 0, 0]
    report = read_report(json.dumps(data))
    assert str(next(row for row in report.rows if row.name == "double").shapes[0]) == "(None, 8, 6)"


@pytest.mark.parametrize("type_name", [name for name in CATALOGUE if is_weightless(name)])
def test_types_that_are_said_to_have_no_weights_have_none(type_name: str) -> None:
    example = find_example(type_name)
    if example is None:
        return
    rows = [row for row in example.report.rows if row.type == type_name]
    assert rows
    assert all(row.params == 0 for row in rows)


def dense(**said: Any) -> str:
    """A model with one layer that has somebody's activation, and one behind it; `said` goes to the first."""
    swoosh = {"module": "builtins", "class_name": "function", "config": "mine>glue", "registered_name": "function"}
    first = {"name": "a", "units": 8, "activation": swoosh, **said}
    layers = [
        {"module": "keras.layers", "class_name": "Dense", "config": first},
        {
            "module": "keras.layers",
            "class_name": "Dense",
            "config": {"name": "b", "units": 3},
            "build_config": {"input_shape": [None, 4]},
        },
    ]
    config = {"name": "m", "layers": layers, "build_input_shape": [None, 5]}
    return json.dumps({"module": "keras", "class_name": "Sequential", "config": config})


def test_an_activation_that_gives_other_channels_makes_its_layer_code() -> None:
    report = read_report(dense())
    assert [(row.type, str(row.shapes[0]), size_text(row.params)) for row in report.rows[1:]] == [
        ("Dense", "(None, 4)", "unknown"),
        ("Dense", "(None, 3)", "15"),
    ]
    assert [(layer.code, layer.is_opaque) for layer in list_code_layers(report)] == [
        ("Dense of activation mine>glue", True)
    ]


def test_an_activation_that_keeps_the_channels_leaves_its_layer_a_type() -> None:
    report = read_report(dense(units=4))
    assert (report.params, [layer.is_opaque for layer in list_code_layers(report)]) == (5 * 4 + 4 + 15, [False])


def hdf5_file(path: Path, model: dict[str, Any]) -> str:
    """The HDF5 file of a model of Keras 2, with weights of zeros."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = model["config"]
        file.attrs["keras_version"] = "2.21.0"
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [*model["groups"]]
        for name, weights in model["groups"].items():
            group.create_group(name).attrs["weight_names"] = [*weights]
            for weight, shape in weights.items():
                group[name].create_dataset(weight, data=np.zeros(shape, "float32"))
    return str(path)


@pytest.mark.parametrize("name", CODE_KERAS2)
def test_json_of_keras_2_says_what_layers_were_built_for(name: str) -> None:
    report = read_report(CODE_KERAS2[name]["json"])
    assert {finding.code for finding in report.diagnostics} == {"SC615"}
    rows = {row.name: row for row in report.rows if row.node.entry is not None}
    assert [*rows] == [*CODE_KERAS2[name]["layers"]]
    for layer, (kind, shapes, params) in CODE_KERAS2[name]["layers"].items():
        row = rows[layer]
        assert (row.type, [shape_json(shape) for shape in row.shapes]) == (kind, shapes)
        assert row.params == params or size_text(row.params) == "unknown"


@pytest.mark.parametrize("name", CODE_KERAS2)
def test_hdf5_files_of_keras_2_say_no_shapes_and_all_weights(name: str, tmp_path: Path) -> None:
    report = report_of(hdf5_file(tmp_path / "model.h5", CODE_KERAS2[name]))
    assert {finding.code for finding in report.diagnostics} == {"SC615"}
    rows = [(row.name, row.type, row.params) for row in report.rows if row.node.entry is not None]
    assert rows == [(layer, kind, params) for layer, (kind, _, params) in CODE_KERAS2[name]["layers"].items()]
    assert report.params == CODE_KERAS2[name]["params"]
    assert [str(tensor.shape) for tensor in report.outputs.values()] == ["unknown"]
