"""Forwards of convolution where golden data does not reach: a plain twin, channels first, blocks, extremes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.dims import Shape
from shapecalc.forward import convolution, windows
from shapecalc.forward.base import Array, apply
from shapecalc.forward.convolution import convolve_by_windows, convolve_depthwise, convolve_transposed
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.base import Layer
from shapecalc.layers.convolution import (
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Conv3DTranspose,
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
)
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor

RANDOM = np.random.default_rng(3)


def normal(*shape: int) -> Array:
    return RANDOM.standard_normal(shape).astype(np.float32)


def run(layer: Layer, x: Array, **given: Array) -> Array:
    return apply(layer, Weights(WeightStore({f"x/{name}": array for name, array in given.items()}), "x/"), x)[0]


def random_weights(layer: Layer, x: Array) -> dict[str, Array]:
    """Weights of the shapes that the rule states."""
    found = infer(layer, (Tensor(Shape(x.shape), "float32"),))
    return {
        weight.name: normal(*[int(size) for size in weight.shape if isinstance(size, int)]) for weight in found.weights
    }


def plainly_convolved(x: Array, kernel: Array, strides: Sequence[int], dilation: Sequence[int], groups: int) -> Array:
    """The sum over taps of shifted inputs times that tap's matrix, group by group."""
    *window, in_group, filters = kernel.shape
    reach = [(size - 1) * rate + 1 for size, rate in zip(window, dilation, strict=True)]
    lasts = [size - span for size, span in zip(x.shape[1:-1], reach, strict=True)]
    share = filters // groups
    parts = []
    for group in range(groups):
        seen, matrix = x[..., group * in_group :][..., :in_group], kernel[..., group * share :][..., :share]
        total: Any = 0
        for tap in product(*map(range, window)):
            places = tuple(
                slice(t * rate, t * rate + last + 1, stride)
                for t, rate, last, stride in zip(tap, dilation, lasts, strides, strict=True)
            )
            total = total + seen[:, *places] @ matrix[tap]
        parts.append(total)
    return np.concatenate(parts, axis=-1)


def plainly_transposed(x: Array, kernel: Array, strides: Sequence[int], dilation: Sequence[int]) -> Array:
    """Every tap's product added where that tap lands."""
    *window, filters, _ = kernel.shape
    sizes = [
        (size - 1) * stride + (span - 1) * rate + 1
        for size, stride, span, rate in zip(x.shape[1:-1], strides, window, dilation, strict=True)
    ]
    y = np.zeros((x.shape[0], *sizes, filters), x.dtype)
    for tap in product(*map(range, window)):
        places = tuple(
            slice(t * rate, t * rate + (size - 1) * stride + 1, stride)
            for t, rate, size, stride in zip(tap, dilation, x.shape[1:-1], strides, strict=True)
        )
        y[:, *places] += x @ kernel[tap].T
    return y


