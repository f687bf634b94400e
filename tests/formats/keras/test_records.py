"""What a Keras file records of the tensors between its layers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shapecalc.diagnostics import Fault
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.formats.keras.reading.records import note_built_shapes
from tests.formats.keras.recorded import CODE, READ


def tensors_within(value: Any) -> list[dict[str, Any]]:
    """The configs of all tensors in a model's JSON."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return [value["config"]]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [tensor for item in items for tensor in tensors_within(item)]


@pytest.mark.parametrize("name", READ["models"])
def test_every_tensor_of_a_file_is_noted(name: str) -> None:
    model = json.loads(READ["models"][name]["json"])
    flat = read_keras(json.dumps(model), "model.json")
    noted = [shape for each in (flat, *flat.blocks.values()) for shape, _ in each.tensors.values()]
    assert all(tensor["shape"] in noted for tensor in tensors_within(model))


def test_a_file_that_says_two_things_of_a_tensor_is_refused() -> None:
    model = json.loads(CODE["several_outputs"]["json"])
    first, second = [tensor for tensor in tensors_within(model) if tensor["keras_history"][0] == "attend"]
    second["keras_history"] = first["keras_history"]
    with pytest.raises(Fault) as caught:
        read_keras(json.dumps(model), "model.json")
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.sentence) == (
        "SC511",
        "attend: the file records its output as (None, 8, 4) and as (None, 8, 3)",
    )


@pytest.mark.parametrize("shape", ["(8,)", None, [None, -1], [True], [None, 8.0], {"0": 1}])
def test_what_is_no_shape_is_as_if_not_recorded(shape: Any) -> None:
    model = json.loads(CODE["several_outputs"]["json"])
    for tensor in tensors_within(model):
        tensor["shape"] = shape
    flat = read_keras(json.dumps(model), "model.json")
    assert [source for source, (_, dtype) in flat.tensors.items() if dtype] == []


def test_a_sequential_records_what_its_layers_were_built_for() -> None:
    def entry(class_name: str, shape: list[int | None] | None = None) -> dict[str, Any]:
        return {"class_name": class_name, "build_config": {"input_shape": shape}}

    entries = [entry("A"), entry("Dropout"), entry("Dense", [None, 4]), entry("B"), entry("C"), entry("D", [None, 2])]
    sources = [(name, 0, 0) for name in "xabcde"]
    tensors: dict[Any, Any] = {}
    note_built_shapes(tensors, sources, entries)
    assert tensors == {
        ("a", 0, 0): ([None, 4], ""),
        ("b", 0, 0): ([None, 4], ""),
        ("e", 0, 0): ([None, 2], ""),
    }
