"""Rules of the wrappers where golden data does not reach: messages, names, symbols."""

from __future__ import annotations

from typing import Any

import pytest

from shapecalc.diagnostics.errors import Refusal
from shapecalc.dims import symbol
from shapecalc.layers.activations import Softmax
from shapecalc.layers.conv_recurrent import ConvLSTM1D
from shapecalc.layers.convolution import Conv2D
from shapecalc.layers.core import Dense
from shapecalc.layers.infer import infer
from shapecalc.layers.merging import Add
from shapecalc.layers.recurrent import GRU, LSTM, RNN, LSTMCell, SimpleRNN
from shapecalc.layers.reshaping import Flatten
from shapecalc.layers.wrappers import Bidirectional, SpectralNormalization, TimeDistributed, TimeDistributedDense
from tests.layers.asked import BATCH, refusal, tensor

B, T, F, U = BATCH, symbol("T"), symbol("F"), symbol("U")


def paths(inferred: Any) -> list[str]:
    return [path for path, _ in inferred.all_weights()]


def test_time_distributed_counts_a_layer_once_and_its_work_each_step() -> None:
    result = infer(TimeDistributed(layer=Dense(units=U)), (tensor(T, F),))
    assert (str(result.output.shape), str(result.params), str(result.total_macs)) == (
        "(None, T, U)",
        "F*U + U",
        "F*T*U",
    )


def test_time_distributed_takes_what_its_layer_takes() -> None:
    assert TimeDistributed(layer=Dense(units=2)).ports == ("inputs", "mask?")
    layer = TimeDistributed(layer=Add())
    assert layer.ports == ("inputs+", "mask?")
    assert layer.replace(name="sum").ports == ("inputs+", "mask?")
    assert str(infer(layer, ((tensor(T, 3), tensor(T, 3)),)).output.shape) == "(None, T, 3)"
    error = refusal(layer, (tensor(4, 3), tensor(5, 3)))
    assert (error.input, error.message) == ("inputs", "needs as many steps in every input, got 4 and 5")
    error = refusal(TimeDistributed(layer=LSTMCell(units=2)), tensor(4, 3))
    assert (error.arg, error.code) == ("layer", "SC306")
    assert error.message == "the layer `lstm_cell` takes inputs, states, it is fed 1"


@pytest.mark.parametrize("fed", [(tensor(4, 3, masked=True),), (tensor(4, 3), tensor(4, dtype="bool"))])
def test_a_mask_of_steps_is_none_of_what_is_in_them(fed: tuple[Any, ...]) -> None:
    error = refusal(TimeDistributed(layer=Softmax()), *fed)
    assert error.message == "the mask says which steps count; Softmax needs one that says which parts of a step count"
    assert (error.code, error.help) == (
        "SC206",
        "apply the layer without `TimeDistributed`, or to inputs without a mask",
    )
    result = infer(TimeDistributed(layer=Dense(units=2)), fed)
    assert result.output.mask is not None


def test_several_outputs_of_a_step_are_refused() -> None:
    error = refusal(TimeDistributed(layer=GRU(units=2, return_state=True)), tensor(4, 5, 3))
    assert (error.arg, error.code, error.message) == ("layer", "SC206", "takes a layer with one output, GRU has 2 here")
    assert "put it into a block" in str(error.help)


@pytest.mark.parametrize("layer", [TimeDistributed(layer=Dense(units=2)), TimeDistributedDense(units=2)])
def test_steps_need_a_time_axis(layer: Any) -> None:
    error = refusal(layer, tensor(5))
    assert (error.code, error.message) == ("SC412", "needs a time axis, got (None, 5)")


def test_the_mask_has_an_entry_for_each_step() -> None:
    error = refusal(TimeDistributed(layer=Dense(units=2)), tensor(4, 3), tensor(5))
    assert (error.input, error.message) == ("mask", "the mask needs 4 steps, got 5")


def test_time_distributed_dense_is_dense_and_names_its_successor() -> None:
    result = infer(TimeDistributedDense(units=U), (tensor(T, F),))
    assert (paths(result), str(result.params)) == (["kernel", "bias"], "F*U + U")
    assert TimeDistributedDense.deprecated == "TimeDistributed: {layer: {Dense: ...}}"
    assert TimeDistributedDense(units=1).label == "time_distributed_dense"


@pytest.mark.parametrize(
    ("layer", "labels"),
    [
        (Bidirectional(layer=LSTM(units=2)), ("forward_lstm", "backward_lstm")),
        (Bidirectional(layer=LSTM(units=2, name="reader")), ("forward_reader", "backward_reader")),
        (Bidirectional(layer=LSTM(units=2, name="forward_a")), ("forward_a", "backward_forward_a")),
        (
            Bidirectional(layer=LSTM(units=2), backward_layer=GRU(units=2, go_backwards=True)),
            ("forward_lstm", "backward_gru"),
        ),
        (
            Bidirectional(layer=LSTM(units=2), backward_layer=GRU(units=2, go_backwards=True, name="back")),
            ("forward_lstm", "back"),
        ),
        (
            Bidirectional(layer=GRU(units=2), backward_layer=GRU(units=2, go_backwards=True, name="forward_gru")),
            ("forward_gru", "backward_forward_gru"),
        ),
    ],
)
def test_the_directions_have_names(layer: Bidirectional, labels: tuple[str, str]) -> None:
    result = infer(layer, (tensor(4, 3),))
    assert tuple(part.name for part in result.inner) == labels
    names = ("kernel", "recurrent_kernel", "bias")
    assert paths(result) == [f"{label}/{name}" for label in labels for name in names]


