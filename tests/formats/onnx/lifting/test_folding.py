"""ONNX files as layers: what computes sizes is an argument, and no number of the model changes."""

from __future__ import annotations

import json

import pytest

from shapecalc.cli.session import Session
from shapecalc.formats.flat_model import FlatModel, Source
from shapecalc.formats.onnx.lifting.lift import agree, lift, lift_nodes
from tests.cli.conftest import Command
from tests.cli.conftest import shapecalc as shapecalc
from tests.formats.onnx.lifting.building import Add, X, exact_of, list_layers, make, report_of
from tests.formats.onnx.test_read import RECORDED, path_of


@pytest.mark.parametrize("name", RECORDED)
def test_a_lifted_model_has_the_numbers_of_its_nodes(name: str) -> None:
    flat = Session().content(path_of(name))
    assert isinstance(flat, FlatModel)
    lifted = lift_nodes(flat, exact_of(flat), "model.onnx")
    exact, report = report_of(flat), report_of(lifted)
    assert agree(flat, exact_of(flat), lifted, report)
    for row in report.rows:
        origin = lifted.origins.get(row.name)
        same = exact.rows_by_name.get(row.name if origin is None else origin.nodes[-1])
        if same is not None and row.type not in ("SimpleRNN", "GRU"):
            # layers have the samples first, nodes may have the steps first
            for shape, wanted in zip(row.shapes, same.shapes, strict=False):
                assert list(shape) in (list(wanted), [*wanted[1::-1], *wanted[2:]])


def test_what_computes_sizes_is_folded() -> None:
    def build(add: Add) -> Source:
        sizes = add("Shape", data=X)
        batch = add("Gather", {"indices": {"shape": [1], "dtype": "int64", "values": [0]}}, data=sizes)
        height = add("Gather", {"indices": {"shape": [1], "dtype": "int64", "values": [1]}}, data=sizes)
        half = add("Div", {"B": {"shape": [1], "dtype": "int64", "values": [2]}}, A=height)
        rest = add("Initializer", {"value": {"shape": [1], "dtype": "int64", "values": [-1]}})
        pooled = add("MaxPool", {"kernel_shape": [2], "strides": [2]}, X=add("Identity", X=X))
        cast = add("Cast", {"to": "float32"}, input=pooled)
        wide = add("Mul", {"B": {"shape": [1], "dtype": "int64", "values": [2]}}, A=height)
        doubled = add("Reshape", data=cast, shape=add("Concat", {"axis": 0}, inputs=[batch, wide, rest]))
        return add("Slice", {"starts": [0], "axes": [1]}, data=doubled, ends=half)

    flat = make(build, x=["batch", "height", 8])
    lifted = lift(flat, report_of)
    assert list_layers(lifted) == [
        ("MaxPooling1D", {"pool_size": 2, "data_format": "channels_first"}),
        ("Reshape", {"target_shape": [-1, 2]}),
        ("onnx.Slice", {"starts": [0], "axes": [1], "ends": ["$height//2"]}),
    ]
    assert flat.layers["Slice"] == ("onnx.Slice", {"starts": [0], "axes": [1]})
    assert [str(tensor.shape) for tensor in report_of(lifted).outputs.values()] == ["(batch, height//2, 2)"]


def test_a_size_that_has_no_name_stays_a_node() -> None:
    def build(add: Add) -> Source:
        return add("Reshape", data=X, shape=add("Shape", data=X))

    assert [name for name, _ in list_layers(lift(make(build, x=[None, 8]), report_of))] == [
        "onnx.Shape",
        "onnx.Reshape",
    ]


def test_what_is_fed_to_nothing_else_stays_a_constant() -> None:
    def build(add: Add) -> Source:
        zeros = add("ConstantOfShape", input=add("Shape", data=X))
        return add("Add", A=X, B=zeros)

    assert list_layers(lift(make(build, x=["batch", 8]), report_of)) == [
        ("onnx.Initializer", {"value": ["$batch", 8]}),
        ("onnx.ConstantOfShape", {}),
        ("Add", {}),
    ]


def test_a_weight_that_only_sizes_come_of_keeps_the_nodes() -> None:
    def build(add: Add) -> Source:
        moved = add("Add", {"B": {"shape": [8], "dtype": "float32"}}, A=X)
        return add("Reshape", data=X, shape=add("Shape", data=moved))

    flat = make(build, x=["batch", 8])
    assert lift(flat, report_of) is flat


def test_numbers_that_would_count_as_weights_stay_nodes() -> None:
    def build(add: Add) -> Source:
        sizes = add("Cast", {"to": "float32"}, input=add("Shape", data=X))
        return add("Add", A=X, B=sizes)

    lifted = lift(make(build, x=["batch", 2]), report_of)
    assert [name for name, _ in list_layers(lifted)] == ["onnx.Initializer", "onnx.Cast", "onnx.Add"]
    assert report_of(lifted).params == 0


def test_a_dropout_in_training_and_one_whose_mask_is_used_stay() -> None:
    def build(add: Add) -> Source:
        flag = {"shape": [], "dtype": "bool", "values": [True]}
        trained = add("Dropout", {"training_mode": flag}, data=X)
        masked = add("Dropout", data=add("Dropout", data=trained))
        mask = add("Cast", {"to": "float32"}, input=(masked[0], 0, 1))
        return add("Mul", A=masked, B=mask)

    lifted = lift(make(build, x=["batch", 2]), report_of)
    assert [call.layer for call in lifted.calls] == ["Dropout", "Dropout_2", "Cast", "Mul"]


def test_a_copy_of_an_input_that_leaves_the_model_stays() -> None:
    assert list_layers(lift(make(lambda add: add("Identity", X=X), x=["batch", 2]), report_of)) == [
        ("onnx.Identity", {})
    ]


def test_summary_shows_layers_and_with_exact_the_nodes(shapecalc: Command) -> None:
    file = path_of("self_attention")
    lifted = json.loads(shapecalc("summary", file, "--output-format", "json").out)["models"][0]
    exact = json.loads(shapecalc("summary", file, "--exact", "--output-format", "json").out)["models"][0]
    assert "attention_Shape_4" in [layer["name"] for layer in exact["layers"]]
    assert "attention_Shape_4" not in [layer["name"] for layer in lifted["layers"]]
    assert (lifted["totals"], len(exact["layers"])) == (exact["totals"], 73)


def test_a_node_that_was_folded_is_explained(shapecalc: Command) -> None:
    result = shapecalc("explain", path_of("self_attention"), "attention_Concat_3")
    assert (result.code, result.out.splitlines()[0]) == (0, "attention_Concat_3 (onnx.Concat)")
    assert "  output  (3,)\n" in result.out
