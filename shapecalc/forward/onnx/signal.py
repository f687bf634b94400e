"""Forwards of layers/onnx/signal.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.onnx.base import as_single, list_whole, operator, place_axis
from shapecalc.forward.onnx.dtypes import hold

if TYPE_CHECKING:
    from shapecalc.layers.onnx.signal import DFT, STFT, MelWeightMatrix


def _first(array: Array | None, default: int) -> int:
    return default if array is None else (list_whole(array) or [default])[0]


def _as_complex(x: Array) -> Array:
    """Numbers whose last axis has their parts: one, or two."""
    wide = as_single(x)
    return np.asarray(wide[..., 0] + 1j * wide[..., 1] if x.shape[-1] == 2 else wide[..., 0])


def _as_parts(x: Array, dtype: Any) -> Array:
    return np.stack([x.real, x.imag], -1).astype(dtype, copy=False)


@operator("DFT")
def dft(cfg: DFT, input: Array, dft_length: Array | None, axis: Array | None) -> Any:
    along = place_axis(_first(axis, -2), input.ndim)
    x = _as_complex(input)
    if cfg.onesided and cfg.inverse:
        length = _first(dft_length, 2 * (x.shape[along] - 1))
        return np.fft.irfft(x, length, along)[..., None].astype(input.dtype, copy=False)
    length = _first(dft_length, x.shape[along])
    if cfg.onesided:
        return _as_parts(np.fft.rfft(x.real, length, along), input.dtype)
    return _as_parts((np.fft.ifft if cfg.inverse else np.fft.fft)(x, length, along), input.dtype)


@operator("STFT")
def stft(cfg: STFT, signal: Array, frame_step: Array, window: Array | None, frame_length: Array | None) -> Any:
    x = as_single(signal) if signal.ndim == 2 else _as_complex(signal)
    span = _first(frame_length, x.shape[1] if window is None else window.shape[0])
    pieces = np.lib.stride_tricks.sliding_window_view(x, span, 1)[:, :: _first(frame_step, 1)]
    pieces = pieces if window is None else pieces * as_single(window)
    spectra = np.fft.rfft(pieces.real, axis=-1) if cfg.onesided else np.fft.fft(pieces, axis=-1)
    return _as_parts(spectra, signal.dtype)


@operator("MelWeightMatrix", dtypes=True)
def mel_weight_matrix(
    cfg: MelWeightMatrix, num_mel_bins: Array, dft_length: Array, sample_rate: Array, lower_edge_hertz: Array,
    upper_edge_hertz: Array, dtypes: tuple[str, ...] = (),
) -> Any:  # fmt: skip
    """Triangles between points that are equally far apart on the mel scale, rounded down to frequencies."""
    bands, length, rate = _first(num_mel_bins, 1), _first(dft_length, 1), _first(sample_rate, 1)
    low, high = (
        2595 * np.log10(1 + float(np.asarray(edge).reshape(-1)[0]) / 700)
        for edge in (lower_edge_hertz, upper_edge_hertz)
    )
    points = np.arange(bands + 2) * ((high - low) / (bands + 2)) + low
    places = ((length + 1) * (700 * (10 ** (points / 2595) - 1)) // rate).astype(int)
    weights = np.zeros((length // 2 + 1, bands))
    for band in range(bands):
        start, middle, stop = places[band : band + 3]
        if middle == start:
            weights[middle, band] = 1
        else:
            rising = np.arange(start, middle + 1)
            weights[rising, band] = (rising - start) / (middle - start)
        if stop > middle:
            falling = np.arange(middle, stop)
            weights[falling, band] = (stop - falling) / (stop - middle)
    return weights.astype(hold(dtypes[0]) if dtypes else np.float32)
