"""Text is looked up or moved about; what computes with numbers refuses it, before anything runs and in words."""

from __future__ import annotations

import pytest

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.layers.catalogue import find
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor
from tests.contracts.feeds import TYPES, example_call

COMPUTES = [
    "Activation", "AdditiveAttention", "Attention", "BatchNormalization", "Bidirectional", "CategoryEncoding",
    "Conv1D", "ConvLSTM1D", "Dense", "Discretization", "Dot", "ELU", "EinsumDense", "Embedding", "GRU", "GRUCell",
    "GlobalAveragePooling1D", "GlobalMaxPooling2D", "GroupNormalization", "GroupQueryAttention", "LSTM", "LSTMCell",
    "LayerNormalization", "LeakyReLU", "Masking", "MaxPooling1D", "MultiHeadAttention", "Normalization", "PReLU",
    "RMSNormalization", "RNN", "ReLU", "Rescaling", "SimpleRNN", "SimpleRNNCell", "Softmax", "StackedRNNCells",
    "TimeDistributed", "TimeDistributedDense", "UnitNormalization", "Add", "Average", "Maximum", "Minimum",
    "Multiply", "Subtract",
]  # fmt: skip
"""Types whose call fails in Keras on text, the images' and those of `ops` left out."""

MOVES = [
    "Cropping1D", "Dropout", "Flatten", "Hashing", "Identity", "Permute", "RepeatVector", "Reshape",
    "SpatialDropout1D", "StringLookup", "TextVectorization", "UpSampling1D", "ZeroPadding1D",
]  # fmt: skip


def with_text(item: object) -> object:
    """A feed with the dtype of every tensor changed."""
    if isinstance(item, Tensor):
        return item._replace(dtype="string")
    return tuple(map(with_text, item)) if isinstance(item, tuple) else item


def fed_text(type_name: str) -> ShapeError | None:
    """What a type says of text."""
    call = example_call(type_name)
    try:
        infer(call.layer, tuple(map(with_text, call.feed)))  # type: ignore[arg-type]
    except ShapeError as error:
        return error
    return None


@pytest.mark.parametrize("name", COMPUTES)
def test_what_computes_refuses_text(name: str) -> None:
    found = fed_text(name)
    assert found is not None
    assert found.code == "SC407"
    assert found.help


@pytest.mark.parametrize("name", MOVES)
def test_what_moves_or_looks_up_takes_it(name: str) -> None:
    assert fed_text(name) is None


@pytest.mark.parametrize("name", TYPES)
def test_no_type_is_at_a_loss(name: str) -> None:
    found = fed_text(name)
    assert found is None or found.code in ("SC407", "SC206"), found


def test_the_way_out_is_named() -> None:
    found = fed_text("Dense")
    assert found is not None
    assert (found.message, found.input) == ("computes with numbers, got text", "inputs")
    assert found.help == "turn text into numbers first, by `StringLookup`, `Hashing` or `TextVectorization`"
    assert all(find(name) for name in ("StringLookup", "Hashing", "TextVectorization"))
