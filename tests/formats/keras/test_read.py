"""Models read from Keras's JSON, against what Keras says of them (`record.py`)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.analyse import analyse
from shapecalc.diagnostics import Fault, Span
from shapecalc.formats.flat_model import flatten, old_path
from shapecalc.formats.keras.reading.entries import block_name
from shapecalc.formats.keras.reading.read import is_keras, read_keras
from shapecalc.formats.keras.writing.json import keras_json
from shapecalc.formats.recorded_shapes import list_disagreements
from shapecalc.formats.spec_text import spec_text
from shapecalc.model.load import Library
from shapecalc.render.as_json import summary_json
from tests.formats.keras.recorded import LAYERS, READ, numbers, places, refuse_code, report_of


@pytest.mark.parametrize("name", READ["models"])
def test_what_keras_writes_is_read_with_its_numbers(name: str) -> None:
    recorded = dict(READ["models"][name])
    text = spec_text(read_keras(recorded.pop("json"), "model.json"))
    assert numbers(report_of(text)) == recorded


@pytest.mark.parametrize("name", sorted({*READ["models"]} - {"video", "two_ways"}))
def test_what_was_read_can_be_written_and_read_again(name: str) -> None:
    text = spec_text(read_keras(READ["models"][name]["json"], "model.json"))
    again = spec_text(read_keras(keras_json(flatten(report_of(text))), "model.json"))
    assert numbers(report_of(again)) == numbers(report_of(text))


def test_models_within_are_blocks_that_are_called_again() -> None:
    text = spec_text(read_keras(READ["models"]["siamese"]["json"], "model.json"))
    assert text.partition("blocks:\n")[2] == (
        "  Encoder:\n"
        "    layers:\n"
        "      - Conv2D: {filters: 4, kernel_size: 3, activation: relu, name: conv}\n"
        "      - GlobalMaxPooling2D: {name: pool}\n"
        "  Head:\n"
        "    layers:\n"
        "      - Dense: {units: 8, activation: relu}\n"
        "      - Dense: {units: 1}\n"
        "layers:\n"
        "  - Encoder: {name: encoder}\n"
        "    from: left\n"
        "  - reuse: encoder\n"
        "    from: right\n"
        "  - Concatenate: {name: joined}\n"
        "    from: [encoder, prev]\n"
        "  - Head\n"
    )


def test_a_wrapper_holds_a_model_as_a_block() -> None:
    text = spec_text(read_keras(READ["models"]["video"]["json"], "model.json"))
    assert "  - TimeDistributed: {layer: Encoder, name: each}\n" in text


def test_a_model_fed_by_name_has_its_inputs_in_the_order_of_their_keys() -> None:
    text = spec_text(read_keras(READ["models"]["two_ways"]["json"], "model.json"))
    assert "    outputs: {one: one, two: two}\nlayers:\n  - Inner:\n    from: [q, p]\n" in text


@pytest.mark.parametrize(
    ("own", "name"),
    [
        ("encoder", "Encoder"),
        ("my encoder.v2", "MyEncoderV2"),
        ("dense", "DenseModel"),
        ("3d", "Model3d"),
        ("", "Model"),
    ],
)
def test_a_block_has_a_name_that_no_layer_type_has(own: str, name: str) -> None:
    assert block_name(own, set()) == name
    assert block_name(own, {name}) in (f"{name}2", f"{name}_2")


def converted(text: str) -> str:
    """The spec of a model. Raises Fault."""
    flat = read_keras(text, "model.json")
    refuse_code(flat)
    return spec_text(flat)


def refusal(text: str) -> str:
    with pytest.raises(Fault) as fault:
        converted(text)
    (found,) = fault.value.diagnostics
    assert found.code == "SC609"
    return found.sentence


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sparse", "an input is one dense tensor of a given shape"),
        ("learnt", "lookup: its vocabulary was learnt, and is not in the config"),
        ("code", "is code, for which a spec has no word"),
    ],
)
def test_what_a_spec_cannot_say_is_refused(name: str, message: str) -> None:
    assert message in refusal(READ["refused"][name])


def test_a_call_of_training_is_kept() -> None:
    text = spec_text(read_keras(READ["refused"]["training"], "model.json"))
    assert "  - Dropout: {rate: 0.5}\n    call: {training: true}\n" in text
    report_of(text)


def layer(**config: Any) -> dict[str, Any]:
    return {"module": "keras.layers", "class_name": "Dense", "config": {"name": "a", "units": 2, **config}}


def sequential(*layers: Any, **config: Any) -> str:
    return json.dumps(
        {"class_name": "Sequential", "config": {"name": "m", "layers": list(layers), **config}, "module": "keras"}
    )


BUILT = {"build_input_shape": [None, 4]}

INITIALIZERS = {
    "Constant": {"value": 0.0}, "Identity": {"gain": 1.0}, "Ones": {}, "Orthogonal": {"gain": 1.0, "seed": None},
    "RandomNormal": {"mean": 0.0, "stddev": 0.05, "seed": None},
    "RandomUniform": {"minval": -0.05, "maxval": 0.05, "seed": None},
    "TruncatedNormal": {"mean": 0.0, "stddev": 0.05, "seed": None},
    "VarianceScaling": {"scale": 1.0, "mode": "fan_in", "distribution": "truncated_normal", "seed": None},
    "Zeros": {},
}  # fmt: skip
"""The classes of Keras's initializers with what it saves of each where nothing was said."""


