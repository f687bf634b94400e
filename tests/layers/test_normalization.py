"""Rules of the normalization layers where golden data does not reach."""

from __future__ import annotations

from typing import Any

import pytest

from shapecalc.dims import Shape, symbol, unknown, watch_axes
from shapecalc.layers.infer import infer
from shapecalc.layers.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from shapecalc.layers.values import Tensor
from tests.layers.asked import refusal_parts

C, H, T, W = symbol("C"), symbol("H"), symbol("T"), symbol("W")


def of(*sizes: Any, dtype: str = "float32", **keys: Any) -> Tensor:
    return Tensor(Shape((unknown(), *sizes)), dtype, **keys)


def shapes(layer: Any, *feed: Any) -> dict[str, str]:
    return {path: str(Shape(weight.shape)) for path, weight in infer(layer, feed).all_weights()}


def test_weights_over_symbols() -> None:
    image = of(H, W, C)
    assert shapes(LayerNormalization(axis=(1, 2, 3)), image) == {"gamma": "(H, W, C)", "beta": "(H, W, C)"}
    assert shapes(LayerNormalization(axis=(-1, 1)), of(T, C)) == {"gamma": "(C, T)", "beta": "(C, T)"}
    assert shapes(RMSNormalization(axis=(2, 3)), image) == {"scale": "(W, C)"}
    assert shapes(GroupNormalization(groups=-1, axis=1), image) == {"gamma": "(H,)", "beta": "(H,)"}
    assert shapes(UnitNormalization(axis=(1, 2)), image) == {}
    assert [str(one) for one in infer(GroupNormalization(groups=4), (image,)).assumes] == ["C % 4 == 0"]
    assert [str(one) for one in infer(RMSNormalization(axis=1), (of(T, C),)).assumes] == ["C == T"]


def test_moving_statistics_are_not_trained() -> None:
    result = infer(BatchNormalization(renorm=True, scale=False), (of(5, 4),))
    assert [(path, weight.trainable) for path, weight in result.all_weights()] == [
        ("beta", True),
        ("moving_mean", False),
        ("moving_variance", False),
        ("moving_stddev", False),
        ("renorm_mean", False),
        ("renorm_stddev", False),
    ]
    assert (result.params, result.trainable_params) == (24, 4)


def test_channels_first_are_called_channels() -> None:
    with watch_axes as asked:
        infer(BatchNormalization(axis=1), (of(3, 17, 19),))
    assert [names for _, names in asked] == [("batch", "channels", "height", "width")]


def test_masks() -> None:
    given = Tensor(Shape((unknown(), 5)), "bool")
    assert infer(BatchNormalization(), (of(5, 4), given)).output.mask is not None
    assert infer(BatchNormalization(), (of(5, 4),)).output.masked is False
    assert infer(LayerNormalization(), (of(5, 4, masked=True),)).output.mask is not None
    assert infer(RMSNormalization(), (of(5, 4, masked=True),)).output.masked is False


def test_dtypes() -> None:
    assert infer(RMSNormalization(), (of(5, 4, dtype="int32"),)).output.dtype == "int32"
    assert infer(RMSNormalization(dtype="float16"), (of(5, 4),)).output.dtype == "float16"
    assert infer(LayerNormalization(), (of(5, 4, dtype="int32"),)).output.dtype == "float32"


CLIPPING = "write the bounds of the correction as in `{rmin: 0.3, rmax: 3, dmax: 5}`"


@pytest.mark.parametrize(
    ("layer", "feed", "told"),
    [
        (
            LayerNormalization(axis=3),
            (of(5, 4),),
            (
                "axis 3 is out of bounds for (None, 5, 4)",
                "axis",
                "axes are counted with the batch: 0 to 2, or -3 to -1",
            ),
        ),
        (
            LayerNormalization(axis=(1, -2)),
            (of(5, 4),),
            ("axis [-2, 1] names an axis of (None, 5, 4) twice", "axis", "name each axis once"),
        ),
        (
            BatchNormalization(),
            (of(5, 6, 4), of(5)),
            (
                "needs a mask of 3 axes, one fewer than its input, got (None, 5)",
                "mask",
                "give a mask of shape (None, 5, 6)",
            ),
        ),
        (
            BatchNormalization(renorm=True, renorm_clipping={"max": 3}),
            (of(4),),
            ("`renorm_clipping` must be numbers called rmin, rmax and dmax, got {max: 3}", "renorm_clipping", CLIPPING),
        ),
        (
            BatchNormalization(renorm=True, renorm_clipping={"rmin": 2, "rmax": 1}),
            (of(4),),
            (
                "`renorm_clipping` must be bounds with rmin up to rmax, got {rmin: 2, rmax: 1}",
                "renorm_clipping",
                CLIPPING,
            ),
        ),
        (
            BatchNormalization(renorm=True, renorm_clipping={"dmax": -1}),
            (of(4),),
            ("`renorm_clipping` must be bounds with dmax of at least 0, got {dmax: -1}", "renorm_clipping", CLIPPING),
        ),
        (
            GroupNormalization(),
            (of(5, 4),),
            (
                "cannot split 4 channels into 32 groups",
                "groups",
                "use a divisor of 4, or -1 for one group a channel",
            ),
        ),
        (
            GroupNormalization(groups=0),
            (of(5, 4),),
            ("`groups` must be at least 1, or -1", "groups", "-1 is one group a channel"),
        ),
        (
            GroupNormalization(groups=-1, axis=0),
            (of(5, 4),),
            ("cannot group the samples of a batch", "axis", "name the axis of the channels, such as -1"),
        ),
        (
            UnitNormalization(),
            (of(4, dtype="int32"),),
            ("needs floating inputs, got int32", "inputs", "give the input a dtype of float32"),
        ),
        (
            RMSNormalization(axis=1),
            (of(5, 4),),
            (
                "multiplies by a scale of shape (5,), which Keras aligns with the last axes of (None, 5, 4)",
                "axis",
                "normalize over the last axis (-1), or over the last ones in order, as in [-2, -1]",
            ),
        ),
        (
            LayerNormalization(),
            (of(5, unknown()),),
            (
                "cannot size the weight `gamma`: an axis of its input is unknown",
                "",
                "give that axis a number, or a name such as `C`, in the input's shape",
            ),
        ),
    ],
)
def test_refusals(layer: Any, feed: tuple[Any, ...], told: tuple[str, str, str | None]) -> None:
    assert refusal_parts(layer, *feed) == told
