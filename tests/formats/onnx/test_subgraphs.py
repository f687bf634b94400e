"""Graphs within nodes and functions of a model: shapes are those that ONNX Runtime computes, weights count once."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapecalc.analysis.analyse import Settings
from shapecalc.analysis.report import Report
from shapecalc.cli.session import Session
from shapecalc.dims import bind
from shapecalc.formats.onnx.functions import expand_functions
from shapecalc.formats.onnx.messages import Function, Graph, Model, Node
from shapecalc.formats.onnx.read import read_onnx
from shapecalc.formats.onnx.wire import WireError
from tests.cli.conftest import Command
from tests.cli.conftest import shapecalc as shapecalc
from tests.formats.onnx.building import Graph as WrittenGraph
from tests.formats.onnx.building import write_model, write_node, write_numbers, write_tensor, write_value

RECORDED: dict[str, Any] = json.loads((Path(__file__).parent / "graphs.json").read_text("utf-8"))


def report_of(name: str, **sizes: int) -> Report:
    data = memoryview(base64.b64decode(RECORDED[name]["model"]))
    return Session(Settings(dict(sizes))).report_of_model(read_onnx(data, f"{name}.onnx"), f"{name}.onnx")


def list_outputs(report: Report) -> list[Any]:
    assert report.walk is not None
    return [[tensor.dtype, list(tensor.shape)] for tensor in report.walk.outputs().values()]


@pytest.mark.parametrize("name", RECORDED)
def test_shapes_are_those_of_the_runtime(name: str) -> None:
    for run in RECORDED[name]["runs"]:
        report = report_of(name, **run["binding"])
        assert report.diagnostics == []
        assert list_outputs(report) == run["outputs"]


@pytest.mark.parametrize("name", RECORDED)
def test_formulas_give_the_same_shapes(name: str) -> None:
    outputs = list_outputs(report_of(name))
    for run in RECORDED[name]["runs"]:
        bound = [[dtype, [bind(size, run["binding"]) for size in shape]] for dtype, shape in outputs]
        assert bound == run["outputs"]


@pytest.mark.parametrize(
    ("name", "params", "macs"),
    [
        ("function", 24, "24"),
        ("branch_known", 24, "24"),
        ("branch_open", 24, "24"),
        ("loop_fixed", 8, "40"),  # five trips with one set of weights
        ("scan", 24, "24*n"),
    ],
)
def test_weights_count_once_and_macs_once_a_trip(name: str, params: int, macs: str) -> None:
    rows = report_of(name).rows
    assert (sum(row.params for row in rows), str(sum(row.macs for row in rows))) == (params, macs)


def test_nodes_of_a_function_are_named_after_the_call() -> None:
    assert [row.name for row in report_of("function").rows][1:] == ["y_product", "y_c_scaled", "y_c_b"]


def make_node(operator: str, fed: str, given: str, domain: str = "") -> Node:
    node = Node()
    node.op_type, node.input, node.output, node.domain = operator, [fed], [given], domain
    return node


def make_model(*functions: tuple[str, list[Node]]) -> Model:
    model, graph = Model(), Graph()
    graph.node = [make_node("first", "x", "y", "own")]
    made = []
    for name, nodes in functions:
        function = Function()
        function.name, function.domain, function.input, function.output = name, "own", ["a"], ["b"]
        function.node = nodes
        made.append(function)
    model.graph, model.functions = graph, made
    return model


def test_a_function_that_calls_itself_is_refused() -> None:
    with pytest.raises(WireError, match="call each other without end"):
        expand_functions(make_model(("first", [make_node("first", "a", "b", "own")])))


def test_functions_that_double_at_each_level_are_refused() -> None:
    levels = []
    for level in range(40):
        name = "first" if level == 0 else f"level{level}"
        calls = [make_node(f"level{level + 1}", "a", output, "own") for output in ("c", "b")]
        levels.append((name, calls))
    with pytest.raises(WireError, match=r"or more than 100,000 nodes"):
        expand_functions(make_model(*levels))


def write_bags() -> bytes:
    """A file that sums, trip by trip, as many rows of a table as the trip's number says; the table has 1, 2, 3."""
    body = WrittenGraph(
        [
            write_node("Gather", ["ends", "i"], ["end"]),
            write_node("Slice", ["words", "zero", "end"], ["head"]),
            write_node("Gather", ["table", "head"], ["rows"]),
            write_node("ReduceSum", ["rows"], ["sum"], keepdims=0),
            write_node("Identity", ["go"], ["go_on"]),
        ],
        [write_value("i", (), 7), write_value("go", (), 9)],
        [write_value("go_on", (), 9), write_value("sum", ())],
    )
    numbers = struct.pack("<3f", 1, 2, 3)
    tensors = [write_numbers("zero", [0]), write_numbers("trips", [2], []), write_tensor("table", [3], 1, numbers)]
    nodes = [
        write_node(
            "Loop",
            [
                "trips",
                "",
            ],
            ["y"],
            "loop",
            body=body,
        )
    ]
    inputs = [write_value("words", ["n"], 7), write_value("ends", ["m", 1], 7)]
    return write_model(WrittenGraph(nodes, inputs, [write_value("y", [2])], tensors))


def test_a_loop_whose_trips_are_of_sizes_that_are_fed_is_run_as_a_file_and_as_a_spec(
    shapecalc: Command, tmp_path: Path
) -> None:
    file, spec, y = tmp_path / "m.onnx", str(tmp_path / "m.yaml"), tmp_path / "y.npz"
    file.write_bytes(write_bags())
    assert shapecalc("convert", str(file), "--to", "yaml", "--out", spec).code == 0
    for words in ([str(file)], [spec, "--weights", str(tmp_path / "m.npz")]):
        result = shapecalc("run", *words, "--input", "words=[2, 0, 1]", "--input", "ends=[[1], [3]]", "--save", str(y))
        assert (result.code, result.err) == (0, "")
        with np.load(y) as saved:
            assert next(iter(saved.values())).tolist() == [3, 6]


def write_exchange() -> bytes:
    """A file whose loop slides over what it starts with, and then over what is beside it: both have one size."""
    body = WrittenGraph(
        [
            write_node("Conv", ["h", "w"], ["o"]),
            write_node("Gather", ["x", "i"], ["g"]),
            write_node("Identity", ["go"], ["go_on"]),
        ],
        [write_value("i", (), 7), write_value("go", (), 9), write_value("h", ["n", 2, 5])],
        [write_value("go_on", (), 9), write_value("g", ["n", 2, 5]), write_value("o", ["n", 3, 3])],
    )
    tensors = [write_numbers("trips", [3], []), write_tensor("w", [3, 2, 3], 1, b"\0" * 72)]
    nodes = [write_node("Loop", ["trips", "", "start"], ["y", "z"], "loop", body=body)]
    inputs = [write_value("x", [3, "n", 2, 5]), write_value("start", ["n", 2, 5])]
    return write_model(WrittenGraph(nodes, inputs, [write_value("y", ["n", 2, 5])], tensors))


def test_a_loop_whose_sizes_have_other_names_in_each_trip_is_shown_live(shapecalc: Command, tmp_path: Path) -> None:
    """The page names the sizes of each tensor that a layer is fed, and equal ones come out as one formula no more."""
    file = tmp_path / "m.onnx"
    file.write_bytes(write_exchange())
    assert shapecalc("view", str(file), "--no-open", "--out", "m.html").code == 0
