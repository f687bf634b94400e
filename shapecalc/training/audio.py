"""What the layers of layers/audio.py keep for the backward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    power = add(*(map_entries(tape, "square", part) for part in parts), "power")
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
    """Nothing of data; for an input that needs a gradient each step of the transform."""
    x = cast(inputs, cfg.compute_dtype if cfg.compute_dtype == "float64" else "float32")
    shape = tape.scope.inferred.output.shape
    spectrum = _find_magnitudes(cfg, tape, x, (shape[0], shape[2]))
    if x.needs_grad:
        for array in (spectrum, make_scalar(x.dtype)):
            tape.save(array, "magnitude" if array is spectrum else "")
    power = map_entries(tape, "exp", spectrum, "power")  # a power's gradient needs what it gave too
    bins = make_array("mel bands", (spectrum.shape[-1], cfg.num_mel_bins), x.dtype)
    if x.needs_grad:
        tape.save(bins)
    output = make_array("mel spectrum", (*spectrum.shape[:-1], cfg.num_mel_bins), x.dtype, x.needs_grad)
    if cfg.power_to_db:
        output = _measure_loudness(tape, output)
    del power
    return cast(permute(output, (0, 2, 1)), cfg.compute_dtype)
