"""What PyTorch would count, held against what PyTorch 2.13 counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shapecalc.analysis.conventions import (
    BUFFERS,
    SECOND_BIAS,
    SECOND_BIAS_GRU,
    Comparison,
    Difference,
    compare_conventions,
)
from shapecalc.dims import add_up, parse_size
from tests.specs.analysed import clean

RECORDED = json.loads((Path(__file__).parents[1] / "golden" / "data" / "conventions.json").read_text())["torch"]
CELL = "  - RNN: {cell: {%s: {units: 4}}}"
SPECS = {
    "lstm": "input: [5, 1]\nlayers:\n  - LSTM: {units: 5}",
    "lstm_without_bias": "input: [5, 1]\nlayers:\n  - LSTM: {units: 5, use_bias: false}",
    "lstm_both_ways": "input: [5, 3]\nlayers:\n  - Bidirectional: {layer: {LSTM: {units: 4}}}",
    "lstm_cell": "input: [5, 3]\nlayers:\n" + CELL % "LSTMCell",
    "gru": "input: [5, 3]\nlayers:\n  - GRU: {units: 4}",
    "gru_without_bias": "input: [5, 3]\nlayers:\n  - GRU: {units: 4, use_bias: false}",
    "gru_cell": "input: [5, 3]\nlayers:\n" + CELL % "GRUCell",
    "simple_rnn": "input: [5, 3]\nlayers:\n  - SimpleRNN: {units: 4}",
    "simple_rnn_cell": "input: [5, 3]\nlayers:\n" + CELL % "SimpleRNNCell",
    "batch_norm_1d": "input: [8]\nlayers:\n  - BatchNormalization",
    "batch_norm_2d": "input: [5, 5, 6]\nlayers:\n  - BatchNormalization",
    "batch_norm_unscaled": "input: [5, 5, 6]\nlayers:\n  - BatchNormalization: {center: false, scale: false}",
    "linear": "input: [4]\nlayers:\n  - Dense: {units: 5}",
    "conv2d": "input: [8, 8, 3]\nlayers:\n  - Conv2D: {filters: 6, kernel_size: 5}",
    "conv2d_in_groups": "input: [8, 8, 4]\nlayers:\n  - Conv2D: {filters: 8, kernel_size: 3, groups: 2}",
    "conv2d_transpose": "input: [8, 8, 3]\nlayers:\n  - Conv2DTranspose: {filters: 6, kernel_size: 4, strides: 2}",
    "layer_norm": "input: [8]\nlayers:\n  - LayerNormalization",
    "embedding": "input: [5]\nlayers:\n  - Embedding: {input_dim: 10, output_dim: 4}",
    "attention": (
        "input: [5, 8]\nlayers:\n  - MultiHeadAttention: {num_heads: 2, key_dim: 4}\n    from: [input, input]"
    ),
    "conv_norm": """\
input: [8, 8, 3]
blocks:
  ConvNorm:
    args: {filters: required, kernel: required, bias: true}
    layers:
      - Conv2D: {filters: $filters, kernel_size: $kernel, use_bias: $bias}
      - BatchNormalization
layers:
  - ConvNorm: {filters: 6, kernel: 3, bias: false}
  - ConvNorm: {filters: 4, kernel: 1}
""",
}


def compared_of(text: str) -> list[Comparison]:
    return compare_conventions([row for row in clean(text).rows if row.node.entry is not None])


@pytest.mark.parametrize("name", RECORDED)
def test_it_is_what_pytorch_counts(name: str) -> None:
    rows = compared_of(SPECS[name])
    assert {
        "params": add_up(one.torch_params for one in rows),
        "buffers": add_up(one.buffers for one in rows),
    } == RECORDED[name]


def test_the_second_bias_of_the_tutorial_s_lstm() -> None:
    (found,) = compared_of(SPECS["lstm"])
    assert (found.params, found.torch_params) == (140, 160)
    assert found.differences == (Difference(20, "4*units", SECOND_BIAS),)


def test_a_gru_that_resets_before_the_product_lacks_the_second_bias() -> None:
    (found,) = compared_of("input: [5, 3]\nlayers:\n  - GRU: {units: 4, reset_after: false}")
    assert (found.params, found.torch_params) == (96, RECORDED["gru"]["params"])
    assert found.differences == (Difference(12, "3*units", SECOND_BIAS_GRU),)


def test_differences_within_a_layer_are_added_up_by_reason() -> None:
    text = "input: [5, 3]\nlayers:\n  - RNN: {cell: [{LSTMCell: {units: 3}}, {SimpleRNNCell: {units: 4}}]}"
    (found,) = compared_of(text)
    assert found.differences == (Difference(16, "", SECOND_BIAS, 2),)


def test_batch_normalization_keeps_its_statistics_in_buffers() -> None:
    first, second = compared_of(SPECS["conv_norm"])
    assert (first.params, first.torch_params, first.buffers) == (162 + 24, 162 + 12, 12)
    assert second.differences == (Difference(-8, "2*channels", BUFFERS),)


def test_a_frozen_layer_has_parameters_in_pytorch_too() -> None:
    (found,) = compared_of("input: [8]\nlayers:\n  - BatchNormalization: {trainable: false}")
    assert (found.torch_params, found.buffers) == (16, 16)


def test_a_layer_that_is_called_again_counts_nowhere_twice() -> None:
    text = """\
input: [5, 4]
layers:
  - LSTM: {units: 4, return_sequences: true, name: a}
  - reuse: {layer: a, name: b}
  - TimeDistributed: {layer: {BatchNormalization: {}}}
"""
    assert [one.torch_params for one in compared_of(text)] == [144 + 16, 0, 8]


def test_symbols_stay() -> None:
    (found,) = compared_of("input: [T, F]\nlayers:\n  - LSTM: {units: 5}")
    assert found.torch_params == parse_size("20*F + 140")
