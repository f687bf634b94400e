"""Rules of the image layers where golden data does not reach."""

from __future__ import annotations

from shapecalc.dims import Shape, symbol
from shapecalc.layers.augmentation import RandomFlip
from shapecalc.layers.image import CenterCrop, Resizing
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor
from tests.layers.asked import fed, refusal

C, H, W = symbol("C"), symbol("H"), symbol("W")


def test_images_take_a_size_of_their_own() -> None:
    assert str(infer(Resizing(height=7, width=W), fed(H, W, C)).output.shape) == "(None, 7, W, C)"
    first = CenterCrop(height=2, width=3, data_format="channels_first")
    assert str(infer(first, fed(C, H, W)).output.shape) == "(None, C, 2, 3)"


def test_whole_numbers_stay_where_keras_keeps_them() -> None:
    photo = fed(4, 4, 3, dtype="uint8")
    assert infer(Resizing(height=2, width=2), photo).output.dtype == "uint8"
    assert infer(CenterCrop(height=2, width=2), photo).output.dtype == "float32"


def test_three_known_axes_are_one_image() -> None:
    alone = Tensor(Shape((12, 10, 3)))
    assert str(infer(Resizing(height=6, width=5), (alone,)).output.shape) == "(6, 5, 3)"
    assert (
        str(infer(CenterCrop(height=6, width=5, data_format="channels_first"), (alone,)).output.shape) == "(12, 6, 5)"
    )
    assert str(infer(RandomFlip(), (alone,)).output.shape) == "(12, 10, 3)"


def test_three_axes_of_which_the_first_is_a_batch_are_no_image() -> None:
    error = refusal(Resizing(height=6, width=5), *fed(10, 3))
    assert error.message == "needs 4 axes (batch, height, width, channels), got (None, 10, 3)"
