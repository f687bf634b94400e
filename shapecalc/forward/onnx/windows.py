"""Forwards of layers/onnx/windows.py: channels last within, as in forward/windows.py."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.convolution import convolve, convolve_depthwise, convolve_transposed
from shapecalc.forward.onnx.base import as_single, list_whole, operator
from shapecalc.forward.onnx.image import sample_zeros
from shapecalc.forward.onnx.quantization import dequantize, quantize
from shapecalc.forward.windows import add_border, view_windows

if TYPE_CHECKING:
    from shapecalc.layers.onnx.windows import (
        AveragePool,
        Col2Im,
        Conv,
        ConvInteger,
        ConvTranspose,
        DeformConv,
        GlobalLpPool,
        GlobalPool,
        LpPool,
        MaxPool,
        MaxUnpool,
        Pool,
        QLinearConv,
        Windowed,
    )


def _list(given: int | tuple[int, ...] | None, rank: int, default: int) -> tuple[int, ...]:
    """One number for each spatial axis."""
    return (default,) * rank if given is None else (given,) if isinstance(given, int) else tuple(given)


class Slide:
    """How a window goes over spatial axes: its sizes, steps and gaps, and the borders around the axes."""

    def __init__(self, cfg: Windowed, sizes: Sequence[int], kernel: Sequence[int]) -> None:
        rank = len(sizes)
        self.kernel = tuple(kernel)
        self.strides = _list(cfg.strides, rank, 1)
        self.dilations = _list(cfg.dilations, rank, 1)
        self.spans = [rate * (size - 1) + 1 for size, rate in zip(self.kernel, self.dilations, strict=True)]
        self.borders = self._find_borders(cfg, sizes)

    def _find_borders(self, cfg: Windowed, sizes: Sequence[int]) -> list[tuple[int, int]]:
        rank = len(sizes)
        if cfg.auto_pad == "VALID":
            return [(0, 0)] * rank
        if cfg.auto_pad == "NOTSET":
            pads = _list(cfg.pads, 2 * rank, 0)
            return list(zip(pads[:rank], pads[rank:], strict=True))
        borders = []
        for size, span, stride in zip(sizes, self.spans, self.strides, strict=True):
            total = max(span - (size % stride or stride), 0)
            less, more = total // 2, total - total // 2
            borders.append((less, more) if cfg.auto_pad == "SAME_UPPER" else (more, less))
        return borders


def _add_border(x: Array, borders: Sequence[tuple[int, int]], fill: Any = 0) -> Array:
    """(batch, *spatial, channels) with borders; a border below 0 crops."""
    sizes = zip(x.shape[1:-1], borders, strict=True)
    inside = [slice(max(-low, 0), size - max(-high, 0)) for size, (low, high) in sizes]
    cropped = x[(slice(None), *inside)]
    return add_border(cropped, [(max(low, 0), max(high, 0)) for low, high in borders], fill)


def _convolve(cfg: Conv | ConvInteger | QLinearConv, X: Array, W: Array) -> Array:
    """(batch, *places, filters)."""
    slide = Slide(cfg, X.shape[2:], W.shape[2:])
    x = _add_border(np.moveaxis(X, 1, -1), slide.borders)
    kernel = np.moveaxis(W, (0, 1), (-1, -2))
    if cfg.group == X.shape[1] > 1 and W.shape[1] == 1:
        return convolve_depthwise(x, kernel[..., 0, :], slide.strides, slide.dilations, None)
    return convolve(x, kernel, slide.strides, slide.dilations, cfg.group, None)


def _finish(y: Array, bias: Array | None, dtype: Any) -> Array:
    """Bias added, channels first."""
    y = y if bias is None else y + bias
    return np.moveaxis(y, -1, 1).astype(dtype, copy=False)


@operator("Conv")
def conv(cfg: Conv, X: Array, W: Array, B: Array | None) -> Any:
    return _finish(_convolve(cfg, as_single(X), as_single(W)), None if B is None else as_single(B), X.dtype)


@operator("ConvInteger")
def conv_integer(cfg: ConvInteger, x: Array, w: Array, x_zero_point: Array | None, w_zero_point: Array | None) -> Any:
    """Sums of whole numbers, which double precision holds exactly."""
    ones = np.ones((), np.float64)
    wide = dequantize(x, ones, x_zero_point, 1)
    return _finish(_convolve(cfg, wide, dequantize(w, ones, w_zero_point, 0)), None, np.int32)


@operator("QLinearConv")
def qlinear_conv(
    cfg: QLinearConv, x: Array, x_scale: Array, x_zero_point: Array, w: Array, w_scale: Array,
    w_zero_point: Array, y_scale: Array, y_zero_point: Array, B: Array | None,
) -> Any:  # fmt: skip
    ones = np.ones((), np.float64)
    y = _convolve(cfg, dequantize(x, ones, x_zero_point, 1), dequantize(w, ones, w_zero_point, 0))
    scales = x_scale.astype(np.float64).reshape(-1)[0] * w_scale.astype(np.float64).reshape(-1)
    y = np.moveaxis((y if B is None else y + B) * scales, -1, 1)
    return quantize(y, y_scale.astype(np.float64), y_zero_point, y_zero_point.dtype.name, 1)


@operator("ConvTranspose")
def conv_transpose(cfg: ConvTranspose, X: Array, W: Array, B: Array | None) -> Any:
    rank = X.ndim - 2
    strides, rates = _list(cfg.strides, rank, 1), _list(cfg.dilations, rank, 1)
    extra = _list(cfg.output_padding, rank, 0)
    x, w = np.moveaxis(as_single(X), 1, -1), _spread(as_single(W), rates)
    each = X.shape[1] // cfg.group
    maps = [
        convolve_transposed(
            np.ascontiguousarray(x[..., each * group : each * (group + 1)]),
            np.ascontiguousarray(np.moveaxis(w[each * group : each * (group + 1)], (0, 1), (-1, -2))),
            strides,
            (1,) * rank,
        )
        for group in range(cfg.group)
    ]
    y = np.concatenate(maps, -1)
    full = [
        stride * (size - 1) + more + rate * (taps - 1) + 1
        for size, stride, more, rate, taps in zip(X.shape[2:], strides, extra, rates, W.shape[2:], strict=True)
    ]
    crops = _find_crops(cfg, X.shape[2:], full, strides)
    borders = [(-low, more - high) for (low, high), more in zip(crops, extra, strict=True)]
    return _finish(_add_border(y, borders), None if B is None else as_single(B), X.dtype)


def _spread(kernel: Array, rates: Sequence[int]) -> Array:
    """A kernel (filters, channels, *window) with zeros in the gaps between its entries."""
    if max(rates) == 1:
        return kernel
    sizes = [(size - 1) * rate + 1 for size, rate in zip(kernel.shape[2:], rates, strict=True)]
    wide = np.zeros((*kernel.shape[:2], *sizes), kernel.dtype)
    wide[(slice(None), slice(None), *(slice(None, None, rate) for rate in rates))] = kernel
    return wide


def _find_crops(
    cfg: ConvTranspose, sizes: Sequence[int], full: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    """What is cut off before and after each axis of the full output; below 0, what is put there."""
    rank = len(full)
    if cfg.output_shape is not None:
        wanted: Sequence[int] = _list(cfg.output_shape, rank, 0)
    elif cfg.auto_pad in ("SAME_UPPER", "SAME_LOWER"):
        wanted = [size * stride for size, stride in zip(sizes, strides, strict=True)]
    else:
        pads = (0,) * 2 * rank if cfg.auto_pad == "VALID" else _list(cfg.pads, 2 * rank, 0)
        return list(zip(pads[:rank], pads[rank:], strict=True))
    crops = []
    for size, target in zip(full, wanted, strict=True):
        total = size - target
        less, more = (total // 2, total - total // 2) if total > 0 else (0, total)
        crops.append((less, more) if cfg.auto_pad == "SAME_UPPER" or total < 0 else (more, less))
    return crops


class Windows:
    """The windows of a pooling operator: `view` (batch, *places, *kernel, channels), and how they slide."""

    def __init__(self, cfg: Pool, X: Array, fill: Any) -> None:
        self.slide = Slide(cfg, X.shape[2:], _list(cfg.kernel_shape, X.ndim - 2, 1))
        slide = self.slide
        self.axes = tuple(range(len(slide.kernel) + 1, 2 * len(slide.kernel) + 1))
        self.more = [0] * len(slide.kernel)
        if cfg.ceil_mode and cfg.auto_pad in ("NOTSET", "VALID"):
            self.more = [
                _count_more(size + low, high, span, stride)
                for size, (low, high), span, stride in zip(
                    X.shape[2:], slide.borders, slide.spans, slide.strides, strict=True
                )
            ]
        self.view = self.look(X, fill)

    def look(self, X: Array, fill: Any, beyond: Any = None) -> Array:
        """The windows of an array of the same sizes; `beyond` fills what a last window sees after the border."""
        x = _add_border(np.moveaxis(X, 1, -1), self.slide.borders, fill)
        x = _add_border(x, [(0, more) for more in self.more], fill if beyond is None else beyond)
        return view_windows(x, self.slide.kernel, self.slide.strides, self.slide.dilations)


def _count_more(size: int, high: int, span: int, stride: int) -> int:
    """What a last window reaches beyond the border; one that would begin in the border after the axis is left out."""
    stops = -(-(size + high - span) // stride) + 1
    if (stops - 1) * stride >= size:
        stops -= 1
    return max((stops - 1) * stride + span - size - high, 0)


@operator("AveragePool")
def average_pool(cfg: AveragePool, X: Array) -> Any:
    x = as_single(X)
    windows = Windows(cfg, x, 0)
    ones = np.ones((1, 1, *x.shape[2:]), x.dtype)
    counts = windows.look(ones, 1 if cfg.count_include_pad else 0, 0).sum(windows.axes)
    return _finish(windows.view.sum(windows.axes) / counts, None, X.dtype)


@operator("LpPool")
def lp_pool(cfg: LpPool, X: Array) -> Any:
    windows = Windows(cfg, np.abs(as_single(X)) ** cfg.p, 0)
    return _finish(windows.view.sum(windows.axes) ** (1 / cfg.p), None, X.dtype)


@operator("MaxPool")
def max_pool(cfg: MaxPool, X: Array) -> Any:
    """Maxima, and their places among the numbers of the input in a row; entry by entry of the window."""
    lowest = -np.inf if X.dtype.kind == "f" else np.iinfo(X.dtype).min
    windows = Windows(cfg, X, lowest)
    spatial = X.shape[2:]
    numbers = np.arange(math.prod(spatial)).reshape(spatial, order="F" if cfg.storage_order else "C")
    places = windows.look(numbers[None, None], -1)
    rank = len(spatial)
    y, chosen = None, None
    for taps in np.ndindex(*windows.slide.kernel):
        index = (slice(None),) * (rank + 1) + taps
        part, place = windows.view[index], places[index]
        if y is None or chosen is None:
            y, chosen = part.copy(), np.broadcast_to(place, part.shape).copy()
            continue
        better = (part > y) | (part != part) | ((chosen < 0) & (place >= 0))  # what is beyond is never chosen
        np.copyto(y, part, where=better)
        np.copyto(chosen, place, where=better)
    if y is None or chosen is None:
        raise ValueError("its window has no entries")
    first = np.arange(X.shape[0] * X.shape[1]).reshape(X.shape[:2]) * math.prod(spatial)
    chosen += first.reshape(X.shape[0], *(1,) * rank, X.shape[1])
    return np.moveaxis(y, -1, 1), np.moveaxis(chosen, -1, 1)


def _spatial_axes(X: Array) -> tuple[int, ...]:
    return tuple(range(2, X.ndim))


@operator("GlobalAveragePool")
def global_average_pool(cfg: GlobalPool, X: Array) -> Any:
    return as_single(X).mean(_spatial_axes(X), keepdims=True).astype(X.dtype, copy=False)


@operator("GlobalMaxPool")
def global_max_pool(cfg: GlobalPool, X: Array) -> Any:
    return X.max(_spatial_axes(X), keepdims=True)


@operator("GlobalLpPool")
def global_lp_pool(cfg: GlobalLpPool, X: Array) -> Any:
    powers = np.abs(as_single(X)) ** cfg.p
    return (powers.sum(_spatial_axes(X), keepdims=True) ** (1 / cfg.p)).astype(X.dtype, copy=False)


@operator("MaxUnpool")
def max_unpool(cfg: MaxUnpool, X: Array, I: Array, output_shape: Array | None) -> Any:
    """Places count within the sizes that the pooling had; a larger output keeps them in its first corner."""
    rank = X.ndim - 2
    kernel, strides = _list(cfg.kernel_shape, rank, 1), _list(cfg.strides, rank, 1)
    pads = _list(cfg.pads, 2 * rank, 0)
    sizes = [
        (size - 1) * stride + taps - pads[axis] - pads[axis + rank]
        for axis, (size, stride, taps) in enumerate(zip(X.shape[2:], strides, kernel, strict=True))
    ]
    shape = (*X.shape[:2], *sizes)
    flat = np.zeros(math.prod(shape), X.dtype)
    flat[I.reshape(-1)] = X.reshape(-1)
    inner = flat.reshape(shape)
    wanted = list_whole(output_shape)
    if wanted is None or tuple(wanted) == shape:
        return inner
    y = np.zeros(wanted, X.dtype)
    y[tuple(map(slice, shape))] = inner
    return y


@operator("Col2Im")
def col2im(cfg: Col2Im, input: Array, image_shape: Array, block_shape: Array) -> Any:
    image, block = list_whole(image_shape) or [], list_whole(block_shape) or []
    rank = len(image)
    strides, rates, pads = _list(cfg.strides, rank, 1), _list(cfg.dilations, rank, 1), _list(cfg.pads, 2 * rank, 0)
    wide = [size + pads[axis] + pads[axis + rank] for axis, size in enumerate(image)]
    stops = [
        (size - rate * (taps - 1) - 1) // stride + 1
        for size, rate, taps, stride in zip(wide, rates, block, strides, strict=True)
    ]
    columns = input.reshape(input.shape[0], -1, *block, *stops)
    y = np.zeros((*columns.shape[:2], *wide), input.dtype)
    for taps in product(*map(range, block)):
        places = tuple(
            slice(tap * rate, tap * rate + stride * (count - 1) + 1, stride)
            for tap, rate, stride, count in zip(taps, rates, strides, stops, strict=True)
        )
        index: tuple[Any, ...] = (slice(None), slice(None), *taps)
        y[(slice(None), slice(None), *places)] += columns[index]
    inside = tuple(slice(pads[axis], pads[axis] + size) for axis, size in enumerate(image))
    return y[(slice(None), slice(None), *inside)]


@operator("DeformConv")
def deform_conv(
    cfg: DeformConv, X: Array, W: Array, offset: Array, B: Array | None, mask: Array | None
) -> Any:  # fmt: skip
    """Each entry of a window is looked up at its own shifted place, and weighed by the mask."""
    slide = Slide(cfg, X.shape[2:], W.shape[2:])
    taps, stops = list(np.ndindex(*slide.kernel)), offset.shape[2:]
    rank, groups = len(slide.kernel), cfg.offset_group
    shifts = as_single(offset).reshape(X.shape[0], groups, len(taps), rank, *stops)
    marks = None if mask is None else as_single(mask).reshape(X.shape[0], groups, len(taps), *stops)
    each = X.shape[1] // groups
    grid = np.indices(stops)
    columns = np.zeros((X.shape[0], X.shape[1], len(taps), *stops), as_single(X).dtype)
    for sample, group, number in np.ndindex(X.shape[0], groups, len(taps)):
        places = [
            grid[axis] * slide.strides[axis] - slide.borders[axis][0] + taps[number][axis] * slide.dilations[axis]
            + shifts[sample, group, number, axis]
            for axis in range(rank)
        ]  # fmt: skip
        channels = slice(each * group, each * (group + 1))
        seen = sample_zeros(as_single(X)[sample, channels], places)
        columns[sample, channels, number] = seen if marks is None else seen * marks[sample, group, number]
    kernel = as_single(W).reshape(cfg.group, W.shape[0] // cfg.group, W.shape[1], len(taps))
    parts = columns.reshape(X.shape[0], cfg.group, W.shape[1], len(taps), *stops)
    y = np.einsum("ngct...,gfct->ngf...", parts, kernel, optimize=True).reshape(X.shape[0], W.shape[0], *stops)
    y = y if B is None else y + as_single(B).reshape(-1, *(1,) * rank)
    return y.astype(X.dtype, copy=False)
