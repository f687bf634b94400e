"""Where Keras's files keep weights, held to what Keras wrote of every golden case and of the models of `specs/`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapecalc.analysis.report import Report
from shapecalc.formats.weights import keras3
from shapecalc.formats.weights.layout import list_wanted, place_weights
from shapecalc.formats.weights.match import match_weights
from shapecalc.formats.weights.order import class_name
from shapecalc.formats.weights.save import find_names_in_keras
from shapecalc.formats.weights.stored import StoredWeight, WeightFile
from shapecalc.layers.infer import infer
from tests.formats.weights.written import reports
from tests.golden.calls import fed_tensors, made
from tests.golden.cases import digest, families, load
from tests.layering import feed_by_ports

DATA = Path(__file__).parent / "data"
LAYOUTS: dict[str, list[Any]] = json.loads((DATA / "layouts.json").read_text("utf-8"))
MODELS: dict[str, list[Any]] = json.loads((DATA / "models.json").read_text("utf-8"))
OUT_OF_REACH = {"wavenet": {"gated/29/conv1d"}}
"""Layers that lead to no output of the model, but to one of their block: laid flat, they are no layers of Keras's."""
CASES = {kind: cases for family in families() for kind, cases in load(family).CASES.items()}


@pytest.mark.parametrize("kind", LAYOUTS)
def test_the_places_of_weights_within_a_layer(kind: str) -> None:
    for index, told, places in LAYOUTS[kind]:
        case = CASES[kind][index]
        assert told == digest(case), f"case {index} was changed: record it again"
        layer = made(kind, case)
        inferred = infer(layer, feed_by_ports(layer, fed_tensors(case)))
        kept = dict(place_weights(layer, inferred))
        found = [sorted(kept[path]) for path, _ in inferred.all_weights()]
        wanted = [sorted(place.split()) for place in places]
        if case["config"].get("lora_rank"):  # the kernel is saved with the product of the two added
            wanted[0] = ["vars/0"]
        assert found == wanted, case


def test_every_type_with_weights_was_recorded() -> None:
    recorded = {
        kind
        for family in families()
        for kind, cases in load(family).CASES.items()
        if not kind.startswith("ops.") and any(has_weights(kind, case) for case in cases if not case.get("error"))
    }
    assert recorded == set(LAYOUTS)


def has_weights(kind: str, case: dict[str, Any]) -> bool:
    layer = made(kind, case)
    return bool(list(infer(layer, feed_by_ports(layer, fed_tensors(case))).all_weights()))


@cache
def specs() -> dict[str, Report]:
    return {name: report for name, report in reports() if name in MODELS}


def rows_of(name: str) -> dict[str, tuple[str, list[list[str]]]]:
    """By the name of each layer, as Keras has it, its group and the places of each of its weights."""
    plain = {
        layer: (group, [f"vars/{number}" for number in range(places)] if isinstance(places, int) else places)
        for layer, group, places in MODELS[name]
    }
    return {layer: (group, [place.split() for place in places]) for layer, (group, places) in plain.items()}


@pytest.mark.parametrize("name", MODELS)
def test_the_layout_of_a_model_is_the_one_that_keras_writes_and_loads(name: str) -> None:
    """The record holds what Keras loaded of our file too (`record_models.py`), each weight in its place."""
    layers = list_wanted(specs()[name], flat=True)
    names = find_names_in_keras(specs()[name])
    assert {
        names[layer.path]: (layer.places[0], [sorted(kept) for kept in layer.kept.values()]) for layer in layers
    } == {layer: (group, [sorted(kept) for kept in places]) for layer, (group, places) in rows_of(name).items()}
    assert all(len(layer.places) == 1 for layer in layers)


def file_of(name: str, *, named: bool) -> tuple[WeightFile, dict[str, str]]:
    """What Keras saved of a model, with or without the names of layers, and which array is which weight of ours."""
    in_keras = find_names_in_keras(specs()[name])
    wanted = {in_keras[layer.path]: layer for layer in list_wanted(specs()[name])}
    weights: dict[str, StoredWeight] = {}
    expected: dict[str, str] = {}
    names: dict[str, str] = {}
    for layer, (group, places) in rows_of(name).items():
        names[f"layers/{group}"] = layer
        for (path, weight), kept in zip(wanted[layer].weights.items(), places, strict=True):
            shape = tuple(size for size in weight.shape if isinstance(size, int))
            expected[f"{wanted[layer].path}/{path}"] = f"layers/{group}/{min(kept, key=len)}"
            weights |= {f"layers/{group}/{place}": StoredWeight(shape, "float32", never_read) for place in kept}
    weights = keras3.keep_of_model(dict(sorted(weights.items())))
    layers = keras3.list_layers(weights, lambda group: names[group] if named else "")
    return WeightFile("model.weights.h5", "Keras 3", weights, layers), expected


def never_read() -> np.ndarray[Any, Any]:
    raise AssertionError("matching reads no numbers")


@pytest.mark.parametrize("named", [True, False], ids=["named", "unnamed"])
@pytest.mark.parametrize("name", MODELS)
def test_what_keras_saved_is_matched_completely_and_by_name(name: str, named: bool) -> None:
    file, expected = file_of(name, named=named)
    match = match_weights(specs()[name], file)
    assert match.names == expected
    assert (match.by_order, match.unexpected, match.other_shapes) == ([], [], [])
    assert {path.rpartition("/")[0] for path in match.missing} == OUT_OF_REACH.get(name, set())


@pytest.mark.parametrize(
    ("kind", "name"),
    [("Conv2DTranspose", "conv2d_transpose"), ("LSTM", "lstm"), ("GroupQueryAttention", "grouped_query_attention")],
)
def test_the_names_of_classes(kind: str, name: str) -> None:
    assert class_name(kind) == name
