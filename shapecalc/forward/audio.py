"""Forwards of layers/audio.py."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array, cast_floats, forward
from shapecalc.forward.memory import bytes_of, list_outputs, parameters, working_width
from shapecalc.forward.signal_windows import make_window
from shapecalc.forward.weights import Weights
from shapecalc.forward.windows import count_borders, split_in_blocks

if TYPE_CHECKING:
    from shapecalc.layers.audio import MelSpectrogram, STFTSpectrogram

_EPSILON = np.float32(1e-7)


def frame_signal(x: Array, length: int, step: int) -> Array:
    """Every stretch of `length` along the last axis, `step` apart: (..., frames, length), a view."""
    return np.lib.stride_tricks.sliding_window_view(x, length, axis=-1)[..., ::step, :]


def make_wave_kernel(cfg: STFTSpectrogram, bins: int, imaginary: bool) -> Array:
    """The cosines or sines that the transform multiplies with, windowed and scaled."""
    angles = -2 * np.pi * np.arange(cfg.frame_length)[:, None] * np.arange(bins) / ((bins - 1) * 2 or 1)
    kernel = np.sin(angles) if imaginary else np.cos(angles)
    if cfg.window is not None:
        name, periodic = cfg.named_window
        window = make_window(name, cfg.frame_length, periodic)
        kernel = kernel * window[:, None]
        if cfg.scaling == "density":
            kernel /= np.sqrt((window**2).sum())
        elif cfg.scaling == "spectrum":
            kernel /= np.abs(window).sum()
    return np.asarray(kernel[:, None])


def stft_memory(cfg: STFTSpectrogram, feed: Any, inferred: Any) -> int:
    """Bytes of the signal with its borders, of both parts of the spectra and their result, and of a kernel's angles."""
    (x,) = feed
    size = working_width(cfg)
    kernel = parameters(inferred) // (1 if cfg.mode in ("real", "imag") else 2)
    borders = cfg.frame_length * size * x.shape[0] * x.shape[1 if cfg.data_format == "channels_first" else -1]
    needed: int = (
        2 * bytes_of(x, least=size) + borders + 4 * bytes_of(*list_outputs(inferred), least=size) + 40 * kernel
    )
    return needed


