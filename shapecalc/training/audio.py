"""What the layers of layers/audio.py keep for the backward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.dims import Shape
from shapecalc.layers.audio import frame_step
from shapecalc.training.array import Array, make_array
from shapecalc.training.elementwise import add, combine, make_scalar, map_entries, select
from shapecalc.training.keeping import keeps
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import concatenate, permute, reshape
from shapecalc.training.windows import convolve

if TYPE_CHECKING:
    from shapecalc.layers.audio import MelSpectrogram, STFTSpectrogram


@keeps("STFTSpectrogram")
def stft_spectrogram(cfg: STFTSpectrogram, tape: Tape, inputs: Array) -> Array:
    """What the convolutions keep: a copy of the signal for each part of the spectrum, if channels are last."""
    names = [name for name, other in (("real", "imag"), ("imag", "real")) if cfg.mode != other]
    parts = [_transform(cfg, tape, inputs, tape.weight(f"{name}_kernel")) for name in names]
    if len(parts) == 1:
        return _arrange(cfg, parts[0])
    if cfg.mode == "stft":
        return _arrange(cfg, concatenate(parts, 2))
    if cfg.mode == "angle":
        return _arrange(cfg, select(tape, parts[1], parts[0], "angle"))
    real, imag = (map_entries(tape, "square", part) for part in parts)
    power = add(real, imag, "power")
    if cfg.mode == "psd":
        return _arrange(cfg, combine(power, name="spectral density"))
    root = map_entries(tape, "sqrt", select(tape, power, make_scalar(power.dtype), "power"), "magnitude")
    magnitude = _arrange(cfg, root)
    if cfg.mode == "magnitude":
        return magnitude
    return map_entries(tape, "log", select(tape, magnitude, make_scalar(power.dtype), "magnitude"), "log")


def _transform(cfg: STFTSpectrogram, tape: Tape, x: Array, kernel: Array) -> Array:
    """One part of the spectrum, (batch, channels, frequencies, frames): each channel is a sample of the convolution."""
    first = cfg.data_format == "channels_first"
    channels, time = x.shape[1:] if first else reversed(x.shape[1:])
    rows = x.shape[0] * channels
    step = frame_step(cfg)
    assert isinstance(step, int)
    if first:
        signal = reshape(x, (rows, 1, time), "input copy")
    else:
        signal = reshape(permute(x, (0, 2, 1)), (rows, time, 1), "input copy")
    result = convolve(tape, signal, cast(kernel, x.dtype), (step,), cfg.padding, channels_first=first)
    if not first:
        result = permute(result, (0, 2, 1))
    return reshape(result, (x.shape[0], channels, *result.shape[1:]))


def _arrange(cfg: STFTSpectrogram, x: Array) -> Array:
    """The output's axes, of (batch, channels, frequencies, frames)."""
    first = cfg.data_format == "channels_first"
    if cfg.expand_dims:
        return permute(x, (0, 1, 3, 2) if first else (0, 3, 2, 1))
    joined = reshape(x, (x.shape[0], x.shape[1] * x.shape[2], x.shape[3]))
    return joined if first else permute(joined, (0, 2, 1))


@keeps("MelSpectrogram")
def mel_spectrogram(cfg: MelSpectrogram, tape: Tape, inputs: Array) -> Array:
    """Nothing of data. An input that needs a gradient is kept, and each step of the transform."""
    x = cast(inputs, cfg.compute_dtype if cfg.compute_dtype == "float64" else "float32")
    frames = tape.scope.inferred.output.shape[2]
    bins = cfg.fft_length // 2 + 1
    magnitude = _find_magnitudes(cfg, tape, x, Shape((x.shape[0], frames, bins)))
    power = make_array("power", magnitude.shape, x.dtype, x.needs_grad)
    matrix = make_array("mel bands", (bins, cfg.num_mel_bins), x.dtype)
    if x.needs_grad:
        for array in (magnitude, make_scalar(x.dtype), power, matrix):
            tape.save(array)
    output = make_array("mel spectrum", (*magnitude.shape[:-1], cfg.num_mel_bins), x.dtype, x.needs_grad)
    if cfg.power_to_db:
        output = _find_decibels(tape, output)
    return cast(permute(output, (0, 2, 1)), cfg.compute_dtype)


def _find_magnitudes(cfg: MelSpectrogram, tape: Tape, x: Array, shape: Shape) -> Array:
    """The absolute values of the spectrum, (batch, frames, frequencies), of a signal that is mirrored at its ends."""
    if x.needs_grad:
        tape.save(x)
        length = cfg.fft_length if cfg.sequence_length is None else cfg.sequence_length
        # A window by name is one step longer than needed, unless it is laid into a longer one.
        spare = 1 if isinstance(cfg.window, str) and length == cfg.fft_length and length > 1 else 0
        tape.save(make_array("window", (cfg.fft_length + spare,), x.dtype))
        tape.save(make_array("stretches", (*shape[:2], cfg.fft_length), x.dtype))
    spectrum = make_array("spectrum", shape, "complex128" if x.dtype == "float64" else "complex64", x.needs_grad)
    if x.needs_grad:
        tape.save(spectrum)
    square = make_array("squares", shape, x.dtype, x.needs_grad)
    return map_entries(tape, "sqrt", square, "magnitude")


def _find_decibels(tape: Tape, x: Array) -> Array:
    """The logarithm, where it is not too far below the greatest."""
    least = select(tape, x, make_scalar(x.dtype), "mel spectrum")
    logarithm = combine(map_entries(tape, "log10", least, "log10"), name="decibels")
    greatest = make_array("greatest", (), x.dtype, x.needs_grad)
    if x.needs_grad:
        tape.save(logarithm)
        tape.save(greatest)
    return select(tape, logarithm, combine(greatest, name="lowest"), "decibels")
