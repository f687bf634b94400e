"""Spatial axes: where they stand under each data format, and how far a window slides along them.

Shared by the families whose types have a spatial `rank` and a `data_format`: convolution, pooling, and their like.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, window_output
from shapecalc.layers.values import Tensor

SPATIAL = {1: ("time",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""Names of the spatial axes by their number."""

CHANNELS = {1: "features", 2: "channels", 3: "channels"}
"""The name of the axis that is not spatial, by the number of those that are."""


class Spatial(Protocol):
    """A config with as many spatial axes as its class says in `rank`."""

    @property
    def rank(self) -> int: ...
    @property
    def data_format(self) -> str | None: ...


class Windowed(Protocol):
    """A config whose windows slide by strides, with their entries dilated."""

    @property
    def strides(self) -> tuple[int, ...]: ...
    @property
    def dilation_rate(self) -> tuple[int, ...]: ...


def split_axes(cfg: Spatial, inputs: Tensor) -> tuple[Size, tuple[Size, ...], Size]:
    """The batch axis, the spatial axes and the channels of an input, wherever `data_format` puts them."""
    names, channels_name = SPATIAL[cfg.rank], CHANNELS[cfg.rank]
    if cfg.data_format == "channels_first":
        batch, channels, *spatial = inputs.shape.axes("batch", channels_name, *names)
    else:
        batch, *spatial, channels = inputs.shape.axes("batch", *names, channels_name)
    return batch, tuple(spatial), channels


def join_axes(cfg: Spatial, batch: Size, spatial: Sequence[Size], channels: Size) -> Shape:
    """The shape that `split_axes` takes apart."""
    if cfg.data_format == "channels_first":
        return Shape((batch, channels, *spatial))
    return Shape((batch, *spatial, channels))


def slide_window(
    spatial: Sequence[Size],
    window: Sequence[int],
    strides: Sequence[int],
    padding: str,
    dilation: Sequence[int] | None = None,
    *,
    arg: str = "kernel_size",
) -> tuple[Size, ...]:
    """Each axis after a window has slid along it; `arg` names the window where it does not fit."""
    rates = dilation or (1,) * len(window)
    try:
        return tuple(
            window_output(size, span, stride, padding, rate, arg=arg)
            for size, span, stride, rate in zip(spatial, window, strides, rates, strict=True)
        )
    except ShapeError as error:
        if error.help is None:
            error.change = ("padding", "same")
        error.help = error.help or f"use `padding: same`, a smaller `{arg}`, or fewer layers that shrink the input"
        raise


def refuse_stride_and_dilation(cfg: Windowed) -> None:
    """Keras takes strides or a dilation, and not both."""
    if max(cfg.strides) > 1 and max(cfg.dilation_rate) > 1:
        strides, rates = (sizes[0] if len(sizes) == 1 else list(sizes) for sizes in (cfg.strides, cfg.dilation_rate))
        message = f"takes strides or a dilation_rate above 1, not {strides} and {rates}"
        raise ShapeError(message, arg="dilation_rate", code="SC206", help="set one of them to 1")
