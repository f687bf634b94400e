"""Masks of Keras 2 that Keras 3 would not obey, or would make otherwise."""

from __future__ import annotations

from typing import Any

from tests.formats.keras.keras2.written import layer, model, refusal, spec, start

STATE = start("h", 4)


def embedding(name: str = "e", source: str = "x") -> dict[str, Any]:
    return layer("Embedding", name, [[[source, 0, 0, {}]]], input_dim=5, output_dim=4, mask_zero=True)


def gru(source: str, *, state: bool = True) -> dict[str, Any]:
    fed = [[source, 0, 0, {}], *([["h", 0, 0, {}]] if state else [])]
    return layer("GRU", "g", [fed], units=4, reset_after=True)


def test_a_mask_is_fed_beside_a_state() -> None:
    text = spec(model(start("x", 6), STATE, embedding(), gru("e"), outputs=[["g", 0, 0]]))
    assert "  - ops.not_equal: {x1: 0" in text
    assert "initial_state: [h], mask: " in text


def test_a_mask_that_keras_3_obeys_too_is_not_fed() -> None:
    text = spec(model(start("x", 6), STATE, embedding(), gru("e", state=False), outputs=[["g", 0, 0]]))
    assert "not_equal" not in text


def test_a_mask_of_features_is_fed_by_hand() -> None:
    masking = layer("Masking", "m", [[["x", 0, 0, {}]]], mask_value=0.5)
    text = spec(model(start("x", 6, 4), STATE, masking, gru("m"), outputs=[["g", 0, 0]]))
    assert "  - ops.not_equal: {x1: 0.5" in text
    assert "  - ops.any: {axis: -1" in text


def test_masks_that_are_joined_are_fed_by_hand() -> None:
    add = layer("Add", "a", [[["e", 0, 0, {}], ["f", 0, 0, {}]]])
    layers = [start("x", 6), start("y", 6), embedding(), embedding("f", "y"), add, gru("a", state=False)]
    assert "ops.logical_and" in spec(model(*layers, outputs=[["g", 0, 0]]))


def test_a_mask_that_a_layer_stopped_is_refused_where_it_would_be_obeyed() -> None:
    stop = layer("Rescaling", "r", [[["e", 0, 0, {}]]], scale=2.0)
    data = model(start("x", 6), embedding(), stop, gru("r", state=False), outputs=[["g", 0, 0]])
    assert "g: its mask is another in Keras 3 than in Keras 2" in refusal(data)[0]


def test_a_mask_that_starts_in_a_model_within_is_refused_beside_a_state() -> None:
    inner = model(start("i", 6), embedding("e", "i"), outputs=[["e", 0, 0]])
    inner["config"]["name"] = "inner"
    nested = {**inner, "name": "inner", "inbound_nodes": [[["x", 0, 0, {}]]]}
    data = model(start("x", 6), STATE, nested, gru("inner"), outputs=[["g", 0, 0]])
    assert "g: its mask is another in Keras 3 than in Keras 2" in refusal(data)[0]
