"""A frozen block is laid flat with `trainable: false` where Keras heeds it, and read back as frozen."""

from __future__ import annotations

import json

from shapecalc.analysis.analyse import analyse
from shapecalc.formats.flat_model import flatten
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.formats.keras.writing.json import keras_json
from shapecalc.formats.spec_text import spec_text
from tests.layering import parse

SPEC = """\
input: [5, 3]
blocks:
  Encoder:
    layers:
      - Bidirectional: {layer: {LSTM: {units: 2, return_sequences: true}}}
      - RNN: {cell: [{GRUCell: {units: 3}}, {LSTMCell: {units: 2}}], return_sequences: true}
      - SpatialDropout1D: {rate: 0.5}
      - TimeDistributed: {layer: {Dense: {units: 4}}}
layers:
  - Encoder: {trainable: false}
  - Dense: {units: 2}
"""


def test_what_stands_within_wrappers_is_frozen() -> None:
    report = analyse(parse(SPEC))
    assert (report.params, report.trainable) == (247, 10)
    text = keras_json(flatten(report))
    again = analyse(parse(spec_text(read_keras(text, "model.json"))))
    assert (again.params, again.trainable) == (247, 10)
    configs = {layer["class_name"]: layer["config"] for layer in json.loads(text)["config"]["layers"]}
    assert "trainable" not in configs["SpatialDropout1D"]
    assert configs["TimeDistributed"]["layer"]["config"]["trainable"] is False


def test_a_nested_model_is_read_as_its_layers_say() -> None:
    """Keras 3.15.1 makes the model within with `trainable: false` and trains its layers all the same."""
    inner = {
        "class_name": "Functional",
        "config": {
            "name": "inner",
            "trainable": False,
            "layers": [
                {
                    "class_name": "InputLayer",
                    "config": {"batch_shape": [None, 3], "name": "x"},
                    "name": "x",
                    "inbound_nodes": [],
                },
                {
                    "module": "keras.layers",
                    "class_name": "Dense",
                    "config": {"name": "dense", "units": 2},
                    "name": "dense",
                    "inbound_nodes": [{"args": [_tensor("x")], "kwargs": {}}],
                },
            ],
            "input_layers": ["x", 0, 0],
            "output_layers": ["dense", 0, 0],
        },
        "name": "inner",
        "inbound_nodes": [{"args": [_tensor("input")], "kwargs": {}}],
    }
    first = {"class_name": "InputLayer", "config": {"batch_shape": [None, 3], "name": "input"}, "inbound_nodes": []}
    config = {
        "name": "m",
        "layers": [first | {"name": "input"}, inner],
        "input_layers": ["input", 0, 0],
        "output_layers": ["inner", 0, 0],
    }
    text = json.dumps({"class_name": "Functional", "config": config})
    report = analyse(parse(spec_text(read_keras(text, "model.json"))))
    assert (report.params, report.trainable) == (8, 8)


def _tensor(name: str) -> dict[str, object]:
    return {"class_name": "__keras_tensor__", "config": {"shape": [None, 3], "keras_history": [name, 0, 0]}}
