"""Rules of pooling where golden data does not reach: what is said of a fault, dtypes, symbols."""

from __future__ import annotations

from typing import Any

import pytest

from shapecalc.dims import Shape, symbol, unknown
from shapecalc.layers.base import Layer
from shapecalc.layers.infer import infer
from shapecalc.layers.pooling import (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    AveragePooling2D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from shapecalc.layers.values import Tensor
from tests.layers.asked import refusal


def image(*sizes: Any, dtype: str | None = None) -> Tensor:
    return Tensor(Shape((unknown(), *sizes)), dtype)


def test_a_window_that_does_not_fit_names_both_sizes() -> None:
    error = refusal(MaxPooling1D(pool_size=(8,)), image(7, 2))
    assert (error.code, error.arg) == ("SC402", "pool_size")
    assert error.message == "pool of 8 does not fit an input of 7"
    assert error.help == "use `padding: same`, a smaller `pool_size`, or fewer layers that shrink the input"


def test_strides_are_the_window_unless_given() -> None:
    assert str(infer(MaxPooling2D(pool_size=(3, 2)), (image(9, 9, 4),)).output.shape) == "(None, 3, 4, 4)"
    assert str(infer(MaxPooling2D(strides=(1, 2)), (image(9, 9, 4),)).output.shape) == "(None, 8, 4, 4)"


@pytest.mark.parametrize("layer", [AveragePooling2D(pool_size=(2, 2)), AdaptiveAveragePooling2D(output_size=(2, 2))])
def test_an_average_over_windows_needs_floating_numbers(layer: Layer) -> None:
    error = refusal(layer, image(4, 4, 3, dtype="int32"))
    assert (error.code, error.input) == ("SC407", "inputs")
    assert error.message == "an average over windows needs floating numbers, got int32"


@pytest.mark.parametrize("layer", [MaxPooling2D(), AdaptiveMaxPooling2D(output_size=(2, 2))])
def test_a_maximum_over_windows_needs_numbers(layer: Layer) -> None:
    error = refusal(layer, image(4, 4, 3, dtype="bool"))
    assert (error.code, error.input) == ("SC407", "inputs")
    assert error.message == "a maximum over windows needs numbers, got bool"
    assert error.help == "give the input a dtype of numbers"


@pytest.mark.parametrize(
    ("layer", "dtype", "becomes"),
    [
        (MaxPooling2D(), "uint8", "uint8"),
        (MaxPooling2D(), "float64", "float32"),
        (GlobalMaxPooling2D(), "bool", "bool"),
        (GlobalAveragePooling2D(), "int32", "float32"),
        (GlobalAveragePooling2D(dtype="float16"), "int32", "float32"),
        (GlobalAveragePooling2D(dtype="float16"), "float32", "float16"),
    ],
)
def test_dtypes_are_those_of_keras(layer: Layer, dtype: str, becomes: str) -> None:
    assert infer(layer, (image(4, 4, 3, dtype=dtype),)).output.dtype == becomes


def test_a_mask_has_as_many_steps_as_the_input() -> None:
    error = refusal(GlobalAveragePooling1D(), image(5, 3), Tensor(Shape((unknown(), 4)), "bool"))
    assert (error.code, error.input) == ("SC401", "mask")
    assert error.message == "needs a mask of 5 steps, got 4"


def test_a_mask_ends_at_the_average_over_time() -> None:
    assert infer(GlobalAveragePooling1D(), (image(5, 3)._replace(masked=True),)).output.masked is False


def test_a_missing_axis_is_named() -> None:
    wanted = "needs 5 axes (batch, depth, height, width, channels), got (None, 4, 4, 3)"
    assert refusal(MaxPooling3D(), image(4, 4, 3)).message == wanted
    assert refusal(GlobalAveragePooling1D(), image(4)).message == "needs a time axis, got (None, 4)"
    assert refusal(AdaptiveMaxPooling2D(output_size=(2, 2)), image(4, 4)).message == (
        "needs 4 axes (batch, height, width, channels), got (None, 4, 4)"
    )


def test_symbols_pass_through() -> None:
    tensor = image(symbol("H"), unknown(), symbol("C"))
    found = infer(MaxPooling2D(pool_size=(3, 3), strides=(2, 2)), (tensor,))
    assert str(found.output.shape) == "(None, (H - 1)//2, None, C)"
    assert "H >= 3" in [str(relation) for relation in found.assumes]
    assert str(infer(AdaptiveAveragePooling2D(output_size=(7, 5)), (tensor,)).output.shape) == "(None, 7, 5, C)"
    assert str(infer(GlobalMaxPooling2D(keepdims=True), (tensor,)).output.shape) == "(None, 1, 1, C)"


def test_a_mask_of_two_axes_is_refused_with_a_way_out() -> None:
    refused = refusal(GlobalAveragePooling1D(), image(5, 3)._replace(masked=Shape((unknown(), 5, 3))))
    assert refused.message == "needs a mask (batch, time), got (None, 5, 3)"
    assert refused.help == "drop the mask before it, or pool over both axes"
