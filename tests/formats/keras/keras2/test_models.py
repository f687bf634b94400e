"""Models of Keras 2 written by hand, which say one thing each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shapecalc.formats.keras.reading.keras2.models import is_keras2
from shapecalc.formats.keras.reading.read import read_keras
from tests.formats.keras.keras2.written import layer, model, refusal, sequential, spec, start


def test_a_functional_model_is_read() -> None:
    layers = [
        start("x", 4),
        layer("Dense", "a", [[["x", 0, 0, {}]]], units=3, activation="relu"),
        layer("Add", "b", [[["x", 0, 0, {}], ["a", 0, 0, {}]]]),
    ]
    data = model(*layers, outputs=[["b", 0, 0]])
    assert is_keras2(data)
    assert spec(data) == (
        "inputs:\n  x: [4]\nlayers:\n  - Dense: {units: 3, activation: relu, name: a}\n  - Add: {name: b}\n"
        "    from: [x, prev]\n"
    )


def test_a_sequential_model_is_fed_what_its_first_layer_says() -> None:
    first = layer("Dense", "a", units=3, batch_input_shape=[None, 5])
    assert spec(sequential(first)) == "input: [5]\nlayers:\n  - Dense: {units: 3, name: a}\n"


def test_a_sequential_model_may_be_a_list() -> None:
    first = layer("Dense", "a", units=3, batch_input_shape=[2, 5])
    data = {"class_name": "Sequential", "config": [first], "keras_version": "2.1.6"}
    assert spec(data) == "input: [5]\nbatch_size: 2\nlayers:\n  - Dense: {units: 3, name: a}\n"


def test_an_input_may_be_that_of_what_a_layer_holds() -> None:
    inner = layer("Dense", "d", units=3, batch_input_shape=[None, 5])
    assert spec(sequential(layer("TimeDistributed", "a", layer=inner, batch_input_shape=[None, 4, 5]))).startswith(
        "input: [4, 5]\n"
    )
    base = model(start("x", 4), layer("Dense", "b", [[["x", 0, 0, {}]]], units=2), outputs=[["b", 0, 0]])
    base["config"]["name"] = "base"
    assert "input: [4]\n" in spec(sequential(base, layer("Dense", "c", units=1)))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"class_name": "Sequential", "config": {"layers": []}, "keras_version": "2.3.1"}, True),
        ({"class_name": "Sequential", "config": {"layers": []}, "keras_version": "3.15.1"}, False),
        (sequential(layer("Dense", "a", units=3, batch_input_shape=[None, 5])), True),
        (sequential(layer("InputLayer", "a", batch_shape=[None, 5]), layer("Dense", "b", units=3)), False),
        (sequential(sequential(layer("Dense", "a", units=3, batch_input_shape=[None, 5]))), True),
        (model(layer("Dense", "a", [{"args": [], "kwargs": {}}], units=3), outputs=[["a", 0, 0]]), False),
        (model(layer("Dense", "a", [{"x": ["b", 0, 0, {}]}], units=3), outputs=[["a", 0, 0]]), True),
        ({"class_name": "Sequential", "config": 3}, False),
        ([], False),
    ],
)
def test_the_version_of_a_file_is_told_by_what_it_holds(data: Any, said: bool) -> None:
    assert is_keras2(data) is said


def test_a_layer_without_a_module_is_keras_own_by_its_name() -> None:
    data = sequential(layer("Dense", "a", units=3, batch_input_shape=[None, 5]), layer("SwishNet", "b"))
    flat = read_keras(json.dumps(data), "x")
    assert flat.layers["a"][0] == "Dense"
    assert flat.code is not None  # of the other, which is nobody's


@pytest.mark.parametrize("version", ["2.15.0", "3.0.0"])
def test_who_says_whose_a_class_is_is_believed(version: str) -> None:
    mine = {**layer("Dense", "a", units=3, batch_input_shape=[None, 5]), "module": "mine", "registered_name": "m>Dense"}
    data = {**sequential(mine, build_input_shape=[None, 5]), "keras_version": version}
    assert [type_name for type_name, _ in read_keras(json.dumps(data), "x").layers.values()] != ["Dense"]


def test_states_are_told_from_what_a_recurrent_layer_is_fed() -> None:
    layers = [start("x", 5, 3), start("h", 4), layer("GRU", "a", [[["x", 0, 0, {}], ["h", 0, 0, {}]]], units=4)]
    assert "from: {sequences: x, initial_state: [h]}" in spec(model(*layers, outputs=[["a", 0, 0]]))


def test_tensors_and_values_are_told_apart_in_arguments() -> None:
    attention = layer(
        "MultiHeadAttention",
        "a",
        [[["x", 0, 0, {"value": ["x", 0, 0], "use_causal_mask": True, "training": None}]]],
        num_heads=2,
        key_dim=3,
        query_shape=[None, 5, 4],
        softmax_robust_masking=False,
    )
    text = spec(model(start("x", 5, 4), attention, outputs=[["a", 0, 0]]))
    assert "{num_heads: 2, key_dim: 3, name: a}\n    from: [prev, prev]\n    call: {use_causal_mask: true}" in text


def test_attention_that_is_causal_is_called_so() -> None:
    attention = layer("Attention", "a", [[["x", 0, 0, {}], ["x", 0, 0, {}]]], causal=True)
    assert "use_causal_mask: true" in spec(model(start("x", 5, 4), attention, outputs=[["a", 0, 0]]))


def test_the_calls_of_a_model_within_are_counted_from_its_own() -> None:
    inner = model(start("i", 4), layer("Dense", "d", [[["i", 0, 0, {}]]], units=4), outputs=[["d", 0, 0]])
    inner["config"]["name"] = "inner"
    layers = [
        start("x", 4),
        {**inner, "name": "inner", "inbound_nodes": [[["x", 0, 0, {}]], [["inner", 1, 0, {}]]]},
        layer("Add", "a", [[["inner", 1, 0, {}], ["inner", 2, 0, {}]]]),
    ]
    assert spec(model(*layers, outputs=[["a", 0, 0]])).endswith(
        "layers:\n  - Inner: {name: inner}\n  - reuse: inner\n  - Add: {name: a}\n    from: [inner, prev]\n"
    )


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([layer("Dense", "a", 3, units=3)], "a: its calls are written in no way that is known"),  # type: ignore[arg-type]
        ([layer("Dense", "a", ["x"], units=3)], "a: a call of it is written in no way that is known"),
        ([layer("Dense", "a", [[["b", 0, 0, {}]]], units=3)], "a: it is fed something beside tensors as `inputs`"),
        (
            [layer("Dense", "a", [[["a", 0, 0, {}]]], units=3)],
            "a: it is fed by a layer that is not there, or by itself",
        ),
        ([3, layer("Dense", "a", [[["x", 0, 0, {}]]], units=3)], "an entry of `layers` is no serialised layer"),
        ([layer("LSTM", "a", [[["x", 0, 0, {}]]], units=3, time_major=True)], "a: LSTM with `time_major` is fed"),
        ([layer("Conv2DTranspose", "a", [[["x", 0, 0, {}]]], filters=3, kernel_size=[2, 2], groups=2)], "a: a spec's"),
    ],
)
def test_what_is_written_otherwise_or_cannot_be_said_is_refused(layers: list[Any], message: str) -> None:
    data = model(start("x", 4, 4), outputs=[["a", 0, 0]])
    data["config"]["layers"] += layers
    assert message in refusal(data)[0]


def test_a_model_of_no_class_is_refused() -> None:
    data = model(start("x", 4), layer("Dense", "a", [[["x", 0, 0, {}]]], units=3), outputs=[["a", 0, 0]])
    del data["class_name"]
    assert "a Functional or a Sequential model is wanted, this is something else" in refusal(data)[0]
