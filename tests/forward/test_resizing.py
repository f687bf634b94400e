"""Images resized: the kernels against their plain twins, and whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.forward.base import Array, apply
from shapecalc.forward.resizing import find_taps, resize
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.reshaping import UpSampling2D

METHODS = ["bilinear", "bicubic", "lanczos3", "lanczos5", "area"]


def run(layer: Any, x: Array) -> Array:
    return apply(layer, Weights(WeightStore(), "layer/"), x)[0]


@pytest.mark.parametrize("method", METHODS)
@given(st.integers(1, 9), st.integers(1, 12), st.booleans())
def test_weights_of_every_output_sum_to_one(method: str, before: int, size: int, antialias: bool) -> None:
    indices, weights = find_taps(before, size, method, antialias)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
    assert indices.min() >= 0
    assert indices.max() < before


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("antialias", [False, True])
def test_taps_equal_a_product_with_their_matrix(method: str, antialias: bool) -> None:
    x = np.random.default_rng(0).standard_normal((2, 7, 3)).astype(np.float32)
    indices, weights = find_taps(7, 5, method, antialias)
    matrix = np.zeros((5, 7))
    np.add.at(matrix, (np.arange(5)[:, None], indices), weights)
    np.testing.assert_allclose(resize(x, 1, 5, method, antialias), np.einsum("oi,bic->boc", matrix, x), atol=1e-5)


def test_bilinear_is_linear_between_centres() -> None:
    ramp = np.arange(4, dtype=np.float32)
    np.testing.assert_allclose(resize(ramp, 0, 8, "bilinear"), [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3])


def test_area_is_the_mean_of_blocks() -> None:
    x = np.random.default_rng(1).standard_normal((6, 4)).astype(np.float32)
    np.testing.assert_allclose(resize(x, 0, 3, "area"), x.reshape(3, 2, 4).mean(axis=1), rtol=1e-6)


def test_whole_numbers_are_rounded_and_held_in_range() -> None:
    image = np.array([0, 255, 0, 255], np.uint8).reshape(1, 1, 4, 1)
    enlarged = run(UpSampling2D(size=(1, 2), interpolation="bicubic"), image)
    plain = resize(image, 2, 8, "bicubic")
    assert (plain.min() < -0.5, plain.max() > 255.5) == (True, True)
    assert enlarged.dtype == np.uint8
    np.testing.assert_array_equal(enlarged, np.clip(np.rint(plain), 0, 255))
