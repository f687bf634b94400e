"""Convolutional LSTMs where golden data does not reach: channels first, and what they share with the LSTM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shapecalc.forward.base import Array, apply
from shapecalc.forward.recurrent import MaskMismatch
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.conv_recurrent import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D
from shapecalc.layers.recurrent import LSTM


def normal(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def mirrored(padding: str, mask: Array | None = None, **config: Any) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """What both data formats give of the same films, channels moved to the end."""
    x, store = normal(1, 2, 3, 5, 6, 2), WeightStore()
    every = {"filters": 4, "kernel_size": (3, 2), "padding": padding, "return_sequences": True, "return_state": True}
    last = apply(ConvLSTM2D(**every, **config), Weights(store, "x/"), x, (), mask)
    layer = ConvLSTM2D(**every, data_format="channels_first", **config)
    first = apply(layer, Weights(store, "x/"), np.moveaxis(x, -1, 2), (), mask)
    return last, tuple(np.moveaxis(one, -3, -1) for one in first)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("config", [{}, {"strides": (2, 1)}, {"dilation_rate": (1, 2)}, {"go_backwards": True}])
def test_channels_first_is_channels_last_with_axes_moved(padding: str, config: dict[str, Any]) -> None:
    for one, other in zip(*mirrored(padding, **config), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_masks_serve_both_data_formats() -> None:
    mask = np.array([[1, 0, 1], [0, 1, 0]], bool)
    last, first = mirrored("same", mask)
    for one, other in zip(last, first, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(last[0][0, 1], last[0][0, 0])
    np.testing.assert_array_equal(last[0][1, 0], 0)


def test_a_mask_may_tell_parts_of_a_step() -> None:
    x, mask = normal(1, 1, 2, 4, 3), np.array([[[1, 1, 1, 1], [1, 0, 1, 0]]], bool)
    layer = ConvLSTM1D(filters=2, kernel_size=(3,), padding="same", return_sequences=True)
    outputs = apply(layer, Weights(WeightStore(), "x/"), x, (), mask)[0]
    same = (outputs[0, 0] == outputs[0, 1]).all(axis=-1)
    assert same.tolist() == [False, True, False, True]
    with pytest.raises(MaskMismatch, match=r"a mask of \(1, 4\) a step does not fit states of \(1, 2, 2\)"):
        apply(layer.replace(padding="valid"), Weights(WeightStore(), "x/"), x, (), mask)


@pytest.mark.parametrize(("layer_type", "rank"), [(ConvLSTM1D, 1), (ConvLSTM2D, 2), (ConvLSTM3D, 3)])
def test_over_single_points_it_is_an_lstm(layer_type: Any, rank: int) -> None:
    x, store = normal(1, 2, 4, 3), WeightStore()
    plain = apply(LSTM(units=5, return_sequences=True), Weights(store, "x/"), x)[0]
    one = (1,) * rank
    given = {
        path: array if path.endswith("bias") else array.reshape(*one, *array.shape)
        for path, array in store.arrays.items()
    }
    layer = layer_type(filters=5, kernel_size=one, return_sequences=True)
    outputs = apply(layer, Weights(WeightStore(given), "x/"), x.reshape(2, 4, *one, 3))[0]
    np.testing.assert_allclose(outputs.reshape(2, 4, 5), plain, rtol=1e-5, atol=1e-6)


def test_activations_on_the_last_axis_see_that_of_the_data_format() -> None:
    x, store = normal(1, 1, 1, 2, 4), WeightStore()
    config = {"filters": 3, "kernel_size": (1,), "recurrent_activation": "linear", "use_bias": False}
    layer = ConvLSTM1D(activation="softmax", data_format="channels_first", **config)
    output = apply(layer, Weights(store, "x/"), x)[0]
    z = np.einsum("cw,cg->gw", x[0, 0], store.arrays["x/kernel"][0])
    i, _, g, o = np.split(z, 4)

    def softmax(values: Array) -> Array:
        return np.asarray(np.exp(values) / np.exp(values).sum(axis=-1, keepdims=True))

    np.testing.assert_allclose(output[0], o * softmax(i * softmax(g)), rtol=1e-5, atol=1e-6)
