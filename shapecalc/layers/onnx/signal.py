"""Operators on signals. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Dim, Size, require_at_least, unknown
from shapecalc.dims.division import floor_div
from shapecalc.layers.arguments import arg
from shapecalc.layers.onnx.base import (
    Operator,
    give,
    index_by_name,
    list_numbers,
    place_axis,
    rule,
    whole_numbers,
)
from shapecalc.layers.onnx.dtypes import NAMES
from shapecalc.layers.values import Inferred, Tensor


class DFT(Operator):
    """The discrete Fourier transform along an axis; the last axis holds real and imaginary parts.

    https://onnx.ai/onnx/operators/onnx__DFT.html
    """

    type_name = "onnx.DFT"
    ports = ("input", "dft_length?", "axis?")
    numbers = ("dft_length", "axis")
    inverse = arg.flag(doc="Back from frequencies.")
    onesided = arg.flag(doc="Only the first half of the frequencies, as the others follow from them.")


@rule(DFT)
def dft(cfg: DFT, input: Tensor, dft_length: Tensor | None = None, axis: Tensor | None = None) -> Inferred:
    shape = input.shape
    if len(shape) < 2:
        raise ShapeError(f"needs a last axis of real and imaginary parts, got {shape}", code="SC411")
    parts = 1 if cfg.inverse and cfg.onesided else 2
    place = (-2,) if axis is None else whole_numbers(axis)
    if not place:
        return give([*(unknown() for _ in shape[:-1]), parts], input.dtype)
    position = place_axis(place[0], shape.ndim)
    halved = cfg.onesided and cfg.inverse
    length = 2 * (shape[position] - 1) if halved else shape[position]
    if dft_length is not None:
        length = _first_size(dft_length)
    sizes = list(shape)
    sizes[position] = floor_div(length, 2) + 1 if cfg.onesided and not cfg.inverse else length
    sizes[-1] = parts
    return give(sizes, input.dtype)


def _first_size(tensor: Tensor) -> Size:
    """The one size that a tensor holds; one that is not known where that is not told."""
    values: tuple[Any, ...] = list_numbers(tensor) or (None,)
    return values[0] if isinstance(values[0], (int, Dim)) else unknown()


class STFT(Operator):
    """Fourier transforms of a signal piece by piece. https://onnx.ai/onnx/operators/onnx__STFT.html"""

    type_name = "onnx.STFT"
    ports = ("signal", "frame_step", "window?", "frame_length?")
    numbers = ("frame_step", "frame_length")
    onesided = arg.flag(True, doc="Only the first half of the frequencies, as the others follow from them.")


@rule(STFT)
def stft(
    cfg: STFT, signal: Tensor, frame_step: Tensor, window: Tensor | None = None, frame_length: Tensor | None = None
) -> Inferred:
    batch, length = signal.shape[:2] if len(signal.shape) == 2 else signal.shape.axes("batch", "steps", "parts")[:2]
    span = length if window is None else window.shape[0]
    if frame_length is not None:
        span = _first_size(frame_length)
    step = (list_numbers(frame_step) or (None,))[0]
    frames: Size = unknown()
    if isinstance(step, int):
        if step not in range(1, 1 << 62):
            raise ShapeError(f"steps by {step}", arg="frame_step", code="SC205")
        require_at_least(length, span, f"has pieces of {span} in a signal of {length}", code="SC402")
        frames = floor_div(length - span, step) + 1
    bins = floor_div(span, 2) + 1 if cfg.onesided else span
    return give((batch, frames, bins, 2), signal.dtype)


class MelWeightMatrix(Operator):
    """Weights that gather frequencies in bands. https://onnx.ai/onnx/operators/onnx__MelWeightMatrix.html"""

    type_name = "onnx.MelWeightMatrix"
    ports = ("num_mel_bins", "dft_length", "sample_rate", "lower_edge_hertz", "upper_edge_hertz")
    numbers = ports
    output_datatype = arg.count(1, doc="Number of the dtype.")


@rule(MelWeightMatrix)
def mel_weight_matrix(cfg: MelWeightMatrix, num_mel_bins: Tensor, dft_length: Tensor, *more: Tensor) -> Inferred:
    bins = floor_div(_first_size(dft_length), 2) + 1
    return give((bins, _first_size(num_mel_bins)), NAMES.get(cfg.output_datatype, "float32"))


class ImageDecoder(Operator):
    """An image out of the bytes of a file: (height, width, channels). https://onnx.ai/onnx/operators/onnx__ImageDecoder.html"""

    type_name = "onnx.ImageDecoder"
    ports = ("encoded_stream",)
    pixel_format = arg.choice("RGB", "BGR", "Grayscale", default="RGB", doc="The channels.")


@rule(ImageDecoder)
def image_decoder(cfg: ImageDecoder, encoded_stream: Tensor) -> Inferred:
    return give((unknown(), unknown(), 1 if cfg.pixel_format == "Grayscale" else 3), "uint8")


TYPES = index_by_name(DFT, STFT, MelWeightMatrix, ImageDecoder)
