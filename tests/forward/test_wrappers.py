"""Forwards of the wrappers where golden data does not reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shapecalc.forward.base import Array, apply, output_masks
from shapecalc.forward.recurrent import MaskMismatch
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.activations import Softmax
from shapecalc.layers.conv_recurrent import ConvLSTM1D
from shapecalc.layers.core import Dense
from shapecalc.layers.merging import Add
from shapecalc.layers.normalization import BatchNormalization
from shapecalc.layers.recurrent import GRU, LSTM
from shapecalc.layers.wrappers import Bidirectional, SpectralNormalization, TimeDistributed, TimeDistributedDense


def normal(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_time_distributed_is_the_layer_on_each_step() -> None:
    x, store = normal(1, 2, 3, 4, 5), WeightStore()
    inner = GRU(units=6)
    whole = apply(TimeDistributed(layer=inner), Weights(store, "x/"), x)[0]
    for step in range(3):
        one = apply(inner, Weights(store, "x/gru/"), x[:, step])[0]
        np.testing.assert_allclose(whole[:, step], one, rtol=1e-5, atol=1e-6)


def test_time_distributed_dense_is_dense_bit_for_bit() -> None:
    x, store = normal(1, 2, 3, 4), WeightStore()
    plain = apply(Dense(units=5), Weights(store, "x/dense/"), x)[0]
    np.testing.assert_array_equal(apply(TimeDistributed(layer=Dense(units=5)), Weights(store, "x/"), x)[0], plain)
    old = apply(TimeDistributedDense(units=5), Weights(store, "x/dense/"), x)[0]
    np.testing.assert_array_equal(old, plain)


def test_time_distributed_hands_several_inputs_on() -> None:
    x, y = normal(1, 2, 3, 4), normal(2, 2, 3, 4)
    layer = TimeDistributed(layer=Add())
    mask = np.array([[1, 1, 0], [1, 0, 0]], bool)
    outputs = apply(layer, Weights(WeightStore(), "x/"), (x, y), masks=((mask, None),))
    np.testing.assert_array_equal(outputs[0], x + y)
    assert output_masks(layer, ((x, y),), ((mask, None),), 1) == (mask,)


def test_a_mask_reaches_the_layer_without_its_axes_of_samples_and_steps() -> None:
    x, store = normal(1, 2, 3, 4, 5), WeightStore()
    mask = np.random.default_rng(3).random((2, 3, 4)) < 0.5
    layer = TimeDistributed(layer=LSTM(units=2))
    whole = apply(layer, Weights(store, "x/"), x, masks=(mask,))[0]
    for step in range(3):
        one = apply(LSTM(units=2), Weights(store, "x/lstm/"), x[:, step], (), mask[:, step])[0]
        np.testing.assert_allclose(whole[:, step], one, rtol=1e-5, atol=1e-6)
    assert output_masks(layer, (x,), (mask,), 1) == (mask,)
    given = np.ones((2, 3), bool)
    assert output_masks(layer, (x, given), (mask, None), 1) == (given,)


def test_layers_that_take_no_mask_do_not_see_one_of_steps() -> None:
    x, mask = normal(1, 2, 3, 4), np.array([[1, 1, 0], [1, 0, 0]], bool)
    for inner in (Dense(units=2), BatchNormalization()):
        layer, store = TimeDistributed(layer=inner), WeightStore()
        bare = apply(layer, Weights(store, "x/"), x)[0]
        np.testing.assert_array_equal(apply(layer, Weights(store, "x/"), x, masks=(mask,))[0], bare)


@pytest.mark.parametrize(
    ("inner", "shape", "mask", "message"),
    [
        (LSTM(units=2), (2, 3, 4, 5), (2, 3), "says nothing of what is within a step"),
        (Softmax(), (2, 3, 4), (2, 3), "says nothing of what is within a step"),
        (Dense(units=2), (2, 3, 4), (2, 2), "does not fit steps of"),
        (Dense(units=2), (2, 3, 4), (2,), "does not fit steps of"),
    ],
)
def test_masks_that_do_not_fit_are_refused(inner: Any, shape: Any, mask: Any, message: str) -> None:
    with pytest.raises(MaskMismatch, match=message):
        apply(TimeDistributed(layer=inner), Weights(WeightStore(), "x/"), normal(1, *shape), np.ones(mask, bool))


MERGES: dict[str, Any] = {
    "concat": lambda y, z: np.concatenate((y, z), axis=-1),
    "sum": np.add,
    "mul": np.multiply,
    "ave": lambda y, z: (y + z) / 2,
}


@pytest.mark.parametrize("mode", MERGES)
def test_bidirectional_is_two_layers_one_of_them_mirrored(mode: str) -> None:
    x, store = normal(1, 2, 4, 3), WeightStore()
    layer = Bidirectional(layer=GRU(units=5, return_sequences=True), merge_mode=mode)
    output = apply(layer, Weights(store, "x/"), x)[0]
    there = apply(GRU(units=5, return_sequences=True), Weights(store, "x/forward_gru/"), x)[0]
    back = apply(GRU(units=5, return_sequences=True), Weights(store, "x/backward_gru/"), x[:, ::-1])[0][:, ::-1]
    np.testing.assert_allclose(output, MERGES[mode](there, back), rtol=1e-6, atol=1e-7)


def test_bidirectional_reads_both_ways_over_images_of_time() -> None:
    x = normal(1, 1, 3, 6, 2)
    layer = Bidirectional(layer=ConvLSTM1D(filters=4, kernel_size=(2,), return_sequences=True, return_state=True))
    outputs = apply(layer, Weights(WeightStore(), "x/"), x)
    assert [one.shape for one in outputs] == [(1, 3, 5, 8), *[(1, 5, 4)] * 4]
    np.testing.assert_array_equal(outputs[0][:, -1, :, :4], outputs[1])
    np.testing.assert_array_equal(outputs[0][:, 0, :, 4:], outputs[3])


def test_masked_steps_of_both_directions_are_zeros() -> None:
    x, mask = normal(1, 1, 4, 3), np.array([[0, 1, 0, 1]], bool)
    layer = Bidirectional(layer=LSTM(units=2, return_sequences=True))
    output = apply(layer, Weights(WeightStore(), "x/"), x, masks=(mask,))[0]
    assert (output != 0).all(axis=-1).tolist() == mask.tolist()


def test_spectral_normalization_asks_for_its_vector_and_changes_nothing() -> None:
    x, store = normal(1, 2, 4), WeightStore()
    layer = SpectralNormalization(layer=SpectralNormalization(layer=Dense(units=3)))
    output = apply(layer, Weights(store, "x/"), x)[0]
    path = "x/spectral_normalization/"
    assert sorted(store.arrays) == [
        path + "dense/bias",
        path + "dense/kernel",
        path + "vector_u",
        "x/vector_u",
    ]
    assert store.arrays["x/vector_u"].shape == (1, 3)
    np.testing.assert_array_equal(output, apply(Dense(units=3), Weights(store, path + "dense/"), x)[0])
    whole = apply(layer, Weights(store, "x/"), np.ones((1, 4), np.int32))[0]
    assert whole.dtype == np.int32
