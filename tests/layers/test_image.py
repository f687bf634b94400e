"""Rules of the image layers where golden data does not reach."""

from __future__ import annotations

from shapecalc.dims import symbol
from shapecalc.layers.image import CenterCrop, Resizing
from shapecalc.layers.infer import infer
from tests.layers.asked import fed

C, H, W = symbol("C"), symbol("H"), symbol("W")


def test_images_take_a_size_of_their_own() -> None:
    assert str(infer(Resizing(height=7, width=W), fed(H, W, C)).output.shape) == "(None, 7, W, C)"
    first = CenterCrop(height=2, width=3, data_format="channels_first")
    assert str(infer(first, fed(C, H, W)).output.shape) == "(None, C, 2, 3)"


def test_whole_numbers_stay_where_keras_keeps_them() -> None:
    photo = fed(4, 4, 3, dtype="uint8")
    assert infer(Resizing(height=2, width=2), photo).output.dtype == "uint8"
    assert infer(CenterCrop(height=2, width=2), photo).output.dtype == "float32"
