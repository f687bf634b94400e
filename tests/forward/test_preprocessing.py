"""Forwards of the preprocessing, image and audio layers where golden data does not reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.forward.audio import mel_matrix
from shapecalc.forward.base import Array, apply
from shapecalc.forward.hashes import fingerprint, siphash
from shapecalc.forward.signal_windows import window_values
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.audio import STFTSpectrogram
from shapecalc.layers.image import CenterCrop, Resizing
from shapecalc.layers.preprocessing import Hashing, IntegerLookup, Normalization, StringLookup, TextVectorization


def run(layer: Any, *feed: Any, **given_weights: Array) -> Array:
    return apply(layer, Weights(WeightStore(given_weights)), *feed)[0]


def test_published_hashes() -> None:
    key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    assert siphash(bytes(range(15)), key) == 0xA129CA6149BE45E5
    assert siphash(b"", key) == 0x726FDB47DD0E0E31
    assert fingerprint(b"") == 0x9AE16A3B2F90404F


@given(st.binary(max_size=200))
def test_hashes_are_words(data: bytes) -> None:
    assert 0 <= fingerprint(data) < 1 << 64
    assert 0 <= siphash(data, (1, 2)) < 1 << 64


def test_moments_come_from_weights() -> None:
    x = np.array([[3.0, 8.0]], np.float32)
    moments = {"mean": np.array([1, 2], "f4"), "variance": np.array([4, 9], "f4")}
    assert run(Normalization(), x, **moments).tolist() == [[1, 2]]
    assert run(Normalization(invert=True), np.array([[1.0, 2.0]], "f4"), **moments).tolist() == x.tolist()
    store = WeightStore()
    apply(Normalization(), Weights(store, "n/"), x)
    assert {path: array.dtype.name for path, array in store.arrays.items()} == {
        "n/mean": "float32",
        "n/variance": "float32",
        "n/count": "int32",
    }


def test_lookups_lead_back() -> None:
    layer = StringLookup(vocabulary=("a", "b"), mask_token="", invert=True)
    assert run(layer, np.array([[0, 1, 2, 3, 9]])).tolist() == [["", "[UNK]", "a", "b", "[UNK]"]]


def test_what_cannot_be_looked_up_is_an_error() -> None:
    with pytest.raises(ValueError, match="7 is not in the vocabulary of IntegerLookup, which has no entry for such"):
        run(IntegerLookup(vocabulary=(1, 2), num_oov_indices=0), np.array([[1, 7]]))
    with pytest.raises(ValueError, match="StringLookup has no vocabulary to look anything up in"):
        run(StringLookup(), np.array([["a"]]))


def test_text_is_padded_to_the_longest() -> None:
    layer = TextVectorization(vocabulary=("the", "cat"))
    assert run(layer, np.array(["The cat!", "a cat sat"])).tolist() == [[2, 3, 0], [1, 3, 1]]


def test_only_ascii_changes_its_case_as_in_keras() -> None:
    layer = TextVectorization(vocabulary=("ärger", "Ärger"), output_sequence_length=2)
    assert run(layer, np.array([["ÄRGER Ärger"]])).tolist() == [[3, 3]]


def test_bytes_and_text_hash_alike() -> None:
    layer = Hashing(num_bins=1000)
    assert run(layer, np.array([["é"]])).tolist() == run(layer, np.array([["é".encode()]])).tolist()


@given(st.integers(1, 9), st.integers(1, 9), st.booleans())
def test_resizing_a_flat_image_keeps_its_colour(height: int, width: int, crop: bool) -> None:
    x = np.full((1, 5, 4, 1), 7, np.float32)
    for method in ("nearest", "bilinear", "bicubic", "area", "lanczos3"):
        layer = Resizing(height=height, width=width, interpolation=method, crop_to_aspect_ratio=crop)
        out = run(layer, x)
        assert out.shape == (1, height, width, 1)
        np.testing.assert_allclose(out, 7, rtol=1e-5)


def test_channels_first_is_the_same_transposed() -> None:
    x = np.random.default_rng(5).standard_normal((2, 6, 7, 3)).astype(np.float32)
    for last in (Resizing(height=4, width=9), CenterCrop(height=8, width=3)):
        first = last.replace(data_format="channels_first")
        np.testing.assert_allclose(np.moveaxis(run(first, np.moveaxis(x, -1, 1)), 1, -1), run(last, x), rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "plain"),
    [("hann", np.hanning), ("hamming", np.hamming), ("blackman", np.blackman), ("bartlett", np.bartlett)],
)
def test_windows(name: str, plain: Any) -> None:
    np.testing.assert_allclose(window_values(name, 9, periodic=False), plain(9), atol=1e-12)
    np.testing.assert_allclose(window_values(name, 8, periodic=True), plain(9)[:8], atol=1e-12)
    assert window_values("boxcar", 3, periodic=False).tolist() == [1, 1, 1]


def test_spectra_begin_as_a_fourier_transform() -> None:
    x = np.random.default_rng(7).standard_normal((1, 16, 1)).astype(np.float32)
    layer = STFTSpectrogram(mode="stft", frame_length=16, frame_step=16, scaling=None, window="boxcar")
    transform = np.fft.rfft(x[0, :, 0])
    np.testing.assert_allclose(run(layer, x)[0, 0], [*transform.real, *transform.imag], atol=1e-5)


def test_mel_bands_overlap_to_one_between_their_centres() -> None:
    matrix = mel_matrix(bands=6, bins=257, sampling_rate=16000, low=100, high=6000)
    assert matrix.shape == (257, 6)
    assert (matrix[0] == 0).all()
    heard = np.linspace(0, 8000, 257)
    inside = (heard > 600) & (heard < 3500)
    np.testing.assert_allclose(matrix[inside].sum(axis=1), 1, atol=1e-4)
