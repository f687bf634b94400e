"""Forwards of the reshaping layers where golden data does not reach: views share memory, inputs stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shapecalc.forward.base import Array, apply
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.reshaping import Cropping1D, Flatten, Permute, Reshape, ZeroPadding2D


def run(layer: Any, x: Array) -> Array:
    return apply(layer, Weights(WeightStore(), "layer/"), x)[0]


@pytest.mark.parametrize("layer", [Reshape(target_shape=(-1,)), Flatten(), Permute(dims=(2, 1)), Cropping1D()])
def test_views_copy_nothing(layer: Any) -> None:
    x = np.ones((2, 4, 3), np.float32)
    assert np.shares_memory(run(layer, x), x)


def test_an_empty_batch_goes_through() -> None:
    x = np.ones((0, 4, 3), np.float32)
    assert run(Reshape(target_shape=(-1, 2)), x).shape == (0, 6, 2)
    assert run(Flatten(), x).shape == (0, 12)


def test_padding_by_nothing_copies_nothing() -> None:
    x = np.ones((1, 2, 2, 1), np.float32)
    assert np.shares_memory(run(ZeroPadding2D(padding=((0, 0), (0, 0))), x), x)


def test_padding_leaves_the_input_as_it_is() -> None:
    x = np.ones((1, 2, 2, 1), np.float32)
    run(ZeroPadding2D(), x)[...] = 7
    assert x.sum() == 4
