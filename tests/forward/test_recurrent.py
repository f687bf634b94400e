"""Recurrent forwards where golden data does not reach: fast loops against plain ones, and the laws between layers."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.forward.base import Array, apply, output_masks
from shapecalc.forward.recurrent import MaskMismatch
from shapecalc.forward.weights import WeightMismatch, Weights, WeightStore
from shapecalc.layers.recurrent import (
    GRU,
    LSTM,
    RNN,
    GRUCell,
    LSTMCell,
    SimpleRNN,
    SimpleRNNCell,
    StackedRNNCells,
)

Run = tuple[Array, list[Array]]


def normal(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def plain_step(layer: Any, w: dict[str, Array], x: Array, states: list[Array]) -> list[Array]:
    """One step as the papers have it, in float64, gate by gate."""
    units = layer.units
    kernel, recurrent = w["kernel"], w["recurrent_kernel"]
    bias = w.get("bias", np.zeros(kernel.shape[1]))
    h = states[0]

    def gate(place: int, state: Array = h, share: Array | None = None) -> Array:
        one = slice(place * units, (place + 1) * units)
        first = bias[0] if bias.ndim == 2 else bias
        return np.asarray(x @ kernel[:, one] + first[one] + (state @ recurrent[:, one] if share is None else share))

    if isinstance(layer, SimpleRNN):
        return [np.tanh(gate(0))]
    if isinstance(layer, LSTM):
        c = sigmoid(gate(1)) * states[1] + sigmoid(gate(0)) * np.tanh(gate(2))
        return [sigmoid(gate(3)) * np.tanh(c), c]
    second = bias[1] if bias.ndim == 2 else np.zeros(3 * units)
    update = sigmoid(gate(0) + second[:units])
    reset = sigmoid(gate(1) + second[units : 2 * units])
    share = reset * (h @ recurrent[:, 2 * units :] + second[2 * units :])
    own = np.tanh(gate(2, share=share) if layer.reset_after else gate(2, reset * h))
    return [update * h + (1 - update) * own]


def plain(layer: Any, w: dict[str, Array], x: Array, states: list[Array], mask: Array | None) -> Run:
    """The straightforward loop: a masked step keeps the states and repeats the output before, zeros at first."""
    w = {name: array.astype(np.float64) for name, array in w.items()}
    outputs, last = [], np.zeros((len(x), layer.units))
    order = range(x.shape[1])[:: -1 if layer.go_backwards else 1]
    for step in order:
        after = plain_step(layer, w, x[:, step], states)
        kept = np.ones((len(x), 1), bool) if mask is None else mask[:, step, None]
        last = np.where(kept, after[0], 0 if layer.zero_output_for_mask else last)
        states = [np.where(kept, new, old) for new, old in zip(after, states, strict=True)]
        outputs.append(last)
    return np.stack(outputs, axis=1), states


LAYERS: dict[str, Any] = {
    "LSTM": (LSTM, {}),
    "LSTM without bias": (LSTM, {"use_bias": False}),
    "GRU": (GRU, {}),
    "GRU without bias": (GRU, {"use_bias": False}),
    "GRU, reset before": (GRU, {"reset_after": False}),
    "SimpleRNN": (SimpleRNN, {}),
}


@pytest.mark.parametrize("kind", LAYERS)
@settings(max_examples=30)
@given(
    batch=st.integers(1, 4),
    time=st.integers(1, 5),
    features=st.sampled_from([1, 3, 32, 33, 50]),
    units=st.integers(1, 6),
    masked=st.booleans(),
    started=st.booleans(),
    flags=st.tuples(st.booleans(), st.booleans()),
    seed=st.integers(0, 999),
)
def test_the_fast_loop_equals_the_plain_one(
    kind: str,
    batch: int,
    time: int,
    features: int,
    units: int,
    masked: bool,
    started: bool,
    flags: tuple[bool, bool],
    seed: int,
) -> None:
    layer_type, config = LAYERS[kind]
    flagged = {"go_backwards": flags[0], "zero_output_for_mask": flags[1]}
    layer = layer_type(units=units, return_sequences=True, return_state=True, **flagged, **config)
    compare_with_plain(layer, normal(seed, batch, time, features), masked, started, seed)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("units", [1, 16, 100])
@pytest.mark.parametrize("time", [1, 3, 70])
@pytest.mark.parametrize(("batch", "features"), [(1, 4), (1, 40), (3, 4), (3, 60)])
@pytest.mark.parametrize("given", [False, True])
def test_the_fast_loop_equals_the_plain_one_at_every_length(
    kind: str, units: int, time: int, batch: int, features: int, given: bool
) -> None:
    """Of up to 256 numbers in a gate one product makes two sums, of more there are two."""
    layer_type, config = LAYERS[kind]
    layer = layer_type(units=units, return_sequences=True, return_state=True, **config)
    compare_with_plain(layer, normal(1, batch, time, features), given, given, 1)


def compare_with_plain(layer: Any, x: Array, masked: bool, started: bool, seed: int) -> None:
    batch, time, units = *x.shape[:2], layer.units
    mask = np.random.default_rng(seed).random((batch, time)) < 0.6 if masked else None
    states = tuple(normal(seed + n, batch, units) for n in range(len(layer.states))) if started else ()
    store = WeightStore(seed=seed)
    apply(layer, Weights(store, "x/"), x)
    spread = 2 * units**0.5
    given = {path: array / 2 + normal(seed, *array.shape) / spread for path, array in store.arrays.items()}
    store = WeightStore(given)
    for other in (1, 2):
        apply(layer, Weights(store, "x/"), other - x, tuple(other - state for state in states))
    outputs, *last = apply(layer, Weights(store, "x/"), x, states, mask)
    begun = [array.astype(np.float64) for array in states] or [np.zeros((batch, units))] * len(layer.states)
    wanted, wanted_last = plain(layer, {path[2:]: array for path, array in given.items()}, x, begun, mask)
    np.testing.assert_allclose(outputs, wanted, rtol=1e-5, atol=1e-5)
    for got, state in zip(last, wanted_last, strict=True):
        np.testing.assert_allclose(got, state, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize(("batch", "features"), [(1, 4), (1, 40), (3, 4), (3, 60)])
def test_single_and_double_precision_agree(kind: str, batch: int, features: int) -> None:
    layer_type, config = LAYERS[kind]
    x = normal(1, batch, 6, features)
    store = WeightStore()
    single = apply(layer_type(units=5, **config), Weights(store, "x/"), x)[0]
    double = apply(layer_type(units=5, dtype="float64", **config), Weights(WeightStore(store.arrays), "x/"), x)[0]
    assert (str(single.dtype), str(double.dtype)) == ("float32", "float64")
    np.testing.assert_allclose(single, double, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("features", [3, 40])
def test_calls_leave_each_others_results_alone(kind: str, batch: int, features: int) -> None:
    layer_type, config = LAYERS[kind]
    layer = layer_type(units=4, return_sequences=True, return_state=True, **config)
    store = WeightStore()
    x, other = normal(1, batch, 3, features), normal(2, batch, 3, features)
    states = (normal(3, batch, 4),) * len(layer.states)
    mask = np.tile([True, False, True], (batch, 1))
    calls: list[tuple[Any, ...]] = [(x,), (other,), (x, states), (other, (), mask), (x,), (x, states), (other, states)]
    results = [apply(layer, Weights(store, "x/"), *call) for call in calls]
    for call, result in zip(calls, results, strict=True):
        for got, alone in zip(result, apply(layer, Weights(WeightStore(), "x/"), *call), strict=True):
            np.testing.assert_array_equal(got, alone)


@pytest.mark.parametrize("layer_type", [LSTM, GRU, SimpleRNN])
def test_many_lengths_one_after_the_other(layer_type: Any) -> None:
    layer, store, x = layer_type(units=3, return_sequences=True), WeightStore(), normal(1, 1, 20, 2)
    whole = apply(layer, Weights(store, "x/"), x)[0]
    for time in (*range(1, 20), *range(1, 20)):
        np.testing.assert_array_equal(apply(layer, Weights(store, "x/"), x[:, :time])[0], whole[:, :time])


def test_threads_share_a_layer() -> None:
    layer, store = LSTM(units=3, return_sequences=True), WeightStore()
    inputs = [normal(seed, 1, 6, 2) for seed in range(4)]
    alone = [apply(layer, Weights(store, "x/"), x)[0] for x in inputs]

    def often(x: Array) -> list[Array]:
        return [apply(layer, Weights(store, "x/"), x)[0] for _ in range(200)]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(often, inputs))
    finally:
        sys.setswitchinterval(interval)
    for wanted, outputs in zip(alone, results, strict=True):
        for output in outputs:
            np.testing.assert_array_equal(output, wanted)


@pytest.mark.parametrize("layer_type", [LSTM, GRU, SimpleRNN])
def test_no_samples_give_none(layer_type: Any) -> None:
    layer = layer_type(units=4, return_sequences=True, return_state=True)
    outputs, *states = apply(layer, Weights(WeightStore(), "x/"), normal(1, 0, 3, 2))
    assert [one.shape for one in (outputs, *states)] == [(0, 3, 4)] + [(0, 4)] * len(states)


def test_inputs_states_and_weights_stay_as_they_were() -> None:
    x, states = normal(1, 2, 4, 3), (normal(2, 2, 5), normal(3, 2, 5))
    store = WeightStore()
    layer = LSTM(units=5, return_sequences=True)
    apply(layer, Weights(store, "x/"), x, states)
    before = [array.copy() for array in (x, *states, *store.arrays.values())]
    apply(layer, Weights(store, "x/"), x, states, np.array([[1, 0, 1, 1], [0, 0, 1, 1]], bool))
    for array, copy in zip((x, *states, *store.arrays.values()), before, strict=True):
        np.testing.assert_array_equal(array, copy)


PAIRS = [(LSTM, LSTMCell), (GRU, GRUCell), (SimpleRNN, SimpleRNNCell)]


@pytest.mark.parametrize(("layer_type", "cell_type"), PAIRS)
def test_a_cell_step_by_step_is_the_layer(layer_type: Any, cell_type: Any) -> None:
    x, store = normal(1, 2, 4, 3), WeightStore()
    whole = apply(layer_type(units=5, return_sequences=True), Weights(store, "x/"), x)[0]
    cell = cell_type(units=5)
    states = tuple(np.zeros((2, 5), np.float32) for _ in cell.states)
    for step in range(4):
        output, *states = apply(cell, Weights(store, "x/"), x[:, step], tuple(states))  # type: ignore[assignment]
        np.testing.assert_allclose(output, whole[:, step], rtol=1e-5, atol=1e-6)


def test_stacked_cells_are_layers_one_above_the_other() -> None:
    x, mask = normal(1, 2, 4, 3), np.array([[0, 1, 0, 1], [1, 1, 0, 0]], bool)
    inner = StackedRNNCells(cells=(GRUCell(units=4), SimpleRNNCell(units=2)))
    both = RNN(cell=(LSTMCell(units=5), inner), return_sequences=True, return_state=True)
    store = WeightStore()
    outputs, *states = apply(both, Weights(store, "x/"), x, (), mask)
    path = "x/stacked_rnn_cells/"
    lower = apply(LSTM(units=5, return_sequences=True), Weights(store, path + "lstm_cell/"), x, (), mask)[0]
    path += "stacked_rnn_cells/"
    middle = apply(GRU(units=4, return_sequences=True), Weights(store, path + "gru_cell/"), lower, (), mask)[0]
    top = SimpleRNN(units=2, return_sequences=True, return_state=True)
    upper, state = apply(top, Weights(store, path + "simple_rnn_cell/"), middle, (), mask)
    np.testing.assert_array_equal(outputs, upper)
    np.testing.assert_array_equal(states[-1], state)
    assert [one.shape for one in states] == [(2, 5), (2, 5), (2, 4), (2, 2)]


def test_stacked_cells_alone_make_the_step_of_the_rnn() -> None:
    x, store = normal(1, 2, 1, 3), WeightStore()
    stack = StackedRNNCells(cells=(LSTMCell(units=5), LSTMCell(units=4)))
    states = tuple(normal(n, 2, size) for n, size in enumerate([5, 5, 4, 4]))
    whole = apply(RNN(cell=(stack,), return_state=True), Weights(store, "x/"), x, states)
    step = apply(stack, Weights(store, "x/stacked_rnn_cells/"), x[:, 0], states)
    assert sorted(store.arrays) == sorted(
        f"x/stacked_rnn_cells/lstm_cell{end}/{name}"
        for end in ("", "_1")
        for name in ("bias", "kernel", "recurrent_kernel")
    )
    for one, other in zip(whole, step, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layer_type", [LSTM, GRU, SimpleRNN])
def test_backwards_is_forwards_on_the_reversed_sequence(layer_type: Any) -> None:
    x, store = normal(1, 2, 4, 3), WeightStore()
    back = apply(layer_type(units=2, go_backwards=True, return_sequences=True), Weights(store, "x/"), x)[0]
    there = apply(layer_type(units=2, return_sequences=True), Weights(store, "x/"), x[:, ::-1])[0]
    np.testing.assert_array_equal(back, there)


def test_a_mask_of_padding_is_the_shorter_sequence() -> None:
    x, store = normal(1, 1, 5, 3), WeightStore()
    layer = GRU(units=4)
    padded = apply(layer, Weights(store, "x/"), x, (), np.array([[1, 1, 1, 0, 0]], bool))[0]
    short = apply(layer, Weights(store, "x/"), x[:, :3])[0]
    np.testing.assert_allclose(padded, short, rtol=1e-6, atol=1e-7)


def test_the_sequences_own_mask_counts_only_without_initial_states() -> None:
    x, mask, store = normal(1, 1, 3, 2), np.array([[1, 0, 0]], bool), WeightStore()
    layer, zeros = SimpleRNN(units=2, return_sequences=True), np.zeros((1, 2), np.float32)
    weights = Weights(store, "x/")
    came_along = apply(layer, weights, x, masks=(mask,))[0]
    np.testing.assert_array_equal(came_along[:, 1], came_along[:, 0])
    bare = apply(layer, weights, x)[0]
    np.testing.assert_array_equal(apply(layer, weights, x, (zeros,), masks=(mask, (None,)))[0], bare)
    np.testing.assert_array_equal(apply(layer, weights, x, (zeros,), mask, masks=(None, (None,), None))[0], came_along)
    assert output_masks(layer, (x, (zeros,)), (mask, (None,)), 1) == (mask,)


@pytest.mark.parametrize("shape", [(2, 3, 1), (2, 3, 4)])
@pytest.mark.parametrize("activation", ["tanh", "softsign"])
def test_a_mask_may_say_what_counts_of_each_unit(shape: tuple[int, ...], activation: str) -> None:
    x, mask = normal(1, 2, 3, 5), np.random.default_rng(2).random(shape) < 0.5
    outputs = apply(
        GRU(units=4, activation=activation, return_sequences=True), Weights(WeightStore(), "x/"), x, (), mask
    )[0]
    kept = np.broadcast_to(mask, outputs.shape)
    np.testing.assert_array_equal(outputs[:, 0][~kept[:, 0]], 0)
    np.testing.assert_array_equal(outputs[:, 1][~kept[:, 1]], outputs[:, 0][~kept[:, 1]])
    assert (outputs[:, 1][kept[:, 1]] != outputs[:, 0][kept[:, 1]]).all()


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((1, 2), r"a mask of shape \(1, 2\) does not fit 3 steps"),
        ((3,), r"a mask of shape \(3,\) does not fit 3 steps"),
        ((1, 3, 7), r"a mask of \(1, 7\) a step does not fit states of \(1, 4\)"),
    ],
)
def test_masks_that_do_not_fit_are_refused(shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(MaskMismatch, match=message):
        apply(LSTM(units=4), Weights(WeightStore(), "x/"), normal(1, 1, 3, 2), (), np.ones(shape, bool))


def test_the_forget_gate_starts_at_one() -> None:
    store = WeightStore()
    weights = Weights(store)
    apply(LSTM(units=2, name="a"), weights.scope("a"), normal(1, 1, 1, 1))
    apply(LSTM(units=2, unit_forget_bias=False), weights.scope("b"), normal(1, 1, 1, 1))
    others = ("constant", (("value", 3),))
    apply(LSTMCell(units=2, bias_initializer=others), weights.scope("c"), normal(1, 1, 1), (np.zeros((1, 2)),) * 2)
    assert store.arrays["a/bias"].tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
    assert store.arrays["b/bias"].tolist() == [0] * 8
    assert store.arrays["c/bias"].tolist() == [3, 3, 1, 1, 3, 3, 3, 3]


def test_whole_numbers_are_cast() -> None:
    x = np.arange(6, dtype=np.int32).reshape(1, 3, 2)
    store = WeightStore()
    out = apply(SimpleRNN(units=2), Weights(store, "x/"), x)[0]
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out, apply(SimpleRNN(units=2), Weights(store, "x/"), x.astype("float32"))[0])


@pytest.mark.parametrize("layer_type", [LSTM, GRU, SimpleRNN])
def test_weights_laid_out_for_one_batch_serve_the_next(layer_type: Any) -> None:
    layer, store = layer_type(units=3), WeightStore()
    for batch, time in ((1, 4), (2, 4), (1, 2), (40, 3)):
        x = normal(batch, batch, time, 40)
        (again,) = apply(layer, Weights(store).scope("r"), x)
        (afresh,) = apply(layer, Weights(WeightStore()).scope("r"), x)
        np.testing.assert_array_equal(again, afresh)


def test_weights_laid_out_still_refuse_other_features() -> None:
    layer, weight = LSTM(units=3), Weights(WeightStore()).scope("r")
    apply(layer, weight, normal(0, 1, 2, 4))
    with pytest.raises(WeightMismatch, match=r"weight r/kernel has shape \(4, 12\), the layer needs \(5, 12\)"):
        apply(layer, weight, normal(0, 1, 2, 5))


def test_a_mask_fed_by_hand_is_obeyed_beside_a_state_also_where_it_is_the_sequences_own() -> None:
    cfg, mask = GRU(units=3, return_sequences=True), np.array([[True, False, True]])
    x, state = np.ones((1, 3, 2), np.float32), np.ones((1, 3), np.float32)
    weights = Weights(WeightStore(), "gru")
    (own,) = apply(cfg, weights, x, (state,), masks=(mask, (None,)))
    (fed,) = apply(cfg, weights, x, (state,), mask, masks=(mask, (None,), None))
    assert not np.array_equal(own[:, 0], own[:, 1])  # Keras ignores what came along
    np.testing.assert_array_equal(fed[:, 0], fed[:, 1])
