"""Names of other libraries: each is known, and what is proposed in its place is a layer that can be built and fed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shapecalc.analysis.examples import find_example
from shapecalc.analysis.report import Row
from shapecalc.document.flow import write_flow
from shapecalc.layers.catalogue import CATALOGUE, find
from shapecalc.layers.foreign import Call, Counterpart, NoLayer, read_call, translate
from shapecalc.layers.foreign import keras as keras_words
from shapecalc.layers.foreign.translate import LIBRARIES, Rule, read_table
from shapecalc.layers.infer import infer
from tests.contracts.signatures import SIGNATURES

DATA = Path(__file__).parents[1] / "golden" / "data"
NAMES: dict[str, Any] = json.loads((DATA / "names.json").read_text("utf-8"))
ONNX = (DATA / "onnx_operators.txt").read_text("utf-8").split()
"""The operators of ONNX's default domain."""

SAMPLES: dict[str, Any] = {
    "out_features": 4, "out_channels": 4, "kernel_size": 1, "stride": 1, "strides": 1, "dilation": 1, "groups": 1,
    "bias": False, "eps": 0.01, "epsilon": 0.01, "momentum": 0.1, "affine": True, "p": 0.5, "hidden_size": 4,
    "num_heads": 2, "embed_dim": 8, "num_embeddings": 20, "embedding_dim": 4, "negative_slope": 0.1, "alpha": 0.3,
    "approximate": "none", "filters": 4, "units": 4, "pool_size": 1, "use_bias": True, "theta": 1.0, "factor": 0.1,
    "padding": "same", "activation": "relu", "nonlinearity": "relu", "axis": -1, "dim": -1, "scale_factor": 2,
    "mode": "nearest", "num_groups": 1, "return_sequences": True, "keepdims": True, "elementwise_affine": True,
}  # fmt: skip
"""Values of other libraries' arguments; what has none here is not given."""

RULES = [
    (library, name) for library in LIBRARIES for name, rule in read_table(library).items() if isinstance(rule, Rule)
]


def row_of(type_name: str) -> Row:
    shown = find_example(type_name)
    assert shown is not None
    return next(row for row in shown.report.rows if row.type == type_name)


@pytest.mark.parametrize("name", NAMES["torch"])
def test_every_module_of_torch_is_known(name: str) -> None:
    found = translate(Call("torch.nn", name))
    assert isinstance(found, (Counterpart, NoLayer))
    assert found.library == "PyTorch"


@pytest.mark.parametrize("name", sorted({*NAMES["keras2"], *NAMES["keras3"]}))
def test_every_class_of_keras_is_known(name: str) -> None:
    assert isinstance(translate(Call("keras.layers", name)), (Counterpart, NoLayer))


@pytest.mark.parametrize("name", ONNX)
def test_every_operator_of_onnx_is_known(name: str) -> None:
    assert translate(Call("", name)) is not None


def test_the_tables_of_torch_name_its_arguments_in_their_order() -> None:
    for name, rule in read_table("PyTorch").items():
        real = NAMES["torch"].get(name, [])
        if isinstance(rule, Rule) and real:
            assert rule.parameters == real[: len(rule.parameters)] or name in ("LSTM", "GRU", "RNN"), name
    unknown = set(read_table("PyTorch")) - set(NAMES["torch"]) - {"Parameter"}
    assert not unknown


@pytest.mark.parametrize(("library", "name"), RULES)
def test_what_stands_for_a_name_can_be_built_and_fed(library: str, name: str) -> None:
    rule = read_table(library)[name]
    assert isinstance(rule, Rule)
    assert rule.type_name in CATALOGUE
    padding = 0 if library == "PyTorch" else "same"
    keywords = {key: SAMPLES[key] for key in rule.parameters if key in SAMPLES} | (
        {"padding": padding} if "padding" in rule.parameters else {}
    )
    found = translate(Call({"PyTorch": "torch.nn", "ONNX": "onnx"}.get(library, ""), name, (), tuple(keywords.items())))
    assert isinstance(found, Counterpart)
    layer_type = find(found.type_name)
    assert layer_type is not None
    assert set(rule.targets) <= set(layer_type.args)
    row = row_of(found.type_name)
    own = row.node.layer
    assert own is not None
    values = read(found)
    if found.type_name.endswith("Cell"):
        values.pop("units", None)  # its state has the size already
    infer(own.replace(**values), row.walk.feed_of(row.node))


