"""Memory by hand: activations alive at once, weights by dtype, and optimizer state as Keras keeps it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.costs import (
    activation_bytes,
    find_peak_activation,
    list_peak_activations,
    select_greatest,
    sum_activations,
    workspace_bytes,
)
from shapecalc.analysis.explain import explain_row
from shapecalc.analysis.memory import Memory, row_memory
from shapecalc.analysis.report import Report
from shapecalc.analysis.trained import Trained
from shapecalc.dims import bind, parse_size, symbol
from shapecalc.layers.catalogue import CATALOGUE
from shapecalc.model.load import Library
from shapecalc.render.budget import greatest_text
from shapecalc.training.optimizers import OPTIMIZERS
from shapecalc.training.peak import Training
from tests.specs.analysed import clean

RECORDED = json.loads((Path(__file__).parents[1] / "golden" / "data" / "conventions.json").read_text())
RESIDUAL = """\
input: [100]
layers:
  - Dense: {units: 10, name: a}
  - Dense: {units: 50, name: b}
  - Dense: {units: 10, name: c}
  - Add:
    from: [a, c]
"""
BLOCK = """\
input: [10]
blocks:
  B:
    layers:
      - Dense: {units: 100}
      - Dense: {units: 10}
layers:
  - B
    %s
  - Dense: {units: 1}
