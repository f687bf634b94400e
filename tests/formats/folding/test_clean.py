"""The clean form: an entry for each call, and nothing that would be so anyway."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from shapecalc.diagnostics import Fault
from shapecalc.formats.flat_model import FlatModel, Input, flatten
from shapecalc.formats.folding.arguments import least_arguments
from shapecalc.formats.folding.verify import is_same_model
from shapecalc.formats.folding.write import Written
from tests.formats.folding.converted import KERAS, SPECS, flat_of, report_of, written, written_of_keras
from tests.layering import layer_of


def defaults_in(text: str) -> list[str]:
    """The arguments of a spec's entries that could be left out and the layer would be the same."""
    found = []
    for entry in yaml.safe_load(text)["layers"]:
        if not isinstance(entry, dict):
            continue
        kind, arguments = next(iter(entry.items()))
        if kind == "reuse" or not arguments:
            continue
        given = {name: value for name, value in arguments.items() if name != "name"}
        whole = said(kind, given)
        if whole is None:  # a block within
            continue
        found += [
            f"{kind}: {name}" for name in given if said(kind, {k: v for k, v in given.items() if k != name}) == whole
        ]
    return found


def said(kind: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
    """What a layer of these arguments holds; None where it cannot be made."""
    try:
        layer = layer_of(kind, arguments)
    except Fault:
        return None
    return {
        name: repr(getattr(layer, name)) for name, argument in type(layer).args.items() if not argument.holds_layers
    } | {name: name in arguments for name, argument in type(layer).args.items() if argument.holds_layers}


def hold(result: Written, flat: FlatModel) -> None:
    """What every clean form must be."""
    assert result.report.ok
    assert defaults_in(result.text) == []
    assert len(result.names) == len(flat.layers)
    long = [line for line in result.text.splitlines() if len(line) > 100 and ", " in line[:100]]
    assert long == []


@pytest.mark.parametrize("name", KERAS)
def test_a_model_of_keras_without_its_defaults(name: str) -> None:
    result = written_of_keras(name, fold=False)
    hold(result, flatten(result.report))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_spec_unfolded_and_read_again_is_the_same_model(path: Path) -> None:
    flat = flat_of(path)
    if flat is None:
        pytest.skip("it has formulas, which an unfolded spec cannot hold")
    result = written(flat, fold=False)
    if not result.report.ok and any(None in given.shape for given in flat.inputs):
        pytest.skip("it has symbols, which an unfolded spec cannot hold")
    hold(result, flat)
    again = written(flatten(result.report), fold=False)
    assert is_same_model(result.report, again.report)
    assert again.report.params == result.report.params


@pytest.mark.parametrize(
    ("kind", "arguments", "rank", "least"),
    [
        ("MaxPooling2D", {"pool_size": [2, 2], "strides": [2, 2]}, 4, {}),
        ("MaxPooling2D", {"pool_size": [3, 3], "strides": [2, 2]}, 4, {"pool_size": 3, "strides": 2}),
        ("MaxPooling2D", {"pool_size": [3, 3], "strides": [3, 3]}, 4, {"pool_size": 3}),
        ("AveragePooling1D", {"pool_size": [4], "strides": [4], "data_format": "channels_last"}, 3, {"pool_size": 4}),
        ("Conv2D", {"filters": 4, "kernel_size": [3, 5]}, 4, {"filters": 4, "kernel_size": [3, 5]}),
        ("ZeroPadding2D", {"padding": [[0, 1], [0, 1]]}, 4, {"padding": [[0, 1], [0, 1]]}),
        ("ZeroPadding2D", {"padding": [[2, 2], [3, 3]]}, 4, {"padding": [2, 3]}),
        ("ZeroPadding2D", {"padding": [[3, 3], [3, 3]]}, 4, {"padding": 3}),
        ("ZeroPadding1D", {"padding": [0, 1]}, 3, {"padding": [0, 1]}),
        ("BatchNormalization", {"axis": 3}, 4, {}),
        ("BatchNormalization", {"axis": 3}, None, {"axis": 3}),
        ("BatchNormalization", {"axis": 1}, 4, {"axis": 1}),
        ("LayerNormalization", {"axis": [2], "epsilon": 1e-3}, 3, {}),
        ("Normalization", {"axis": [3]}, 4, {}),
        ("ops.stack", {"axis": 0}, 4, {}),
        ("MultiHeadAttention", {"num_heads": 2, "key_dim": 8, "value_dim": 8, "attention_axes": [1]}, 3,
         {"num_heads": 2, "key_dim": 8}),
        ("MultiHeadAttention", {"num_heads": 2, "key_dim": 8, "value_dim": 4, "attention_axes": [2]}, 4,
         {"num_heads": 2, "key_dim": 8, "value_dim": 4, "attention_axes": [2]}),
        ("Bidirectional",
         {"layer": {"LSTM": {"name": "lstm_3", "units": 4}},
          "backward_layer": {"LSTM": {"name": "back", "units": 4, "go_backwards": True}}}, 3,
         {"layer": {"LSTM": {"units": 4}}}),
        ("Bidirectional",
         {"layer": {"LSTM": {"units": 4}}, "backward_layer": {"GRU": {"units": 4, "go_backwards": True}}}, 3,
         {"layer": {"LSTM": {"units": 4}}, "backward_layer": {"GRU": {"units": 4, "go_backwards": True}}}),
        ("TimeDistributed", {"layer": {"Flatten": {"name": "flatten"}}}, 5, {"layer": "Flatten"}),
        ("Activation", {"activation": None}, 3, {"activation": "linear"}),
        ("Dense", {"units": 3, "activation": "linear"}, 3, {"units": 3}),
        ("LSTM", {"units": 3, "activation": None}, 3, {"units": 3, "activation": "linear"}),
        ("EinsumDense", {"equation": "...x,xy->...y", "output_shape": [8]}, 3,
         {"equation": "...x,xy->...y", "output_shape": 8}),
        ("Bidirectional", {"layer": {"LSTM": {"name": "forward_lstm", "units": 4, "return_sequences": True,
         "zero_output_for_mask": True}}}, 3, {"layer": {"LSTM": {"units": 4, "return_sequences": True}}}),
        ("Bidirectional", {"layer": {"LSTM": {"units": 4, "zero_output_for_mask": False}}}, 3,
         {"layer": {"LSTM": {"units": 4}}}),
        ("TimeDistributed", {"layer": {"BatchNormalization": {"axis": 3}}}, 5, {"layer": "BatchNormalization"}),
    ],
)  # fmt: skip
def test_arguments_that_say_something(kind: str, arguments: Any, rank: int | None, least: Any) -> None:
    assert least_arguments(kind, arguments, rank=rank) == least


def test_trainable_is_said_of_layers_with_weights() -> None:
    text = "input: [4]\nlayers:\n  - ReLU: {trainable: false}\n  - Dense: {units: 2, trainable: false}\n"
    assert written(flatten(report_of(text)), fold=False).text.splitlines()[3:] == [
        "  - ReLU",
        "  - Dense: {units: 2, trainable: false}",
    ]


def named(*names: str, feeds: dict[str, str] | None = None) -> list[str]:
    """The entries of Dense layers of these names, one fed by the other, all of them added up in the end."""
    flat = FlatModel("m")
    flat.inputs.append(Input("input_layer_4", [3], "float32"))
    before = ("input_layer_4", 0, 0)
    for name in names:
        flat.layers[name] = "Dense", {"units": 3}
        flat.call(name, {"inputs": before if name not in (feeds or {}) else ((feeds or {})[name], 0, 0)}, {})
        before = name, 0, 0
    flat.layers["sum"] = "Add", {}
    flat.call("sum", {"inputs": [(name, 0, 0) for name in names[-1:] + tuple((feeds or {}).values())]}, {})
    flat.outputs["output"] = "sum", 0, 0
    return written(flat, fold=False).text.splitlines()[1:]


def test_names_that_nobody_refers_to_are_left_out() -> None:
    assert named("dense_7", "dense_9", "head") == [
        "input: [3]",
        "layers:",
        "  - Dense: {units: 3}",
        "  - Dense: {units: 3}",
        "  - Dense: {units: 3, name: head}",
        "  - Add: {name: sum}",
        "    from: [prev]",
    ]


def test_a_name_in_keras_scheme_that_is_needed_never_collides() -> None:
    assert named("dense", "dense_1", "dense_2", "dense_3", feeds={"dense_3": "dense_1"})[2:] == [
        "  - Dense: {units: 3}",
        "  - Dense: {units: 3, name: dense_1}",
        "  - Dense: {units: 3}",
        "  - Dense: {units: 3}",
        "    from: dense_1",
        "  - Add: {name: sum}",
        "    from: [prev, dense_1]",
    ]
    assert "  - Dense: {units: 3, name: dense_a}" in named("dense", "dense_1", "dense_2", feeds={"dense_2": "dense"})
