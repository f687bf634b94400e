"""Rules of the preprocessing layers where golden data does not reach."""

from __future__ import annotations

from typing import Any

import pytest

from shapecalc.dims import symbol
from shapecalc.layers.infer import infer
from shapecalc.layers.preprocessing import (
    CategoryEncoding,
    Discretization,
    HashedCrossing,
    Hashing,
    IntegerLookup,
    Normalization,
    Rescaling,
    StringLookup,
    TextVectorization,
)
from shapecalc.layers.values import Tensor
from tests.layers.asked import fed, refusal

C, T = symbol("C"), symbol("T")


WORDS = fed(3, dtype="string")
NUMBERS = fed(3, dtype="int64")


def test_normalization_without_moments_has_them_as_weights() -> None:
    result = infer(Normalization(), fed(T, C))
    assert [(w.name, w.shape, w.trainable, w.dtype) for w in result.weights] == [
        ("mean", (C,), False, "float32"),
        ("variance", (C,), False, "float32"),
        ("count", (), False, "int32"),
    ]
    assert (str(result.params), result.trainable_params) == ("2*C + 1", 0)
    assert infer(Normalization(axis=None), fed(T, C)).params == 3


def test_categories_in_symbols() -> None:
    assert str(infer(CategoryEncoding(num_tokens=C), fed(T, dtype="int32")).output.shape) == "(None, C)"
    one_hot = CategoryEncoding(num_tokens=C, output_mode="one_hot")
    assert str(infer(one_hot, fed(T, dtype="int32")).output.shape) == "(None, T, C)"
    assert str(infer(one_hot, fed(1, dtype="int32")).output.shape) == "(None, C)"


def test_a_vocabulary_may_hold_its_special_entries_or_leave_them_out() -> None:
    for vocabulary in (("a", "b"), ("[UNK]", "a", "b")):
        layer = StringLookup(vocabulary=vocabulary, output_mode="multi_hot")
        assert str(infer(layer, WORDS).output.shape) == "(None, 3)"


def test_without_a_vocabulary_vectors_are_of_unknown_size() -> None:
    assert infer(StringLookup(max_tokens=9), WORDS).output == Tensor(WORDS[0].shape, "int64", False)
    padded = StringLookup(max_tokens=9, pad_to_max_tokens=True, output_mode="count")
    assert str(infer(padded, WORDS).output.shape) == "(None, 9)"
    assert str(infer(StringLookup(max_tokens=9, output_mode="count"), WORDS).output.shape) == "(None, None)"
    assert str(infer(StringLookup(output_mode="one_hot"), WORDS).output.shape) == "(None, 3, None)"


@pytest.mark.parametrize(("mode", "shape"), [("int", "(None, 3)"), ("one_hot", "(None, 3, 4)"), ("count", "(None, 4)")])
def test_bins_are_counted_where_their_boundaries_are_not_known(mode: str, shape: str) -> None:
    assert str(infer(Discretization(num_bins=4, output_mode=mode), fed(3)).output.shape) == shape


def test_text_is_as_long_as_the_longest() -> None:
    layer = TextVectorization(vocabulary=("the", "cat"))
    assert str(infer(layer, fed(1, dtype="string")).output.shape) == "(None, None)"
    assert str(infer(layer.replace(output_sequence_length=7), fed(dtype="string")).output.shape) == "(None, 7)"
    assert str(infer(layer.replace(split=None), fed(T, dtype="string")).output.shape) == "(None, T)"


