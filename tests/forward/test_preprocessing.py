"""Forwards of the preprocessing layers where golden data does not reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shapecalc.forward.base import Array, apply
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.preprocessing import (
    Discretization,
    Hashing,
    IntegerLookup,
    Normalization,
    StringLookup,
    TextVectorization,
)


def run(layer: Any, *feed: Any, **given_weights: Array) -> Array:
    return apply(layer, Weights(WeightStore(given_weights)), *feed)[0]


def test_moments_come_from_weights() -> None:
    x = np.array([[3.0, 8.0]], np.float32)
    moments = {"mean": np.array([1, 2], "f4"), "variance": np.array([4, 9], "f4")}
    assert run(Normalization(), x, **moments).tolist() == [[1, 2]]
    assert run(Normalization(invert=True), np.array([[1.0, 2.0]], "f4"), **moments).tolist() == x.tolist()
    store = WeightStore()
    apply(Normalization(), Weights(store, "n/"), x)
    assert {path: array.dtype.name for path, array in store.arrays.items()} == {
        "n/mean": "float32",
        "n/variance": "float32",
        "n/count": "int32",
    }


def test_lookups_lead_back() -> None:
    layer = StringLookup(vocabulary=("a", "b"), mask_token="", invert=True)
    assert run(layer, np.array([[0, 1, 2, 3, 9]])).tolist() == [["", "[UNK]", "a", "b", "[UNK]"]]


def test_what_cannot_be_looked_up_is_an_error() -> None:
    with pytest.raises(ValueError, match="7 is not in the vocabulary of IntegerLookup, which has no entry for such"):
        run(IntegerLookup(vocabulary=(1, 2), num_oov_indices=0), np.array([[1, 7]]))
    with pytest.raises(ValueError, match="StringLookup has no vocabulary to look anything up in"):
        run(StringLookup(), np.array([["a"]]))


def test_text_is_padded_to_the_longest() -> None:
    layer = TextVectorization(vocabulary=("the", "cat"))
    assert run(layer, np.array(["The cat!", "a cat sat"])).tolist() == [[2, 3, 0], [1, 3, 1]]


def test_only_ascii_changes_its_case_as_in_keras() -> None:
    layer = TextVectorization(vocabulary=("ärger", "Ärger"), output_sequence_length=2)
    assert run(layer, np.array([["ÄRGER Ärger"]])).tolist() == [[3, 3]]


def test_bytes_and_text_hash_alike() -> None:
    layer = Hashing(num_bins=1000)
    assert run(layer, np.array([["é"]])).tolist() == run(layer, np.array([["é".encode()]])).tolist()


@pytest.mark.parametrize(("mode", "dtype"), [("int", "int32"), ("one_hot", "float32"), ("count", "float32")])
def test_bins_are_whole_numbers_and_their_codes_are_not(mode: str, dtype: str) -> None:
    layer = Discretization(bin_boundaries=(0.0, 1.0), output_mode=mode)
    (bins,) = apply(layer, Weights(WeightStore()), np.asarray([[0.5, 2.0]], np.float32))
    assert bins.dtype == dtype
