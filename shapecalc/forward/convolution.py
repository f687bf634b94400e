"""Forwards of layers/convolution.py, all of them channels last inside.

A larger kernel is a product of rows: windows are copied block by block, and bias and
activation follow before the block leaves it. A 1x1 kernel needs no copy. Chellapilla et al., 2006, unroll whole images.
Larger 3x3 convolutions go by way of winograd.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.activation_functions import activate
from shapecalc.forward.base import Array, forward
from shapecalc.forward.core import ask_matrix
from shapecalc.forward.memory import bytes_of, copy_memory, list_outputs, parameters, working_width
from shapecalc.forward.sizes import number
from shapecalc.forward.weights import Weights
from shapecalc.forward.windows import (
    SCRATCH,
    Sliding,
    add_border,
    count_borders,
    measure_spans,
    move_channels_last,
    restore_format,
    split_in_blocks,
    view_long_rows,
    view_windows,
)
from shapecalc.forward.winograd import convolve_by_tiles, is_worthwhile

if TYPE_CHECKING:
    from shapecalc.layers.convolution import Conv, Convolution, ConvTranspose, DepthwiseConv, SeparableConv

ROWS = 128
"""The least rows of a product: with fewer, reading the kernel would take longer than the product."""

Finish = Callable[[Array], None]
"""Changes rows of the output in place, while they are in cache."""


def count_wide_bytes(cfg: Sliding, shape: Sequence[int]) -> int:
    """Bytes of an input of this shape in working precision, with the borders that `padding` asks for."""
    first = cfg.data_format == "channels_first"
    spatial, channels = (shape[2:], shape[1]) if first else (shape[1:-1], shape[-1])
    pairs = count_borders(cfg.padding, spatial, measure_spans(cfg.kernel_size, cfg.dilation_rate), cfg.strides)
    places = math.prod(size + sum(pair) for size, pair in zip(spatial, pairs, strict=True))
    return shape[0] * places * channels * working_width(cfg)


def count_block_bytes(cfg: Sliding, rows: int, places: int) -> int:
    """Bytes of a block of windows of `rows` entries each; `places` is how many windows there are."""
    return min(places, max(ROWS, SCRATCH // max(1, rows * working_width(cfg)))) * rows * working_width(cfg)


def conv_memory(cfg: Conv, feed: Any, inferred: Any) -> int:
    """Bytes of the input with its borders, the kernel by groups, a block of windows, and the output channels last.

    By Winograd a kernel of 3 x 3 becomes 6 x 6, and an output comes in whole tiles.
    """
    (x,), (y,) = feed, list_outputs(inferred)
    kernel = parameters(inferred) * working_width(cfg)
    entries = math.prod(cfg.kernel_size) * x.shape[1 if cfg.data_format == "channels_first" else -1] // cfg.groups
    tiled = cfg.kernel_size == (3, 3) and cfg.groups == 1
    work = bytes_of(y, least=working_width(cfg)) + (6 * kernel if tiled else kernel)
    filters = number(cfg.filters)
    windows = count_block_bytes(cfg, max(entries, filters), math.prod(y.shape) // max(1, filters))
    return copy_memory(cfg, feed, inferred) + count_wide_bytes(cfg, x.shape) + work + windows


def depthwise_memory(cfg: DepthwiseConv | SeparableConv, feed: Any, inferred: Any) -> int:
    """Bytes of the input with its borders for each output of a channel, the kernel along a row, and the product."""
    (x,), (y,) = feed, list_outputs(inferred)
    first = cfg.data_format == "channels_first"
    channels, wide = x.shape[1 if first else -1], count_wide_bytes(cfg, x.shape)
    places = y.shape[2:] if first else y.shape[1:-1]
    each = number(cfg.depth_multiplier)
    row = math.prod(cfg.kernel_size) * channels * each * working_width(cfg)
    between = x.shape[0] * math.prod(places) * channels * each * working_width(cfg)
    repeated = wide * (1 + (each > 1) * each)
    work = between + bytes_of(y, least=working_width(cfg)) + 2 * row * places[-1]
    needed: int = copy_memory(cfg, feed, inferred) + repeated + work
    return needed


def transpose_memory(cfg: ConvTranspose, feed: Any, inferred: Any) -> int:
    """Bytes of the output before it is cropped, of one phase of it, of the input with borders, and of the kernel."""
    (x,), (y,) = feed, list_outputs(inferred)
    first = cfg.data_format == "channels_first"
    spatial, channels = (x.shape[2:], x.shape[1]) if first else (x.shape[1:-1], x.shape[-1])
    reach = measure_spans(cfg.kernel_size, cfg.dilation_rate)
    axes = list(zip(spatial, reach, cfg.strides, strict=True))
    filters = number(cfg.filters)
    spread = math.prod((size - 1) * stride + span for size, span, stride in axes) * filters
    phase = math.prod(size + span // stride + 1 for size, span, stride in axes) * filters
    wide = math.prod(size + 2 * (span // stride + 1) for size, span, stride in axes) * channels
    kernel = parameters(inferred) * 2
    entries = (
        math.prod(-(-size // stride) for size, stride in zip(cfg.kernel_size, cfg.strides, strict=True)) * channels
    )
    windows = count_block_bytes(cfg, max(entries, filters), x.shape[0] * phase // max(1, filters))
    work = (x.shape[0] * (spread + phase + wide) + kernel) * working_width(cfg)
    needed: int = copy_memory(cfg, feed, inferred) + work + windows + bytes_of(y, least=working_width(cfg))
    return needed


@forward("Conv1D", "Conv2D", "Conv3D", memory=conv_memory)
def conv(cfg: Conv, weight: Weights, inputs: Array) -> Array:
    x = move_channels_last(cfg, cast_to_single(cfg, inputs))
    kernel = ask_kernel(cfg, weight, x.shape[-1] // cfg.groups)
    finish = make_finish(cfg, ask_bias(cfg, weight, number(cfg.filters)))
    x = add_borders(cfg, x)
    if cfg.groups == kernel.shape[-2] * x.shape[-1] > 1:
        y = convolve_depthwise(x, kernel[..., 0, :], cfg.strides, cfg.dilation_rate, finish)
    else:
        y = convolve(x, kernel, cfg.strides, cfg.dilation_rate, cfg.groups, finish)
    return finish_output(cfg, y)


@forward("DepthwiseConv1D", "DepthwiseConv2D", memory=depthwise_memory)
def depthwise_conv(cfg: DepthwiseConv, weight: Weights, inputs: Array) -> Array:
    x = move_channels_last(cfg, cast_to_single(cfg, inputs))
    kernel = weight("kernel", (*cfg.kernel_size, x.shape[-1], number(cfg.depth_multiplier)), cfg.depthwise_initializer)
    side_by_side = cast_to_single(cfg, kernel).reshape(*cfg.kernel_size, -1)
    finish = make_finish(cfg, ask_bias(cfg, weight, side_by_side.shape[-1]))
    return finish_output(
        cfg, convolve_depthwise(add_borders(cfg, x), side_by_side, cfg.strides, cfg.dilation_rate, finish)
    )


@forward("SeparableConv1D", "SeparableConv2D", memory=depthwise_memory)
def separable_conv(cfg: SeparableConv, weight: Weights, inputs: Array) -> Array:
    x = move_channels_last(cfg, cast_to_single(cfg, inputs))
    kernel = weight(
        "depthwise_kernel",
        (*cfg.kernel_size, x.shape[-1], number(cfg.depth_multiplier)),
        cfg.depthwise_initializer,
    )
    side_by_side = cast_to_single(cfg, kernel).reshape(*cfg.kernel_size, -1)
    ones = (1,) * len(cfg.kernel_size)
    mix = weight("pointwise_kernel", (*ones, side_by_side.shape[-1], number(cfg.filters)), cfg.pointwise_initializer)
    middle = convolve_depthwise(add_borders(cfg, x), side_by_side, cfg.strides, cfg.dilation_rate, None)
    finish = make_finish(cfg, ask_bias(cfg, weight, number(cfg.filters)))
    return finish_output(cfg, convolve(middle, cast_to_single(cfg, mix), ones, ones, 1, finish))


@forward("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", memory=transpose_memory)
def conv_transpose(cfg: ConvTranspose, weight: Weights, inputs: Array) -> Array:
    x = move_channels_last(cfg, cast_to_single(cfg, inputs))
    kernel = weight("kernel", (*cfg.kernel_size, number(cfg.filters), x.shape[-1]), cfg.kernel_initializer)
    y = crop(convolve_transposed(x, cast_to_single(cfg, kernel), cfg.strides, cfg.dilation_rate), crop_sizes(cfg))
    finish = make_finish(cfg, ask_bias(cfg, weight, number(cfg.filters)))
    if finish is not None:
        for index in split_in_blocks(y.shape[:-1], y.shape[-1] * y.itemsize):
            finish(y[index])
    return finish_output(cfg, y)


def cast_to_single(cfg: Convolution, values: Array) -> Array:
    """`values` rounded to the layer's precision; half precision is then held in float32."""
    rounded = np.asarray(values).astype(cfg.compute_dtype, copy=False)
    return rounded.astype(np.float32) if rounded.dtype == np.float16 else rounded


