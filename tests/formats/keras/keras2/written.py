"""Models of Keras 2 written by hand, and what is read of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shapecalc.diagnostics import Fault
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.formats.spec_text import spec_text


def layer(class_name: str, name: str, calls: list[Any] | None = None, **config: Any) -> dict[str, Any]:
    entry = {"class_name": class_name, "config": {"name": name, "trainable": True, "dtype": "float32", **config}}
    return entry if calls is None else {**entry, "name": name, "inbound_nodes": calls}


def start(name: str, *shape: int | None) -> dict[str, Any]:
    return layer("InputLayer", name, [], batch_input_shape=[None, *shape], sparse=False)


def model(*layers: dict[str, Any], outputs: Any, inputs: Any = None, class_name: str = "Functional") -> dict[str, Any]:
    starts = [entry["config"]["name"] for entry in layers if entry["class_name"] == "InputLayer"]
    listed = [[name, 0, 0] for name in starts] if inputs is None else inputs
    config = {"name": "m", "layers": [*layers], "input_layers": listed, "output_layers": outputs}
    return {"class_name": class_name, "config": config}


def sequential(*layers: Any, **config: Any) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": "m", "layers": [*layers], **config}}


def spec(data: dict[str, Any]) -> str:
    """The spec of a model, without its name."""
    return spec_text(read_keras(json.dumps(data), "model.json")).partition("\n")[2]


def refusal(data: dict[str, Any]) -> tuple[str, str | None]:
    with pytest.raises(Fault) as fault:
        spec(data)
    (found,) = fault.value.diagnostics
    assert found.code == "SC609"
    return found.sentence, found.help
