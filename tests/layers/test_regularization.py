"""Rules of the regularization layers where golden data does not reach."""

from __future__ import annotations

from shapecalc.dims import Shape, symbol, unknown
from shapecalc.layers.infer import infer
from shapecalc.layers.regularization import Dropout, GaussianNoise, SpatialDropout1D, SpatialDropout2D
from shapecalc.layers.values import Tensor
from tests.layers.asked import refusal


def test_what_goes_in_comes_out() -> None:
    shape = Shape((unknown(), symbol("T"), 3))
    tensor = Tensor(shape, "float32", Shape(shape[:2]))
    result = infer(Dropout(rate=0.5), (tensor,))
    assert (result.output, result.params, result.total_macs) == (tensor, 0, 0)


def test_a_call_of_training_has_the_same_shape() -> None:
    result = infer(GaussianNoise(stddev=0.1, training=True), (Tensor(Shape((2, 3))),))
    assert result.output.shape == Shape((2, 3))


def test_spatial_dropout_names_the_axes_it_needs() -> None:
    flat = Tensor(Shape((unknown(), 3)))
    assert refusal(SpatialDropout1D(rate=0.5), flat).message == "needs a time axis, got (None, 3)"
    assert refusal(SpatialDropout2D(rate=0.5), flat).message == (
        "needs 4 axes (batch, height, width, channels), got (None, 3)"
    )


def test_spatial_dropout_takes_no_trainable_as_in_keras() -> None:
    assert "trainable" not in SpatialDropout1D.args
    assert "trainable" in Dropout.args
