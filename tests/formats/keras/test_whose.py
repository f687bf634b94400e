"""Classes of which a file does not say whose they are: those of `.h5` files, of Keras 3 too."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shapecalc.formats.keras.read import read_keras
from shapecalc.formats.keras.whose import name_modules
from shapecalc.formats.spec_text import spec_text
from tests.formats.keras.test_operations import CALLS, model


def tensor(name: str) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0], "shape": [None, 4]}}


def entry(class_name: str, name: str, *args: Any, **config: Any) -> dict[str, Any]:
    calls = [{"args": [*args], "kwargs": {}}] if args else []
    return {"class_name": class_name, "name": name, "config": {"name": name, **config}, "inbound_nodes": calls}


def test_functions_are_told_from_layers_of_the_same_name() -> None:
    layers = [
        entry("InputLayer", "x", batch_shape=[None, 4], dtype="float32"),
        entry("Multiply", "m", tensor("x"), 2),
        entry("Add", "f", tensor("m"), 1),
        entry("Add", "a", [tensor("f"), tensor("x")], trainable=True, dtype="float32"),
        entry("Softmax", "s", tensor("a"), axis=1),
        entry("Softmax", "t", tensor("s"), axis=-1, trainable=True, dtype="float32"),
    ]
    config = {"name": "m", "layers": layers, "input_layers": ["x", 0, 0], "output_layers": ["t", 0, 0]}
    text = spec_text(read_keras(json.dumps({"class_name": "Functional", "config": config}), "model.h5"))
    assert text.partition("layers:\n")[2] == (
        "  - ops.multiply: {x2: 2, name: m}\n  - ops.add: {x2: 1, name: f}\n  - Add: {name: a}\n    from: [prev, x]\n"
        "  - ops.softmax: {axis: 1, name: s}\n  - Softmax: {name: t}\n"
    )


def without_modules(value: Any) -> Any:
    """Data as Keras writes it into `.h5` files, which do not say whose a class is."""
    if isinstance(value, list):
        return [without_modules(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: without_modules(item) for key, item in value.items() if key not in ("module", "registered_name")}


@pytest.mark.parametrize(("kind", "case", "layers"), CALLS)
def test_every_function_is_known_by_its_class_alone(kind: str, case: int, layers: list[Any]) -> None:
    saved = json.loads(model(layers))
    said, unsaid = (spec_text(read_keras(json.dumps(data), "model.h5")) for data in (saved, without_modules(saved)))
    assert unsaid == said


@pytest.mark.parametrize(
    ("class_name", "module"),
    [
        ("Dense", "keras.layers"), ("MaxPool2D", "keras.layers"), ("LocallyConnected1D", "keras.layers"),
        ("CuDNNLSTM", "keras.layers"), ("TFOpLambda", "keras.layers"), ("BatchNormalizationV1", "keras.layers"),
        ("Functional", "keras"), ("GlorotUniform", "keras.initializers"), ("glorot_uniform", "keras.initializers"),
        ("L2", "keras.regularizers"), ("MaxNorm", "keras.constraints"), ("Policy", "keras.mixed_precision"),
    ],
)  # fmt: skip
def test_what_keras_has_or_had_is_its_own(class_name: str, module: str) -> None:
    value = {"class_name": class_name, "config": {"dtype": "float32"}}
    assert name_modules([{"layer": value}]) == [{"layer": {"module": module, **value}}]


@pytest.mark.parametrize(
    "value",
    [
        {"class_name": "Mine", "config": {}},
        {"class_name": "Custom>Dense", "config": {}},
        {"class_name": "Dense", "config": {}, "module": None, "registered_name": "Custom>Dense"},
        {"class_name": "Dense", "config": {}, "registered_name": "Dense"},
        {"class_name": "__slice__", "config": {}},
        {"class_name": 3, "config": {}},
    ],
)
def test_nothing_is_said_of_what_is_not_or_says_itself(value: dict[str, Any]) -> None:
    assert name_modules(value) == value