"""


def peak(report: Report) -> object:
    assert report.walk is not None
    return find_peak_activation(report.walk)


def train(report: Report, optimizer: str = "adam") -> Trained:
    """What training takes."""
    trained = Memory(report, Training(optimizer)).trained
    assert trained is not None
    return trained


def total(report: Report) -> object:
    assert report.walk is not None
    return sum_activations(report.walk)


def test_an_output_goes_after_its_last_use() -> None:
    # In floats: input 100 and a 10; a 10 and b 50; a, b and c 10; a, c and the sum 10.
    report = clean(RESIDUAL)
    assert peak(report) == 4 * 110
    assert total(report) == 4 * (100 + 10 + 50 + 10 + 10)


def test_within_a_block_its_own_peak_counts() -> None:
    # The block's input stays alive outside while 100 and 10 are alive within.
    report = clean(BLOCK.replace("- B\n    %s", "- B"))
    assert peak(report) == 4 * (10 + 100 + 10)
    assert total(report) == 4 * (10 + 100 + 10 + 1)
    assert [activation_bytes(row.inferred) for row in report.rows] == [40, 440, 4]


def test_rounds_of_a_block_add_up() -> None:
    report = clean(BLOCK.replace("- B\n    %s", "- B:\n    repeat: 5"))
    assert peak(report) == 480
    assert total(report) == 4 * (10 + 5 * 110 + 1)


def test_every_call_of_a_shared_layer_has_its_own_output() -> None:
    text = "input: [4]\nlayers:\n  - Dense: {units: 4, name: d}\n  - reuse: {layer: d, name: e}\n"
    report = clean(text)
    assert total(report) == 4 * 12
    assert report.weights_bytes == 4 * 20
    assert report.macs == 32


def test_a_batch_that_is_known_multiplies_and_one_that_is_not_counts_as_one() -> None:
    spec = Library().parse(RESIDUAL, "model.yaml")
    assert peak(analyse(spec, Settings({}, 32))) == 32 * 440
    merged = "input: [6, 4]\nlayers:\n  - ops.reshape: {newshape: [-1, 4]}\n"
    assert total(analyse(Library().parse(merged, "model.yaml"))) == 4 * (24 + 24)


def test_a_peak_of_formulas_that_cannot_be_compared_is_each_of_them() -> None:
    # Input T and 40*T alive, or 40*T and one of 2000 floats; past T = 2000 the first is more.
    report = clean("input: [T, 1]\nlayers:\n  - LSTM: {units: 40}\n  - Dense: {units: 2000}\n")
    assert report.walk is not None
    assert [str(one) for one in list_peak_activations(report.walk)] == ["4*T + 160", "8160"]
    assert find_peak_activation(report.walk) is None
    bound = clean("input: [T, 1]\nlayers:\n  - LSTM: {units: 40}\n  - Dense: {units: 2000}\n", T=5000)
    assert peak(bound) == 20160


def test_the_greatest_of_formulas() -> None:
    tokens = symbol("T")
    assert select_greatest([3 * tokens, 2 * tokens, 5]) == (3 * tokens, 5)
    assert select_greatest([7, 3, 7]) == (7,)
    assert select_greatest([tokens, tokens + 1, 2 * tokens + 3]) == (2 * tokens + 3,)
    assert select_greatest([]) == (0,)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_optimizer_state_is_what_keras_keeps(name: str, dtype: str) -> None:
    report = clean(f"input: [4]\ndtype: {dtype}\nlayers: [{{Dense: {{units: 3}}}}]\n")
    assert train(report, name).state.bytes == RECORDED["optimizers"][name][dtype]


def test_every_optimizer_was_recorded() -> None:
    assert list(RECORDED["optimizers"]) == list(OPTIMIZERS)


def test_frozen_weights_have_no_gradient_and_the_inputs_of_trained_layers_are_kept() -> None:
    text = "input: [4]\nlayers:\n  - Dense: {units: 3, trainable: false}\n  - Dense: {units: 2}\n"
    report = clean(text)
    trained = train(report)
    # 15 and 8 parameters; the second layer keeps its input of 3 numbers.
    assert (trained.gradients, trained.state.bytes, trained.kept) == (32, 64, 12)
    # At the end of the forward pass: weights, the gradients of the step before, state, and all outputs, 4, 3 and 2.
    assert trained.moments.forward == (92 + 32 + 64 + 36,)
    # The update makes three copies of what it trains.
    assert trained.moments.update == (92 + 32 + 64 + 96,)
    assert trained.peaks == (284,)
    assert Memory(report).needed == (92 + 28,)
    assert [row_memory(row, Training("adam")) for row in report.rows] == [0, 60, 32 + 12 + 96]
    assert [row_memory(row) for row in report.rows] == [16, 72, 40]


def test_a_mixed_policy_keeps_weights_gradients_and_state_in_float32() -> None:
    report = clean("input: [4]\ndtype: mixed_bfloat16\nlayers: [{Dense: {units: 3}}]\n")
    trained = train(report)
    assert Memory(report).weights == {"float32": 60}
    assert (trained.gradients, trained.state.bytes) == (60, 120)
    # What is fed is float32, what is computed of half precision: the kernel's gradient needs the input so.
    assert Memory(report).activations == 4 * 4 + 2 * 3
    assert trained.kept == trained.copies == 2 * 4


def test_weights_are_added_up_by_dtype() -> None:
    text = "input: [4]\nlayers:\n  - Dense: {units: 3}\n  - Dense: {units: 3, dtype: float16}\n"
    assert Memory(clean(text)).weights == {"float16": 24, "float32": 60}


def test_symbols_give_formulas() -> None:
    report = clean("input: [T, 8]\nlayers:\n  - LSTM: {units: H, return_sequences: true}\n".replace("H", "4"))
    assert Memory(report).activations == parse_size("48*T")
    assert Memory(report).needed == (parse_size("48*T + 832"),)


def test_a_peak_of_too_many_formulas_to_compare_is_said_and_bound() -> None:
    spec = Library().open("specs/models/unet.yaml")
    report = analyse(spec, Settings({"size": symbol("size")}))
    assert report.walk is not None
    peaks = list_peak_activations(report.walk)
    assert greatest_text(peaks) == f"the greatest of {len(peaks)} formulas"
    number = analyse(spec, Settings({"size": 572})).walk
    assert number is not None
    assert max(map(int, (str(bind(one, {"size": 572})) for one in peaks))) == find_peak_activation(number)


SCORES = {
    "MultiHeadAttention: {num_heads: 2, key_dim: 3}": 2 * 5 * 5,
    "MultiHeadAttention: {num_heads: 2, key_dim: 3, dtype: float16}": 5 * 5,
    "GroupQueryAttention: {head_dim: 3, num_query_heads: 4, num_key_value_heads: 2}": 4 * 5 * 5,
    "MultiHeadAttention: {num_heads: 2, key_dim: 3, flash_attention: true}": 0,
    "Attention: {}": 5 * 5,
    "Attention: {score_mode: concat}": 5 * 5 * 8 + 5 * 5,
    "AdditiveAttention: {}": 5 * 5 * 8 + 5 * 5,
}
"""Attention on 5 steps of 8 features, and how many numbers of 4 bytes it holds while it runs."""


@pytest.mark.parametrize(("entry", "numbers"), SCORES.items())
def test_attention_holds_its_scores_while_it_runs(entry: str, numbers: int) -> None:
    report = clean(f"input: [5, 8]\nlayers:\n  - {entry}\n    from: [input, input]\n")
    (row,) = [row for row in report.rows if row.node.entry is not None]
    output = activation_bytes(row.inferred)
    assert workspace_bytes(row.inferred) == 4 * numbers
    assert peak(report) == 5 * 8 * 4 + output + 4 * numbers
    assert Memory(report).workspace == 4 * numbers
    # What a rule states stands in the derivation.
    assert explain_row(row).total_workspace == 4 * numbers


def test_scores_that_are_returned_are_an_output() -> None:
    text = "input: [5, 8]\nlayers:\n  - MultiHeadAttention: {num_heads: 2, key_dim: 3}\n    from: [input, input]\n"
    report = clean(text + "    call: {return_attention_scores: true}\n")
    assert peak(report) == peak(clean(text)) == 4 * (5 * 8 + 5 * 8 + 2 * 5 * 5)


def test_the_attention_types_of_the_catalogue_are_those_tried() -> None:
    types = {name for name, family in CATALOGUE.items() if family == "attention"}
    assert types == {entry.partition(":")[0] for entry in SCORES}


def test_scores_are_a_formula_and_count_within_blocks_and_wrappers() -> None:
    attention = "MultiHeadAttention: {num_heads: 2, key_dim: 3}"
    block = f"blocks: {{B: {{layers: [{{{attention}, from: [input, input]}}]}}}}"
    report = clean(f"input: [T, 8]\n{block}\nlayers: [B]\n")
    assert str(peak(report)) == "8*T**2 + 64*T"
    wrapped = clean(
        "input: [3, T, 8]\nlayers:\n  - TimeDistributed: {layer: {Attention: {}}}\n    from: [input, input]\n"
    )
    assert str(peak(wrapped)) == "12*T**2 + 192*T"


def test_what_an_optimizer_keeps_is_counted() -> None:
    # Recorded of Keras 3.15.1: all its variables for weights of (4, 3) and (3,).
    kept = {"sgd": 2, "momentum": 17, "adam": 32, "nadam": 33, "adagrad": 17, "ftrl": 32, "lamb": 32, "lion": 17}
    report = clean("input: [4]\nlayers: [{Dense: {units: 3}}]\n")
    assert {name: train(report, name).state.params for name in kept} == kept