@pytest.mark.parametrize(
    ("layer", "feed", "blamed", "message"),
    [
        (Rescaling(scale="x"), fed(3), "scale", "`scale` must be a number or a list of numbers, got 'x'"),
        (Rescaling(scale=((1.0,), 2.0)), fed(3), "scale", "`scale` must be lists of equal lengths, and none empty"),
        (Rescaling(scale=(1.0, 2.0)), fed(T, 3), "scale", "(2,) numbers do not fit (None, T, 3)"),
        (Normalization(mean=1.0), fed(3), "mean", "mean is given, variance is not"),
        (Normalization(axis=4), fed(3), "axis", "there is no axis 4 in (None, 3)"),
        (Normalization(axis=(1, -1)), fed(3), "axis", "names an axis twice"),
        (Normalization(mean=(1.0, 2.0), variance=(1.0, 2.0)), fed(3), "mean", "2 means do not fit an axis of 3"),
        (Normalization(mean=(1.0, 2.0), variance=1.0), fed(3), "variance", "mean and variance have different shapes"),
        (
            Discretization(num_bins=4, bin_boundaries=(1, 2)),
            fed(3),
            "num_bins",
            "takes `bin_boundaries` or `num_bins`, not both",
        ),
        (Discretization(), fed(3), "bin_boundaries", "needs its boundaries, or their number"),
        (Discretization(bin_boundaries=(2, 1)), fed(3), "bin_boundaries", "boundaries have to rise"),
        (Discretization(bin_boundaries=3), fed(3), "bin_boundaries", "`bin_boundaries` must be a list of numbers"),
        (CategoryEncoding(), NUMBERS, "num_tokens", "needs the number of tokens"),
        (CategoryEncoding(num_tokens=3, sparse=True), NUMBERS, "sparse", "sparse tensors are not modelled"),
        (Hashing(num_bins=3, salt="x"), WORDS, "salt", "`salt` must be a whole number or two"),
        (Hashing(num_bins=3, dtype="float16"), WORDS, "dtype", "numbers of bins are int32 or int64, not float16"),
        (StringLookup(vocabulary="words.txt"), WORDS, "vocabulary", "a vocabulary is not read from a file"),
        (
            StringLookup(vocabulary=(1, 2)),
            WORDS,
            "vocabulary",
            "`vocabulary` must be a list of texts, and not an empty one",
        ),
        (StringLookup(vocabulary=("a", "b", "a")), WORDS, "vocabulary", "has 'a' twice"),
        (
            StringLookup(vocabulary=("a", "b"), mask_token="b"),
            WORDS,
            "vocabulary",
            "has the mask_token 'b' among its entries",
        ),
        (
            StringLookup(vocabulary=("a", "b"), max_tokens=2),
            WORDS,
            "vocabulary",
            "has 3 entries with the special ones, more than max_tokens = 2",
        ),
        (
            StringLookup(vocabulary=("a",), output_mode="tf_idf"),
            WORDS,
            "idf_weights",
            "`tf_idf` needs one weight for each entry of the vocabulary",
        ),
        (StringLookup(pad_to_max_tokens=True), WORDS, "pad_to_max_tokens", "there is no size to pad to"),
        (IntegerLookup(vocabulary=(1,), salt=4), NUMBERS, "salt", "a salt needs a hash"),
        (
            TextVectorization(vocabulary=("a",), ngrams="x"),
            WORDS,
            "ngrams",
            "`ngrams` must be a whole number or a list of them, from 1",
        ),
        (TextVectorization(vocabulary=("a",), ragged=True), WORDS, "ragged", "ragged tensors are not modelled"),
        (
            TextVectorization(vocabulary=("a",), output_mode="count", output_sequence_length=4),
            WORDS,
            "output_sequence_length",
            "a vector a text has no sequence to cut",
        ),
    ],
)
def test_arguments_that_are_refused(layer: Any, feed: Any, blamed: str, message: str) -> None:
    error = refusal(layer, *feed)
    assert (error.arg, error.message) == (blamed, message)


@pytest.mark.parametrize(
    ("layer", "feed", "message"),
    [
        (StringLookup(vocabulary=("a",)), NUMBERS, "looks up text, got int64"),
        (IntegerLookup(vocabulary=(1,)), WORDS, "looks up whole numbers, got string"),
        (TextVectorization(vocabulary=("a",)), NUMBERS, "takes text, got int64"),
        (TextVectorization(vocabulary=("a",)), WORDS, "cuts one text a sample, got (None, 3)"),
        (HashedCrossing(num_bins=3), (fed(1, dtype="int32"),), "crosses at least two inputs, got 1"),
        (
            HashedCrossing(num_bins=3),
            (fed(1, dtype="int32") + fed(2, dtype="int32"),),
            "needs inputs (batch,) or (batch, 1), all alike, got (None, 1) and (None, 2)",
        ),
    ],
)
def test_inputs_that_are_refused(layer: Any, feed: Any, message: str) -> None:
    error = refusal(layer, *feed)
    assert (error.input, error.message) == ("inputs", message)
