"""The small layers of keras.applications, as layers of a spec that compute the same."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from shapecalc.analysis.verify import run_model
from shapecalc.diagnostics import Fault
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.formats.keras.writing.json import keras_json
from shapecalc.formats.spec_text import spec_text
from tests.formats.keras.recorded import numbers, refuse_code, report_of

CONVNEXT, INCEPTION = "keras.src.applications.convnext", "keras.src.applications.inception_resnet_v2"
SHAPE = [None, 4, 4, 2]


def tensor(name: str, call: int = 0) -> dict[str, Any]:
    config = {"shape": SHAPE, "dtype": "float32", "keras_history": [name, call, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


def layer(class_name: str, module: str, name: str, *fed: Any, **config: Any) -> dict[str, Any]:
    """A layer of keras.applications as Keras saves it, with a call for each thing that it is fed."""
    return {
        "module": module, "class_name": class_name, "config": {"name": name, "trainable": True, **config},
        "registered_name": class_name, "build_config": {"input_shape": SHAPE}, "name": name,
        "inbound_nodes": [{"args": [each], "kwargs": {}} for each in fed],
    }  # fmt: skip


def model(*layers: dict[str, Any], outputs: Any) -> str:
    source = {"module": "keras.layers", "class_name": "InputLayer", "name": "x", "inbound_nodes": []}
    config = {
        "name": "m", "layers": [{**source, "config": {"batch_shape": SHAPE, "name": "x"}}, *layers],
        "input_layers": [["x", 0, 0]], "output_layers": outputs,
    }  # fmt: skip
    return json.dumps({"module": "keras", "class_name": "Functional", "config": config})


def scale(*fed: Any, module: str = CONVNEXT) -> dict[str, Any]:
    return layer("LayerScale", module, "gamma", *fed, init_values=0.5, projection_dim=2)


def entries(text: str) -> list[str]:
    return spec_text(read_keras(text, "model.json")).splitlines()[4:]


def test_a_weight_for_each_channel() -> None:
    text = model(scale(tensor("x"), tensor("gamma")), outputs=[["gamma", 1, 0]])
    assert entries(text) == [
        '  - EinsumDense: {equation: "...c,c->...c", output_shape: 2,',
        "      kernel_initializer: {constant: {value: 0.5}}, name: gamma}",
        "  - reuse: gamma",
    ]
    report = report_of(spec_text(read_keras(text, "model.json")))
    assert numbers(report) == {"params": 2, "trainable": 2, "outputs": [SHAPE]}
    fed = np.arange(32.0, dtype="float32").reshape(1, 4, 4, 2)
    np.testing.assert_allclose(run_model(report, {"x": fed}).outputs["output"], fed / 4)


def test_dropout_of_whole_samples() -> None:
    depth = layer("StochasticDepth", CONVNEXT, "depth", tensor("x"), drop_path_rate=0.2)
    assert entries(model(depth, outputs=[["depth", 0, 0]])) == [
        "  - Dropout: {rate: 0.2, noise_shape: [null, 1, 1, 1], name: depth}"
    ]


def test_the_second_of_two_inputs_scaled_and_added_to_the_first() -> None:
    mixing = layer("CustomScaleLayer", INCEPTION, "mix", [tensor("x"), tensor("gamma")], scale=0.25)
    assert entries(model(scale(tensor("x")), mixing, outputs=[["mix", 0, 0]]))[2:] == [
        "  - Rescaling: {scale: 0.25, name: mix_scale}",
        "  - Add: {name: mix}",
        "    from: [x, prev]",
    ]
    again = layer("CustomScaleLayer", INCEPTION, "mix", [tensor("x")] * 2, [tensor("mix"), tensor("x")], scale=0.25)
    report = report_of(spec_text(read_keras(model(again, outputs=[["mix", 1, 0]]), "model.json")))
    fed = np.full((1, 4, 4, 2), 8, "float32")
    np.testing.assert_allclose(run_model(report, {"x": fed}).outputs["output"], fed * 1.25 + fed / 4)


@pytest.mark.parametrize("text", [
    model(scale(tensor("x")), outputs=[["gamma", 0, 0]]),
    model(layer("StochasticDepth", CONVNEXT, "d", tensor("x"), drop_path_rate=0.2), outputs=[["d", 0, 0]]),
    model(layer("CustomScaleLayer", INCEPTION, "m", [tensor("x")] * 2, scale=0.1), outputs=[["m", 0, 0]]),
])  # fmt: skip
def test_they_go_back_to_keras(text: str) -> None:
    flat = read_keras(text, "model.json")
    report = report_of(spec_text(flat))
    flat.tensors = {(name, number, 0): (SHAPE, "float32") for name in ["x", *flat.layers] for number in (0, 1)}
    again = report_of(spec_text(read_keras(keras_json(flat), "model.json")))
    assert numbers(again) == numbers(report)


@pytest.mark.parametrize("module", ["tf_keras.src.applications.convnext", "keras.applications.convnext"])
def test_they_are_known_by_the_names_that_their_module_had_in_keras_2(module: str) -> None:
    known = model(scale(tensor("x"), module=module), outputs=[["gamma", 0, 0]])
    assert entries(known) == entries(model(scale(tensor("x")), outputs=[["gamma", 0, 0]]))


def convert(text: str) -> None:
    refuse_code(read_keras(text, "model.json"))


def test_keras_2_registered_one_of_its_own_as_if_it_were_another_s() -> None:
    mixing = layer("CustomScaleLayer", f"tf_{INCEPTION}", "mix", [tensor("x"), tensor("x")], scale=0.25)
    named = {**mixing, "registered_name": "Custom>CustomScaleLayer"}
    assert entries(model(named, outputs=[["mix", 0, 0]]))[0] == "  - Rescaling: {scale: 0.25, name: mix_scale}"


def refused(text: str) -> str:
    with pytest.raises(Fault) as fault:
        convert(text)
    return fault.value.diagnostics[0].sentence


@pytest.mark.parametrize("changes", [{"module": "mine"}, {"module": None}, {"registered_name": "mine>LayerScale"}])
def test_a_layer_of_the_same_name_that_is_not_keras_s_is_not_taken_for_it(changes: dict[str, Any]) -> None:
    message = refused(model({**scale(tensor("x")), **changes}, outputs=[["gamma", 0, 0]]))
    assert "LayerScale" in message
    assert "is code, for which a spec has no word" in message


def test_what_such_layers_do_not_say_is_asked_for() -> None:
    mixing = layer("CustomScaleLayer", INCEPTION, "mix", tensor("x"), scale=0.25)
    assert refused(model(mixing, outputs=[["mix", 0, 0]])) == (
        "mix: it adds the second of two tensors to the first, and is fed something else"
    )
    depth = {**layer("StochasticDepth", CONVNEXT, "d", tensor("x"), drop_path_rate=0.2), "build_config": None}
    assert refused(model(depth, outputs=[["d", 0, 0]])) == ("d: the file does not say the shape of what it is fed")
    bare = {**scale(tensor("x")), "config": {"name": "gamma"}}
    assert "output_shape" in refused(model(bare, outputs=[["gamma", 0, 0]]))
