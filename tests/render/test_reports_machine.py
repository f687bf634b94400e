"""Summaries as JSON, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import json

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report
from shapecalc.model.load import Library
from shapecalc.render.as_csv import findings_csv, summary_csv
from shapecalc.render.as_json import laid_out, summary_json
from shapecalc.render.as_markdown import findings_markdown, summary_markdown
from shapecalc.render.view import SummaryOptions

ENCODER = """\
name: a|b
inputs: {x: [T, 8], y: [null, 8]}
blocks:
  Encoder:
    layers:
      - LSTM: {units: 4, return_state: true}
layers:
  - Encoder: {name: encoder}
    from: x
  - BatchNormalization: {name: norm}
    from: y
outputs: [encoder, norm]
"""


def report_of(text: str) -> Report:
    report = analyse(Library().parse(text, "model.yaml"))
    assert report.ok
    return report


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


def test_json_has_a_line_for_each_layer() -> None:
    text = summary_json([report_of("input: [4]\nlayers:\n  - Dense: {units: 2}")], [])
    assert sum('"name": "dense"' in line for line in text.split("\n")) == 1
    assert '        {"name": "dense", "type": "Dense", ' in text
    assert laid_out({"a": [], "b": {}}) == '{\n  "a": [],\n  "b": {}\n}'


def test_csv_has_a_row_for_each_layer_by_path() -> None:
    rows = list(csv.DictReader(io.StringIO(summary_csv([report_of(ENCODER)], SummaryOptions(2, ("macs", "dtype"))))))
    assert [row["layer"] for row in rows] == ["x", "y", "encoder", "encoder/input", "encoder/lstm", "norm"]
    assert rows[4] == {
        "file": "model.yaml", "model": "a|b", "layer": "encoder/lstm", "type": "LSTM", "inputs": "input",
        "output_shape": "[(None, 4), (None, 4), (None, 4)]", "params": "208", "trainable": "208", "non_trainable": "0",
        "macs": "192*T", "dtype": "float32",
    }  # fmt: skip


def test_markdown_is_a_table_of_github_s() -> None:
    assert summary_markdown(report_of("name: a|b\ninput: [4]\nlayers:\n  - Dense: {units: 2, name: a_b}")) == (
        "### a\\|b\n\n"
        "| Layer (type) | Output Shape | Param # |\n"
        "| --- | --- | ---: |\n"
        "| a\\_b (Dense) | (None, 2) | 10 |\n\n"
        "- Total params: 10 (40.00 B)\n- Trainable params: 10 (40.00 B)\n- Non-trainable params: 0 (0.00 B)\n"
    )


def test_markdown_shows_connections_and_depth() -> None:
    text = summary_markdown(report_of(ENCODER), SummaryOptions(2, ("macs",)))
    assert "| Layer (type) | Output Shape | Param # | Connected to | MACs |\n" in text
    assert "| ↳ lstm (LSTM) |" in text
    assert "- Total MACs: 192\\*T" not in text
    assert "- Total MACs: 192*T\n- MACs count matrix products" in text


def test_findings_as_tables() -> None:
    report = analyse(Library().parse("input: [4]\nlayers:\n  - Dense: {unitz: 2}", "model.yaml"))
    rows = list(csv.DictReader(io.StringIO(findings_csv(report.diagnostics))))
    assert [(row["file"], row["line"], row["column"], row["severity"], row["code"]) for row in rows] == [
        ("model.yaml", "3", "13", "error", "SC202"),
    ]
    assert findings_markdown(report.diagnostics).split("\n")[2] == (
        "| model.yaml:3:13 | error SC202 | Dense has no argument \\`unitz\\`<br>help: did you mean \\`units\\`? |"
    )
    assert findings_markdown([]) == ""
