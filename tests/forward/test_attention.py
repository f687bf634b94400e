"""Forwards of the attention layers where golden data does not reach: blocks, laws, masks on their way."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.forward.attention_scores import Visibility, attend, list_blocks
from shapecalc.forward.base import Array, apply, output_masks
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.attention import AdditiveAttention, Attention, GroupQueryAttention, MultiHeadAttention
from shapecalc.layers.core import Embedding

RANDOM = np.random.default_rng(3)


def normal(*shape: int) -> Array:
    return RANDOM.standard_normal(shape).astype(np.float32)


def plain(q: Array, k: Array, v: Array, seen: Visibility) -> tuple[Array, Array]:
    """Attention written out: all scores at once, in double precision."""
    q, k, v = (one.astype(np.float64) for one in (q, k, v))
    scores = np.einsum("btnh,bsnh->bnts", q, k) / math.sqrt(q.shape[-1])
    visible = np.ones(scores.shape, bool)
    for mask in seen.masks:
        visible &= mask
    distance = np.arange(scores.shape[2])[:, None] - np.arange(scores.shape[3])
    visible &= distance >= 0 if seen.causal else True
    visible &= abs(distance) < seen.window if seen.window is not None else True
    scores = np.where(visible, scores, -1e30)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    if not seen.averages:
        weights = weights * visible
    return np.einsum("bnts,bsnh->btnh", weights, v), weights


def agree(q: Array, k: Array, v: Array, seen: Visibility) -> None:
    expected, scores = plain(q, k, v, seen)
    out, kept = attend(q, k, v, seen)
    assert kept is None
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-5)
    again, kept = attend(q, k, v, seen._replace(averages=False), scores=True)
    expected, scores = plain(q, k, v, seen._replace(averages=False))
    np.testing.assert_allclose(again, expected, rtol=1e-5, atol=1e-5)
    assert kept is not None
    np.testing.assert_allclose(kept, scores, rtol=1e-5, atol=1e-5)


SIZES = st.integers(1, 6)


@settings(max_examples=60)
@given(SIZES, SIZES, SIZES, st.booleans(), st.none() | st.integers(1, 4), st.booleans(), st.booleans())
def test_attend_equals_the_plain_way(
    rows: int, columns: int, heads: int, causal: bool, window: int | None, masked: bool, a_head: bool
) -> None:
    q, k, v = normal(2, rows, heads, 3), normal(2, columns, heads, 3), normal(2, columns, heads, 4)
    mask = RANDOM.random((2, heads if a_head else 1, rows, columns)) < 0.5
    agree(q, k, v, Visibility((mask,) if masked else (), causal, window))


@pytest.mark.parametrize(
    "seen", [Visibility(), Visibility(causal=True), Visibility(window=40), Visibility(causal=True, window=3)]
)
@pytest.mark.parametrize(("batch", "rows", "columns", "heads"), [(1, 300, 260, 3), (50, 20, 30, 4), (2, 1, 900, 2)])
def test_attend_in_many_blocks_equals_the_plain_way(
    batch: int, rows: int, columns: int, heads: int, seen: Visibility
) -> None:
    q, k, v = normal(batch, rows, heads, 5), normal(batch, columns, heads, 5), normal(batch, columns, heads, 2)
    agree(q, k, v, seen)
    agree(q, k, v, seen._replace(masks=(RANDOM.random((batch, 1, 1, columns)) < 0.7,)))


def test_attend_stands_large_scores() -> None:
    q, k, v = normal(1, 4, 1, 8) * 200, normal(1, 5, 1, 8) * 200, normal(1, 5, 1, 3)
    out, scores = attend(q, k, v, Visibility(), scores=True)
    assert scores is not None
    assert np.isfinite(out).all()
    np.testing.assert_allclose(scores.sum(axis=-1), 1, rtol=1e-6)


@settings(max_examples=60)
@given(st.integers(1, 70), st.integers(1, 20), st.integers(1, 400), st.integers(1, 1500))
def test_blocks_cover_every_row_once_and_stay_small(batch: int, heads: int, rows: int, columns: int) -> None:
    covered = np.zeros((batch, heads, rows), int)
    for block in list_blocks(batch, heads, rows, columns, Visibility()):
        part = covered[block[:3]]
        part += 1
        assert block.keys == slice(0, columns)
        assert part.size * columns <= max(1 << 16, 128 * columns)
    assert (covered == 1).all()


def heads(**values: Any) -> MultiHeadAttention:
    return MultiHeadAttention(**({"num_heads": 2, "key_dim": 4} | values))


def test_a_causal_layer_does_not_see_what_comes_later() -> None:
    x, store = normal(1, 9, 6), WeightStore()
    layer = heads(use_causal_mask=True)
    whole = apply(layer, Weights(store, "x/"), x, x)[0]
    start = np.ascontiguousarray(x[:, :5])
    np.testing.assert_allclose(apply(layer, Weights(store, "x/"), start, start)[0], whole[:, :5], rtol=1e-5, atol=1e-6)


def test_attention_does_not_know_the_order_of_keys() -> None:
    x, memory, store = normal(2, 4, 6), normal(2, 7, 6), WeightStore()
    one = apply(heads(), Weights(store, "x/"), x, memory)[0]
    other = apply(heads(), Weights(store, "x/"), x, np.ascontiguousarray(memory[:, ::-1]))[0]
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_grouped_heads_are_heads_that_share_keys_and_values() -> None:
    x, store = normal(2, 5, 6), WeightStore()
    grouped = GroupQueryAttention(num_query_heads=4, num_key_value_heads=2, head_dim=3)
    out = apply(grouped, Weights(store, "x/"), x, x)[0]
    shared = dict(store.arrays)
    for path in ("x/key/kernel", "x/key/bias", "x/value/kernel", "x/value/bias"):
        shared[path] = np.repeat(shared[path], 2, axis=-2)
    full = apply(heads(num_heads=4, key_dim=3), Weights(WeightStore(shared), "x/"), x, x)[0]
    np.testing.assert_allclose(out, full, rtol=1e-5, atol=1e-6)


def test_axes_that_are_not_attended_over_are_like_the_batch() -> None:
    x, store = normal(2, 3, 5, 6), WeightStore()
    out = apply(heads(attention_axes=2), Weights(store, "x/"), x, x)[0]
    rows = x.reshape(6, 5, 6)
    flat = apply(heads(), Weights(store, "x/"), rows, rows)[0]
    np.testing.assert_allclose(out, flat.reshape(x.shape), rtol=1e-5, atol=1e-6)


def test_the_mask_of_an_embedding_hides_padding_from_the_heads() -> None:
    ids = np.array([[3, 1, 0, 0], [2, 2, 4, 1]], np.int32)
    store = WeightStore()
    table = Embedding(input_dim=5, output_dim=6, mask_zero=True)
    tokens = apply(table, Weights(store, "embedding/"), ids)[0]
    (mask,) = output_masks(table, (ids,), (None,), 1)
    assert mask is not None
    layer = heads(return_attention_scores=True)
    out, scores = apply(layer, Weights(store, "x/"), tokens, tokens, masks=(mask, mask))
    assert (scores[0, :, :2, 2:] == 0).all()
    assert (scores[0, :, 2:] == 0).all()
    np.testing.assert_allclose(scores[1].sum(axis=-1), 1, rtol=1e-5)
    short = np.ascontiguousarray(tokens[:1, :2])
    np.testing.assert_allclose(out[:1, :2], apply(layer, Weights(store, "x/"), short, short)[0], rtol=1e-5, atol=1e-6)
    left, laid = output_masks(layer, (tokens, tokens), (mask, mask), 2)
    assert left is mask
    assert laid is not None
    np.testing.assert_array_equal(laid[:, 0], mask[:, :, None] & mask[:, None, :])


@pytest.mark.parametrize("layer", [Attention(), Attention(use_scale=True, score_mode="concat"), AdditiveAttention()])
def test_attention_by_rows_equals_row_after_row(layer: Any) -> None:
    q, v, store = normal(2, 150, 4), normal(2, 30, 4), WeightStore()
    whole = apply(layer, Weights(store, "x/"), (q, v))[0]
    rows = [apply(layer, Weights(store, "x/"), (np.ascontiguousarray(q[:, row : row + 1]), v))[0] for row in range(150)]
    np.testing.assert_allclose(whole, np.concatenate(rows, axis=1), rtol=1e-5, atol=1e-6)


def test_inputs_and_weights_stay_as_they_are() -> None:
    x, y, store = normal(2, 4, 6), normal(2, 5, 6), WeightStore()
    layer = heads(use_gate=True, dtype="float32")
    first = apply(layer, Weights(store, "x/"), x, y)[0]
    kept = {path: array.copy() for path, array in store.arrays.items()}
    before = x.copy(), y.copy()
    np.testing.assert_array_equal(apply(layer, Weights(store, "x/"), x, y)[0], first)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])
    for path, array in kept.items():
        np.testing.assert_array_equal(store.arrays[path], array)
