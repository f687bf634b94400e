"""Forwards of the normalization layers where golden data does not reach: fast paths, laws, extremes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.forward.base import Array, apply
from shapecalc.forward.normalization import normalize_axes, normalize_rows
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)

RANDOM = np.random.default_rng(2)


def normal(*shape: int) -> Array:
    return RANDOM.standard_normal(shape).astype(np.float32)


def run(layer: Any, *feed: Any, **given: Array) -> Array:
    return apply(layer, Weights(WeightStore({f"x/{name}": array for name, array in given.items()}), "x/"), *feed)[0]


@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (700, 300), (2, 70_000), (0, 4)])
@pytest.mark.parametrize("affine", [True, False])
def test_rows_in_blocks_equal_the_plain_way(shape: tuple[int, int], affine: bool) -> None:
    x = normal(*shape) * 3 + 5
    gamma, beta = (normal(shape[1]), normal(shape[1])) if affine else (None, None)
    fast = normalize_rows(x, gamma, beta, 1e-3)
    np.testing.assert_allclose(fast, normalize_axes(x, (1,), gamma, beta, 1e-3, centred=True), rtol=1e-5, atol=1e-5)
    assert fast.dtype == np.float32


@settings(max_examples=30)
@given(st.integers(1, 3), st.lists(st.integers(1, 5), min_size=1, max_size=3), st.integers(1, 3), st.integers(1, 4))
def test_groups_equal_the_plain_way(batch: int, middle: list[int], groups: int, size: int) -> None:
    x = normal(batch, *middle, groups * size)
    split = x.reshape(batch, -1, groups, size)
    mean, variance = split.mean(axis=(1, 3), keepdims=True), split.var(axis=(1, 3), keepdims=True)
    plain = ((split - mean) / np.sqrt(variance + 1e-3)).reshape(x.shape)
    last = run(GroupNormalization(groups=groups), x)
    np.testing.assert_allclose(last, plain, rtol=1e-4, atol=1e-5)
    first = run(GroupNormalization(groups=groups, axis=1), np.ascontiguousarray(np.moveaxis(x, -1, 1)))
    np.testing.assert_allclose(np.moveaxis(first, 1, -1), last, rtol=1e-4, atol=1e-5)


def test_one_group_is_layer_normalization_over_a_whole_sample() -> None:
    x = normal(2, 5, 6, 4)
    whole = run(LayerNormalization(axis=(1, 2, 3)), x)
    np.testing.assert_allclose(run(GroupNormalization(groups=1), x), whole, rtol=1e-4, atol=1e-5)


def test_layer_normalization_keeps_large_offsets_apart() -> None:
    x = (normal(4, 256) + 1e4).astype(np.float32)
    exact = x.astype(np.float64)
    plain = (exact - exact.mean(-1, keepdims=True)) / np.sqrt(exact.var(-1, keepdims=True) + 1e-3)
    np.testing.assert_allclose(run(LayerNormalization(), x), plain, atol=2e-3)


def test_batch_normalization_of_fresh_statistics_is_nearly_nothing() -> None:
    x = normal(2, 3, 4)
    np.testing.assert_allclose(run(BatchNormalization(), x), x / np.sqrt(np.float32(1.001)), rtol=1e-6)
    np.testing.assert_array_equal(run(BatchNormalization(renorm=True), x), run(BatchNormalization(), x))


def test_unit_normalization() -> None:
    x = normal(3, 4, 5)
    np.testing.assert_allclose(np.linalg.norm(run(UnitNormalization(axis=(1, 2)), x), axis=(1, 2)), 1, rtol=1e-5)
    assert run(UnitNormalization(), np.zeros((1, 3), np.float32)).tolist() == [[0, 0, 0]]


def test_root_mean_square_by_rows_equals_the_plain_way() -> None:
    x, scale = normal(3, 4, 5), normal(5)
    plain = x / np.sqrt(np.square(x).mean(-1, keepdims=True) + 1e-6) * scale
    np.testing.assert_allclose(run(RMSNormalization(), x, scale=scale), plain, rtol=1e-5)


@pytest.mark.parametrize(
    "layer",
    [BatchNormalization(), LayerNormalization(), GroupNormalization(groups=2), UnitNormalization(), RMSNormalization()],
)
def test_inputs_stay_as_they_are_and_precision_too(layer: Any) -> None:
    x = normal(2, 3, 4)
    before = x.copy()
    assert run(layer, x).dtype == np.float32
    np.testing.assert_array_equal(x, before)
    assert run(layer.replace(dtype="float16"), x).dtype == np.float16
