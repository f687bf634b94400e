"""Rules of the recurrent layers where golden data does not reach: messages, symbols, formulas."""

from __future__ import annotations

from typing import Any

import pytest

from shapecalc.dims import Shape, symbol
from shapecalc.layers.core import Dense
from shapecalc.layers.infer import infer
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
from shapecalc.layers.values import Tensor
from tests.layers.asked import BATCH, refusal, tensor

B, T, F, U = BATCH, symbol("T"), symbol("F"), symbol("U")


@pytest.mark.parametrize(
    ("layer_type", "params", "macs"),
    [
        (LSTM, "4*F*U + 4*U**2 + 4*U", "4*F*T*U + 4*T*U**2"),
        (GRU, "3*F*U + 3*U**2 + 6*U", "3*F*T*U + 3*T*U**2"),
        (SimpleRNN, "F*U + U**2 + U", "F*T*U + T*U**2"),
    ],
)
def test_counts_in_symbols(layer_type: Any, params: str, macs: str) -> None:
    result = infer(layer_type(units=U, return_sequences=True), (tensor(T, F),))
    assert str(result.output.shape) == "(None, T, U)"
    assert (str(result.params), str(result.total_macs)) == (params, macs)


@pytest.mark.parametrize(("cell_type", "layer_type"), [(LSTMCell, LSTM), (GRUCell, GRU), (SimpleRNNCell, SimpleRNN)])
def test_an_rnn_over_a_cell_counts_as_the_layer(cell_type: Any, layer_type: Any) -> None:
    by_cell = infer(RNN(cell=(cell_type(units=U),), return_state=True), (tensor(T, F),))
    layer = infer(layer_type(units=U, return_state=True), (tensor(T, F),))
    assert [(port, out.shape) for port, out in by_cell.outputs.items()] == [
        (port, out.shape) for port, out in layer.outputs.items()
    ]
    assert (by_cell.params, by_cell.total_macs) == (layer.params, layer.total_macs)
    assert by_cell.inner[0].calls == T


def test_states_of_stacked_cells_are_numbered_by_cell() -> None:
    inner = StackedRNNCells(cells=(LSTMCell(units=3), GRUCell(units=4)))
    result = infer(RNN(cell=(GRUCell(units=2), inner), return_state=True), (tensor(5, 6),))
    assert {port: str(out.shape) for port, out in result.outputs.items()} == {
        "output": "(None, 4)",
        "state_h_0": "(None, 2)",
        "state_h_0_1": "(None, 3)",
        "state_c_0_1": "(None, 3)",
        "state_h_1_1": "(None, 4)",
    }


def test_cells_of_one_name_are_numbered() -> None:
    cells = StackedRNNCells(cells=(LSTMCell(units=2), LSTMCell(units=2), LSTMCell(units=2, name="lstm_cell_1")))
    assert cells.labels == ("lstm_cell", "lstm_cell_1", "lstm_cell_1_1")


def test_a_mask_goes_on_with_sequences_alone() -> None:
    masked = tensor(4, 3, masked=True)
    every = infer(LSTM(units=2, return_sequences=True, return_state=True), (masked,))
    assert [bool(out.masked) for out in every.outputs.values()] == [True, False, False]
    assert infer(LSTM(units=2), (masked,)).output.masked is False
    by_hand = infer(GRU(units=2, return_sequences=True), (tensor(4, 3), (), tensor(4, dtype="bool")))
    assert by_hand.output.mask is not None


STATE = tensor(3)


