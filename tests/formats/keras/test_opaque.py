"""Keras models with layers that hold code (`record_code.py`): shown as Keras shows them, and never run or converted."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.code import list_code_layers
from shapecalc.diagnostics import Fault
from shapecalc.dims import size_text
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.render.as_json import shape_json, summary_json
from tests.formats.keras.recorded import CODE, places, read_report, refuse_code, without_records

ALL_CODE = {
    "several_outputs": ["attend"], "lambdas": ["cut", "halved", "shifted"], "at_the_end": ["pool"],
    "subclass_within": ["tower"], "in_wrappers": ["each", "loop"], "nested": ["encoder/double", "encoder/inner_pool"],
    "arguments": [], "called_twice": ["double"], "call_arguments": ["pool"], "sequential": ["double", "pool"],
    "masked": ["double"], "open_axes": ["double"], "in_the_batch": ["patches"], "mapping": ["named"],
    "frozen": ["attend"], "autoencoder": ["encoder/draw"], "reader": ["places", "blend"],
    "shortcuts": ["first", "second"],
}  # fmt: skip
"""The layers of each recorded model of which nothing is known but records."""

TEXTS = (
    "null", "0", "-1", "1e400", "true", '""', '"a/b"', '"$x"', "[]", "[[]]", "{}", '{"class_name": "A"}', "[null]",
    '{"class_name": "A", "config": {}, "module": "a"}', '{"class_name": "__lambda__"}', "[null, 0]",
    "[null, 99999999999]",
)  # fmt: skip


def test_every_recorded_model_is_listed() -> None:
    assert [*ALL_CODE] == [*CODE]


@pytest.mark.parametrize("name", CODE)
def test_rows_are_those_of_keras(name: str) -> None:
    """Names, types, shapes of every call and parameters; what leaves the model alone is recorded nowhere."""
    flat, report = read_keras(CODE[name]["json"], "model.json"), read_report(CODE[name]["json"])
    assert {finding.code for finding in report.diagnostics} == {"SC615"}
    rows = [row for row in report.rows if row.node.entry is not None]
    waiting = {layer: [*called] for layer, (_, called, _) in CODE[name]["layers"].items()}
    for call, row in zip(flat.calls, rows, strict=True):
        kind, _, params = CODE[name]["layers"][call.layer]
        assert row.node.weights_of == call.layer
        shapes = [shape_json(shape) for shape in row.shapes]
        assert row.type == {"Functional": "Encoder", "Sequential": "Decoder"}.get(kind, kind)
        assert shapes in ([None], waiting[call.layer].pop(0))
        if not size_text(row.params).endswith("unknown"):
            assert row.params == (0 if row.reused else params)
    assert not any(waiting.values())


@pytest.mark.parametrize("name", CODE)
def test_the_layers_of_code_are_all_found(name: str) -> None:
    report = read_report(CODE[name]["json"])
    assert [layer.path for layer in list_code_layers(report) if layer.is_opaque] == ALL_CODE[name]


def test_what_a_layer_of_code_is_called() -> None:
    owners = {
        layer.path: layer.code
        for name in ("in_wrappers", "lambdas", "nested", "arguments")
        for layer in list_code_layers(read_report(CODE[name]["json"]))
    }
    assert owners == {
        "each": "TimeDistributed of Double",
        "loop": "RNN of mine>Cell",
        "both": "layer.activation mine>swoosh, backward_layer.activation mine>swoosh",
        "dense_each": "layer.activation mine>swoosh",
        "cut": "Lambda of a lambda",
        "halved": "Lambda of halve",
        "shifted": "Lambda of a lambda",
        "encoder/double": "Double",
        "encoder/inner_pool": "mine>Pool",
        "active": "activation mine>swoosh",
        "weighed": "kernel_initializer mine>Halves, kernel_constraint mine>Small",
        "function": "activation halve",
        "lean": "bias_initializer mine>Halves, kernel_regularizer mine>Lean",
    }


def test_a_conversion_names_them_all_at_once() -> None:
    with pytest.raises(Fault) as caught:
        refuse_code(read_keras(CODE["in_wrappers"]["json"], "model.json"))
    assert [
        (finding.code, str(finding.span and finding.span.place), finding.sentence)
        for finding in caught.value.diagnostics
    ] == [
        (
            "SC609",
            "config.layers[1]",
            "each: TimeDistributed of Double is code, for which a spec has no word: (None, 8, 6) -> (None, 8, 6)",
        ),
        (
            "SC609",
            "config.layers[2]",
            "loop: RNN of mine>Cell is code, for which a spec has no word: (None, 8, 6) -> (None, 8, 5)",
        ),
        (
            "SC609",
            "config.layers[3]",
            "both: `layer.activation` is mine>swoosh and `backward_layer.activation` is mine>swoosh: code, for which a "
            "spec has no word",
        ),
        (
            "SC609",
            "config.layers[4]",
            "dense_each: `layer.activation` is mine>swoosh: code, for which a spec has no word",
        ),
    ]


def test_a_model_without_code_is_converted() -> None:
    model = json.loads(CODE["sequential"]["json"])
    del model["config"]["layers"][2], model["config"]["layers"][4:]
    refuse_code(read_keras(json.dumps(model), "model.json"))


def test_a_frozen_layer_has_nothing_to_train() -> None:
    report = read_report(CODE["frozen"]["json"])
    assert report.trainable == 0
    assert size_text(report.non_trainable) == "unknown"
    assert [tensor.dtype for tensor in report.rows[1].outputs.values()] == ["float32", "bfloat16"]


def sequential(*layers: dict[str, Any]) -> str:
    return json.dumps(
        {
            "module": "keras",
            "class_name": "Sequential",
            "config": {"name": "m", "layers": list(layers), "build_input_shape": [None, 4]},
        }
    )


def own_layer(**said: Any) -> dict[str, Any]:
    return {"module": None, "class_name": "Mine", "registered_name": "Mine", "config": {"name": "a"}, **said}


def test_a_word_that_keras_does_not_know_is_a_function_of_somebody() -> None:
    dense = {
        "module": "keras.layers",
        "class_name": "Dense",
        "config": {"name": "a", "units": 2, "activation": "mish2"},
    }
    report = read_report(sequential(dense))
    assert report.params == 10
    assert [layer.code for layer in list_code_layers(report)] == ["activation mish2"]


@pytest.mark.parametrize(
    "code", [{"value": ["4wEA", None, None]}, {"code": "4wEA", "defaults": None, "closure": None}, []]
)
def test_an_activation_that_is_bare_code_is_a_lambda(code: Any) -> None:
    dense = {"module": "keras.layers", "class_name": "Dense", "config": {"name": "a", "units": 2, "activation": code}}
    report = read_report(sequential(dense))
    assert report.params == 10
    assert [layer.code for layer in list_code_layers(report)] == ["activation a lambda"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Mine"),
        ({"module": "mine.layers", "registered_name": None}, "mine.layers.Mine"),
        ({"module": "mine.layers", "registered_name": "mine>Mine"}, "mine>Mine"),
        ({"module": "keras.layers", "registered_name": None}, "keras.layers.Mine"),
        ({"class_name": "Dense", "registered_name": "mine>Dense", "module": "keras.layers"}, "mine>Dense"),
        ({"class_name": "\x1b[31mMine\n", "registered_name": None}, "\x1b[31mMine\n"),
        ({"class_name": "x" * 500, "registered_name": None}, "x" * 500),
    ],
)
def test_whose_a_class_is(said: dict[str, Any], words: str) -> None:
    report = read_report(sequential(own_layer(**said)))
    assert [layer.code for layer in list_code_layers(report)] == [words]
    assert all(len(finding.message) < 300 for finding in report.diagnostics)


def codes(text: str) -> set[str]:
    """Why a model is not read; nothing where it can be shown, and a conversion is refused or goes on."""
    try:
        report = read_report(text)
    except Fault as fault:
        return {finding.code for finding in fault.diagnostics}
    assert summary_json([report], report.diagnostics)
    with suppress(Fault):
        refuse_code(read_keras(text, "model.json"))
    return set()


@settings(max_examples=300)
@given(
    st.sampled_from([*CODE]),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(TEXTS)), min_size=1, max_size=3),
)
def test_a_damaged_model_is_refused_or_shown(name: str, bare: bool, damage: list[tuple[int, str]]) -> None:
    model = json.loads(CODE[name]["json"])
    model = without_records(model) if bare else model
    for position, junk in damage:
        found = places(model)
        container, key = found[position % len(found)]
        container[key] = json.loads(junk)
    assert codes(json.dumps(model)) <= {"SC609", "SC511"}


def test_a_layer_that_is_called_like_a_word_of_yaml_may_be_the_output() -> None:
    dense = {"module": "keras.layers", "class_name": "Dense", "config": {"name": "None", "units": 2}}
    assert str(read_report(sequential(dense)).outputs["output"].shape) == "(None, 2)"