@pytest.mark.parametrize("name", INITIALIZERS)
def test_an_initializer_that_says_its_defaults_is_read(name: str) -> None:
    saved = {"module": "keras.initializers", "class_name": name, "config": INITIALIZERS[name], "registered_name": None}
    text = spec_text(read_keras(sequential(layer(kernel_initializer=saved), **BUILT), "model.json"))
    assert analyse(Library().parse(text, "model.yaml")).diagnostics == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "a Functional or a Sequential model is wanted, this is something else"),
        ('{"class_name": "Mine", "config": {}}', "the model is of a class of somebody's own, Mine"),
        (
            '{"module": "keras.layers", "class_name": "Dense", "config": {}}',
            "a Functional or a Sequential model is wanted, this is a keras.layers.Dense",
        ),
        ('{"class_name": "Functional", "config": {}}', "the model lists no layers"),
        ('{"class_name": "Functional", "config": {"layers": []}}', "the model lists no inputs or no outputs"),
        (sequential(layer()), "the model does not say what it is fed: it was never built"),
        (sequential(layer(units="x"), **BUILT), "a: `units` of Dense must be a whole number of at least 1, got 'x'"),
        (sequential(layer(colour=3), **BUILT), "a: a spec's Dense has no argument `colour`"),
        (
            sequential(layer(dtype={"module": "keras", "class_name": "Q", "config": {}}), **BUILT),
            "a: the dtype policy Q is not one that",
        ),
        (sequential({"class_name": "Dense"}, **BUILT), "an entry of `layers` is no serialised layer"),
        (
            sequential({**layer(), "registered_name": "mine>Dense"}, **BUILT),
            "a: mine>Dense is code, for which a spec has no word: (None, 4) -> unknown",
        ),
        (
            sequential({**layer(), "class_name": "Mine"}, **BUILT),
            "a: keras.layers.Mine is code, for which a spec has no word",
        ),
        (
            sequential(layer(activation="$x"), **BUILT),
            "a: `activation` is $x: code, for which a spec has no word",
        ),
        (
            sequential({**layer(), "class_name": "StringLookup", "config": {"name": "a", "oov_token": "$x"}}, **BUILT),
            "a: a spec would take the `$` in '$x' for an expression",
        ),
    ],
)
def test_json_that_is_no_model_for_a_spec(text: str, message: str) -> None:
    assert refusal(text).startswith(message)


def functional(nodes: list[Any], outputs: Any) -> str:
    start = {
        "class_name": "InputLayer",
        "config": {"batch_shape": [None, 4], "name": "x"},
        "name": "x",
        "inbound_nodes": [],
    }
    entry = {**layer(), "name": "a", "inbound_nodes": nodes}
    config = {"name": "m", "layers": [start, entry], "input_layers": ["x", 0, 0], "output_layers": outputs}
    return json.dumps({"class_name": "Functional", "config": config})


def tensor(*history: Any) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": list(history)}}


