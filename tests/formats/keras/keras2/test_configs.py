"""Configs of layers that Keras 2 wrote, beside what Keras 3 writes of the same."""

from __future__ import annotations

from typing import Any

import pytest

from tests.formats.keras.keras2.written import layer, model, refusal, sequential, spec, start


def entry(class_name: str, *shape: int | None, **config: Any) -> str:
    """The only entry of a model of one layer."""
    text = spec(model(start("x", *shape), layer(class_name, "a", [[["x", 0, 0, {}]]], **config), outputs=[["a", 0, 0]]))
    return " ".join(text.partition("layers:\n  - ")[2].replace("name: a", "").replace(", }", "}").split())


@pytest.mark.parametrize(
    ("class_name", "shape", "config", "written"),
    [
        ("LeakyReLU", (4,), {"alpha": 0.5}, "LeakyReLU: {negative_slope: 0.5}"),
        ("ThresholdedReLU", (4,), {"theta": 0.5}, "ReLU: {threshold: 0.5}"),
        ("BatchNormalizationV1", (4, 5), {"axis": [1], "fused": None, "virtual_batch_size": None},
         "BatchNormalization: {axis: 1}"),
        ("BatchNormalizationV2", (4, 5), {"axis": [2]}, "BatchNormalization: {axis: 2}"),
        ("SyncBatchNormalization", (4,), {"axis": -1}, "BatchNormalization: {}"),
        ("LayerNormalization", (4, 5), {"axis": [1, 2]}, "LayerNormalization: {axis: [1, 2]}"),
        ("CuDNNLSTM", (4, 5), {"units": 3, "stateful": False}, "LSTM: {units: 3}"),
        ("CuDNNGRU", (4, 5), {"units": 3}, "GRU: {units: 3}"),
        ("GRU", (4, 5), {"units": 3, "implementation": 1}, "GRU: {reset_after: false, units: 3}"),
        ("GRU", (4, 5), {"units": 3, "reset_after": True, "time_major": False}, "GRU: {units: 3}"),
        ("LSTM", (4, 5), {"units": 3, "recurrent_activation": "hard_sigmoid"},
         "LSTM: {units: 3, recurrent_activation: keras2_hard_sigmoid}"),
        ("Dense", (4,), {"units": 3, "activation": "hard_sigmoid"},
         "Dense: {units: 3, activation: keras2_hard_sigmoid}"),
        ("Embedding", (4,), {"input_dim": 5, "output_dim": 2, "input_length": 4, "mask_zero": False},
         "Embedding: {input_dim: 5, output_dim: 2}"),
        ("Conv2DTranspose", (4, 4, 2), {"filters": 3, "kernel_size": [2, 2], "groups": 1, "output_padding": None},
         "Conv2DTranspose: {filters: 3, kernel_size: 2}"),
        ("SeparableConv2D", (4, 4, 2), {"filters": 3, "kernel_size": [2, 2], "groups": 1, "kernel_initializer": "x"},
         "SeparableConv2D: {filters: 3, kernel_size: 2}"),
        ("Conv2D", (4, 4, 2), {"filters": 4, "kernel_size": [2, 2], "groups": 2},
         "Conv2D: {filters: 4, kernel_size: 2, groups: 2}"),
        ("SpatialDropout1D", (4, 4), {"rate": 0.5, "noise_shape": None, "seed": None}, "SpatialDropout1D: {rate: 0.5}"),
        ("Convolution2D", (4, 4, 2), {"filters": 4, "kernel_size": [2, 2]}, "Conv2D: {filters: 4, kernel_size: 2}"),
        ("CategoryEncoding", (4,), {"max_tokens": 5, "output_mode": "binary", "sparse": False},
         "CategoryEncoding: {num_tokens: 5}"),
        ("Discretization", (4,), {"bins": [0.0, 1.0]}, "Discretization: {bin_boundaries: [0.0, 1.0]}"),
        ("Discretization", (4,), {"bins": 5}, "Discretization: {num_bins: 5}"),
        ("RandomFlip", (4, 4, 3), {"mode": "horizontal", "rng_type": "stateful"}, "RandomFlip: {mode: horizontal}"),
        ("Dense", (4,), {"units": 3, "dtype": {"class_name": "Policy", "config": {"name": "mixed_float16"}}},
         "Dense: {dtype: mixed_float16, units: 3}"),
        ("Dense", (4,), {"units": 3, "dtype": {"class_name": "PolicyV1", "config": {"name": "float32",
         "loss_scale": None}}},
         "Dense: {units: 3}"),
        ("Dense", (4,), {"units": 3, "kernel_initializer": {
            "class_name": "VarianceScaling",
            "config": {"scale": 1.0, "mode": "fan_in", "distribution": "normal", "seed": None, "dtype": "float32"},
        }}, "Dense: {units: 3, kernel_initializer: variance_scaling}"),
        ("Dense", (4,), {"units": 3, "bias_initializer": {"class_name": "Zeros", "config": {"dtype": "float32"}}},
         "Dense: {units: 3}"),
        ("Dense", (4,), {"units": 3, "bias_initializer": {
            "class_name": "Constant", "config": {"value": 0.5, "dtype": "float32", "verify_shape": False},
        }}, "Dense: {units: 3, bias_initializer: {constant: {value: 0.5}}}"),
        ("Dense", (4,), {"units": 3, "kernel_initializer": {"class_name": "glorot_uniform", "config": {}}},
         "Dense: {units: 3}"),
        ("Dense", (4,), {"units": 3, "kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.5}}},
         "Dense: {units: 3, kernel_regularizer: {L1L2: {l1: 0.0, l2: 0.5}}}"),
        ("Dense", (4,), {"units": 3, "kernel_constraint": {"class_name": "MaxNorm", "config": {"max_value": 2,
         "axis": 0}}},
         "Dense: {units: 3, kernel_constraint: {MaxNorm: {max_value: 2, axis: 0}}}"),
        ("TimeDistributed", (4, 4), {"layer": {"class_name": "LeakyReLU", "config": {"name": "r", "alpha": 0.5}}},
         "TimeDistributed: {layer: {LeakyReLU: {name: r, negative_slope: 0.5}}}"),
        ("RNN", (4, 4), {"cell": {"class_name": "GRUCell", "config": {"name": "c", "units": 3}}, "num_constants": None},
         "RNN: {cell: {GRUCell: {name: c, reset_after: false, units: 3}}}"),
    ],
)  # fmt: skip
def test_a_config_says_what_keras_3_says(class_name: str, shape: tuple[int, ...], config: Any, written: str) -> None:
    assert entry(class_name, *shape, **config) == written


@pytest.mark.parametrize(
    ("class_name", "config", "message"),
    [
        ("SimpleRNN", {"units": 3, "time_major": True}, "SimpleRNN with `time_major` is fed the time axis first"),
        (
            "BatchNormalization",
            {"virtual_batch_size": 8},
            "a spec's BatchNormalization has no argument `virtual_batch_s",
        ),
        ("Dense", {"output_dim": 5, "init": "glorot_uniform"}, "Keras 1 wrote it, whose layers have other arguments"),
        ("Embedding", {"input_dim": 5, "output_dim": 2, "sparse": True}, "a spec's Embedding has no argument `sparse`"),
    ],
)
def test_what_changes_numbers_is_refused(class_name: str, config: Any, message: str) -> None:
    data = model(start("x", 4, 4), layer(class_name, "a", [[["x", 0, 0, {}]]], **config), outputs=[["a", 0, 0]])
    assert message in refusal(data)[0]


def test_an_input_that_is_sparse_is_refused() -> None:
    sparse = start("x", 4)
    sparse["config"]["sparse"] = True
    data = model(sparse, layer("Dense", "a", [[["x", 0, 0, {}]]], units=2), outputs=[["a", 0, 0]])
    assert refusal(data)[0] == "x: an input is one dense tensor of a given shape"


def test_text_is_the_dtype_of_what_is_fed() -> None:
    first = layer("TextVectorization", "a", dtype="string", output_sequence_length=3, batch_input_shape=[None, 1])
    first["config"]["vocabulary"] = ["red"]
    words = {**layer("InputLayer", "w", batch_input_shape=[None, 1]), "class_name": "InputLayer"}
    words["config"]["dtype"] = "string"
    assert "TextVectorization: {output_sequence_length: 3, vocabulary: [red], name: a}" in spec(
        sequential(words, first)
    )