def read(found: Counterpart) -> dict[str, Any]:
    layer_type = find(found.type_name)
    assert layer_type is not None
    return {name: layer_type.args[name].read(value, layer_type) for name, value in found.args.items()}


def test_arguments_without_names_are_in_the_order_of_keras() -> None:
    for line in keras_words.ORDER.strip().split("\n"):
        types, _, words = line.partition(": ")
        for name in types.split():
            known = find(name)
            assert known is not None
            order = [one for one in SIGNATURES[name]["init"] if one in known.args]
            assert order[: len(words.split())] == words.split(), name


@pytest.mark.parametrize(
    ("written", "entry"),
    [
        ("nn.Linear(5, 3)", "Dense: {units: 3}"),
        ("torch.nn.Conv2d(3, 64, 3, padding=1)", "Conv2D: {filters: 64, kernel_size: 3, padding: same}"),
        ("nn.Conv2d(3, 64, (3, 5), padding=(1, 2))", "Conv2D: {filters: 64, kernel_size: [3, 5], padding: same}"),
        ("nn.Conv2d(3, 64, 7, 2, 3)", "Conv2D: {filters: 64, kernel_size: 7, strides: 2}"),
        ("nn.Conv1d(3, 64, 3, padding=2, dilation=2)",
         "Conv1D: {filters: 64, kernel_size: 3, padding: same, dilation_rate: 2}"),
        ("nn.BatchNorm2d(64, momentum=0.01)", "BatchNormalization: {momentum: 0.99}"),
        ("nn.MultiheadAttention(64, 8)", "MultiHeadAttention: {num_heads: 8, key_dim: 8}"),
        ("nn.LSTM(10, 20, batch_first=True)", "LSTM: {units: 20, return_sequences: true}"),
        ("nn.GRU(10, 20, bidirectional=True)", "Bidirectional: {layer: {GRU: {units: 20, return_sequences: true}}}"),
        ("nn.ZeroPad2d((1, 2, 3, 4))", "ZeroPadding2D: {padding: [[3, 4], [1, 2]]}"),
        ("Bidirectional(LSTM(64), merge_mode='sum')", "Bidirectional: {layer: {LSTM: {units: 64}}, merge_mode: sum}"),
        ("tf.keras.layers.Dense(28 * 28, activation=tf.nn.relu)", "Dense: {units: 784, activation: relu}"),
        ("model.add(Dropout(.5))", "Dropout: {rate: 0.5}"),
        ("x = layers.Reshape((4, -1))(x)", "Reshape: {target_shape: [4, -1]}"),
        ("Dense(5, kernel_initializer=keras.initializers.RandomNormal(stddev=0.1))",
         "Dense: {units: 5, kernel_initializer: {random_normal: {stddev: 0.1}}}"),
        ("CuDNNLSTM(5, return_sequences=True)", "LSTM: {units: 5, return_sequences: true}"),
        ("ThresholdedReLU(theta=2.0)", "ReLU: {threshold: 2.0}"),
        ("keras.ops.mean(x, axis=1)", "ops.mean: {axis: 1}"),
    ],
)  # fmt: skip
def test_a_call_becomes_an_entry_with_its_values(written: str, entry: str) -> None:
    call = read_call(written)
    assert call is not None
    found = translate(call)
    assert isinstance(found, Counterpart)
    assert f"{found.type_name}: {write_flow(found.args)}" == entry


@pytest.mark.parametrize(
    "text",
    ["Dense(", "Dense(5))", "Dense(*units)", "Dense(**config)", "Dense(lambda x: x)", "(5)", "Dense[5]", "1 + 1",
     "Dense(" * 100, "Dense(" + "9" * 5_000 + ")", "Dense(2 ** 10 ** 10)", "Dense(1 // 0)", "__import__('os')()", ""],
)  # fmt: skip
def test_what_is_no_plain_call_is_not_read(text: str) -> None:
    call = read_call(text)
    assert call is None or translate(call) is None


def test_padding_that_keras_has_no_word_for_is_a_layer_of_its_own() -> None:
    call = read_call("nn.Conv2d(3, 64, 7, stride=2, padding=3)")
    assert call is not None
    found = translate(call)
    assert isinstance(found, Counterpart)
    assert found.notes == ("put `ZeroPadding2D: {padding: 3}` above it for the `padding` of 3",)


def test_what_has_no_counterpart_is_said() -> None:
    call = read_call("nn.LSTM(10, 20, num_layers=2)")
    assert call is not None
    found = translate(call)
    assert isinstance(found, Counterpart)
    assert found.left_out == ("num_layers",)
