"""Rules of the reshaping layers where golden data does not reach."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.dims import prod, symbol, unknown
from shapecalc.layers.infer import infer
from shapecalc.layers.reshaping import (
    Cropping1D,
    Cropping2D,
    Flatten,
    Permute,
    RepeatVector,
    Reshape,
    UpSampling1D,
    UpSampling2D,
    ZeroPadding2D,
)
from tests.layers.asked import fed, refusal

C, H, T, W = symbol("C"), symbol("H"), symbol("T"), symbol("W")


def shape_of(layer: Any, *sizes: Any) -> str:
    return str(infer(layer, fed(*sizes)).output.shape)


def assumed(layer: Any, *sizes: Any) -> list[str]:
    return [str(one) for one in infer(layer, fed(*sizes)).assumes]


@pytest.mark.parametrize(
    ("layer", "sizes", "shape"),
    [
        (Reshape(target_shape=(-1, 4)), (T, 8), "(None, 2*T, 4)"),
        (Reshape(target_shape=(T, 4, -1)), (T, 8), "(None, T, 4, 2)"),
        (Reshape(target_shape=(-1, C)), (H, W, C), "(None, H*W, C)"),
        (Reshape(target_shape=(-1, 3)), (unknown(), 4), "(None, None, 3)"),
        (Flatten(), (H, W, 3), "(None, 3*H*W)"),
        (Permute(dims=(2, 1)), (T, C), "(None, C, T)"),
        (RepeatVector(n=T), (C,), "(None, T, C)"),
        (Cropping1D(cropping=((1, 2),)), (T, C), "(None, T - 3, C)"),
        (ZeroPadding2D(padding=((1, 2), (0, 3))), (H, W, C), "(None, H + 3, W + 3, C)"),
        (UpSampling2D(size=(2, 3)), (H, W, C), "(None, 2*H, 3*W, C)"),
        (UpSampling2D(size=(2, 3), data_format="channels_first"), (C, H, W), "(None, C, 2*H, 3*W)"),
        (UpSampling1D(), (T, C), "(None, 2*T, C)"),
    ],
)
def test_symbols_pass_through(layer: Any, sizes: tuple[Any, ...], shape: str) -> None:
    assert shape_of(layer, *sizes) == shape


def test_what_cannot_be_decided_is_assumed() -> None:
    assert assumed(Reshape(target_shape=(4, 3)), T, 4) == ["T == 3"]
    assert assumed(Reshape(target_shape=(-1, 3)), T, 4) == ["T % 3 == 0"]
    assert assumed(Cropping1D(), T, 4) == ["T >= 3"]
    assert assumed(Reshape(target_shape=(-1,)), T, 4) == []


def test_reshape_names_both_counts() -> None:
    error = refusal(Reshape(target_shape=(5, 5)), *fed(3, 4))
    assert error.message == "cannot reshape (3, 4) with 12 values to (5, 5) with 25"
    assert (error.arg, error.help) == ("target_shape", "write -1 for the size that may be worked out")
    error = refusal(Reshape(target_shape=(-1, 5)), *fed(3, 4))
    assert error.message == "cannot reshape (3, 4) with 12 values to (-1, 5): 5 does not divide it"
    assert error.help == "choose sizes whose product divides the number of values"


def test_reshape_works_out_one_size_alone() -> None:
    error = refusal(Reshape(target_shape=(-1, -1)), *fed(3, 4))
    assert error.message == "only one entry of `target_shape` may be -1, got (-1, -1)"
    assert (error.code, error.arg) == ("SC205", "target_shape")


def test_permute_counts_from_one() -> None:
    error = refusal(Permute(dims=(0, 1)), *fed(3, 4))
    assert error.message == "dims must hold each axis from 1 once, got (0, 1)"
    assert error.help == "count axes from 1, the batch axis left out: `[2, 1]` swaps two"


def test_cropping_names_the_axis_that_is_used_up() -> None:
    error = refusal(Cropping2D(cropping=((0, 0), (2, 3))), *fed(9, 5, 1))
    assert error.message == "cropping 5 of the width leaves nothing of 5"
    assert (error.code, error.arg, error.help) == ("SC402", "cropping", "crop less than the width")


def test_a_mask_is_lost_and_whole_numbers_stay() -> None:
    result = infer(ZeroPadding2D(padding=((1, 1), (1, 1))), fed(3, 4, 1, dtype="int32", masked=True)).output
    assert (result.dtype, result.masked) == ("int32", False)
    assert infer(Flatten(dtype="float16"), fed(3, 4, dtype="float32")).output.dtype == "float16"


@given(st.lists(st.integers(1, 7), min_size=1, max_size=4), st.data())
def test_reshape_keeps_the_number_of_values(sizes: list[int], data: Any) -> None:
    hole = data.draw(st.integers(0, len(sizes) - 1))
    target = tuple(-1 if place == hole else size for place, size in enumerate(reversed(sizes)))
    shape = infer(Reshape(target_shape=target), fed(*sizes)).output.shape
    assert shape[1:] == tuple(reversed(sizes))
    assert prod(shape[1:]) == prod(sizes)