def ask_kernel(cfg: Conv, weight: Weights, in_group: int) -> Array:
    """The kernel of a plain convolution, with LoRA plus the scaled product of the two beside it."""
    scale = 1.0 if cfg.lora_rank is None or cfg.lora_alpha is None else cfg.lora_alpha / cfg.lora_rank
    shape = (*cfg.kernel_size, in_group, number(cfg.filters))
    return cast_to_single(cfg, ask_matrix(cfg, weight, "kernel", shape, scale))


def ask_bias(cfg: Convolution, weight: Weights, size: int) -> Array | None:
    """The bias, if there is one."""
    return cast_to_single(cfg, weight("bias", (size,), cfg.bias_initializer)) if cfg.use_bias else None


def add_borders(cfg: Sliding, x: Array) -> Array:
    """`x` with the zeros that `padding` asks for."""
    reach = measure_spans(cfg.kernel_size, cfg.dilation_rate)
    return add_border(x, count_borders(cfg.padding, x.shape[1:-1], reach, cfg.strides))


def activates_rows(cfg: Convolution) -> bool:
    """Whether the activation may be applied to rows of the channels-last output: Keras's look at the last axis."""
    return bool(cfg.data_format != "channels_first" and cfg.activation != "glu")


def make_finish(cfg: Convolution, bias: Array | None) -> Finish | None:
    """Bias and activation, in place on rows of the output; None where there is nothing to do."""
    name = cfg.activation if activates_rows(cfg) and cfg.activation != "linear" else None
    if bias is None and name is None:
        return None
    zeros = None if bias is None else np.zeros_like(bias)

    def finish(rows: Array) -> None:
        if bias is not None:
            rows += bias
        if name == "relu" and zeros is not None:
            np.maximum(rows, zeros, out=rows)
        elif name is not None:
            rows[...] = activate(name, rows)

    return finish