def test_a_model_written_by_hand_is_read() -> None:
    text = spec_text(read_keras(functional([{"args": [tensor("x", 0, 0)]}], ["a", 0, 0]), "model.json"))
    assert text == "name: m\ninputs:\n  x: [4]\nlayers:\n  - Dense: {units: 2, name: a}\n"


def test_a_frozen_model_has_frozen_layers() -> None:
    text = spec_text(read_keras(sequential(layer(), trainable=False, **BUILT), "model.json"))
    assert text == "name: m\ninput: [4]\nlayers:\n  - Dense: {units: 2, trainable: false, name: a}\n"


@pytest.mark.parametrize(
    ("nodes", "outputs", "message"),
    [
        ([{"args": [tensor("x", 0, 0)]}, 3], ["a", 0, 0], "a: a call of it is written in no way that is known"),
        ([{"args": [tensor("a", 0, 0)]}], ["a", 0, 0], "a: it is fed by a layer that is not there, or by itself"),
        ([{"args": [tensor("b", 0, 0)]}], ["a", 0, 0], "a: it is fed by a layer that is not there, or by itself"),
        ([{"args": [tensor("x")]}], ["a", 0, 0], "a: ['x'] says from which layer a tensor comes in no way"),
        ([{"args": [tensor("x", 0, 0)]}], ["a", 1, 0], "there is no output 0 of `a`"),
        ([{"args": [tensor("x", 0, 0)]}], [], "the model lists no inputs or no outputs"),
        ([{"args": [tensor("x", 0, 0), 2]}], ["a", 0, 0], "a: it is called with 2 arguments, and a spec knows inputs"),
        ([{"args": [[tensor("x", 0, 0)] * 2]}], ["a", 0, 0], "a: a spec has no way to feed it tensors as `inputs`"),
        ([{"args": [[tensor("x", 0, 0), 2]]}], ["a", 0, 0], "a: a spec has no way to feed it tensors as `inputs`"),
        ([{"args": [[None, tensor("x", 0, 0)]]}], ["a", 0, 0], "a: it is fed something beside tensors as `inputs`"),
        ([{"args": [tensor("x", 0, 0)], "kwargs": {"loud": 3}}], ["a", 0, 0], "a: it is called with `loud` = 3"),
    ],
)
def test_graphs_that_lead_nowhere(nodes: list[Any], outputs: Any, message: str) -> None:
    assert refusal(functional(nodes, outputs)).startswith(message)


TEXTS = ("null", "0", "-1", "1e400", "true", '""', '"a/b"', '"$x"', "[]", "[[]]", "{}", '{"class_name": "A"}', "[null]")


def codes(text: str) -> set[str]:
    """What is found in a text: in reading it, else in the spec that it makes."""
    try:
        flat = read_keras(text, "model.json")
        written = spec_text(flat)
    except Fault as fault:
        return {one.code for one in fault.diagnostics}
    spec = Library().parse(written, "model.yaml", code=flat.code)
    report = analyse(spec)
    list_disagreements(flat, report)
    summary_json([report], report.diagnostics)
    return {"SC609"}


@settings(max_examples=300)
@given(
    st.sampled_from(list(READ["models"])),
    st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(TEXTS)), min_size=1, max_size=2),
)
def test_damage_is_refused_or_makes_another_spec(name: str, damage: list[tuple[int, str]]) -> None:
    model = json.loads(READ["models"][name]["json"])
    for at, junk in damage:
        found = places(model)
        container, key = found[at % len(found)]
        container[key] = json.loads(junk)
    assert codes(json.dumps(model)) <= {"SC511", "SC609"}


def test_text_that_is_no_json() -> None:
    with pytest.raises(Fault) as fault:
        read_keras('{"class_name": 1,\n "config" 2}', "model.json")
    (found,) = fault.value.diagnostics
    assert (found.code, found.span, found.message) == (
        "SC101",
        Span("model.json", 2, 11, 12),
        "the file is no JSON: Expecting ':' delimiter",
    )


def test_a_spec_is_not_taken_for_keras() -> None:
    assert is_keras(READ["models"]["chain"]["json"])
    assert not is_keras('{"input": [4], "layers": ["Flatten"]}')


