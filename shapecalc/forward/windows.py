"""Mechanisms of convolution and pooling: channels last, borders, windows as views, row blocks that stay in cache."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from shapecalc.forward.base import Array

SCRATCH = 1 << 20
"""Bytes of a block of windows. It bounds the memory: a `run` of specs/models/unet.yaml takes 433 MiB with blocks, and
727 MiB with all windows of a layer at once."""

Borders = Sequence[tuple[int, int]]


class Channels(Protocol):
    """A config that says where the channels stand."""

    @property
    def data_format(self) -> str | None: ...


class Sliding(Channels, Protocol):
    """A config whose windows slide along the spatial axes."""

    @property
    def kernel_size(self) -> tuple[int, ...]: ...
    @property
    def strides(self) -> tuple[int, ...]: ...
    @property
    def dilation_rate(self) -> tuple[int, ...]: ...
    @property
    def padding(self) -> str: ...
    @property
    def compute_dtype(self) -> str: ...


def move_channels_last(cfg: Channels, x: Array) -> Array:
    """A view of `x` with its channels at the end, wherever `data_format` has them."""
    return np.moveaxis(x, 1, -1) if cfg.data_format == "channels_first" else x


def restore_format(cfg: Channels, y: Array) -> Array:
    """A view of the channels-last `y` with its channels where `data_format` has them."""
    return np.moveaxis(y, -1, 1) if cfg.data_format == "channels_first" else y


def measure_spans(kernel: Sequence[int], dilation: Sequence[int]) -> tuple[int, ...]:
    """How far a window reaches along each axis, gaps included."""
    return tuple((size - 1) * rate + 1 for size, rate in zip(kernel, dilation, strict=True))


def count_borders(
    padding: str, sizes: Sequence[int], reach: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    """Entries to add before and after each axis; where their number is odd, `same` puts one more after."""
    if padding == "causal":
        return [(span - 1, 0) for span in reach]
    if padding == "valid":
        return [(0, 0)] * len(sizes)
    pairs = []
    for size, span, stride in zip(sizes, reach, strides, strict=True):
        total = max(span - (size % stride or stride), 0)
        pairs.append((total // 2, total - total // 2))
    return pairs


def add_border(x: Array, pairs: Borders, fill: float = 0) -> Array:
    """A copy of `x` (batch, *spatial, channels) with borders of `fill`; without any, `x` itself."""
    if not any(before or after for before, after in pairs):
        return x
    sizes = [size + before + after for size, (before, after) in zip(x.shape[1:-1], pairs, strict=True)]
    wide = np.empty((x.shape[0], *sizes, x.shape[-1]), x.dtype)
    inside: list[slice] = []
    for size, (before, _) in zip(x.shape[1:-1], pairs, strict=True):
        wide[:, *inside, :before] = fill
        wide[:, *inside, before + size :] = fill
        inside.append(slice(before, before + size))
    wide[:, *inside] = x
    return wide


def view_windows(x: Array, kernel: Sequence[int], strides: Sequence[int], dilation: Sequence[int]) -> Array:
    """A view (batch, *places, *kernel, ...) of every window of `x` (batch, *spatial, ...)."""
    rank = len(kernel)
    view = sliding_window_view(x, measure_spans(kernel, dilation), tuple(range(1, rank + 1)))
    steps = [slice(None, None, step) for step in (*strides, *dilation)]
    chosen: tuple[Any, ...] = (slice(None), *steps[:rank], ..., *steps[rank:])
    return np.moveaxis(view[chosen], range(-rank, 0), range(rank + 1, 2 * rank + 1))


def view_long_rows(x: Array, width: int, taps: int, rate: int) -> Array:
    """`x` (batch, *spatial, channels) with the last two axes joined: a view (batch, *others, taps, width * channels).

    A step along the last spatial axis is a step of as many entries as there are channels, so what `width` windows see
    through one of their `taps`, `rate` apart, is one run in memory.
    """
    channels = x.shape[-1]
    joined = x.reshape(*x.shape[:-2], x.shape[-2] * channels)
    return sliding_window_view(joined, width * channels, -1)[..., : taps * rate * channels : rate * channels, :]


def split_in_blocks(lengths: Sequence[int], numbers: int, limit: int = SCRATCH) -> Iterator[tuple[int | slice, ...]]:
    """Indices that cut leading axes of `lengths` into contiguous blocks of at most `limit` bytes; `item` bytes each.

    A block holds several entries of one axis and all of the axes after it, so that it can be reshaped without a copy.
    """
    axis = 0
    while axis < len(lengths) - 1 and math.prod(lengths[axis + 1 :]) * numbers > limit:
        axis += 1
    step = max(1, limit // max(1, math.prod(lengths[axis + 1 :]) * numbers))
    for before in np.ndindex(*lengths[:axis]):
        for start in range(0, lengths[axis], step):
            yield (*before, slice(start, start + step))