def finish_output(cfg: Convolution, y: Array) -> Array:
    """`y` with its channels where `data_format` has them, and activated where its rows could not be."""
    y = restore_format(cfg, y)
    y = y if activates_rows(cfg) else activate(cfg.activation, y)
    return y.astype(cfg.compute_dtype, copy=False)


def convolve(
    x: Array, kernel: Array, strides: Sequence[int], dilation: Sequence[int], groups: int, finish: Finish | None
) -> Array:
    """`x` (batch, *spatial, channels) under `kernel` (*window, channels in a group, filters), whole windows only."""
    usual = kernel.shape[:-2] == (3, 3) and max(*strides, *dilation, groups) == 1 and x.dtype == np.float32
    if usual and is_worthwhile((x.shape[0], x.shape[1] - 2, x.shape[2] - 2), *kernel.shape[2:]):
        return convolve_by_tiles(x, kernel, finish)
    return convolve_by_windows(x, kernel, strides, dilation, groups, finish)


def convolve_by_windows(
    x: Array, kernel: Array, strides: Sequence[int], dilation: Sequence[int], groups: int, finish: Finish | None
) -> Array:
    """`convolve` as a product of each block of windows with the kernel."""
    *window, in_group, filters = kernel.shape
    patches = view_windows(x, window, strides, dilation)
    places = patches.shape[: len(window) + 1]
    y = np.empty((*places, filters), x.dtype)
    entries = math.prod(window) * in_group
    share = filters // groups
    matrices = [
        np.ascontiguousarray(kernel[..., g * share : (g + 1) * share]).reshape(entries, share) for g in range(groups)
    ]
    row = max(entries, filters) * x.itemsize
    for index in split_in_blocks(places, row, max(SCRATCH, row * ROWS)):
        part, rows = patches[index], y[index].reshape(-1, filters)
        for group, matrix in enumerate(matrices):
            seen = part[..., group * in_group : (group + 1) * in_group] if groups > 1 else part
            target = rows[:, group * share : (group + 1) * share]
            np.matmul(seen.reshape(-1, entries), matrix, out=target)
        if finish is not None:
            finish(rows)
    return y


