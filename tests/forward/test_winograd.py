"""Winograd's convolution equals the plain one, on tiles whole and cut, and only steps in where it pays."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.forward import convolution
from shapecalc.forward import winograd as module
from shapecalc.forward.base import Array
from shapecalc.forward.convolution import convolve, convolve_by_windows
from shapecalc.forward.winograd import POINTS, REACH, SIZE, TAPS, convolve_by_tiles, is_worthwhile, make_transforms

RANDOM = np.random.default_rng(7)
ONE = (1, 1)


def pair(batch: int, height: int, width: int, channels: int, filters: int) -> tuple[Array, Array]:
    """An input and a kernel whose outputs are of the size of 1."""
    x = RANDOM.standard_normal((batch, height, width, channels)).astype(np.float32)
    kernel = RANDOM.standard_normal((TAPS, TAPS, channels, filters)).astype(np.float32)
    return x, kernel / np.float32(TAPS * channels**0.5)


@settings(max_examples=40)
@given(
    batch=st.integers(1, 3),
    sides=st.tuples(st.integers(3, 15), st.integers(3, 15)),
    channels=st.integers(1, 5),
    filters=st.integers(1, 5),
)
def test_tiles_equal_windows(batch: int, sides: tuple[int, int], channels: int, filters: int) -> None:
    x, kernel = pair(batch, *sides, channels, filters)
    plain = convolve_by_windows(x, kernel, ONE, ONE, 1, None)
    np.testing.assert_allclose(convolve_by_tiles(x, kernel, None), plain, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("tiles", [1, 1 << 20], ids=["several blocks", "one block"])
@pytest.mark.parametrize("places", [1, 5, 36], ids=["place by place", "in parts", "at once"])
def test_the_kernel_may_go_in_parts(places: int, tiles: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TILES", tiles)
    monkeypatch.setattr(module, "LEAST_TILES", 3)
    monkeypatch.setattr(module, "KERNEL", 1)
    monkeypatch.setattr(module, "LEAST_PLACES", places)
    x, kernel = pair(2, 17, 12, 3, 70)
    found = convolve_by_tiles(x, kernel, None)
    np.testing.assert_allclose(found, convolve_by_windows(x, kernel, ONE, ONE, 1, None), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("side", "channels"), [(30, 128), (58, 64), (31, 48)])
def test_errors_stay_below_those_of_the_golden_data(side: int, channels: int) -> None:
    x, kernel = pair(1, side, side, channels, 64)
    exact = convolve_by_windows(x.astype(np.float64), kernel.astype(np.float64), ONE, ONE, 1, None)
    found = convolve_by_tiles(x, kernel, None)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, exact, rtol=1e-5, atol=1.5e-5)


def test_the_transforms_are_those_of_a_convolution() -> None:
    """With exact small numbers in, exact small numbers come out: a single one in each place of the kernel."""
    maps = make_transforms()
    x = np.arange(REACH**2, dtype=np.float32).reshape(REACH, REACH)
    for row in range(TAPS):
        for column in range(TAPS):
            kernel = np.zeros((TAPS, TAPS), np.float32)
            kernel[row, column] = 1
            found = maps.output @ ((maps.kernel @ kernel.ravel()) * (maps.inputs @ x.ravel()))
            wanted = x[row : row + SIZE, column : column + SIZE]
            np.testing.assert_allclose(found.reshape(SIZE, SIZE), wanted, rtol=1e-5, atol=1e-4)


def test_points_are_exact_and_distinct() -> None:
    assert len(set(POINTS)) == REACH - 1
    assert all(isinstance(point, Fraction) for point in POINTS)


@pytest.mark.parametrize(
    ("places", "channels", "filters", "tiled"),
    [
        ((1, 56, 56), 64, 64, True),
        ((1, 28, 28), 128, 128, True),
        ((1, 28, 28), 256, 256, False),
        ((1, 14, 14), 128, 128, False),
        ((1, 7, 7), 512, 512, False),
        ((1, 224, 224), 3, 64, False),
        ((1, 56, 56), 32, 64, False),
        ((1, 56, 56), 64, 16, False),
        ((2, 20, 20), 64, 32, True),
        ((1, 8, 8), 16, 16, False),
        ((0, 56, 56), 64, 64, False),
    ],
)
def test_tiles_are_for_what_they_make_faster(
    places: tuple[int, int, int], channels: int, filters: int, tiled: bool
) -> None:
    assert is_worthwhile(places, channels, filters) is tiled


def test_the_outputs_are_finished_like_those_of_the_plain_way() -> None:
    x, kernel = pair(2, 30, 30, 64, 64)
    bias = RANDOM.standard_normal(64).astype(np.float32)

    def finish(rows: Array) -> None:
        rows += bias
        np.maximum(rows, 0, out=rows)

    assert is_worthwhile((2, 28, 28), 64, 64)
    plain = convolve_by_windows(x, kernel, ONE, ONE, 1, finish)
    found = convolve(x, kernel, ONE, ONE, 1, finish)
    assert found.flags.c_contiguous
    np.testing.assert_allclose(found, plain, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("strides", "dilation", "groups", "dtype"),
    [((2, 2), ONE, 1, "float32"), (ONE, (2, 1), 1, "float32"), (ONE, ONE, 2, "float32"), (ONE, ONE, 1, "float64")],
)
def test_only_single_precision_at_a_stride_of_one_goes_by_tiles(
    strides: tuple[int, int], dilation: tuple[int, int], groups: int, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, kernel = (array.astype(dtype) for array in pair(1, 34, 34, 64, 64))
    kernel = kernel[:, :, : 64 // groups]
    plain = convolve_by_windows(x, kernel, strides, dilation, groups, None)
    monkeypatch.delattr(convolution, "convolve_by_tiles")
    np.testing.assert_array_equal(convolve(x, kernel, strides, dilation, groups, None), plain)
