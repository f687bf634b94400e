"""Spectra: the transform of each stretch is a convolution with waves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.dims import prod
from shapecalc.formats.onnx.writing.base import Array, Value, WeightView, number_type, writer
from shapecalc.formats.onnx.writing.casts import cast_floats
from shapecalc.formats.onnx.writing.windows import slide

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.audio import MelSpectrogram, STFTSpectrogram

_EPSILON = 1e-7


@writer("STFTSpectrogram")
def stft_spectrogram(nodes: Nodes, cfg: STFTSpectrogram, weight: WeightView, inputs: Value) -> Value:
    from shapecalc.analysis.verify import import_forward

    make_kernel = import_forward("audio").make_wave_kernel
    x = cast_floats(nodes, inputs, cfg)
    first = cfg.data_format == "channels_first"
    signals = x if first else nodes.swap(x, 1, 2)
    batch, channels, time = signals.shape
    rows = nodes.reshape(signals, (prod((batch, channels)), 1, time))
    step = cfg.frame_step or cfg.frame_length // 2
    bins = (cfg.fft_length or 1 << (cfg.frame_length - 1).bit_length()) // 2 + 1
    rows, attributes = slide(nodes, cfg, rows, [cfg.frame_length], [step], [1])
    parts = []
    for name, imaginary, left_out in (("real_kernel", False, "imag"), ("imag_kernel", True, "real")):
        if cfg.mode != left_out:
            start = ("constant", (("value", make_kernel(cfg, bins, imaginary)),))
            kernel = weight(name, (cfg.frame_length, 1, bins), start).astype(number_type(x.dtype))
            held = nodes.weight(weight, name, np.ascontiguousarray(kernel.transpose(2, 1, 0)))
            spectrum = nodes.op("Conv", rows, held, **attributes)
            wide = nodes.reshape(spectrum, (batch, channels, bins, spectrum.shape[2]))
            parts.append(nodes.transpose(wide, (0, 1, 3, 2)))
    spectra = _combine_parts(nodes, cfg.mode, parts)
    if cfg.expand_dims:
        return spectra if first else nodes.move(spectra, 1, -1)
    flat = nodes.swap(spectra, 1, 2)
    flat = nodes.reshape(flat, (*flat.shape[:2], prod(flat.shape[2:])))
    return nodes.swap(flat, 1, 2) if first else flat


def _combine_parts(nodes: Nodes, mode: str, parts: list[Value]) -> Value:
    """The spectra of a mode from their real and imaginary parts (batch, channels, frames, frequencies)."""
    if mode in ("real", "imag"):
        return parts[0]
    if mode == "stft":
        return nodes.concat(parts, -1)
    real, imaginary = parts
    if mode == "angle":
        return _find_angle(nodes, imaginary, real)
    power = nodes.op("Add", nodes.op("Mul", real, real), nodes.op("Mul", imaginary, imaginary))
    if mode == "psd":
        twice = np.full(_last(power), 2, power.dtype)
        twice[[0, -1]] = 1
        return nodes.op("Mul", power, nodes.array("constant", twice))
    least = nodes.like(_EPSILON, power)
    magnitude = nodes.op("Sqrt", nodes.op("Max", power, least))
    return magnitude if mode == "magnitude" else nodes.op("Log", nodes.op("Max", magnitude, least))


def _last(x: Value) -> int:
    size = x.shape[-1]
    assert isinstance(size, int)
    return size


def _find_angle(nodes: Nodes, y: Value, x: Value) -> Value:
    """The angle of a point, by the arc tangent and the half plane that it lies in."""
    zero = nodes.like(0.0, x)
    half = nodes.where(nodes.op("Less", y, zero), nodes.like(-math.pi, x), nodes.like(math.pi, x))
    angle = nodes.op("Atan", nodes.op("Div", y, x))
    turned = nodes.where(nodes.op("Less", x, zero), nodes.op("Add", angle, half), angle)
    upright = nodes.op("Mul", nodes.op("Sign", y), nodes.like(math.pi / 2, x))
    return nodes.where(nodes.op("Equal", x, zero), upright, turned)


@writer("MelSpectrogram")
def mel_spectrogram(nodes: Nodes, cfg: MelSpectrogram, weight: WeightView, inputs: Value) -> Value:
    from shapecalc.analysis.verify import import_forward

    dtype = "float64" if cfg.compute_dtype == "float64" else "float32"
    x = nodes.cast(inputs, dtype)
    half = cfg.fft_length // 2
    rows = nodes.unsqueeze(nodes.pad(x, [(0, 0), (half, half)], mode="reflect"), 1)
    window, bands = _make_window(cfg), cfg.num_mel_bins
    turns = np.outer(np.arange(half + 1), np.arange(cfg.fft_length)) % cfg.fft_length
    angles = turns * (2 * np.pi / cfg.fft_length)
    parts = []
    for waves in (np.cos(angles), np.sin(angles)):
        held = nodes.array("constant", (waves * window)[:, None].astype(dtype))
        spectrum = nodes.op("Conv", rows, held, kernel_shape=[cfg.fft_length], strides=[cfg.sequence_stride])
        parts.append(nodes.op("Mul", spectrum, spectrum))
    power = nodes.op("Add", *parts)
    if cfg.mag_exp != 2:
        power = nodes.op("Pow", power, nodes.like(cfg.mag_exp / 2, power))
    highest = cfg.max_freq or int(cfg.sampling_rate / 2)
    matrix = import_forward("audio").make_mel_matrix(bands, half + 1, cfg.sampling_rate, cfg.min_freq, highest)
    heard = nodes.array("constant", np.ascontiguousarray(matrix.T.astype(dtype)))
    y = nodes.matmul(heard, power)
    return nodes.cast(_to_decibels(nodes, cfg, y) if cfg.power_to_db else y, cfg.compute_dtype)


def _make_window(cfg: MelSpectrogram) -> Array:
    """The weights within a stretch of the length of the transform, zeros around a shorter one."""
    from shapecalc.analysis.verify import import_forward

    if cfg.window is None:
        return np.ones(cfg.fft_length)
    length = cfg.sequence_length or cfg.fft_length
    before = (cfg.fft_length - length) // 2
    window = np.zeros(cfg.fft_length)
    # TensorFlow, asked for one period of an odd length, gives a symmetric window.
    make_window: Any = import_forward("signal_windows").make_window
    window[before : before + length] = make_window(cfg.window, length, length % 2 == 0)
    return window


def _to_decibels(nodes: Nodes, cfg: MelSpectrogram, y: Value) -> Value:
    scaled = nodes.op("Log", nodes.op("Max", y, nodes.like(cfg.min_power, y)))
    level = nodes.op("Mul", scaled, nodes.like(10 / math.log(10), y))
    reference = 10 * math.log10(max(abs(cfg.ref_power), cfg.min_power))
    level = nodes.op("Sub", level, nodes.like(reference, y))
    loudest = nodes.reduce("ReduceMax", level, [0, 1, 2], keepdims=True)
    return nodes.op("Max", level, nodes.op("Sub", loudest, nodes.like(cfg.top_db, y)))
