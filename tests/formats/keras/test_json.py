"""Models written as Keras's JSON, against what Keras says of them (`record.py`)."""

from __future__ import annotations

import json

import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.diagnostics import Fault
from shapecalc.formats.flat_model import flatten, plain_arguments
from shapecalc.formats.keras.writing.json import keras_json, serialize_layer
from shapecalc.model.load import Library
from tests.formats.keras.recorded import FOLDER, LAYERS, WRITTEN, numbers, report_of
from tests.layering import layer_of


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_is_what_keras_accepted(name: str) -> None:
    report = report_of((FOLDER / "specs" / f"{name}.yaml").read_text(), name)
    assert numbers(report) == WRITTEN[name]
    assert keras_json(flatten(report)) == (FOLDER / "written" / f"{name}.json").read_text()


@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_is_written_as_keras_has_read_it(kind: str) -> None:
    for way in LAYERS[kind]:
        arguments = plain_arguments(layer_of(kind, way["config"]), kind)
        assert json.loads(json.dumps(serialize_layer(kind, {"name": "x", **arguments}, kind))) == way["written"]


def test_every_spec_was_written() -> None:
    assert {path.stem for path in (FOLDER / "specs").iterdir()} == set(WRITTEN)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "inputs: {}\nlayers:\n  - ops.arange: {start: 3}",
            "model: a weight or numbers in order need an input to hang on, and there is none",
        ),
        (
            "input: [4]\nlayers:\n  - ops.arange: {start: 0}\n  - ops.sum",
            "arange: Keras has nothing to stand in for numbers in order where there are none",
        ),
        (
            "input: [4]\nlayers:\n  - ops.arange: {start: 3, dtype: float16}",
            "arange: Keras adds up ones in float16 only to a few hundred",
        ),
        ("input: [d]\nlayers:\n  - Dense: {units: $d}", "dense: `units` of Dense is the formula d"),
        (
            "inputs: {a: [5, 3], b: [5, 3]}\nlayers:\n  - TimeDistributed: {layer: Add}\n    from: [a, b]",
            "time_distributed: in Keras TimeDistributed takes one input, and this one takes several",
        ),
        (
            "input: [5, 3]\nblocks:\n  B: {layers: [{ConvLSTM1D: {filters: 2, kernel_size: 2}}]}\n"
            "layers:\n  - Reshape: {target_shape: [5, 3, 1]}\n  - B: {trainable: false}",
            "b_conv_lstm1d: Keras trains the layers within ConvLSTM1D whatever `trainable` it is made with",
        ),
        ("input: [4]\nlayers:\n  - ReLU: {max_value: .inf}", "a number that is not finite cannot be written in JSON"),
    ],
)
def test_what_keras_has_no_layer_for_is_refused(text: str, message: str) -> None:
    report = analyse(Library().parse(text, "model.yaml"))
    assert report.ok
    with pytest.raises(Fault) as fault:
        keras_json(flatten(report))
    assert fault.value.diagnostics[0].sentence.startswith(message)


@pytest.mark.parametrize("layer", ["Dense: {units: 2, activation: {}}", "LSTM: {units: 2, recurrent_activation: {}}"])
def test_the_gate_of_keras_2_is_none_of_keras_3(layer: str) -> None:
    report = report_of(f"input: [5, 3]\nlayers:\n  - {layer.replace('{}', 'keras2_hard_sigmoid')}\n")
    with pytest.raises(Fault) as fault:
        keras_json(flatten(report))
    (found,) = fault.value.diagnostics
    assert found.message == "Keras 3 has no `keras2_hard_sigmoid`"
