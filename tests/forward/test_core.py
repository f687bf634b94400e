"""Forwards of the core layers where golden data does not reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shapecalc.forward.base import Array, apply, output_masks
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.core import Dense, EinsumDense, Embedding, Identity, Masking, ReversibleEmbedding

RANDOM = np.random.default_rng(1)


def normal(*shape: int) -> Array:
    return RANDOM.standard_normal(shape).astype(np.float32)


def run(layer: Any, *feed: Any, **given: Array) -> Array:
    return apply(layer, Weights(WeightStore({f"x/{name}": array for name, array in given.items()}), "x/"), *feed)[0]


def test_dense_is_one_product_of_all_rows() -> None:
    x, kernel, bias = normal(2, 3, 4), normal(4, 5), normal(5)
    plain = np.array([[row @ kernel + bias for row in sample] for sample in x])
    np.testing.assert_allclose(run(Dense(units=5), x, kernel=kernel, bias=bias), plain, rtol=1e-5, atol=1e-6)


def test_dense_casts_whole_numbers() -> None:
    out = run(Dense(units=2, use_bias=False), np.array([[1, 2]], np.int32), kernel=np.ones((2, 2), np.float32))
    assert out.dtype == np.float32
    assert out.tolist() == [[3, 3]]


@pytest.mark.parametrize(
    ("equation", "output_shape", "x"),
    [
        ("abc,cde->abde", (None, 3, 4), (2, 5, 6)),
        ("...bc,bc->...b", (5,), (2, 5, 6)),
        ("bc...,cd->bd...", (4,), (2, 5, 6)),
    ],
)
def test_einsum_dense_equals_the_plain_einsum(equation: str, output_shape: Any, x: tuple[int, ...]) -> None:
    store = WeightStore()
    values = normal(*x)
    out = apply(EinsumDense(equation=equation, output_shape=output_shape), Weights(store, "x/"), values)[0]
    plain = np.einsum(equation, values, store.arrays["x/kernel"], optimize=False)
    np.testing.assert_allclose(out, plain, rtol=1e-5, atol=1e-6)


def test_embedding_refuses_numbers_that_have_no_row() -> None:
    layer = Embedding(input_dim=5, output_dim=2)
    with pytest.raises(ValueError, match="the embedding has rows 0 to 4, and was asked for 7"):
        run(layer, np.array([[1, 7]]))
    table = normal(5, 2)
    np.testing.assert_array_equal(run(layer, np.array([[-1]]), embeddings=table)[0, 0], table[4])


def test_reversible_embedding_asks_for_the_same_weights_both_ways() -> None:
    forth, back = WeightStore(), WeightStore()
    sizes: dict[str, Any] = {"input_dim": 5, "output_dim": 4, "tie_weights": False}
    apply(ReversibleEmbedding(**sizes), Weights(forth, "x/"), np.array([[1]]))
    apply(ReversibleEmbedding(**sizes, reverse=True), Weights(back, "x/"), normal(1, 4))
    assert forth.arrays.keys() == back.arrays.keys() == {"x/embeddings", "x/reverse_embeddings"}


def test_masking_keeps_what_is_not_a_number_out_of_missing_steps() -> None:
    x = np.array([[[np.inf, np.inf], [1, np.inf]]], np.float32)
    layer = Masking(mask_value=np.inf)
    assert run(layer, x).tolist() == [[[0, 0], [1, np.inf]]]
    assert np.asarray(output_masks(layer, (x,), (None,), 1)[0]).tolist() == [[False, True]]


def test_identity_keeps_each_mask_with_its_tensor() -> None:
    mask = np.array([[True, False]])
    feed = ((normal(1, 2, 3), normal(1, 2)),)
    assert output_masks(Identity(), feed, ((mask, None),), 2) == (mask, None)


def test_inputs_and_weights_stay_as_they_were() -> None:
    x, kernel = normal(2, 4), normal(4, 3)
    before = x.copy(), kernel.copy()
    run(Dense(units=3, activation="relu"), x, kernel=kernel, bias=np.ones(3, np.float32))
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(kernel, before[1])
