"""All networks of keras.applications: read layer by layer as Keras says, folded, run, and written for Keras again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from shapecalc.analysis.report import Row
from shapecalc.analysis.verify import run_model
from shapecalc.formats.flat_model import flatten
from shapecalc.formats.folding.verify import is_same_model
from shapecalc.formats.folding.write import Written
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.formats.keras.writing.json import keras_json
from shapecalc.formats.spec_text import spec_text
from shapecalc.layers.class_names import camel_case
from shapecalc.render.as_json import shape_json
from tests.formats.folding.converted import report_of, written
from tests.golden.arrays import Array
from tests.golden.networks import (
    DATA,
    EVERY,
    FOLDER,
    NAMES,
    RUN,
    picture_for,
    read_network,
    weight_of,
    without_softmax,
)

TOLERANCE = 1e-4
"""Of the largest logit."""

ALWAYS = ("MobileNetV2", "ResNet50")
"""Networks that are folded and run whenever the tests are."""

SPELT = {"LayerScale": "EinsumDense", "CustomScaleLayer": "Add"}
"""Classes that a spec has no type for, and the type of the layer that has their name."""

OFTEN_OR_LONG = [pytest.param(name, marks=() if name in ALWAYS else pytest.mark.long) for name in NAMES]


def rows_by_path(rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    """Every layer that is no block, by its path."""
    for row in rows:
        if row.rows:
            yield from rows_by_path(row.rows)
        else:
            yield row.path + row.name, row


def type_of(class_name: str, row: Row) -> str:
    """The type that a layer of Keras is in a spec: functions have classes too."""
    known = SPELT.get(class_name, class_name)
    return row.type if row.type.startswith("ops.") and camel_case(row.type.removeprefix("ops.")) == known else known


def convert(name: str, *, fold: bool = True) -> Written:
    return written(read_keras(read_network(name).json, f"{name}.json"), fold=fold)


def paths_of(result: Written) -> dict[str, str]:
    """The path of each layer in a spec by the layer's name, which is the only one even within other models."""
    return {layer.rpartition("/")[2]: path for layer, path in result.names.items()}


def hold_layer_by_layer(name: str, result: Written) -> None:
    """Every layer has the type, the shape and the weights that Keras says, under the path that it is said to have."""
    network, rows = read_network(name), dict(rows_by_path(result.report.rows))
    assert result.report.diagnostics == []
    assert (result.report.params, result.report.trainable) == (network.params, network.trainable)
    paths = paths_of(result)
    for layer, recorded in network.layers.items():
        row = rows.pop(paths[layer])
        assert row.type == type_of(recorded.class_name, row)
        assert [shape_json(shape) for shape in row.shapes] == [recorded.output]
        assert [([*one.shape], one.trainable) for _, one in row.weights] == [
            (shape, trained) for _, shape, trained in recorded.weights
        ]
    assert {row.type for row in rows.values()} <= {"InputLayer", "Rescaling"}


@pytest.mark.parametrize("name", NAMES)
def test_each_layer_is_read_as_keras_says(name: str) -> None:
    hold_layer_by_layer(name, convert(name, fold=False))


@pytest.mark.parametrize("name", OFTEN_OR_LONG)
def test_each_layer_of_the_folded_spec_is_as_keras_says(name: str) -> None:
    hold_layer_by_layer(name, convert(name))


@pytest.mark.parametrize("name", NAMES)
def test_keras_made_the_same_network_of_what_was_written_for_it(name: str) -> None:
    network = read_network(name)
    counts = {"params": network.params, "trainable": network.trainable}
    scalings = [layer.output for layer in network.layers.values() if layer.class_name == "CustomScaleLayer"]
    assert network.back == {**counts, "more": [f"({shape}, [])" for shape in scalings], "fewer": []}


@pytest.mark.parametrize("name", OFTEN_OR_LONG)
def test_what_is_written_for_keras_is_read_as_the_same_network(name: str) -> None:
    result = convert(name)
    again = report_of(spec_text(read_keras(keras_json(flatten(result.report)), "model.json")))
    assert is_same_model(again, result.report)


def weights_of(name: str, result: Written) -> dict[str, Array]:
    """The weights that Keras was given, by their paths in a spec."""
    rows = dict(rows_by_path(result.report.rows))
    paths = paths_of(result)
    weights = {}
    for layer, recorded in read_network(name).layers.items():
        path = paths[layer]
        own = [weight for weight, _ in rows[path].weights]
        for number, ((called, shape, _), weight) in enumerate(zip(recorded.weights, own, strict=True)):
            weights[f"{path}/{weight}"] = weight_of(name, layer, number, called, shape)
    return weights


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in ALWAYS else pytest.mark.long) for name in RUN])
def test_the_forward_pass_of_the_folded_spec_is_that_of_keras(name: str) -> None:
    with np.load(DATA / "networks.npz", allow_pickle=False) as archive:
        recorded = archive[name]
    assert recorded.shape == (1, 100)
    flat = read_keras(without_softmax(read_network(name).json), f"{name}.json")
    result = written(flat)
    size, given = flat.inputs[0].shape[0], next(iter(result.report.inputs))
    run = run_model(result.report, {given: picture_for(name, size)}, weights_of(name, result))
    assert run.diagnostics == []
    logits = run.outputs["output"][:, ::EVERY]
    np.testing.assert_allclose(logits, recorded, rtol=0, atol=TOLERANCE * np.abs(recorded).max())


def test_every_recorded_network_is_tested() -> None:
    assert sorted(path.name.partition(".")[0] for path in FOLDER.iterdir()) == sorted(NAMES)
