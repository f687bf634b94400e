"""Rules of the activation layers where golden data does not reach."""

from __future__ import annotations

from typing import Any

import pytest

from shapecalc.dims import Shape, symbol, unknown
from shapecalc.layers.activations import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor
from tests.layers.asked import fed, refusal

C, H, T = symbol("C"), symbol("H"), symbol("T")


@pytest.mark.parametrize(
    ("name", "given", "got"),
    [
        ("relu", "int32", "int32"),
        ("tanh", "int32", "float32"),
        ("linear", "bool", "bool"),
        ("relu", "float64", "float16"),
    ],
)
def test_dtypes_of_activations(name: str, given: str, got: str) -> None:
    assert infer(Activation(activation=name, dtype="float16"), fed(3, dtype=given)).output.dtype == got


@pytest.mark.parametrize("layer", [Activation(activation="sigmoid"), ELU(), PReLU(), Softmax()])
def test_whole_numbers_are_refused_where_keras_refuses_them(layer: Any) -> None:
    error = refusal(layer, *fed(3, dtype="int32"))
    assert (error.code, error.input) == ("SC407", "inputs")
    assert error.message == "needs floating numbers, got int32"


def test_a_slope_makes_floats_of_whole_numbers() -> None:
    whole = fed(3, dtype="int32")
    assert infer(ReLU(max_value=2.0), whole).output.dtype == "int32"
    assert infer(ReLU(negative_slope=0.1), whole).output.dtype == "float32"
    assert infer(LeakyReLU(), whole).output.dtype == "float32"
    assert refusal(ReLU(negative_slope=0.1, threshold=1.0), *whole).code == "SC407"


def test_activation_glu_halves_a_symbol_and_assumes_that_it_can() -> None:
    result = infer(Activation(activation="glu"), fed(T, 2 * C))
    assert (str(result.output.shape), result.assumes) == ("(None, T, C)", ())
    assumed = infer(Activation(activation="glu"), fed(T, C))
    assert str(assumed.output.shape) == "(None, T, C//2)"
    assert len(assumed.assumes) == 1


def test_threshold_cannot_be_had_by_its_name() -> None:
    error = refusal(Activation(activation="threshold"), *fed(3))
    assert error.message == "the activation `threshold` needs two numbers, which its name cannot give"
    assert (error.code, error.arg) == ("SC206", "activation")


def test_prelu_shares_along_axes() -> None:
    assert str(infer(PReLU(shared_axes=(1, 2)), fed(H, 4, C)).params) == "C"
    assert str(infer(PReLU(), fed(H, 4, C)).params) == "4*C*H"


def test_prelu_on_an_unknown_axis_asks_for_its_size() -> None:
    assert refusal(PReLU(), *fed(unknown(), 4)).code == "SC403"
    assert infer(PReLU(shared_axes=1), fed(unknown(), 4)).params == 4


def test_prelu_counts_negative_axes_as_keras_does() -> None:
    assert infer(PReLU(shared_axes=(-1,)), fed(3, 4)).weights[0].shape == (1, 4)
    error = refusal(PReLU(shared_axes=(3,)), *fed(3, 4))
    assert (error.arg, error.message) == ("shared_axes", "there is no axis 3 in (None, 3, 4)")
    assert error.help == "the axes of a sample are 1 to 2"


@pytest.mark.parametrize(
    ("axis", "message"),
    [
        (3, "there is no axis 3 in (None, 3, 4)"),
        ((1, -4), "there is no axis -4 in (None, 3, 4)"),
        ((), "needs at least one axis"),
    ],
)
def test_softmax_refuses_axes_that_are_not_there(axis: Any, message: str) -> None:
    error = refusal(Softmax(axis=axis), *fed(3, 4))
    assert (error.arg, error.message) == ("axis", message)
    assert error.help


def test_softmax_masks_broadcast() -> None:
    scores = fed(T, 4)[0]
    assert infer(Softmax(), (scores, Tensor(Shape((4,)), "bool"))).output.mask is not None
    error = refusal(Softmax(), *(scores, Tensor(Shape((3,)), "bool")))
    assert (error.input, error.message) == ("mask", "the mask (3,) does not broadcast to (None, T, 4)")
    longer = refusal(Softmax(), *(scores, Tensor(Shape((1, 1, 1, 4)), "bool")))
    assert longer.message == "the mask (1, 1, 1, 4) does not broadcast to (None, T, 4)"


def test_softmax_fed_a_masked_sequence() -> None:
    error = refusal(Softmax(), *fed(3, 4, masked=True))
    assert error.message == "the mask (None, 3) that comes with the input does not broadcast to (None, 3, 4)"
    assert error.input == "inputs"
    assert infer(Softmax(), fed(4, masked=True)).output.mask is not None
