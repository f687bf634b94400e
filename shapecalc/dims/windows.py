"""Output sizes of windows that slide along an axis: convolution, pooling, and convolution transposed.

The formulas are those of Keras 3 (https://keras.io/api/layers/convolution_layers/, .../pooling_layers/); for the
arithmetic see Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", 2016.
"""

from __future__ import annotations

from shapecalc.dims.bounds import at_least
from shapecalc.dims.demands import require_at_least
from shapecalc.dims.dim import Size, formula
from shapecalc.dims.division import ceil_div, floor_div


def window_output(
    size: Size, kernel: Size, stride: int = 1, padding: str = "valid", dilation: int = 1, *, arg: str = "kernel_size"
) -> Size:
    """How many places a window of `kernel` entries, `dilation` apart, stops at on an axis of `size`.

    `padding` is `valid` (the window stays inside; ShapeError SC402 where it does not fit), `same` or `causal`. `arg`
    is the argument to blame.
    """
    if padding == "valid":
        span = dilation * (kernel - 1) + 1
        if not (isinstance(size, int) and isinstance(span, int) and size >= span):
            require_at_least(size, span, _make_window_error(size, kernel, span, dilation, arg), arg=arg, code="SC402")
        return floor_div(size - span, stride) + 1
    if padding in ("same", "causal"):
        return floor_div(size - 1, stride) + 1
    raise ValueError(f"padding is valid, same or causal, not {padding!r}")


def count_stops(room: Size, span: Size, stride: int, end: Size, *, round_up: bool) -> Size:
    """Stops of a window; rounded up, but for one that would begin in the border, which starts at `end`."""
    if not round_up:
        return floor_div(room - span, stride) + 1
    last = room - span + stride  # stops that begin before `end` are the fewer where this lies beyond it
    return ceil_div(end if at_least(last, end) else last, stride)


def transposed_output(
    size: Size,
    kernel: int,
    stride: int = 1,
    padding: str = "valid",
    output_padding: int | None = None,
    dilation: int = 1,
) -> Size:
    """The axis that a transposed convolution makes of one of `size`; `padding` is `valid` or `same`.

    Without `output_padding`, `valid` leaves no gap where the stride exceeds the kernel, `same` gives `size * stride`.
    """
    span = dilation * (kernel - 1) + 1
    if padding == "valid":
        return (size - 1) * stride + (max(span, stride) if output_padding is None else span + output_padding)
    if padding == "same":
        return size * stride if output_padding is None else (size - 1) * stride + span % 2 + output_padding
    raise ValueError(f"padding is valid or same, not {padding!r}")


def _make_window_error(size: Size, kernel: Size, span: Size, dilation: int, arg: str) -> str:
    window = f"{arg.removesuffix('_size')} of {formula(kernel)}"
    if dilation == 1:
        return f"{window} does not fit an input of {formula(size)}"
    return (
        f"{window} with dilation {formula(dilation)} spans {formula(span)} and does not fit an input of {formula(size)}"
    )
