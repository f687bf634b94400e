"""Forwards of pooling where golden data does not reach: plain twins, extremes, what must stay untouched."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.forward.base import Array, apply
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.base import Layer
from shapecalc.layers.pooling import (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    AveragePooling2D,
    GlobalAveragePooling1D,
    MaxPooling1D,
    MaxPooling2D,
)

RANDOM = np.random.default_rng(5)


def normal(*shape: int) -> Array:
    return RANDOM.standard_normal(shape).astype(np.float32)


def run(layer: Layer, *feed: Any) -> Array:
    return apply(layer, Weights(WeightStore(), "x/"), *feed)[0]


def plainly_pooled(x: Array, size: tuple[int, int], strides: tuple[int, int], reduce: Any) -> Array:
    """Whole windows of (batch, height, width, channels), each reduced by itself."""
    rows, columns = ((n - k) // s + 1 for n, k, s in zip(x.shape[1:3], size, strides, strict=True))
    y = np.empty((x.shape[0], rows, columns, x.shape[3]), x.dtype)
    for row, column in product(range(rows), range(columns)):
        top, left = row * strides[0], column * strides[1]
        y[:, row, column] = reduce(x[:, top : top + size[0], left : left + size[1]], axis=(1, 2))
    return y


@settings(max_examples=50)
@given(
    sides=st.tuples(st.integers(4, 9), st.integers(4, 9)),
    size=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    strides=st.tuples(st.integers(1, 5), st.integers(1, 5)),
)
def test_axis_by_axis_equals_window_by_window(sides: Any, size: Any, strides: Any) -> None:
    x = normal(2, *sides, 3)
    largest = run(MaxPooling2D(pool_size=size, strides=strides), x)
    np.testing.assert_array_equal(largest, plainly_pooled(x, size, strides, np.max))
    mean = run(AveragePooling2D(pool_size=size, strides=strides), x)
    np.testing.assert_allclose(mean, plainly_pooled(x, size, strides, np.mean), rtol=1e-5, atol=1e-6)


@settings(max_examples=50)
@given(sides=st.tuples(st.integers(1, 12), st.integers(1, 12)), wanted=st.tuples(st.integers(1, 9), st.integers(1, 9)))
def test_adaptive_windows_cover_the_input(sides: Any, wanted: Any) -> None:
    """The largest of all windows is the largest of all; a constant stays what it is."""
    x = normal(1, *sides, 2)
    largest = run(AdaptiveMaxPooling2D(output_size=wanted), x)
    np.testing.assert_array_equal(largest.max(axis=(1, 2)), x.max(axis=(1, 2)))
    constant = np.full((1, *sides, 2), 3, np.float32)
    np.testing.assert_allclose(run(AdaptiveAveragePooling2D(output_size=wanted), constant), 3, rtol=1e-6)


def test_as_many_adaptive_windows_as_entries_change_nothing() -> None:
    x = normal(2, 5, 6, 3)
    np.testing.assert_array_equal(run(AdaptiveMaxPooling2D(output_size=(5, 6)), x), x)


def test_borders_are_lower_than_any_number() -> None:
    lowest = np.full((1, 3, 1), np.finfo(np.float32).min, np.float32)
    np.testing.assert_array_equal(run(MaxPooling1D(pool_size=(2,), padding="same"), lowest), lowest[:, :2])
    small = np.full((1, 3, 1), np.iinfo(np.int32).min, np.int32)
    np.testing.assert_array_equal(run(MaxPooling1D(pool_size=(2,), padding="same"), small), small[:, :2])


def test_a_masked_average_leaves_out_what_is_not_a_number() -> None:
    x = np.array([[[1.0], [3.0], [np.nan]]], np.float32)
    kept = np.array([[True, True, False]])
    np.testing.assert_array_equal(run(GlobalAveragePooling1D(), x, kept), [[2.0]])


def test_an_average_over_no_step_is_not_a_number() -> None:
    assert np.isnan(run(GlobalAveragePooling1D(), normal(1, 3, 2), np.zeros((1, 3), bool))).all()


def test_a_masked_average_of_whole_numbers_is_single() -> None:
    found = run(GlobalAveragePooling1D(), np.array([[[1], [2], [9]]]), np.array([[True, True, False]]))
    assert found.dtype == np.float32
    assert found.tolist() == [[1.5]]


def test_the_input_stays_as_it_was() -> None:
    x = normal(1, 4, 4, 2)
    before = x.copy()
    run(MaxPooling2D(pool_size=(1, 1)), x)
    run(AveragePooling2D(pool_size=(2, 2), padding="same", strides=(1, 1)), x)
    np.testing.assert_array_equal(x, before)
