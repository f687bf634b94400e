"""Sound as spectra over time. https://keras.io/api/layers/preprocessing_layers/audio_preprocessing/"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, floor_div, require_at_least, window_output
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.names import FLOATS
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.dtypes import is_float, require_numbers
from shapecalc.layers.values import Inferred, Tensor, weights

_WINDOW_NAMES = {
    "barthann": "brthan bth", "bartlett": "bart brt", "blackman": "black blk", "blackmanharris": "blackharr bkh",
    "bohman": "bman bmn", "boxcar": "box ones rect rectangular", "cosine": "halfcosine", "exponential": "poisson",
    "flattop": "flat flt", "hamming": "hamm ham", "hann": "han", "lanczos": "sinc", "nuttall": "nutl nut",
    "parzen": "parz par", "taylor": "taylorwin", "triang": "triangle tri", "tukey": "tuk",
}  # fmt: skip
"""The windows that scipy.signal.get_window, which Keras asks, knows without parameters, with their other names."""

WINDOWS: dict[str, str] = {
    name: window for window, others in _WINDOW_NAMES.items() for name in (window, *others.split())
}
"""Every name of a window, to the one it is known by here."""

_ENDINGS = ("_periodic", "_symmetric")
"""What a name may end in, and so overrule `periodic`."""


def check_window(window: object, length: int, names: Collection[str]) -> None:
    """Refuses a window that is none of `names`, no list of `length` numbers, and not null."""
    if window is None or (isinstance(window, str) and window in names):
        return
    if isinstance(window, tuple) and all(isinstance(tap, (int, float)) for tap in window) and len(window) == length:
        return
    message = f"`window` must be one of {', '.join(names)}, or a list of {length} numbers; got {as_yaml(window)}"
    raise ShapeError(message, arg="window", code="SC206", help="write the window's values as a list, or null for none")


class STFTSpectrogram(Layer):
    """Spectra of short stretches of a signal, as a convolution with sines and cosines that may be trained.

    Input (batch, time, channels); output (batch, frames, channels * frequencies), or (batch, frames, frequencies,
    channels) with `expand_dims`. https://keras.io/api/layers/preprocessing_layers/audio_preprocessing/stft_spectrogram/
    """

    dtypes = FLOATS
    masking = "lose"
    mode = arg.choice(
        "log",
        "magnitude",
        "psd",
        "real",
        "imag",
        "angle",
        "stft",
        default="log",
        doc="The part of the spectrum that is put out.",
    )
    frame_length = arg.count(256, "Length of a stretch.")
    frame_step = arg.optional(arg.count(doc="From one stretch to the next; half its length by default."))
    fft_length = arg.optional(arg.count(doc="Length of the transform; the next power of two by default."))
    window = arg.value("hann", "The weights within a stretch: a name, or a list of numbers.")
    periodic = arg.flag(False, doc="Whether the window is one period; else it is symmetric.")
    scaling = arg.optional(
        arg.choice("density", "spectrum", default="density", doc="What the window's sum is set to one by.")
    )
    padding = arg.choice("valid", "same", default="valid", doc="Only whole stretches, or as many as steps.")
    expand_dims = arg.flag(False, doc="Keep channels and frequencies on axes of their own.")
    data_format = arg.data_format("Where the channels stand; last by default.")

    @property
    def named_window(self) -> tuple[Any, bool]:
        """The window, by the name that is used here or its values, and whether it is one period."""
        window, periodic = self.window, self.periodic
        if not isinstance(window, str):
            return window, periodic
        for ending in _ENDINGS:
            if window.endswith(ending):
                window, periodic = window.removesuffix(ending), ending == "_periodic"
                break
        return WINDOWS.get(window, window), periodic


def frame_step(cfg: STFTSpectrogram) -> Size:
    """How far one stretch lies from the next."""
    if cfg.frame_step is not None and cfg.frame_step not in range(1, cfg.frame_length + 1):
        message = f"is to be at most frame_length = {cfg.frame_length}, got {cfg.frame_step}"
        raise ShapeError(message, arg="frame_step", code="SC205", help="steps may not leave gaps")
    return floor_div(cfg.frame_length, 2) if cfg.frame_step is None else cfg.frame_step


def fft_length(cfg: STFTSpectrogram) -> int:
    """The length of the transform."""
    if cfg.fft_length is not None and cfg.fft_length in range(cfg.frame_length):
        message = f"is to be at least frame_length = {cfg.frame_length}, got {cfg.fft_length}"
        raise ShapeError(message, arg="fft_length", code="SC205", help="leave it out for the next power of two")
    return 1 << (cfg.frame_length - 1).bit_length() if cfg.fft_length is None else cfg.fft_length


@rule(STFTSpectrogram)
def stft_spectrogram(cfg: STFTSpectrogram, inputs: Tensor) -> Inferred:
    if not is_float(inputs.dtype):
        message = f"needs floating-point numbers, got {inputs.dtype}"
        raise ShapeError(message, input="inputs", code="SC407", help="make the input float32")
    check_window(cfg.named_window[0], cfg.frame_length, _WINDOW_NAMES)
    first = cfg.data_format == "channels_first"
    names = ("batch", "channels", "time") if first else ("batch", "time", "channels")
    batch, *others = inputs.shape.axes(*names)
    channels, time = others if first else reversed(others)
    step = frame_step(cfg)
    if step == 0:
        raise ShapeError(
            "has no half to step by",
            arg="frame_length",
            code="SC205",
            change=("frame_step", "1"),
            help="set `frame_step: 1`",
        )
    assert isinstance(step, int)
    frames = window_output(time, cfg.frame_length, step, cfg.padding, arg="frame_length")
    bins = floor_div(fft_length(cfg), 2) + 1
    frequencies = 2 * bins if cfg.mode == "stft" else bins
    shape: tuple[Size, ...]
    if cfg.expand_dims:
        shape = (batch, channels, frames, frequencies) if first else (batch, frames, frequencies, channels)
    else:
        shape = (batch, channels * frequencies, frames) if first else (batch, frames, channels * frequencies)
    kernel = (cfg.frame_length, 1, bins)
    own = weights(
        real_kernel=None if cfg.mode == "imag" else kernel, imag_kernel=None if cfg.mode == "real" else kernel
    )
    return Inferred(
        outputs={"output": Tensor(Shape(shape), masked=False)},
        weights=own,
        macs={weight.name: (channels, frames, cfg.frame_length, bins) for weight in own},
    )


class MelSpectrogram(Layer):
    """Spectra on the mel scale, in decibels. https://keras.io/api/layers/preprocessing_layers/audio_preprocessing/mel_spectrogram/

    Input (batch, time), output (batch, num_mel_bins, frames).
    """

    dtypes = FLOATS
    masking = "lose"
    fft_length = arg.count(2048, "Length of the transform.")
    sequence_stride = arg.count(512, "From one stretch to the next.")
    sequence_length = arg.optional(arg.count(doc="Length of a stretch; that of the transform by default."))
    window = arg.value("hann", "The weights within a stretch: hann, hamming, or a list of numbers.")
    sampling_rate = arg.number(16000, "Samples a second.", low=0)
    num_mel_bins = arg.count(128, "How many bands there are.")
    min_freq = arg.number(20.0, "Where the lowest band begins.")
    max_freq = arg.optional(arg.number(doc="Where the highest band ends; half the sampling rate by default."))
    power_to_db = arg.flag(True, doc="Put out decibels.")
    top_db = arg.number(80.0, "How far below the loudest the output may fall.")
    mag_exp = arg.number(2.0, "Power of the magnitudes: 1 for energy, 2 for power.")
    min_power = arg.number(1e-10, "The least power; less is taken as this.")
    ref_power = arg.number(1.0, "The power of 0 decibels.")


@rule(MelSpectrogram)
def mel_spectrogram(cfg: MelSpectrogram, inputs: Tensor) -> Inferred:
    require_numbers(inputs)
    batch, time = inputs.shape.axes("batch", "time")
    length = cfg.fft_length if cfg.sequence_length is None else cfg.sequence_length
    if length not in range(cfg.fft_length + 1):
        message = f"is to be at most fft_length = {cfg.fft_length}, got {length}"
        raise ShapeError(message, arg="sequence_length", code="SC205", help="set a larger `fft_length`")
    check_window(cfg.window, length, ("hann", "hamming"))
    half = floor_div(cfg.fft_length, 2)
    message = f"a signal of {time} cannot be mirrored by {half} at its ends"
    require_at_least(time, half + 1, message, arg="fft_length", help="set a smaller `fft_length`")
    frames = window_output(time + 2 * half, cfg.fft_length, cfg.sequence_stride, arg="fft_length")
    return Inferred(
        outputs={"output": Tensor(Shape((batch, cfg.num_mel_bins, frames)), masked=False)},
        macs={"mel bands": (frames, half + 1, cfg.num_mel_bins)},
    )
