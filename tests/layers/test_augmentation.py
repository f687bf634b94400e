"""Rules of the image augmentations where golden data does not reach."""

from __future__ import annotations

import pytest

from shapecalc.diagnostics.errors import Refusal
from shapecalc.dims import symbol
from shapecalc.layers.augmentation import RandomCrop, RandomFlip, RandomGaussianBlur, RandomRotation
from shapecalc.layers.infer import infer
from tests.layers.asked import fed, refusal

H = symbol("H")


def test_images_have_four_axes() -> None:
    error = refusal(RandomFlip(), *fed(3))
    assert error.message == "needs 4 axes (batch, height, width, channels), got (None, 3)"


def test_random_crop_has_the_size_of_its_piece() -> None:
    crop = RandomCrop(height=4, width=5)
    for feed in (fed(H, 5, 3), fed(6, 9, 3), fed(2, 2, 3)):
        result = infer(crop, feed)
        assert str(result.output.shape) == "(None, 4, 5, 3)"
        assert result.assumes == ()


def test_a_call_of_training_has_the_same_shape() -> None:
    assert str(infer(RandomFlip(training=True), fed(4, 4, 3)).output.shape) == "(None, 4, 4, 3)"


def test_factors_are_a_number_or_a_range() -> None:
    read = RandomRotation.args["factor"].read
    assert read(0.5, RandomRotation) == 0.5
    assert read([-0.5, 0.5], RandomRotation) == (-0.5, 0.5)
    with pytest.raises(Refusal, match="must be a number from -1 to 1, got 2"):
        read([0, 2], RandomRotation)
    with pytest.raises(Refusal, match="must be two numbers, got 3"):
        read([0, 0, 1], RandomRotation)


def test_a_blur_has_a_middle() -> None:
    error = refusal(RandomGaussianBlur(kernel_size=4), *fed(4, 4, 3))
    assert (error.arg, error.message) == ("kernel_size", "`kernel_size` must be an odd number, or two, got 4")