def numbers(low: int, high: int, rank: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.tuples(*[st.integers(low, high)] * rank)


@settings(max_examples=60)
@given(st.data(), st.integers(1, 3), st.sampled_from([1, 2, 3]))
def test_blocks_of_windows_equal_the_sum_over_taps(data: Any, rank: int, groups: int) -> None:
    window, strides, dilation = (data.draw(numbers(1, 3, rank)) for _ in range(3))
    sizes = tuple((k - 1) * d + 1 + data.draw(st.integers(0, 4)) for k, d in zip(window, dilation, strict=True))
    x, kernel = normal(2, *sizes, 2 * groups), normal(*window, 2, 3 * groups)
    plain = plainly_convolved(x, kernel, strides, dilation, groups)
    np.testing.assert_allclose(
        convolve_by_windows(x, kernel, strides, dilation, groups, None), plain, rtol=1e-4, atol=1e-5
    )


@settings(max_examples=60)
@given(st.data(), st.integers(1, 3), st.integers(1, 3))
def test_depthwise_equals_as_many_groups_as_channels(data: Any, rank: int, deep: int) -> None:
    window, strides, dilation = (data.draw(numbers(1, 3, rank)) for _ in range(3))
    sizes = tuple((k - 1) * d + 1 + data.draw(st.integers(0, 4)) for k, d in zip(window, dilation, strict=True))
    x, kernel = normal(2, *sizes, 3), normal(*window, 3 * deep)
    plain = plainly_convolved(x, kernel[..., None, :], strides, dilation, 3)
    np.testing.assert_allclose(convolve_depthwise(x, kernel, strides, dilation, None), plain, rtol=1e-4, atol=1e-5)


@settings(max_examples=60)
@given(st.data(), st.integers(1, 3))
def test_phases_equal_the_sum_of_what_each_tap_adds(data: Any, rank: int) -> None:
    window, strides = data.draw(numbers(1, 4, rank)), data.draw(numbers(1, 3, rank))
    dilation = data.draw(numbers(1, 3, rank)) if max(strides) == 1 else (1,) * rank
    x, kernel = normal(2, *data.draw(numbers(1, 4, rank)), 2), normal(*window, 3, 2)
    plain = plainly_transposed(x, kernel, strides, dilation)
    np.testing.assert_allclose(convolve_transposed(x, kernel, strides, dilation), plain, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("limit", [1, 500, 5_000])
def test_small_blocks_give_the_same_numbers(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = [
        Conv2D(filters=4, kernel_size=(3, 2), activation="relu", groups=2),
        DepthwiseConv2D(kernel_size=(3, 3), activation="relu", strides=(2, 2)),
        DepthwiseConv2D(kernel_size=(3, 3), activation="softmax", padding="same"),
        Conv2DTranspose(filters=3, kernel_size=(3, 3), strides=(2, 2), activation="tanh"),
    ]
    x = normal(3, 9, 8, 4)
    given = [random_weights(layer, x) for layer in layers]
    whole = [run(layer, x, **weights) for layer, weights in zip(layers, given, strict=True)]
    cut = windows.split_in_blocks
    for module in (convolution, windows):
        monkeypatch.setattr(module, "split_in_blocks", lambda lengths, item, _=0: cut(lengths, item, limit))
    for layer, weights, wanted in zip(layers, given, whole, strict=True):
        np.testing.assert_allclose(run(layer, x, **weights), wanted, rtol=1e-5, atol=1e-6)


def test_blocks_cut_an_array_once_and_whole() -> None:
    for limit in (1, 7, 40, 1_000):
        counted = np.zeros((3, 4, 5))
        for index in windows.split_in_blocks(counted.shape, 2, limit):
            counted[index] += 1
            assert counted[index].flags.c_contiguous
            assert counted[index].size * 2 <= max(limit, 2)
        np.testing.assert_array_equal(counted, 1)


FIRST: list[tuple[Any, dict[str, Any]]] = [
    (Conv1D, {"filters": 4, "kernel_size": (3,), "padding": "causal", "dilation_rate": (2,)}),
    (Conv2D, {"filters": 4, "kernel_size": (3, 2), "strides": (2, 1), "activation": "relu"}),
    (Conv2D, {"filters": 4, "kernel_size": (1, 1), "use_bias": False}),
    (Conv3D, {"filters": 2, "kernel_size": (2, 1, 2), "padding": "same"}),
    (Conv1DTranspose, {"filters": 3, "kernel_size": (4,), "strides": (3,), "padding": "same"}),
    (Conv2DTranspose, {"filters": 3, "kernel_size": (3, 2), "strides": (2, 2), "output_padding": (1, 0)}),
    (Conv3DTranspose, {"filters": 3, "kernel_size": (2, 2, 2), "dilation_rate": (2, 1, 2), "padding": "same"}),
    (DepthwiseConv1D, {"kernel_size": (3,), "strides": (2,)}),
    (DepthwiseConv2D, {"kernel_size": (3, 3), "strides": (2, 1), "depth_multiplier": 2}),
    (SeparableConv1D, {"filters": 3, "kernel_size": (3,), "activation": "tanh"}),
    (SeparableConv2D, {"filters": 3, "kernel_size": (3, 3), "strides": (1, 2), "padding": "same"}),
]


@pytest.mark.parametrize(("layer_type", "config"), FIRST)
def test_channels_first_is_channels_last_with_the_axis_moved(layer_type: Any, config: dict[str, Any]) -> None:
    x = normal(2, *(6, 7, 5)[: layer_type.rank], 4)
    layer = layer_type(**config)
    given = random_weights(layer, x)
    first = run(layer.replace(data_format="channels_first"), np.ascontiguousarray(np.moveaxis(x, -1, 1)), **given)
    np.testing.assert_allclose(np.moveaxis(first, 1, -1), run(layer, x, **given), rtol=1e-5, atol=1e-6)


def test_an_activation_over_an_axis_goes_over_the_last_one() -> None:
    x = normal(2, 4, 6, 5)
    layer = Conv2D(filters=3, kernel_size=(3, 3), activation="softmax")
    given = random_weights(layer, x)
    np.testing.assert_allclose(run(layer, x, **given).sum(axis=-1), 1, rtol=1e-5)
    first = layer.replace(data_format="channels_first")
    given = random_weights(first, x)
    np.testing.assert_allclose(run(first, x, **given).sum(axis=-1), 1, rtol=1e-5)


def test_glu_halves_the_last_axis() -> None:
    x = normal(2, 6, 2)
    layer = Conv1D(filters=6, kernel_size=(3,), activation="glu")
    given = random_weights(layer, x)
    plain = run(layer.replace(activation=None), x, **given)
    wanted = plain[..., :3] / (1 + np.exp(-plain[..., 3:]))
    np.testing.assert_allclose(run(layer, x, **given), wanted, rtol=1e-5, atol=1e-6)


def test_same_without_output_padding_multiplies_and_with_zero_does_not() -> None:
    """An even kernel with `output_padding` of 0 is a shape of Keras's that TensorFlow itself refuses."""
    x = normal(1, 5, 2)
    layer = Conv1DTranspose(filters=3, kernel_size=(2,), strides=(2,), padding="same", use_bias=False)
    given = random_weights(layer, x)
    whole = run(layer, x, **given)
    assert whole.shape == (1, 10, 3)
    np.testing.assert_array_equal(run(layer.replace(output_padding=(0,)), x, **given), whole[:, 1:9])


def test_a_sample_does_not_depend_on_its_batch() -> None:
    x = normal(5, 9, 9, 3)
    layer = Conv2D(filters=4, kernel_size=(3, 3), padding="same", activation="relu")
    given = random_weights(layer, x)
    whole = run(layer, x, **given)
    for row in range(5):
        np.testing.assert_allclose(run(layer, x[row : row + 1], **given)[0], whole[row], rtol=1e-5, atol=1e-6)


def test_an_empty_batch_gives_an_empty_batch() -> None:
    for layer in (
        Conv2D(filters=4, kernel_size=(3, 3)),
        DepthwiseConv2D(kernel_size=(3, 3)),
        Conv2DTranspose(filters=4, kernel_size=(3, 3), strides=(2, 2)),
    ):
        assert run(layer, normal(0, 6, 6, 4), **random_weights(layer, normal(1, 6, 6, 4))).shape[0] == 0


def test_inputs_and_weights_stay_as_they_were() -> None:
    x = normal(2, 6, 6, 4)
    for layer in (
        Conv2D(filters=4, kernel_size=(1, 1), activation="relu"),
        DepthwiseConv2D(kernel_size=(1, 1), activation="relu"),
        Conv2DTranspose(filters=4, kernel_size=(1, 1), activation="relu"),
    ):
        given = random_weights(layer, x)
        before = x.copy(), {name: array.copy() for name, array in given.items()}
        run(layer, x, **given)
        np.testing.assert_array_equal(x, before[0])
        for name, array in given.items():
            np.testing.assert_array_equal(array, before[1][name])


def test_an_output_outlives_the_next_call() -> None:
    """Scratch memory is reused from call to call, so nothing that is returned may lie in it."""
    for layer in (
        Conv2D(filters=4, kernel_size=(1, 1)),
        Conv2D(filters=64, kernel_size=(3, 3), padding="same"),
        DepthwiseConv2D(kernel_size=(3, 3), padding="same"),
        SeparableConv2D(filters=4, kernel_size=(3, 3), padding="same"),
        Conv2DTranspose(filters=4, kernel_size=(3, 3), strides=(2, 2), padding="same"),
    ):
        x = normal(1, 33, 34, 64)
        given = random_weights(layer, x)
        first = run(layer, x, **given)
        kept = first.copy()
        run(layer, normal(1, 33, 34, 64), **given)
        np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("dtype", ["float16", "float64", "mixed_float16"])
def test_the_output_has_the_layers_precision(dtype: str) -> None:
    x = normal(1, 6, 6, 4)
    layer = SeparableConv2D(filters=4, kernel_size=(3, 3), dtype=dtype)
    assert run(layer, x, **random_weights(layer, x)).dtype == dtype.removeprefix("mixed_")
