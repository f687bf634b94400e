"""The weights of layers that are code, out of the model's own file (`../keras/record_code.py`)."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report
from shapecalc.diagnostics import Fault
from shapecalc.dims import size_text
from shapecalc.document.files import Reader
from shapecalc.formats.flat_model import FlatModel
from shapecalc.formats.model_files import WrittenModel, read_file
from shapecalc.formats.weights import of_code
from shapecalc.model.load import Library
from tests.formats.keras.recorded import CODE


def keras_file(path: Path, model: dict[str, Any], names: dict[str, str] | None = None) -> str:
    """A `.keras` file with the config and arrays that Keras wrote, empty ones; `names` are those that groups note."""
    weights = BytesIO()
    with h5py.File(weights, "w") as file:
        for array, shape in model["weights"]["shapes"].items():
            file.create_dataset(array, data=np.zeros(shape, "float32"))
        for group, name in (model["weights"]["names"] if names is None else names).items():
            file.require_group(group).attrs["name"] = name
        file.create_dataset("optimizer/vars/0", data=np.zeros(7))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", model["json"])
        archive.writestr("model.weights.h5", weights.getvalue())
    return str(path)


def report_of(path: str) -> Report:
    flat = read_file(path, Reader())
    assert isinstance(flat, FlatModel)
    return analyse(Library().parse(WrittenModel(flat).text, path, code=flat.code))


@pytest.mark.parametrize("name", CODE)
def test_parameters_are_those_of_keras(name: str, tmp_path: Path) -> None:
    report = report_of(keras_file(tmp_path / "model.keras", CODE[name]))
    assert report.params == CODE[name]["params"]
    split = isinstance(report.trainable, int)
    assert not split or name == "frozen" or report.trainable == CODE[name]["trainable"]
    assert size_text(report.params - report.trainable - report.non_trainable) == "0"


def test_what_is_trained_is_not_told(tmp_path: Path) -> None:
    report = report_of(keras_file(tmp_path / "model.keras", CODE["several_outputs"]))
    assert [size_text(size) for size in (report.params, report.trainable, report.non_trainable)] == [
        "92",
        "29 + unknown",
        "at most 63",
    ]
    (note,) = report.diagnostics
    assert note.message.endswith("; MACs are unknown, and which of the weights in the file are trained")


def test_a_frozen_layer_leaves_no_doubt(tmp_path: Path) -> None:
    report = report_of(keras_file(tmp_path / "model.keras", CODE["frozen"]))
    assert (report.params, report.trainable, report.non_trainable) == (63, 0, 63)
    (note,) = report.diagnostics
    assert note.message.endswith("; MACs are unknown")


def test_weights_have_the_names_of_the_file(tmp_path: Path) -> None:
    report = report_of(keras_file(tmp_path / "model.keras", CODE["subclass_within"]))
    tower = next(row for row in report.rows if row.name == "tower")
    recorded = [(path, weight.shape, weight.trainable) for path, weight in tower.weights if weight.is_recorded]
    assert recorded == [
        ("first/vars/0", (6, 5), None),
        ("first/vars/1", (5,), None),
        ("dense_2/vars/0", (5, 5), None),
        ("dense_2/vars/1", (5,), None),
    ]


def test_a_file_whose_groups_note_no_names(tmp_path: Path) -> None:
    """The config names the layers; where it cannot name all of them, some weight may be that of the layer."""
    report = report_of(keras_file(tmp_path / "model.keras", CODE["nested"], {}))
    assert report.params == CODE["nested"]["params"]
    report = report_of(keras_file(tmp_path / "model.keras", CODE["subclass_within"], {}))
    assert size_text(report.params) == "66 + unknown"


def test_without_h5py_the_note_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_code, "find_spec", lambda name: None)
    report = report_of(keras_file(tmp_path / "model.keras", CODE["several_outputs"]))
    (note,) = report.diagnostics
    assert note.help == "with h5py the file says their parameters: pip install 'shapecalc-cli[h5]'"
    assert size_text(report.params) == "29 + unknown"


def test_a_file_with_arrays_in_no_layer_tells_nothing(tmp_path: Path) -> None:
    model = CODE["several_outputs"]
    other = {**model, "weights": {"shapes": {"arrays/0": [3]}, "names": {}}}
    assert size_text(report_of(keras_file(tmp_path / "model.keras", other)).params) == "29 + unknown"


def test_a_hostile_weight_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    keras_file(path, CODE["several_outputs"])
    weights = BytesIO()
    with h5py.File(weights, "w") as file:
        file["layers/attend/vars/0"] = h5py.ExternalLink("/etc/passwd", "/")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", CODE["several_outputs"]["json"])
        archive.writestr("model.weights.h5", weights.getvalue())
    with pytest.raises(Fault) as caught:
        report_of(str(path))
    assert [finding.code for finding in caught.value.diagnostics] == ["SC613"]


def test_a_model_without_code_needs_no_weights(tmp_path: Path) -> None:
    """Nothing but the config is read: the weights are no HDF5 file at all."""
    dense = {"module": "keras.layers", "class_name": "Dense", "config": {"name": "a", "units": 2}}
    config = {"name": "m", "layers": [dense], "build_input_shape": [None, 4]}
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        archive.writestr("config.json", json.dumps({"module": "keras", "class_name": "Sequential", "config": config}))
        archive.writestr("model.weights.h5", b"nothing")
    assert report_of(str(tmp_path / "model.keras")).params == 10


def test_a_model_that_is_all_code_is_one_row(tmp_path: Path) -> None:
    within = CODE["subclass_within"]
    entry = next(layer for layer in json.loads(within["json"])["config"]["layers"] if layer["name"] == "tower")
    own = "layers/tower/"
    shapes = {path.removeprefix(own): shape for path, shape in within["weights"]["shapes"].items() if own in path}
    tower = {key: value for key, value in entry.items() if key not in ("name", "inbound_nodes")}
    model = {"json": json.dumps(tower), "weights": {"shapes": shapes, "names": {}}}
    report = report_of(keras_file(tmp_path / "model.keras", model))
    assert [(row.name, row.type, str(row.shapes[0]), row.params) for row in report.rows] == [
        ("input", "InputLayer", "(None, 6)", 0),
        ("tower", "Tower", "unknown", within["layers"]["tower"][2]),
    ]


@pytest.mark.parametrize("build", [None, {}, {"input_shape": None}, {"input_shape": [[None, 6], [None, 6]]}])
def test_a_model_that_is_all_code_says_what_it_is_fed(build: Any, tmp_path: Path) -> None:
    tower = {"module": "a", "class_name": "Tower", "config": {"name": "tower"}, "build_config": build}
    model = {"json": json.dumps(tower), "weights": {"shapes": {}, "names": {}}}
    with pytest.raises(Fault, match="the model is of a class of somebody's own, Tower"):
        report_of(keras_file(tmp_path / "model.keras", model))
