"""Summaries as JSON."""

from __future__ import annotations

import json

from shapecalc.render.as_json import summary_json, write_json
from tests.render.encoder import ENCODER, report_of


def test_the_keys_of_a_model_are_the_contract() -> None:
    data = json.loads(summary_json([report_of(ENCODER)], []))
    assert list(data) == ["schema_version", "models", "diagnostics"]
    assert data["schema_version"] == 1
    (model,) = data["models"]
    assert list(model) == ["name", "file", "totals", "layers", "outputs"]
    assert (model["name"], model["file"]) == ("a|b", "model.yaml")
    assert model["outputs"] == [
        {"name": "encoder", "shape": [None, 4]},
        {"name": "norm", "shape": [None, None, 8]},
    ]
    assert model["totals"] == {
        "params": 240, "trainable": 224, "non_trainable": 16, "macs": "192*T", "weights_bytes": 960, "used_params": 240,
        "active_params": 240, "active_macs": "192*T",
    }  # fmt: skip


def test_a_layer_has_shapes_with_null_and_text_and_weights_in_order() -> None:
    layers = json.loads(summary_json([report_of(ENCODER)], []))["models"][0]["layers"]
    assert [layer["type"] for layer in layers] == ["InputLayer", "InputLayer", "Encoder", "BatchNormalization"]
    assert layers[0]["output_shape"] == [None, "T", 8]
    assert layers[1]["output_shape"] == [None, None, 8]
    assert list(layers[3]) == [
        "name", "type", "line", "inputs", "output_shape", "params", "trainable", "non_trainable",
        "used_params", "macs", "weights", "mask",
    ]  # fmt: skip
    assert layers[3]["line"] == 10
    assert layers[3]["inputs"] == ["y"]
    assert layers[3]["weights"] == [
        {"name": "gamma", "shape": [8], "trainable": True},
        {"name": "beta", "shape": [8], "trainable": True},
        {"name": "moving_mean", "shape": [8], "trainable": False},
        {"name": "moving_variance", "shape": [8], "trainable": False},
    ]


def test_a_block_has_layers_and_several_outputs_a_list_of_shapes() -> None:
    encoder = json.loads(summary_json([report_of(ENCODER)], []))["models"][0]["layers"][2]
    assert encoder["output_shape"] == [[None, 4], [None, 4], [None, 4]]
    assert [layer["name"] for layer in encoder["layers"]] == ["input", "lstm"]
    assert [weight["name"] for weight in encoder["weights"]] == ["lstm/kernel", "lstm/recurrent_kernel", "lstm/bias"]


def test_a_wrapper_has_the_layers_that_it_applies() -> None:
    text = (
        "input: [5, 3]\nlayers:\n"
        "  - Bidirectional: {layer: {LSTM: {units: 4, return_sequences: true}}}\n"
        "  - TimeDistributed: {layer: {Dense: {units: 6}}}\n"
        "  - RNN: {cell: [{LSTMCell: {units: 4}}, {GRUCell: {units: 3}}]}\n"
    )
    model = json.loads(summary_json([report_of(text)], []))["models"][0]
    _, both, steps, cells = model["layers"]
    assert [(layer["name"], layer["params"], layer["macs"]) for layer in both["layers"]] == [
        ("forward_lstm", 128, 560),
        ("backward_lstm", 128, 560),
    ]
    (dense,) = steps["layers"]
    assert (dense["type"], dense["output_shape"], dense["params"], dense["macs"]) == ("Dense", [None, 6], 54, 240)
    assert [weight["name"] for weight in dense["weights"]] == ["kernel", "bias"]
    (stacked,) = cells["layers"]
    assert [layer["type"] for layer in stacked["layers"]] == ["LSTMCell", "GRUCell"]
    assert "layers" not in stacked["layers"][0]
    assert model["totals"]["params"] == both["params"] + steps["params"] + cells["params"]


def test_json_has_a_line_for_each_layer() -> None:
    text = summary_json([report_of("input: [4]\nlayers:\n  - Dense: {units: 2}")], [])
    assert sum('"name": "dense"' in line for line in text.split("\n")) == 1
    assert '        {"name": "dense", "type": "Dense", ' in text
    assert write_json({"a": [], "b": {}}) == '{\n  "a": [],\n  "b": {}\n}'
