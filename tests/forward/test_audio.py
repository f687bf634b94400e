"""Forwards of the audio layers where golden data does not reach."""

from __future__ import annotations

from typing import Any

import numpy as np

from shapecalc.forward.audio import make_mel_matrix
from shapecalc.forward.base import Array, apply
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.audio import STFTSpectrogram


def run(layer: Any, *feed: Any) -> Array:
    return apply(layer, Weights(WeightStore()), *feed)[0]


def test_spectra_begin_as_a_fourier_transform() -> None:
    x = np.random.default_rng(7).standard_normal((1, 16, 1)).astype(np.float32)
    layer = STFTSpectrogram(mode="stft", frame_length=16, frame_step=16, scaling=None, window="boxcar")
    transform = np.fft.rfft(x[0, :, 0])
    np.testing.assert_allclose(run(layer, x)[0, 0], [*transform.real, *transform.imag], atol=1e-5)


def test_mel_bands_overlap_to_one_between_their_centres() -> None:
    matrix = make_mel_matrix(bands=6, bins=257, sampling_rate=16000, low=100, high=6000)
    assert matrix.shape == (257, 6)
    assert (matrix[0] == 0).all()
    heard = np.linspace(0, 8000, 257)
    inside = (heard > 600) & (heard < 3500)
    np.testing.assert_allclose(matrix[inside].sum(axis=1), 1, atol=1e-4)
