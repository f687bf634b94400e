"""Functions of keras.ops to and from Keras's JSON, against what Keras saves of them (`record.py`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.diagnostics import Fault
from shapecalc.formats.flat_model import flatten
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.formats.keras.writing.json import keras_json
from shapecalc.formats.spec_text import spec_text
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import CATALOGUE
from shapecalc.model.load import Library
from tests.formats.keras.recorded import refuse_code
from tests.golden.cases import load
from tests.layering import layer_of

READ: dict[str, Any] = json.loads((Path(__file__).parent / "read.json").read_text())["models"]
SAVED: dict[str, list[dict[str, Any]]] = json.loads((Path(__file__).parent / "operations.json").read_text())
CALLS = [
    pytest.param(kind, saved["case"], saved["layers"], id=f"{kind}/{saved['case']}")
    for kind, calls in SAVED.items()
    for saved in calls
]
FIRST_NAMES = {"ops.abs": "ops.absolute", "ops.hard_swish": "ops.hard_silu", "ops.swish": "ops.silu"}


def model(layers: list[Any], *outputs: Any) -> str:
    inputs = [[entry["name"], 0, 0] for entry in layers if entry["class_name"] == "InputLayer"]
    ends = list(outputs) or [[layers[-1]["name"], 0, 0]]
    config = {"name": "m", "layers": layers, "input_layers": inputs, "output_layers": ends}
    return json.dumps({"class_name": "Functional", "config": config})


def written(text: str) -> list[dict[str, Any]]:
    """The layers of what Keras is given of a spec."""
    found: list[dict[str, Any]] = json.loads(keras_json(flatten(analyse(Library().parse(text, "m.yaml")))))["config"][
        "layers"
    ]
    return found


def bare(value: Any) -> Any:
    """A call with nothing of a tensor but that it is one."""
    if isinstance(value, dict):
        return "tensor" if value.get("class_name") == "__keras_tensor__" else {k: bare(v) for k, v in value.items()}
    return [bare(item) for item in value] if isinstance(value, list) else value


def test_every_function_that_keras_saves_is_there() -> None:
    assert {kind for kind in CATALOGUE if kind.startswith("ops.")} == SAVED.keys()
    assert [kind for kind, calls in SAVED.items() if not calls] == ["ops.arange"]


@pytest.mark.parametrize(("kind", "case", "layers"), CALLS)
def test_what_keras_saves_of_a_function_is_read(kind: str, case: int, layers: list[Any]) -> None:
    ((type_name, arguments),) = read_keras(model(layers), "model.json").layers.values()
    assert type_name == FIRST_NAMES.get(kind, kind)
    got, given = layer_of(type_name, arguments), layer_of(kind, load("ops").CASES[kind][case]["config"])
    assert said(given).items() <= said(got).items()


def said(layer: Layer) -> dict[str, Any]:
    """The arguments that say something."""
    values = {name: getattr(layer, name) for name in type(layer).args}
    return {name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize(("kind", "case", "layers"), CALLS)
def test_a_function_is_written_as_keras_saves_it(kind: str, case: int, layers: list[Any]) -> None:
    entry, wanted = written(spec_text(read_keras(model(layers), "model.json")))[-1], layers[-1]
    for key in ("module", "class_name", "registered_name"):
        assert entry[key] == wanted[key]
    config = entry["config"] | ({"repeats": 2} if (kind, case) == ("ops.tile", 1) else {})
    assert {name: value for name, value in wanted["config"].items() if value is not None or name in config} == config
    (got,), (node,) = entry["inbound_nodes"], wanted["inbound_nodes"]
    beside = [value for value in node["kwargs"].values() if value is not None]
    assert bare(got["args"]) == bare(node["args"] + beside)


def source(*shape: int, name: str = "x", dtype: str = "float32") -> dict[str, Any]:
    config = {"batch_shape": [None, *shape], "dtype": dtype, "name": name}
    return {"class_name": "InputLayer", "config": config, "name": name, "inbound_nodes": []}


def tensor(name: str = "x") -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}


def function(class_name: str, *args: Any, module: str = "numpy", name: str = "f", **more: Any) -> dict[str, Any]:
    found = {"module": f"keras.src.ops.{module}", "class_name": class_name, "config": {"name": name}, "name": name}
    return {**found, "registered_name": class_name, "inbound_nodes": [{"args": list(args), "kwargs": {}}], **more}


def lines(*layers: Any) -> list[str]:
    flat = read_keras(model(list(layers)), "model.json")
    refuse_code(flat)
    return spec_text(flat).splitlines()


def test_a_function_that_is_called_twice_is_two_entries() -> None:
    nodes = [{"args": [tensor(), 2.0], "kwargs": {}}, {"args": [tensor(), 3.0], "kwargs": {}}]
    text = spec_text(
        read_keras(model([source(4), function("Multiply", inbound_nodes=nodes)], ["f", 0, 0], ["f", 1, 0]), "m.json")
    )
    assert text.splitlines()[3:] == [
        "layers:",
        "  - ops.multiply: {x2: 2.0, name: f}",
        "  - ops.multiply: {x2: 3.0, name: f_1}",
        "    from: x",
        "outputs: {f: f, f_1: f_1}",
    ]


def array(value: Any, dtype: str, kind: str = "__numpy__") -> dict[str, Any]:
    return {"class_name": kind, "config": {"value": value, "dtype": dtype}}


@pytest.mark.parametrize("kind", ["__numpy__", "__tensor__"])
def test_an_array_in_a_call_is_a_list(kind: str) -> None:
    found = lines(source(2), function("Add", tensor(), array([1.0, 2.0], "float32", kind)))
    assert found[-1] == "  - ops.add: {x2: [1.0, 2.0], name: f}"


def test_an_array_of_another_dtype_or_where_tensors_stand_is_a_weight() -> None:
    weight = "  - Weight: {shape: [2], initializer: {constant: {value: [1, 2]}}, trainable: false, name: constant}"
    value = '  - ops.get_item: {key: "0", name: constant_get_item}'
    found = lines(source(2), function("Add", tensor(), array([1, 2], "int64")))
    cast = "  - ops.cast: {dtype: int64, name: constant_cast}"
    assert found[4:] == [weight, value, cast, "  - ops.add: {name: f}", "    from: [x, prev]"]
    found = lines(source(2), function("Multiply", array([1, 2], "float32"), tensor(), name="g"))
    assert found[-1] == "  - ops.multiply: {x1: [1, 2], name: g}"
    found = lines(source(2), function("Stack", [tensor(), array([1, 2], "float32")]))
    assert found[4:] == [weight, value, "  - ops.stack: {name: f}", "    from: [x, prev]"]


def test_many_numbers_are_a_weight_that_starts_as_zeros_and_equal_numbers_are_one() -> None:
    def weights(value: Any) -> list[str]:
        return lines(source(2), function("Add", tensor(), array(value, "float32")))[4:5]

    start = "  - Weight: {shape: [65], initializer: "
    assert weights([*range(65)]) == [start + "zeros, trainable: false, name: constant}"]
    assert weights([0.5] * 65) == [start + "{constant: {value: 0.5}}, trainable: false, name: constant}"]


def test_one_array_in_two_calls_is_one_weight() -> None:
    numbers = array([*range(65)], "float32")
    found = lines(
        source(65), function("Add", tensor(), numbers, name="g"), function("Multiply", tensor("g"), numbers, name="f")
    )
    assert [line.split(":")[0] for line in found if line.startswith("  - ")] == [
        "  - Weight", "  - ops.get_item", "  - ops.add", "  - ops.multiply"
    ]  # fmt: skip


def test_ids_that_are_not_0_are_a_function_where_they_are_no_mask() -> None:
    compared = function("NotEqual", tensor("ids"), 0, name="there")
    cast = {**function("Cast", tensor("there"), module="core"), "config": {"name": "f", "dtype": "float32"}}
    assert lines(source(3, name="ids", dtype="int32"), compared, cast)[-2:] == [
        "  - ops.not_equal: {x2: 0, name: there}",
        "  - ops.cast: {dtype: float32, name: f}",
    ]
    assert lines(source(3, name="ids", dtype="int32"), compared)[-1] == "  - ops.not_equal: {x2: 0, name: there}"


def test_masks_that_travel_with_their_tensors_are_no_functions() -> None:
    assert spec_text(read_keras(READ["masks"]["json"], "masks.json")).splitlines()[4:] == [
        "layers:",
        "  - Embedding: {input_dim: 9, output_dim: 2, mask_zero: true, name: vectors}",
        "    from: ids",
        "  - Masking: {mask_value: -1.0}",
        "    from: steps",
        "  - Attention:",
        "    from: [vectors, vectors]",
        "  - Dense: {units: 2}",
        "    from: masking",
        "  - LSTM: {units: 3, name: read}",
        "    from: attention",
        "  - GRU: {units: 3, name: seen}",
        "    from: dense",
        "  - ops.not_equal: {x2: -1.0}",
        "    from: steps",
        "  - ops.any: {axis: -1}",
        "  - SimpleRNN: {units: 3, name: told}",
        "    from: {sequences: steps, mask: prev}",
        "  - Concatenate: {name: all}",
        "    from: [read, seen, prev]",
    ]


def test_what_only_makes_sure_of_a_tensor_is_left_out() -> None:
    sure = {**function("ConvertToTensor", tensor(), module="core", name="sure")}
    sure["config"] |= {"dtype": None, "sparse": None}
    assert lines(source(4), sure, function("Absolute", tensor("sure")))[-1] == "  - ops.absolute: {name: f}"
    sure["config"]["dtype"] = "int32"
    with pytest.raises(Fault):
        lines(source(4), sure)
    with pytest.raises(Fault):
        lines(source(4), {**sure, "config": {}, "inbound_nodes": [{"args": [], "kwargs": {}}]})


def test_a_model_within_another_is_fed_a_mask_that_it_could_not_make() -> None:
    inner = json.loads(model([source(4, 2), function("Absolute", tensor(), name="g")]))
    compared = function("Greater", tensor("mask"), 0.0)
    nodes = [{"args": [tensor()], "kwargs": {"mask": tensor("f")}}]
    entry = {**inner, "name": "m", "inbound_nodes": nodes}
    with pytest.raises(Fault, match="m: a model within another is fed its inputs and nothing else"):
        lines(source(4, 2), source(4, name="mask"), compared, entry)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (function("Sine", tensor()), "f: keras.src.ops.numpy.Sine is code, for which a spec has no word"),
        (function("Add", tensor(), 1, registered_name="mine>Add"), "f: mine>Add is code, for which a spec has no word"),
        (function("Add", tensor(), 1, 2), "f: ops.add is called with x1, x2, this is called with more"),
        (
            function("Add", inbound_nodes=[{"args": [tensor()], "kwargs": {"where": 1}}]),
            "f: ops.add is called with x1, x2, this is called with more",
        ),
        (function("Add", tensor(), array(["a"], "string")), "f: {'class_name': '__numpy__', 'config': {'value"),
        (function("Add", tensor(), array([[1], [1, 2]], "int8")), "f: {'class_name': '__numpy__', 'config': {'value"),
        (function("Add", tensor(), "one"), "f: one is no constant that a spec can hold"),
        (
            function("Concatenate", [tensor(), "a"]),
            "f: ops.concatenate is fed tensors alone in a spec, and one of these is a constant",
        ),
        (function("GetItem", tensor(), ["a"]), "f: 'a' between brackets is nothing that a spec can say"),
        (function("GetItem", tensor(), [True]), "f: true between brackets is nothing that a spec can say"),
        (
            function("GetItem", tensor(), {"class_name": "__slice__", "config": {"step": 0}}),
            "f: {class_name: '__slice__', config: {step: 0}} between brackets is nothing that a spec can say",
        ),
    ],
)
def test_calls_that_a_spec_cannot_say(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(Fault) as fault:
        lines(source(4), entry)
    (found,) = fault.value.diagnostics
    assert (found.code, found.sentence[: len(message)]) == ("SC609", message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "inputs: {a: [4], low: [4]}\nlayers:\n  - ops.clip: {x_max: 1.0}\n    from: [a, low]\n",
            "clip: ops.clip cannot be written for Keras: Keras cannot save bounds that are tensors",
        ),
        (
            "input: [4, 3]\nlayers:\n  - TimeDistributed: {layer: {ops.relu: {}}}\n",
            "time_distributed: ops.relu cannot be written for Keras: it is a function, and a layer is wanted there",
        ),
    ],
)
def test_functions_that_keras_cannot_save(text: str, message: str) -> None:
    with pytest.raises(Fault) as fault:
        written(text)
    assert fault.value.diagnostics[0].sentence.startswith(message)


def test_a_constant_that_nests_too_deep_is_refused() -> None:
    deep = function("Add", tensor(), 1)
    text = model([source(4), deep]).replace(", 1]", ", " + "[" * 900 + "1" + "]" * 900 + "]")
    with pytest.raises(Fault) as fault:
        read_keras(text, "model.json")
    assert [(one.code, one.message) for one in fault.value.diagnostics] == [("SC602", "the JSON nests too deep")]