def convolve_depthwise(
    x: Array, kernel: Array, strides: Sequence[int], dilation: Sequence[int], finish: Finish | None
) -> Array:
    """Every channel of `x` under its own windows; `kernel` (*window, outputs), a channel's outputs side by side.

    At a stride of 1 the last spatial axis and the channels become one, and the kernel is repeated along it: without
    that a whole `run` of MobileNetV2 with a batch of 8 takes 1.4 times as long.
    """
    *window, filters = kernel.shape
    rank = len(window)
    if filters != x.shape[-1]:
        x = np.repeat(x, filters // x.shape[-1], axis=-1)
    patches = view_windows(x, window, strides, dilation)
    y = np.empty((*patches.shape[: rank + 1], filters), x.dtype)
    target = y
    if strides[-1] == 1:
        width = y.shape[-2]
        patches = view_windows(
            view_long_rows(x, width, window[-1], dilation[-1]), window[:-1], strides[:-1], dilation[:-1]
        )
        kernel = np.tile(kernel, width)
        target = y.reshape(*y.shape[:-2], width * filters)
    for index in split_in_blocks(target.shape[:-1], target.shape[-1] * y.itemsize):
        part = patches[index]
        axes = list(range(part.ndim))
        np.einsum(part, axes, kernel, axes[-rank - 1 :], [*axes[: -rank - 1], axes[-1]], out=target[index])
        if finish is not None:
            finish(target[index].reshape(-1, filters))
    return y


def convolve_transposed(x: Array, kernel: Array, strides: Sequence[int], dilation: Sequence[int]) -> Array:
    """Each entry of `x` spread over a window, overlaps added, nothing cropped. `kernel` (*window, filters, channels).

    Outputs a stride apart see the same entries of the kernel, so each such phase is a convolution of its own.
    """
    *window, filters, _ = kernel.shape
    reach = measure_spans(window, dilation)
    sizes = [(size - 1) * stride + span for size, stride, span in zip(x.shape[1:-1], strides, reach, strict=True)]
    y = np.zeros((x.shape[0], *sizes, filters), x.dtype)
    ones = (1,) * len(window)
    for phase in product(*map(range, strides)):
        taps = tuple(slice(start, None, stride) for start, stride in zip(phase, strides, strict=True))
        part = kernel[taps]
        if part.size:
            flipped = part[(slice(None, None, -1),) * len(window)].swapaxes(-1, -2)
            wide = add_border(x, [(span - 1, span - 1) for span in measure_spans(part.shape[:-2], dilation)])
            y[:, *taps] = convolve(wide, flipped, ones, dilation, 1, None)
    return y


def crop_sizes(cfg: ConvTranspose) -> list[tuple[int, int]]:
    """What Keras cuts off before and after each axis of a transposed convolution; negative where it adds zeros."""
    pairs = []
    extra = cfg.output_padding or (None,) * len(cfg.strides)
    for span, stride, more in zip(measure_spans(cfg.kernel_size, cfg.dilation_rate), cfg.strides, extra, strict=True):
        if cfg.padding == "valid":
            pairs.append((0, -(max(stride - span, 0) if more is None else more)))
        else:
            total = span - stride if more is None else span - span % 2 - more
            pairs.append((max(total, 0) // 2, total - max(total, 0) // 2))
    return pairs


def crop(y: Array, pairs: Sequence[tuple[int, int]]) -> Array:
    """`y` (batch, *spatial, filters) cut, or widened by zeros, at its ends."""
    wide = add_border(y, [(0, max(-after, 0)) for _, after in pairs])
    return wide[:, *(slice(before, -after if after > 0 else None) for before, after in pairs)]
