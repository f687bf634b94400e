"""Forwards of the merging layers: inputs stay as they are, and Dot equals its plain twin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shapecalc.forward.base import Array, apply
from shapecalc.forward.merging import scale_to_unit
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.merging import Add, Average, Dot, Maximum, Minimum, Multiply, Subtract


def run(layer: Any, *inputs: Array) -> Array:
    return apply(layer, Weights(WeightStore(), "layer/"), inputs)[0]


def drawn(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("layer", [Add(), Subtract(), Multiply(), Average(), Maximum(), Minimum()])
def test_inputs_stay_as_they_are(layer: Any) -> None:
    one, other = drawn(2, 3, 4), drawn(2, 4, seed=1)
    before = one.copy(), other.copy()
    run(layer, one, other)
    np.testing.assert_array_equal(one, before[0])
    np.testing.assert_array_equal(other, before[1])


@pytest.mark.parametrize(
    ("layer", "plain"),
    [(Add(), np.add), (Multiply(), np.multiply), (Maximum(), np.maximum), (Minimum(), np.minimum)],
)
def test_a_sum_kept_in_place_equals_one_made_anew(layer: Any, plain: np.ufunc) -> None:
    arrays = [drawn(2, 1, 4), drawn(2, 3, 4, seed=1), drawn(2, 3, 1, seed=2), drawn(2, 3, 4, seed=3)]
    expected = plain(plain(plain(arrays[0], arrays[1]), arrays[2]), arrays[3])
    np.testing.assert_array_equal(run(layer, *arrays), expected)


@pytest.mark.parametrize(
    ("axes", "letters", "left", "right"),
    [
        ((2, 1), "bij,bjk->bik", (2, 3, 4), (2, 4, 5)),
        ((1, 3), "bji,bklj->bikl", (2, 4, 3), (2, 5, 6, 4)),
        ((1, 1), "bj,bjk->bk", (2, 4), (2, 4, 5)),
    ],
)
def test_dot_equals_einsum(axes: Any, letters: str, left: Any, right: Any) -> None:
    one, other = drawn(*left), drawn(*right, seed=1)
    np.testing.assert_allclose(run(Dot(axes=axes), one, other), np.einsum(letters, one, other), atol=1e-5)


def test_cosine_similarity_of_a_vector_with_itself_is_one() -> None:
    x = drawn(3, 5)
    np.testing.assert_allclose(run(Dot(axes=1, normalize=True), x, x), np.ones((3, 1)), rtol=1e-6)
    np.testing.assert_array_equal(scale_to_unit(np.zeros((2, 3), np.float32), 1), np.zeros((2, 3)))
