"""Functions of TensorFlow in models of Keras 2 that are called in ways of their own, or cannot be said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shapecalc.formats.keras.read import read_keras
from shapecalc.render.as_json import shape_json
from tests.formats.keras.keras2.written import layer, model, refusal, spec, start
from tests.formats.keras.recorded import read_report


def function(symbol: str, call: list[Any], name: str = "f", **others: Any) -> dict[str, Any]:
    class_name = "SlicingOpLambda" if symbol == "__operators__.getitem" else "TFOpLambda"
    return {**layer(class_name, name, [call], function=symbol), **others}


def entries(*functions: dict[str, Any], output: str = "f", position: int = 0) -> list[str]:
    """The entries of a model of functions, which is fed x (6, 4), y (6, 4) and n (6,), whole numbers."""
    numbers = start("n", 6)
    numbers["config"]["dtype"] = "int32"
    text = spec(model(start("x", 6, 4), start("y", 6, 4), numbers, *functions, outputs=[[output, 0, position]]))
    return [line.strip() for line in text.partition("layers:\n")[2].splitlines()]


def message(symbol: str, call: list[Any]) -> str:
    data = model(start("x", 6, 4), function(symbol, call), outputs=[["f", 0, 0]])
    return refusal(data)[0]


@pytest.mark.parametrize(
    ("symbol", "call", "written"),
    [
        ("math.add", ["x", 0, 0, {"y": ["y", 0, 0], "name": "sum"}], ["- ops.add:", "from: [x, y]"]),
        ("math.multiply", ["x", 0, 0, {"y": 2}], ["- ops.multiply: {x2: 2}", "from: x"]),
        ("math.subtract", ["_CONSTANT_VALUE", -1, 1.0, {"y": ["x", 0, 0]}], ["- ops.subtract: {x1: 1.0}", "from: x"]),
        ("math.reduce_sum", ["x", 0, 0, {"axis": -1}], ["- ops.sum: {axis: -1}", "from: x"]),
        ("nn.leaky_relu", ["x", 0, 0, {}], ["- ops.leaky_relu:", "from: x"]),
        ("nn.silu", ["x", 0, 0, {"beta": 1.0}], ["- ops.silu:", "from: x"]),
        ("compat.v1.squeeze", ["x", 0, 0, {"axis": None}], ["- ops.squeeze:", "from: x"]),
        ("split", ["x", 0, 0, {"num_or_size_splits": [1, 2, 3], "axis": 1}], [
            "- ops.split: {indices_or_sections: [1, 3], axis: 1}", "from: x",
        ]),
        ("concat", [["x", 0, 0, {"axis": 1}], ["y", 0, 0, {"axis": 1}]], [
            "- ops.concatenate: {axis: 1}", "from: [x, y]",
        ]),
        ("concat", [["x", 0, 0, {"axis": 1}]], ["- ops.concatenate: {axis: 1}", "from: x"]),
        ("gather", ["x", 0, 0, {"indices": ["n", 0, 0], "axis": 0}], ["- ops.take: {axis: 0}", "from: [x, n]"]),
        ("nn.max_pool2d", ["x", 0, 0, {"ksize": [1, 2, 3, 1], "strides": 2, "padding": "SAME"}], [
            "- MaxPooling2D: {pool_size: [2, 3], strides: 2, padding: same}", "from: x",
        ]),
        ("__operators__.getitem", ["x", 0, 0, {"slice_spec": [{"class_name": "__ellipsis__"}, 0]}], [
            '- ops.get_item: {key: "..., 0"}', "from: x",
        ]),
        ("__operators__.getitem", ["x", 0, 0, {"slice_spec": [{"start": None, "stop": 2, "step": None}, None]}], [
            '- ops.get_item: {key: ":2, None"}', "from: x",
        ]),
    ],
)  # fmt: skip
def test_a_function_is_written_as_one_of_keras_ops(symbol: str, call: list[Any], written: list[str]) -> None:
    assert entries(function(symbol, call)) == written


SHAPE = function("compat.v1.shape", ["o", 0, 0, {"out_type": "int32"}], "s")
KNOWN = {**SHAPE, "build_config": {"input_shape": [None, 6, 4]}}
OF_INPUT = function("compat.v1.shape", ["x", 0, 0, {"out_type": "int32"}], "s")
OPEN = layer("Activation", "o", [[["x", 0, 0, {}]]], activation="relu")
"""What it gives no function of a `.h5` file says."""


REPEAT = function("repeat", ["x", 0, 0, {"repeats": ["b", 0, 0]}], "r")
STACK = function("stack", [["_CONSTANT_VALUE", -1, -1, {}], ["b", 0, 0, {}]], "k")


def size(axis: Any, name: str = "b") -> dict[str, Any]:
    return function("__operators__.getitem", ["s", 0, 0, {"slice_spec": axis}], name)


@pytest.mark.parametrize(
    ("functions", "shape", "written"),
    [
        ([SHAPE, size(0)], [["b", 0, 0], 24], "[-1, 24]"),
        ([SHAPE, size(1)], [2, ["b", 0, 0]], "[2, -1]"),
        ([KNOWN, size(1)], [-1, ["b", 0, 0], 4], "[-1, 6, 4]"),
        ([KNOWN], ["s", 0, 0], "[-1, 6, 4]"),
        ([OF_INPUT, size(1)], [-1, ["b", 0, 0], 4], "[-1, 6, 4]"),
        ([KNOWN, size({"start": 1, "stop": None, "step": None})], ["b", 0, 0], "[6, 4]"),
        ([KNOWN, size(1), function("math.multiply", ["b", 0, 0, {"y": 4}], "m")], [-1, ["m", 0, 0]], "[-1, 24]"),
        ([KNOWN, function("unstack", ["s", 0, 0, {}], "u")], [["u", 0, 0], ["u", 0, 2], ["u", 0, 1]], "[-1, 4, 6]"),
        ([KNOWN, size(2), STACK], ["k", 0, 0], "[-1, 4]"),
    ],
)
def test_sizes_are_followed_where_they_are_known(functions: list[Any], shape: Any, written: str) -> None:
    reshape = function("reshape", ["x", 0, 0, {"shape": shape}])
    assert entries(OPEN, *functions, reshape)[-2:] == [f"- ops.reshape: {{newshape: {written}}}", "from: x"]


@pytest.mark.parametrize(
    ("functions", "shape", "said"),
    [
        (
            [SHAPE, size(0), size(1, "c")],
            [["b", 0, 0], ["c", 0, 0]],
            "more than one size of its new shape",
        ),
        ([SHAPE], ["s", 0, 0], "its new shape is computed"),
        (
            [SHAPE, size({"start": 1, "stop": None, "step": None})],
            ["b", 0, 0],
            "it takes sizes of a tensor that are not",
        ),
        (
            [SHAPE, size(1), function("math.multiply", ["b", 0, 0, {"y": 4}], "m")],
            [["m", 0, 0]],
            "it computes with the size",
        ),
        ([], [["y", 0, 0], 4], "its new shape is computed"),
        (
            [SHAPE, size(0), function("repeat", ["x", 0, 0, {"repeats": ["b", 0, 0]}], "r")],
            [1],
            "r: it is called with the",
        ),
    ],
)
def test_sizes_that_are_not_known_are_refused(functions: list[Any], shape: Any, said: str) -> None:
    reshape = function("reshape", ["x", 0, 0, {"shape": shape}])
    data = model(start("x", 6, 4), start("y", 6, 4), OPEN, *functions, reshape, outputs=[["f", 0, 0]])
    assert said in refusal(data)[0]


@pytest.mark.parametrize(
    ("symbol", "call", "said"),
    [
        ("__operators__.eq", ["x", 0, 0, {}], "f: the file does not say what it is compared with"),
        ("einsum", ["_CONSTANT_VALUE", -1, "ab,bc->ac", {}], "f: the file does not say what it is called with"),
        ("nn.dropout", ["x", 0, 0, {"rate": 0.5}], "f: tf.nn.dropout drops values in every run"),
        ("math.add", ["x", 0, 0, {}], "f: tf.math.add is called without `y`"),
        ("math.add", ["x", 0, 0, {"z": 2, "y": 1}], "f: tf.math.add is called with `z`"),
        ("reshape", ["x", 0, 0, {"shape": ["a", 4]}], "f: its new shape is computed"),
        ("norm", ["x", 0, 0, {"ord": "nuc"}], "f: tf.norm of order nuc is none"),
        ("compat.v1.gather", ["x", 0, 0, {"indices": [0], "batch_dims": 1}], "f: tf.gather with `batch_dims` is no"),
        ("nn.max_pool2d", ["x", 0, 0, {"ksize": 2, "strides": 2, "padding": [1, 2]}], "f: a spec knows this function"),
        ("nn.depth_to_space", ["x", 0, 0, {"block_size": 2}], "f: the file does not say the height"),
        ("nn.depth_to_space", ["x", 0, 0, {"block_size": 0}], "f: the file does not say the height"),
        ("tile", ["x", 0, 0, {"multiples": ["a"]}], "f: it is called with something else where a spec takes"),
        (
            "split",
            ["x", 0, 0, {"num_or_size_splits": [1, ["x", 0, 0]]}],
            "f: it is called with sizes that are computed",
        ),
        ("linalg.band_part", ["x", 0, 0, {"num_lower": "a", "num_upper": 0}], "f: it is called with no whole number"),
        ("__operators__.getitem", ["x", 0, 0, {"slice_spec": [["x", 0, 0]]}], "f: a tensor or a size of one stands"),
        ("__operators__.getitem", ["x", 0, 0, {"slice_spec": ["a"]}], "f: something else stands between its brackets"),
        ("math.add_n", ["x", 0, 0, {}], ""),
    ],
)
def test_what_cannot_be_said_of_a_function_is_refused(symbol: Any, call: list[Any], said: str) -> None:
    if said:
        assert said in message(symbol, call)
    else:
        assert entries(function(symbol, call), layer("Dense", "d", [[["f", 0, 0, {}]]], units=2), output="d")


def test_a_size_is_nothing_that_a_layer_is_fed_or_a_model_gives() -> None:
    fed = [SHAPE, size(0), layer("Dense", "f", [[["b", 0, 0, {}]]], units=2)]
    assert "f: it is fed the size of a tensor" in refusal(model(start("x", 6, 4), OPEN, *fed, outputs=[["f", 0, 0]]))[0]
    given = model(start("x", 6, 4), OPEN, SHAPE, size(0), outputs=[["b", 0, 0]])
    assert "b: the model returns the size of a tensor" in refusal(given)[0]


@pytest.mark.parametrize("symbol", ["signal.stft", 3])
def test_a_function_that_keras_has_not_is_shown_as_code(symbol: Any) -> None:
    dense = layer("Dense", "d", [[["f", 0, 0, {}]]], units=2)
    dense["build_config"] = {"input_shape": [None, 5]}
    data = model(start("x", 6, 4), function(symbol, ["x", 0, 0, {"frame_length": 4}]), dense, outputs=[["d", 0, 0]])
    report = read_report(json.dumps(data))
    assert [row.type for row in report.rows] == ["InputLayer", str(symbol), "Dense"]
    assert (report.params, [shape_json(tensor.shape) for tensor in report.outputs.values()]) == (12, [[None, 2]])


def test_what_is_drawn_at_random_is_fed_the_tensor_whose_shape_it_takes() -> None:
    data = model(start("x", 6, 4), OF_INPUT, function("random.normal", ["s", 0, 0, {}]), outputs=[["f", 0, 0]])
    flat = read_keras(json.dumps(data), "model.json")
    assert [call.feed for call in flat.calls] == [{"inputs": [("x", 0, 0)]}]


def test_a_function_that_is_called_twice_has_two_entries() -> None:
    twice = {**function("nn.relu", ["x", 0, 0, {}]), "inbound_nodes": [["x", 0, 0, {}], ["y", 0, 0, {}]]}
    add = layer("Add", "a", [[["f", 0, 0, {}], ["f", 1, 0, {}]]])
    lines = ["- ops.relu: {name: relu}", "from: x", "- ops.relu:", "from: y", "- Add: {name: a}", "from: [relu, prev]"]
    assert entries(twice, add, output="a") == lines


def test_entries_stand_where_the_function_stood_in_the_file() -> None:
    normalize = function("math.l2_normalize", ["x", 0, 0, {"axis": 1}])
    data = model(start("x", 6, 4), normalize, layer("Dense", "d", [[["f", 0, 0, {}]]], units=2), outputs=[["d", 0, 0]])
    flat = read_keras(json.dumps(data), "model.json")
    assert [flat.places[name] for name in flat.layers] == ["config.layers[1]"] * 5 + ["config.layers[2]"]


def test_there_is_no_output_that_a_function_does_not_have() -> None:
    data = model(start("x", 6, 4), function("nn.relu", ["x", 0, 0, {}]), outputs=[["f", 0, 3]])
    assert "f: there is no output 3 of it" in refusal(data)[0]
