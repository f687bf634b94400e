"""Forwards of the image layers where golden data does not reach."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.forward.base import Array, apply
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.image import CenterCrop, Resizing


def run(layer: Any, *feed: Any) -> Array:
    return apply(layer, Weights(WeightStore()), *feed)[0]


@given(st.integers(1, 9), st.integers(1, 9), st.booleans())
def test_resizing_a_flat_image_keeps_its_colour(height: int, width: int, crop: bool) -> None:
    x = np.full((1, 5, 4, 1), 7, np.float32)
    for method in ("nearest", "bilinear", "bicubic", "area", "lanczos3"):
        layer = Resizing(height=height, width=width, interpolation=method, crop_to_aspect_ratio=crop)
        out = run(layer, x)
        assert out.shape == (1, height, width, 1)
        np.testing.assert_allclose(out, 7, rtol=1e-5)


def test_channels_first_is_the_same_transposed() -> None:
    x = np.random.default_rng(5).standard_normal((2, 6, 7, 3)).astype(np.float32)
    for last in (Resizing(height=4, width=9), CenterCrop(height=8, width=3)):
        first = last.replace(data_format="channels_first")
        np.testing.assert_allclose(np.moveaxis(run(first, np.moveaxis(x, -1, 1)), 1, -1), run(last, x), rtol=1e-6)
