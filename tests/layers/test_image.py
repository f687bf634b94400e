"""Rules of the image and audio layers where golden data does not reach."""

from __future__ import annotations

from typing import Any

import pytest

from shapecalc.diagnostics.errors import Refusal
from shapecalc.dims import symbol
from shapecalc.layers.audio import MelSpectrogram, STFTSpectrogram
from shapecalc.layers.augmentation import RandomCrop, RandomFlip, RandomGaussianBlur, RandomRotation
from shapecalc.layers.base import infer
from shapecalc.layers.image import CenterCrop, Resizing
from tests.layers.asked import fed, refusal

C, H, T, W = symbol("C"), symbol("H"), symbol("T"), symbol("W")


def test_images_take_a_size_of_their_own() -> None:
    assert str(infer(Resizing(height=7, width=W), fed(H, W, C)).output.shape) == "(None, 7, W, C)"
    first = CenterCrop(height=2, width=3, data_format="channels_first")
    assert str(infer(first, fed(C, H, W)).output.shape) == "(None, C, 2, 3)"


def test_whole_numbers_stay_where_keras_keeps_them() -> None:
    photo = fed(4, 4, 3, dtype="uint8")
    assert infer(Resizing(height=2, width=2), photo).output.dtype == "uint8"
    assert infer(CenterCrop(height=2, width=2), photo).output.dtype == "float32"


def test_images_have_four_axes() -> None:
    error = refusal(RandomFlip(), *fed(3))
    assert error.message == "needs 4 axes (batch, height, width, channels), got (None, 3)"


def test_random_crop_has_the_size_of_its_piece() -> None:
    crop = RandomCrop(height=4, width=5)
    for feed in (fed(H, 5, 3), fed(6, 9, 3), fed(2, 2, 3)):
        result = infer(crop, feed)
        assert str(result.output.shape) == "(None, 4, 5, 3)"
        assert result.assumes == ()


def test_training_is_refused() -> None:
    assert refusal(RandomFlip(training=True), *fed(4, 4, 3)).arg == "training"


def test_factors_are_a_number_or_a_range() -> None:
    read = RandomRotation.args["factor"].read
    assert read(0.5, RandomRotation) == 0.5
    assert read([-0.5, 0.5], RandomRotation) == (-0.5, 0.5)
    with pytest.raises(Refusal, match="wants a number from -1 to 1, got 2"):
        read([0, 2], RandomRotation)
    with pytest.raises(Refusal, match="wants two numbers, got 3"):
        read([0, 0, 1], RandomRotation)


def test_a_blur_has_a_middle() -> None:
    error = refusal(RandomGaussianBlur(kernel_size=4), *fed(4, 4, 3))
    assert (error.arg, error.message) == ("kernel_size", "wants an odd number, or two, got 4")


def test_spectra_in_symbols() -> None:
    result = infer(STFTSpectrogram(frame_length=8, frame_step=4), fed(T, C))
    assert str(result.output.shape) == "(None, T//4 - 1, 5*C)"
    assert [(w.name, w.shape) for w in result.weights] == [("real_kernel", (8, 1, 5)), ("imag_kernel", (8, 1, 5))]
    frames = result.output.shape[1]
    assert result.macs == {"real_kernel": (C, frames, 8, 5), "imag_kernel": (C, frames, 8, 5)}


def test_mel_frames() -> None:
    layer = MelSpectrogram(fft_length=8, sequence_stride=4, num_mel_bins=3)
    assert str(infer(layer, fed(T)).output.shape) == "(None, 3, T//4 + 1)"
    error = refusal(layer, *fed(4))
    assert (error.arg, error.message) == ("fft_length", "a signal of 4 cannot be mirrored by 4 at its ends")


@pytest.mark.parametrize(
    ("layer", "blamed", "message"),
    [
        (STFTSpectrogram(frame_length=8, frame_step=9), "frame_step", "is to be at most frame_length = 8, got 9"),
        (STFTSpectrogram(frame_length=8, fft_length=4), "fft_length", "is to be at least frame_length = 8, got 4"),
        (STFTSpectrogram(frame_length=1), "frame_length", "has no half to step by"),
        (
            STFTSpectrogram(frame_length=4, window="kaiser"),
            "window",
            "wants one of barthann, bartlett, blackman, blackmanharris, bohman, boxcar, cosine, exponential, flattop, "
            "hamming, hann, lanczos, nuttall, parzen, taylor, triang, tukey, or a list of 4 numbers; got 'kaiser'",
        ),
        (STFTSpectrogram(frame_length=64), "frame_length", "frame_length of 64 does not fit an input of 20"),
    ],
)
def test_spectrogram_arguments_that_are_refused(layer: Any, blamed: str, message: str) -> None:
    error = refusal(layer, *fed(20, 1))
    assert (error.arg, error.message) == (blamed, message)
