"""Rules of the convolutional LSTMs where golden data does not reach."""

from __future__ import annotations

from typing import Any

import pytest

from shapecalc.dims import symbol, unknown
from shapecalc.layers.conv_recurrent import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor
from tests.layers.asked import BATCH, refusal, tensor

B, T, H, W, C, U = BATCH, *(symbol(name) for name in "THWCU")


def test_counts_in_symbols() -> None:
    layer = ConvLSTM2D(filters=U, kernel_size=(3, 3), strides=(2, 2), padding="same", return_sequences=True)
    result = infer(layer, (tensor(T, H, W, C),))
    assert str(result.output.shape) == "(None, T, (H + 1)//2, (W + 1)//2, U)"
    assert str(result.params) == "36*C*U + 36*U**2 + 4*U"
    assert result.macs["recurrent_kernel"] == (T, *result.output.shape[2:4], 3, 3, U, 4 * U)


def test_channels_first_moves_the_axes() -> None:
    layer = ConvLSTM2D(filters=8, kernel_size=(3, 2), data_format="channels_first", return_state=True)
    result = infer(layer, (tensor(T, 3, 10, 9),))
    assert [str(out.shape) for out in result.outputs.values()] == ["(None, 8, 8, 8)"] * 3
    assert [weight.shape for weight in result.weights] == [(3, 2, 3, 32), (3, 2, 8, 32), (32,)]


@pytest.mark.parametrize(
    ("layer_type", "sizes", "names"),
    [
        (ConvLSTM1D, (4, unknown(), 3), "width"),
        (ConvLSTM2D, (4, 5, unknown(), 3), "height and width"),
        (ConvLSTM3D, (4, unknown(), unknown(), unknown(), 3), "depth and height and width"),
    ],
)
def test_states_need_a_size_to_start_with(layer_type: Any, sizes: tuple[Any, ...], names: str) -> None:
    fed = tensor(*sizes)
    error = refusal(layer_type(filters=2, kernel_size=(1,) * layer_type.rank), fed)
    assert (error.code, error.input, error.message) == ("SC403", "sequences", f"needs to know {names}, got {fed.shape}")
    assert "or names such as `W`" in str(error.help)


@pytest.mark.parametrize(
    ("config", "fed", "arg", "message"),
    [
        ({"kernel_size": (9,)}, tensor(4, 6, 3), "kernel_size", "kernel of 9 does not fit an input of 6"),
        (
            {"kernel_size": (2,), "strides": (2,), "dilation_rate": (3,)},
            tensor(4, 6, 3),
            "dilation_rate",
            "takes strides or a dilation_rate above 1, not 2 and 3",
        ),
        (
            {"kernel_size": (2,)},
            tensor(4, 6, 3, dtype="int32"),
            None,
            "a convolution needs floating numbers, got int32",
        ),
        ({"kernel_size": (2,)}, tensor(6, 3), None, "needs a time axis, got (None, 6, 3)"),
    ],
)
def test_what_does_not_fit_is_refused(config: dict[str, Any], fed: Tensor, arg: str | None, message: str) -> None:
    error = refusal(ConvLSTM1D(filters=2, **config), fed)
    assert (error.arg, error.message) == (arg, message)


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ((tensor(5, 2),), "needs 2 initial states (state_h and state_c), got 1"),
        ((tensor(5, 2), tensor(6, 2)), "state_c needs the shape (None, 5, 2), got (None, 6, 2)"),
        ((tensor(2), tensor(5, 2)), "state_h needs the shape (None, 5, 2), got (None, 2)"),
    ],
)
def test_initial_states_have_the_shape_of_a_step(states: tuple[Tensor, ...], message: str) -> None:
    error = refusal(ConvLSTM1D(filters=2, kernel_size=(2,)), tensor(4, 6, 3), states)
    assert (error.input, error.message) == ("initial_state", message)