def test_bidirectional_in_symbols() -> None:
    layer = Bidirectional(layer=SimpleRNN(units=U, return_sequences=True, return_state=True))
    result = infer(layer, (tensor(T, F, masked=True),))
    assert {port: str(out.shape) for port, out in result.outputs.items()} == {
        "output": "(None, T, 2*U)",
        "forward_h": "(None, U)",
        "backward_h": "(None, U)",
    }
    assert [bool(out.masked) for out in result.outputs.values()] == [True, False, False]
    assert str(result.params) == "2*F*U + 2*U**2 + 2*U"


def test_null_gives_both_directions() -> None:
    read = Bidirectional.args["merge_mode"].read
    assert read(None, Bidirectional) is None
    for word in ("SUM", "Concat"):
        with pytest.raises(Refusal, match=f"must be one of concat, sum, mul, ave; got '{word}'"):
            read(word, Bidirectional)
    with pytest.raises(Refusal, match="must be one of concat, sum, mul, ave; got 'max'"):
        read("max", Bidirectional)
    result = infer(Bidirectional(layer=GRU(units=2), merge_mode=None), (tensor(4, 3),))
    assert list(result.outputs) == ["output", "backward_output"]


BACK = GRU(units=2, go_backwards=True)


@pytest.mark.parametrize(
    ("layer", "arg", "message"),
    [
        (Bidirectional(layer=Dense(units=2)), "layer", "needs a recurrent layer, got a Dense layer"),
        (
            Bidirectional(layer=GRU(units=2), backward_layer=Dense(units=2)),
            "backward_layer",
            "needs a recurrent layer, got a Dense layer",
        ),
        (Bidirectional(layer=BACK), "layer", "both directions read the same way"),
        (
            Bidirectional(layer=GRU(units=2), backward_layer=GRU(units=2)),
            "backward_layer",
            "both directions read the same way",
        ),
        (
            Bidirectional(layer=GRU(units=2, return_sequences=True), backward_layer=BACK),
            "backward_layer",
            "both directions need the same `return_sequences`",
        ),
        (
            Bidirectional(layer=GRU(units=2, stateful=True, return_state=True)),
            "layer",
            "Keras cannot return the states of a stateful layer from both directions",
        ),
        (Bidirectional(layer=GRU(units=2), weights=[1.0]), "weights", "starting values are no part of a spec"),
    ],
)
def test_what_cannot_be_read_both_ways_is_refused(layer: Any, arg: str, message: str) -> None:
    error = refusal(layer, tensor(4, 3))
    assert (error.arg, error.code, error.message) == (arg, "SC206", message)
    assert error.help


def test_the_directions_have_to_fit_together() -> None:
    error = refusal(Bidirectional(layer=GRU(units=3), backward_layer=BACK, merge_mode="sum"), tensor(4, 3))
    assert error.arg == "backward_layer"
    assert error.message.startswith("cannot broadcast (None, 3) with (None, 2)")
    assert error.help == "give both layers the same `units`, or use `merge_mode: concat`"
    wide = ConvLSTM1D(filters=2, kernel_size=(3,), go_backwards=True)
    error = refusal(Bidirectional(layer=ConvLSTM1D(filters=2, kernel_size=(2,)), backward_layer=wide), tensor(4, 6, 3))
    assert (error.arg, error.message) == ("backward_layer", "needs equal sizes, got 5 and 4")
    result = infer(Bidirectional(layer=LSTM(units=3), backward_layer=BACK), (tensor(4, 3),))
    assert str(result.output.shape) == "(None, 5)"


def test_initial_states_are_those_of_both_directions() -> None:
    error = refusal(Bidirectional(layer=LSTM(units=2)), tensor(4, 3), (tensor(2),) * 2)
    assert (error.input, error.code) == ("initial_state", "SC306")
    assert error.message == "needs 4 initial states, 2 forward and 2 backward, got 2"
    mixed = Bidirectional(layer=GRU(units=2), backward_layer=LSTM(units=3, go_backwards=True))
    states = (tensor(2), tensor(3), tensor(3))
    assert str(infer(mixed, (tensor(4, 3), states)).output.shape) == "(None, 5)"
    assert refusal(mixed, tensor(4, 3), states[::-1]).path == ("bidirectional", "forward_gru")


def test_an_rnn_may_be_read_both_ways() -> None:
    layer = Bidirectional(layer=RNN(cell=(LSTMCell(units=2), LSTMCell(units=3)), return_state=True))
    result = infer(layer, (tensor(T, F),))
    assert list(result.outputs) == [
        "output",
        *(f"{way}_{state}" for way in ("forward", "backward") for state in ("h_0", "c_0", "h_1", "c_1")),
    ]


def test_spectral_normalization_lists_the_kernel_first() -> None:
    result = infer(SpectralNormalization(layer=Conv2D(filters=U, kernel_size=(3, 3))), (tensor(8, 8, F),))
    assert [(path, weight.trainable) for path, weight in result.all_weights()] == [
        ("conv2d/kernel", True),
        ("vector_u", False),
        ("conv2d/bias", True),
    ]
    assert str(result.params) == "9*F*U + 2*U"
    assert result.total_macs == infer(Conv2D(filters=U, kernel_size=(3, 3)), (tensor(8, 8, F),)).total_macs


@pytest.mark.parametrize("inner", [Flatten(), LSTM(units=2), TimeDistributed(layer=Dense(units=2))])
def test_spectral_normalization_needs_a_kernel(inner: Any) -> None:
    error = refusal(SpectralNormalization(layer=inner), tensor(4, 3))
    assert (error.arg, error.code) == ("layer", "SC206")
    assert error.message == f"{inner.type_name} has no kernel and no embeddings to normalize"
