"""What `explain` says in words of each kind of layer."""

from __future__ import annotations

import pytest

from shapecalc.analysis.explain import explain_row
from tests.specs.analysed import clean

SEQUENCE = "input: [5, 8]\nlayers:\n  - {}\n"
IMAGE = "input: [9, 9, 4]\nlayers:\n  - {}\n"
CASES = {
    "LSTM: {units: 3}": "4 gates stand side by side in each weight: input, forget, cell, output",
    "GRU: {units: 3}": "`reset_after: true` keeps a second bias, for the product with the state: hence 2 rows",
    "Dense: {units: 3}": (
        "one kernel serves every step (5), as within TimeDistributed: params do not depend on how many"
    ),
    "BatchNormalization": "moving_mean and moving_variance follow the batches: they are counted, and not trained",
    "Bidirectional: {layer: {LSTM: {units: 3}}}": "two layers, one for each direction, with weights of their own",
    "TimeDistributed: {layer: {Dense: {units: 3}}}": "the same 27 weights of `dense` serve all 5 steps",
    "Dense: {units: 3, trainable: false}": "`trainable: false`: training leaves its weights as they are",
}


@pytest.mark.parametrize(("entry", "words"), CASES.items())
def test_a_layer_of_a_sequence(entry: str, words: str) -> None:
    assert words in explain_row(clean(SEQUENCE.replace("{}", entry)).rows[-1]).notes


def test_a_layer_of_images() -> None:
    grouped = explain_row(clean(IMAGE.replace("{}", "Conv2D: {filters: 4, kernel_size: 3, groups: 2}")).rows[-1]).notes
    assert grouped == [
        "one kernel slides over all places: params do not depend on the size of the input",
        "2 groups: a filter sees the channels of its own group alone",
    ]


def test_nothing_is_said_that_is_not_so() -> None:
    plain = clean(
        "input: [8]\nlayers:\n  - Dense: {units: 3}\n  - GRU: {units: 2, reset_after: false}\n    if: false\n"
    )
    assert explain_row(plain.rows[-1]).notes == []
    old = clean(SEQUENCE.replace("{}", "GRU: {units: 3, reset_after: false}")).rows[-1]
    assert len(explain_row(old).notes) == 1