OTHERS = [
    {"module": None, "registered_name": "{name}"},
    {"module": None, "registered_name": "keras>{name}"},
    {"module": "mine.layers", "registered_name": None},
    {"module": "mine.layers", "registered_name": "{name}"},
    {"module": "keras_mine.layers", "registered_name": None},
    {"module": "keras.layers", "registered_name": "mine>{name}"},
    {"registered_name": None},
]
"""How a class that only bears a name of Keras's is serialised: by module, and by the name it was registered under."""


def renamed(value: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    named = {key: text and text.format(name=value["class_name"]) for key, text in other.items()}
    return {key: item for key, item in value.items() if key != "module"} | named


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("kind", LAYERS)
def test_a_class_of_somebody_else_is_not_taken_for_keras_own(kind: str, other: dict[str, Any]) -> None:
    written = renamed(LAYERS[kind][0]["written"], other)
    found = refusal(sequential(written, **BUILT))
    assert written["class_name"][:30] in found
    assert "is code, for which a spec has no word" in found


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("argument", ["kernel_initializer", "kernel_regularizer", "kernel_constraint", "dtype"])
def test_an_object_of_somebody_else_is_not_taken_for_keras_own(argument: str, other: dict[str, Any]) -> None:
    names = {"kernel_initializer": "Zeros", "kernel_regularizer": "L2", "kernel_constraint": "NonNeg"}
    value = renamed({"class_name": names.get(argument, "DTypePolicy"), "config": {"name": "float32"}}, other)
    found = refusal(sequential(layer(**{argument: value}), **BUILT))
    assert found.startswith("a: ")
    assert "code, for which" in found or "is an object that a spec cannot hold" in found


@pytest.mark.parametrize("other", OTHERS)
def test_a_layer_within_another_may_not_be_somebody_elses(other: dict[str, Any]) -> None:
    inner = renamed(layer(), other)
    outer = {"module": "keras.layers", "class_name": "TimeDistributed", "config": {"name": "a", "layer": inner}}
    assert "a: TimeDistributed of " in refusal(sequential(outer, **BUILT))
    assert f"{inner['class_name']} is code, for which" in refusal(sequential(outer, **BUILT))


@pytest.mark.parametrize("other", OTHERS[:-1])
def test_a_model_of_somebody_elses_class_is_read_as_its_layers_and_says_so(other: dict[str, Any]) -> None:
    model = json.loads(sequential(layer(), **BUILT))
    flat = read_keras(json.dumps(renamed(model, other)), "model.json")
    assert [*flat.layers] == ["a"]
    (found,) = flat.notes
    assert (found.code, found.severity, found.subject) == ("SC616", "note", "m")
    assert found.message.endswith(", which is not Keras's, is read as the model of layers that it was made of")


def test_a_class_of_somebody_else_within_a_model_is_no_model_unless_it_lists_its_calls() -> None:
    inner = {**json.loads(sequential(layer(), **BUILT)), "module": "mine", "class_name": "Stack"}
    assert refusal(sequential(inner, **BUILT)).startswith("m: mine.Stack is code, for which a spec has no word")


@pytest.mark.parametrize(
    ("own", "clean"),
    [
        ("a b", "a_b"),
        ("prev", "dense"),
        ("input", "dense"),
        ("block.1.bn", "block_1_bn"),
        ("2nd", "dense_2nd"),
        ("größe", "grosse"),
        ("$x", "x"),
        ("層", "dense"),
        ("a" * 201, "a" * 200),
    ],
)
def test_a_name_that_a_spec_cannot_have_is_changed_and_said(own: str, clean: str) -> None:
    flat = read_keras(sequential(layer(name=own), **BUILT), "model.json")
    assert [*flat.layers] == [clean]
    assert old_path(flat, clean) == own
    assert [(finding.code, finding.severity) for finding in flat.notes] == [("SC616", "note")]
    report_of(spec_text(flat))


def test_a_changed_name_is_none_that_another_layer_has() -> None:
    flat = read_keras(sequential(layer(name="a.b"), layer(name="a_b"), layer(name="a b"), **BUILT), "model.json")
    assert {old_path(flat, name): name for name in flat.layers} == {"a.b": "a_b_1", "a_b": "a_b", "a b": "a_b_2"}


def test_two_layers_of_one_name_are_refused() -> None:
    assert refusal(sequential(layer(), layer(units=3), **BUILT)) == "two layers are called `a`"
