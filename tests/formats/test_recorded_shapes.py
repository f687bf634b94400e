"""Recorded shapes against inferred ones: files that tell the truth, and files that lie."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.cli.session import Session
from shapecalc.diagnostics import Fault
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.formats.model_files import WrittenModel
from shapecalc.formats.onnx.read import read_onnx
from shapecalc.formats.recorded_shapes import list_disagreements
from shapecalc.model.load import Library
from tests.formats.keras.recorded import CODE, READ, read_report
from tests.formats.keras.test_examples import EXAMPLES
from tests.formats.keras.test_records import tensors_within
from tests.formats.onnx.building import Graph, write_model, write_node, write_value


@pytest.mark.parametrize("name", READ["models"])
def test_what_keras_records_is_what_is_inferred(name: str) -> None:
    text = READ["models"][name]["json"]
    flat = read_keras(text, "model.json")
    assert list_disagreements(flat, read_report(text)) == []
    assert flat.tensors


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_keras_records_of_examples_is_what_is_inferred(name: str) -> None:
    try:
        report = read_report(EXAMPLES[name]["json"])
    except Fault:
        pytest.xfail("it cannot be read")
    assert [finding.sentence for finding in report.diagnostics if finding.code == "SC511"] == []


def lying(model: dict[str, Any], history: list[Any], shape: list[int | None]) -> str:
    """The JSON of a model that records another shape of one tensor."""
    for tensor in tensors_within(model):
        if tensor["keras_history"] == history:
            tensor["shape"] = shape
    return json.dumps(model)


@pytest.mark.parametrize(
    ("shape", "text"),
    [([None, 8, 4], "(None, 8, 4)"), ([None, 3], "(None, 3)"), ([2, 8, 4], "(2, 8, 4)"), ([], "()")],
)
def test_a_shape_that_lies_is_an_error(shape: list[int | None], text: str) -> None:
    """The recorded one of a layer that holds no code."""
    model = json.loads(CODE["several_outputs"]["json"])
    report = read_report(lying(model, ["dense_1", 0, 0], shape))
    found = [finding for finding in report.diagnostics if finding.code == "SC511"]
    assert [(finding.severity, finding.sentence) for finding in found] == [
        ("error", f"dense_1: the file records its output as {text}, and (None, 8, 3) is inferred")
    ]
    assert found[0].span is not None
    assert (found[0].span.file, found[0].span.place) == ("model.json", "config.layers[2]")
    assert not report.ok


def test_another_batch_than_the_recorded_one_is_no_lie() -> None:
    layers = [{"module": "keras.layers", "class_name": "Dense", "config": {"name": name, "units": 4}} for name in "ab"]
    config = {"name": "m", "layers": layers, "build_input_shape": [2, 4]}
    flat = read_keras(json.dumps({"module": "keras", "class_name": "Sequential", "config": config}), "model.json")
    spec = Library().parse(WrittenModel(flat).text, "model.json")
    flat.tensors["a", 0, 0] = [2, 4], "float32"
    assert list_disagreements(flat, analyse(spec)) == []
    assert list_disagreements(flat, analyse(spec, Settings(batch=3))) == []
    flat.tensors["a", 0, 0] = [3, 4], "float32"
    assert [finding.code for finding in list_disagreements(flat, analyse(spec))] == ["SC511"]


@pytest.mark.parametrize("shape", [[None, 8, 3], [None, None, None], [None, None, 3]])
def test_sizes_that_are_open_are_no_lie(shape: list[int | None]) -> None:
    model = json.loads(CODE["several_outputs"]["json"])
    assert read_report(lying(model, ["dense_1", 0, 0], shape)).ok


def test_a_lie_about_code_shows_where_it_is_used() -> None:
    """What a layer of code gives is known of the record alone: layers that compute with it tell the lie."""
    model = json.loads(CODE["several_outputs"]["json"])
    report = read_report(lying(model, ["attend", 0, 1], [None, 8, 2]))
    assert [finding.sentence for finding in report.diagnostics if finding.severity == "error"] == [
        "concatenate: the file records its output as (None, 8, 6), and (None, 8, 5) is inferred"
    ]


def test_a_lie_within_a_model_within() -> None:
    model = json.loads(CODE["nested"]["json"])
    report = read_report(lying(model, ["inner_dense", 0, 0], [None, 8, 7]))
    found = [finding for finding in report.diagnostics if finding.code == "SC511"]
    assert [(finding.sentence, finding.span and finding.span.place) for finding in found] == [
        (
            "inner_dense: the file records its output as (None, 8, 7), and (None, 8, 5) is inferred",
            "config.layers[2].config.layers[1]",
        )
    ]


def test_what_a_layer_was_built_for_may_have_been_another_call() -> None:
    model = json.loads(CODE["sequential"]["json"])
    model["config"]["layers"][2]["build_config"]["input_shape"] = [None, 8, 5]
    assert read_report(json.dumps(model)).ok


def read_declared(*axes: int | str, named: bool = True) -> tuple[str, ...]:
    """What is found in an ONNX file of a `Relu` of `(batch, seq)` whose output is declared with these axes."""
    graph = Graph([write_node("Relu", ["x"], ["y"])], [write_value("x", ["batch", "seq"])], [write_value("y", axes)])
    session = Session(Settings({} if named else {"seq": 9}))
    flat = read_onnx(memoryview(write_model(graph)), "m.onnx")
    return tuple(finding.sentence for finding in list_disagreements(flat, session.report_of_model(flat, "m.onnx")))


def test_an_output_that_is_declared_with_the_size_of_an_example() -> None:
    assert read_declared("batch", 6) == (
        "y: the file leaves `seq` open, and declares the output `y` as (None, 6): it is (batch, seq)",
    )
    assert read_declared("batch", "seq") == read_declared("anything", "") == ()


def test_a_declared_output_is_no_lie_where_an_open_axis_gets_its_size() -> None:
    assert read_declared("batch", 6, named=False) == ()
