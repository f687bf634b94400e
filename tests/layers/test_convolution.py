"""Rules of convolution where golden data does not reach: what is said of a fault, symbols, laws."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shapecalc.dims import Shape, bind, symbol, unknown
from shapecalc.layers.base import Layer
from shapecalc.layers.convolution import (
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
)
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor
from tests.layers.asked import refusal


def image(*sizes: Any, dtype: str | None = None) -> Tensor:
    return Tensor(Shape((unknown(), *sizes)), dtype)


def shape_of(layer: Layer, tensor: Tensor) -> Shape:
    return infer(layer, (tensor,)).output.shape


def test_a_window_that_does_not_fit_names_both_sizes() -> None:
    error = refusal(Conv2D(filters=3, kernel_size=(3, 5)), image(4, 4, 2))
    assert (error.code, error.arg) == ("SC402", "kernel_size")
    assert error.message == "kernel of 5 does not fit an input of 4"
    assert error.help == "use `padding: same`, a smaller `kernel_size`, or fewer layers that shrink the input"


def test_a_dilated_window_says_how_far_it_reaches() -> None:
    error = refusal(Conv1D(filters=3, kernel_size=(3,), dilation_rate=(4,)), image(8, 2))
    assert error.message == "kernel of 3 with dilation 4 spans 9 and does not fit an input of 8"


def test_groups_divide_channels_and_filters() -> None:
    error = refusal(Conv2D(filters=6, kernel_size=(1, 1), groups=3), image(4, 4, 4))
    assert (error.code, error.arg) == ("SC404", "groups")
    assert error.message == "cannot split 4 channels into 3 groups"
    assert error.help == "choose a number of groups that divides both the channels and the filters"
    error = refusal(Conv2D(filters=4, kernel_size=(1, 1), groups=3), image(4, 4, 6))
    assert error.message == "cannot split 4 filters into 3 groups"


@pytest.mark.parametrize("layer_type", [Conv2D, Conv2DTranspose])
def test_strides_and_dilation_exclude_each_other(layer_type: type[Layer]) -> None:
    error = refusal(layer_type(filters=3, kernel_size=(3, 3), strides=(1, 2), dilation_rate=(2, 2)), image(9, 9, 2))
    assert (error.code, error.arg) == ("SC206", "dilation_rate")
    assert error.message == "takes strides or a dilation_rate above 1, not [1, 2] and [2, 2]"
    assert error.help == "set one of them to 1"


def test_depthwise_convolution_takes_both_strides_and_dilation() -> None:
    layer = DepthwiseConv2D(kernel_size=(3, 3), strides=(2, 1), dilation_rate=(2, 3))
    assert str(shape_of(layer, image(9, 9, 2))) == "(None, 3, 3, 2)"


def test_output_padding_stays_below_the_strides() -> None:
    error = refusal(Conv1DTranspose(filters=3, kernel_size=(3,), strides=(2,), output_padding=(2,)), image(9, 2))
    assert (error.code, error.arg) == ("SC205", "output_padding")
    assert error.message == "output_padding must stay below strides, got 2 and 2"
    assert error.help == "lower `output_padding`, or raise `strides`"


def test_a_transposed_convolution_may_leave_nothing() -> None:
    layer = Conv1DTranspose(filters=3, kernel_size=(2,), strides=(2,), padding="same", output_padding=(0,))
    error = refusal(layer, image(1, 2))
    assert (error.code, error.arg, error.message) == ("SC402", "output_padding", "leaves nothing of the input")
    assert str(shape_of(layer, image(5, 2))) == "(None, 8, 3)"


def test_whole_numbers_are_refused() -> None:
    error = refusal(SeparableConv2D(filters=3, kernel_size=(3, 3)), image(9, 9, 3, dtype="uint8"))
    assert (error.code, error.input) == ("SC407", "inputs")
    assert error.message == "a convolution needs floating numbers, got uint8"
    assert error.help == "make the input float32, or cast it first: `ops.cast: {dtype: float32}`"


def test_lora_and_a_constraint_exclude_each_other() -> None:
    error = refusal(Conv2D(filters=3, kernel_size=(3, 3), lora_rank=2, kernel_constraint="non_neg"), image(9, 9, 3))
    assert (error.code, error.arg) == ("SC206", "lora_rank")
    assert error.message == "LoRA freezes the kernel, so a constraint on it cannot act"
    assert error.help == "leave out `lora_rank` or `kernel_constraint`"


@pytest.mark.parametrize(
    ("layer", "sizes", "message"),
    [
        (Conv1D(filters=1, kernel_size=(1,)), (4,), "needs a time axis, got (None, 4)"),
        (
            Conv2D(filters=1, kernel_size=(1, 1)),
            (4, 4),
            "needs 4 axes (batch, height, width, channels), got (None, 4, 4)",
        ),
        (
            Conv3D(filters=1, kernel_size=(1, 1, 1), data_format="channels_first"),
            (4, 4),
            "needs 5 axes (batch, channels, depth, height, width), got (None, 4, 4)",
        ),
    ],
)
def test_a_missing_axis_is_named(layer: Layer, sizes: tuple[int, ...], message: str) -> None:
    assert refusal(layer, image(*sizes)).message == message


def test_unknown_channels_are_refused_and_unknown_sides_are_not() -> None:
    layer = Conv2D(filters=4, kernel_size=(3, 3), padding="same")
    assert refusal(layer, image(8, 8, unknown())).code == "SC403"
    assert str(shape_of(layer, image(unknown(), 8, 3))) == "(None, None, 8, 4)"


def test_glu_halves_the_filters() -> None:
    assert str(shape_of(Conv1D(filters=6, kernel_size=(3,), activation="glu"), image(9, 2))) == "(None, 7, 3)"


def test_symbols_and_their_values_give_the_same_numbers() -> None:
    layer = Conv2D(filters=symbol("F"), kernel_size=(3, 3), strides=(2, 2), groups=2)
    found = infer(layer, (image(symbol("H"), 32, symbol("C")),))
    assert str(found.output.shape) == "(None, (H - 1)//2, 15, F)"
    assert [str(relation) for relation in found.assumes] == ["C % 2 == 0", "F % 2 == 0", "H >= 3"]
    values = {"F": 8, "C": 6, "H": 20}
    numbers = infer(layer.replace(filters=8), (image(20, 32, 6),))
    assert bind(found.params, values) == numbers.params == 3 * 3 * 3 * 8 + 8
    assert bind(found.total_macs, values) == numbers.total_macs == 9 * 15 * 3 * 3 * 3 * 8


def test_separable_convolution_costs_its_two_steps() -> None:
    found = infer(SeparableConv1D(filters=5, kernel_size=(3,), depth_multiplier=2), (image(10, 4),))
    assert found.macs == {"depthwise_kernel": (8, 3, 4, 2), "pointwise_kernel": (8, 1, 8, 5)}
    assert found.params == 3 * 4 * 2 + 8 * 5 + 5


def test_lora_keeps_the_kernel_and_trains_beside_it() -> None:
    found = infer(Conv2D(filters=8, kernel_size=(3, 3), lora_rank=2), (image(9, 9, 4),))
    assert [(weight.name, weight.shape, weight.trainable) for weight in found.weights] == [
        ("kernel", (3, 3, 4, 8), False),
        ("bias", (8,), True),
        ("lora_kernel_a", (3, 3, 4, 2), True),
        ("lora_kernel_b", (2, 8), True),
    ]


@given(
    size=st.integers(1, 30),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    padding=st.sampled_from(["valid", "same"]),
)
def test_a_transposed_convolution_undoes_the_shape(size: int, kernel: int, stride: int, padding: str) -> None:
    """Forth by the transposed layer and back by the plain one is where it began."""
    forth = Conv1DTranspose(filters=3, kernel_size=(kernel,), strides=(stride,), padding=padding)
    back = Conv1D(filters=2, kernel_size=(kernel,), strides=(stride,), padding=padding)
    assert shape_of(back, Tensor(shape_of(forth, image(size, 2))))[1] == size


@given(
    sides=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    padding=st.sampled_from(["valid", "same"]),
)
def test_channels_first_moves_the_axis_and_nothing_else(sides: Any, kernel: Any, padding: str) -> None:
    assume(padding == "same" or all(side >= reach for side, reach in zip(sides, kernel, strict=True)))
    for layer_type in (Conv2D, Conv2DTranspose, SeparableConv2D):
        last = infer(layer_type(filters=4, kernel_size=kernel, padding=padding), (image(*sides, 3),))
        first = infer(
            layer_type(filters=4, kernel_size=kernel, padding=padding, data_format="channels_first"),
            (image(3, *sides),),
        )
        *places, filters = last.output.shape[1:]
        assert first.output.shape[1:] == (filters, *places)
        assert (first.weights, first.macs) == (last.weights, last.macs)