@pytest.mark.parametrize(
    ("layer", "feed", "port", "code", "message"),
    [
        (
            LSTM(units=3),
            (tensor(4, 2), (STATE,)),
            "initial_state",
            "SC306",
            "needs 2 initial states (state_h and state_c), got 1",
        ),
        (
            GRU(units=3),
            (tensor(4, 2), (STATE, STATE)),
            "initial_state",
            "SC306",
            "needs 1 initial state (state_h), got 2",
        ),
        (SimpleRNN(units=5), (tensor(4, 2), (STATE,)), "initial_state", "SC401", "state_h needs 5 units, got 3"),
        (
            RNN(cell=(GRUCell(units=3), GRUCell(units=2))),
            (tensor(4, 2), (STATE, STATE)),
            "initial_state",
            "SC401",
            "state_h_1 needs 2 units, got 3",
        ),
        (LSTMCell(units=3), (tensor(2), (STATE,)), "states", "SC306", "needs 2 states (state_h and state_c), got 1"),
        (
            StackedRNNCells(cells=(GRUCell(units=3), GRUCell(units=3))),
            (tensor(2), (STATE,)),
            "states",
            "SC306",
            "needs 2 states (state_h_0 and state_h_1), got 1",
        ),
        (GRU(units=3), (tensor(4, 2), (), tensor(5)), "mask", "SC401", "the mask needs 4 steps, got 5"),
        (
            GRU(units=3),
            (tensor(4, 2), (), Tensor(Shape(()))),
            "mask",
            "SC411",
            "needs a mask with an entry for each step, (batch, time), got ()",
        ),
        (
            GRU(units=3),
            (Tensor(Shape((2, 4, 2))), (Tensor(Shape((3, 3))),)),
            "initial_state",
            "SC401",
            "state_h needs a batch of 2, got 3",
        ),
    ],
)
def test_what_is_fed_has_to_fit(layer: Any, feed: tuple[Any, ...], port: str, code: str, message: str) -> None:
    error = refusal(layer, *feed)
    assert (error.input, error.code, error.message) == (port, code, message)


@pytest.mark.parametrize("layer", [LSTM(units=3), GRU(units=3), SimpleRNN(units=3), RNN(cell=(GRUCell(units=3),))])
def test_a_sequence_needs_a_time_axis(layer: Any) -> None:
    error = refusal(layer, tensor(5))
    assert (error.code, error.message) == ("SC412", "needs a time axis, got (None, 5)")


@pytest.mark.parametrize(
    ("layer", "arg"),
    [
        (RNN(cell=(Dense(units=3),)), "cell"),
        (RNN(cell=(GRUCell(units=3), Dense(units=3))), "cell"),
        (StackedRNNCells(cells=(Dense(units=3),)), "cells"),
    ],
)
def test_only_cells_are_repeated(layer: Any, arg: str) -> None:
    feed = (tensor(4, 2),) if arg == "cell" else (tensor(2), (STATE,))
    error = refusal(layer, *feed)
    assert (error.arg, error.code, error.message) == (arg, "SC206", "needs a recurrent cell, got a Dense layer")
    assert error.help == "use `LSTMCell`, `GRUCell`, `SimpleRNNCell` or `StackedRNNCells`, written out here"


@pytest.mark.parametrize(
    "config", [{"activation": "relu"}, {"recurrent_activation": "tanh"}, {"use_bias": False}, {"unroll": True}]
)
@pytest.mark.parametrize("layer_type", [LSTM, GRU])
def test_cudnn_is_refused_where_it_cannot_be(layer_type: Any, config: dict[str, Any]) -> None:
    error = refusal(layer_type(units=2, use_cudnn=True, **config), tensor(4, 3))
    assert (error.arg, error.code) == ("use_cudnn", "SC206")
    assert error.help == "leave out `use_cudnn`: Keras then takes what works"


def test_cudnn_says_nothing_of_shapes() -> None:
    for choice in ("auto", True, False):
        assert infer(GRU(units=2, use_cudnn=choice), (tensor(4, 3),)).params == 42
    assert refusal(GRU(units=2, use_cudnn=True, reset_after=False), tensor(4, 3)).arg == "use_cudnn"
    error = refusal(LSTM(units=2, use_cudnn="maybe"), tensor(4, 3))
    assert (error.code, error.message) == ("SC204", "`use_cudnn` must be auto, true or false, got 'maybe'")


def test_two_lengths_that_may_be_equal_are_assumed_so() -> None:
    result = infer(GRU(units=2), (tensor(T, 3), (), tensor(symbol("S"))))
    assert [str(one) for one in result.assumes] == ["T == S"]


def test_states_that_lack_are_listed_by_short_names() -> None:
    refused = refusal(LSTM(units=4), tensor(5, 3), (tensor(4),))
    assert refused.help == "list them in that order: `initial_state: [h, c]`"
