"""Rules of the audio layers where golden data does not reach."""

from __future__ import annotations

from typing import Any

import pytest

from shapecalc.dims import symbol
from shapecalc.layers.audio import MelSpectrogram, STFTSpectrogram
from shapecalc.layers.infer import infer
from tests.layers.asked import fed, refusal

C, T = symbol("C"), symbol("T")


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
            "`window` must be one of barthann, bartlett, blackman, blackmanharris, bohman, boxcar, cosine, "
            "exponential, flattop, hamming, hann, lanczos, nuttall, parzen, taylor, triang, tukey, or a list of 4 "
            "numbers; got 'kaiser'",
        ),
        (STFTSpectrogram(frame_length=64), "frame_length", "frame_length of 64 does not fit an input of 20"),
    ],
)
def test_spectrogram_arguments_that_are_refused(layer: Any, blamed: str, message: str) -> None:
    error = refusal(layer, *fed(20, 1))
    assert (error.arg, error.message) == (blamed, message)