@forward("STFTSpectrogram", memory=stft_memory)
def stft_spectrogram(cfg: STFTSpectrogram, weight: Weights, inputs: Array) -> Array:
    x = cast_floats(inputs, cfg.compute_dtype)
    first = cfg.data_format == "channels_first"
    signals = x if first else np.swapaxes(x, 1, 2)
    step = cfg.frame_step or cfg.frame_length // 2
    if cfg.padding == "same":
        signals = np.pad(
            signals, [(0, 0), (0, 0), *count_borders("same", signals.shape[-1:], (cfg.frame_length,), (step,))]
        )
    frames = frame_signal(signals, cfg.frame_length, step)
    length = cfg.fft_length or 1 << (cfg.frame_length - 1).bit_length()
    parts = []
    for name, imaginary, left_out in (("real_kernel", False, "imag"), ("imag_kernel", True, "real")):
        if cfg.mode != left_out:
            start = ("constant", (("value", make_wave_kernel(cfg, length // 2 + 1, imaginary)),))
            kernel = weight(name, (cfg.frame_length, 1, length // 2 + 1), start)
            parts.append(frames @ kernel[:, 0].astype(x.dtype, copy=False))
    spectra = _combine_parts(cfg.mode, parts)
    if cfg.expand_dims:
        return spectra if first else np.moveaxis(spectra, 1, -1)
    flat = np.swapaxes(spectra, 1, 2)
    flat = flat.reshape(*flat.shape[:2], math.prod(flat.shape[2:]))
    return np.swapaxes(flat, 1, 2) if first else flat


def _combine_parts(mode: str, parts: list[Array]) -> Array:
    """The spectra of a mode from their real and imaginary parts (batch, channels, frames, frequencies)."""
    if mode in ("real", "imag"):
        return parts[0]
    real, imaginary = parts
    if mode == "stft":
        return np.concatenate(parts, axis=-1)
    if mode == "angle":
        return np.asarray(np.arctan2(imaginary, real))
    power: Array = real * real + imaginary * imaginary
    if mode == "psd":
        power[..., 1:-1] *= 2
        return power
    magnitude: Array = np.sqrt(np.maximum(power, _EPSILON))
    return magnitude if mode == "magnitude" else np.asarray(np.log(np.maximum(magnitude, _EPSILON)))


def _convert_to_mel(frequencies: Any) -> Any:
    return np.float32(1127) * np.log(1 + frequencies / np.float32(700))


def make_mel_matrix(bands: int, bins: int, sampling_rate: float, low: float, high: float) -> Array:
    """Weights (frequencies, bands) of each frequency in each band: overlapping triangles, even on the mel scale."""
    heard = _convert_to_mel(np.linspace(0, sampling_rate / 2, bins, dtype=np.float32)[1:])[:, None]
    edges = np.linspace(
        _convert_to_mel(np.float32(low)), _convert_to_mel(np.float32(high)), bands + 2, dtype=np.float32
    )
    left, middle, right = edges[:-2], edges[1:-1], edges[2:]
    slopes = np.minimum((heard - left) / (middle - left), (right - heard) / (right - middle))
    return np.pad(np.maximum(slopes, np.float32(0)), [(1, 0), (0, 0)])


def mel_memory(cfg: MelSpectrogram, feed: Any, inferred: Any) -> int:
    """Bytes of the signal with its borders, and of the matrix of bands; frames are computed in blocks."""
    borders = 8 * cfg.fft_length * feed[0].shape[0]
    bands = 6 * 4 * (cfg.fft_length // 2 + 1) * cfg.num_mel_bins + 40 * cfg.fft_length
    needed: int = 2 * bytes_of(*feed, least=working_width(cfg)) + borders + bands
    return needed


@forward("MelSpectrogram", memory=mel_memory)
def mel_spectrogram(cfg: MelSpectrogram, weight: Weights, inputs: Array) -> Array:
    dtype = "float64" if cfg.compute_dtype == "float64" else "float32"
    x = np.asarray(inputs, dtype)
    length = cfg.sequence_length or cfg.fft_length
    half = cfg.fft_length // 2
    frames = frame_signal(np.pad(x, [(0, 0), (half, half)], mode="reflect"), cfg.fft_length, cfg.sequence_stride)
    window = np.ones(cfg.fft_length, dtype)
    if cfg.window is not None:
        before = (cfg.fft_length - length) // 2
        window[:] = 0
        # TensorFlow, asked for one period of an odd length, gives a symmetric window.
        window[before : before + length] = make_window(cfg.window, length, length % 2 == 0)
    highest = cfg.max_freq or int(cfg.sampling_rate / 2)
    heard = make_mel_matrix(cfg.num_mel_bins, half + 1, cfg.sampling_rate, cfg.min_freq, highest).astype(
        dtype, copy=False
    )
    bands = np.empty((*frames.shape[:-1], cfg.num_mel_bins), dtype)
    for index in split_in_blocks(frames.shape[:-1], cfg.fft_length * x.itemsize):
        magnitudes = np.abs(np.fft.rfft(frames[index] * window)).astype(dtype, copy=False)
        np.matmul(magnitudes**cfg.mag_exp, heard, out=bands[index])
    if cfg.power_to_db:
        np.log10(np.maximum(bands, cfg.min_power, out=bands), out=bands)
        bands *= 10
        bands -= 10 * np.log10(max(abs(cfg.ref_power), cfg.min_power))
        np.maximum(bands, bands.max(initial=-np.inf) - cfg.top_db, out=bands)
    return np.asarray(np.swapaxes(bands, 1, 2)).astype(cfg.compute_dtype, copy=False)
