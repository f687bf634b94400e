"""Operators whose windows slide: convolution, pooling and their like. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, ceil_div, count_stops, exact, prod, require_at_least, require_same, unknown
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.numbers import LARGEST
from shapecalc.layers.onnx.base import Operator, count_listed, give, give_many, index_by_name, list_numbers, rule
from shapecalc.layers.values import Inferred, Tensor

_AUTO = ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID")


class Windowed(Operator):
    """An operator with a window on each spatial axis, channels first."""

    type_name = "onnx.Windowed"
    auto_pad = arg.choice(*_AUTO, default="NOTSET", doc="How wide the border is, where `pads` does not say it.")
    kernel_shape = arg.optional(arg.axes(doc="Sizes of the window; without it those of the weight."))
    pads = arg.optional(arg.axes(doc="Widths of the border: before each axis, then after each."))
    strides = arg.optional(arg.axes(doc="Steps of the window; 1 without it."))
    dilations = arg.optional(arg.axes(doc="How far apart the window's entries stand; 1 without it."))


def _list_sizes(given: int | tuple[int, ...] | None, rank: int, default: int, name: str) -> tuple[int, ...]:
    """One number for each spatial axis. Raises ShapeError."""
    if given is None:
        return (default,) * rank
    sizes = (given,) if isinstance(given, int) else given
    if len(sizes) != rank:
        raise ShapeError(f"has {len(sizes)} numbers for {rank} spatial axes", arg=name, code="SC205")
    if name in ("kernel_shape", "strides", "dilations") and not all(size in range(1, LARGEST + 1) for size in sizes):
        raise ShapeError(f"has numbers of at least 1, got {list(sizes)}", arg=name, code="SC205")
    return sizes


def _slide(cfg: Windowed, spatial: Sequence[Size], kernel: Sequence[Size], *, round_up: bool = False) -> list[Size]:
    """How many places the window stops at, axis by axis."""
    rank = len(spatial)
    strides = _list_sizes(cfg.strides, rank, 1, "strides")
    dilations = _list_sizes(cfg.dilations, rank, 1, "dilations")
    pads = _list_sizes(cfg.pads, 2 * rank, 0, "pads")
    sizes: list[Size] = []
    for axis, size in enumerate(spatial):
        span = dilations[axis] * (kernel[axis] - 1) + 1
        stride = strides[axis]
        if cfg.auto_pad in ("SAME_UPPER", "SAME_LOWER"):
            sizes.append(ceil_div(size, stride))
            continue
        room = size if cfg.auto_pad == "VALID" else size + pads[axis] + pads[axis + rank]
        message = f"a window of {kernel[axis]} does not fit an axis of {room}"
        require_at_least(room, span, message, arg="kernel_shape", code="SC402")
        sizes.append(count_stops(room, span, stride, size + pads[axis], round_up=round_up))
    return sizes


class Conv(Windowed):
    """Convolution. Input (batch, channels, spatial...). https://onnx.ai/onnx/operators/onnx__Conv.html"""

    type_name = "onnx.Conv"
    ports = ("X", "W", "B?")
    group = arg.count(1, doc="Groups of channels that do not mix.")


@rule(Conv)
def conv(cfg: Conv, X: Tensor, W: Tensor, B: Tensor | None = None) -> Inferred:
    return _convolve(cfg, X, W, X.dtype)


def _convolve(cfg: Windowed, x: Tensor, w: Tensor, dtype: str | None) -> Inferred:
    """The output of a convolution and its MACs: each number of the output sums over a window of its group."""
    batch, channels, spatial = x.shape.axes("batch", "channels", ...) if len(x.shape) > 2 else _refuse_rank(x)
    if w.shape.ndim != x.shape.ndim:
        raise ShapeError(f"has a weight of {x.shape.ndim} axes, got {w.shape}", input="W", code="SC404")
    filters, within, kernel = w.shape[0], w.shape[1], w.shape[2:]
    group = getattr(cfg, "group", 1)
    message = f"needs {within * group} channels for its weight {w.shape}, got {channels}"
    require_same(channels, within * group, message, input="X", code="SC404")
    sizes = _slide(cfg, spatial, kernel)
    macs = (batch, filters, *sizes, within, *kernel)
    return Inferred({"output": Tensor(Shape((batch, filters, *sizes)), dtype)}, macs={"W": macs})


def _refuse_rank(x: Tensor) -> tuple[Size, Size, Shape]:
    raise ShapeError(f"needs (batch, channels, spatial...), got {x.shape}", input="X", code="SC411")


class ConvInteger(Windowed):
    """Convolution of quantised numbers. https://onnx.ai/onnx/operators/onnx__ConvInteger.html"""

    type_name = "onnx.ConvInteger"
    ports = ("x", "w", "x_zero_point?", "w_zero_point?")
    numbers = ("x_zero_point", "w_zero_point")
    group = arg.count(1, doc="Groups of channels that do not mix.")


@rule(ConvInteger)
def conv_integer(
    cfg: ConvInteger, x: Tensor, w: Tensor, x_zero_point: Tensor | None = None, w_zero_point: Tensor | None = None
) -> Inferred:
    return _convolve(cfg, x, w, "int32")


class QLinearConv(Windowed):
    """Convolution of quantised numbers, quantised again. https://onnx.ai/onnx/operators/onnx__QLinearConv.html"""

    type_name = "onnx.QLinearConv"
    ports = ("x", "x_scale", "x_zero_point", "w", "w_scale", "w_zero_point", "y_scale", "y_zero_point", "B?")
    numbers = ("x_scale", "x_zero_point", "w_scale", "w_zero_point", "y_scale", "y_zero_point")
    every_weight = True
    group = arg.count(1, doc="Groups of channels that do not mix.")


@rule(QLinearConv)
def qlinear_conv(
    cfg: QLinearConv, x: Tensor, x_scale: Tensor, x_zero_point: Tensor, w: Tensor, w_scale: Tensor,
    w_zero_point: Tensor, y_scale: Tensor, y_zero_point: Tensor, B: Tensor | None = None,
) -> Inferred:  # fmt: skip
    return _convolve(cfg, x, w, y_zero_point.dtype)


class ConvTranspose(Windowed):
    """Convolution transposed. https://onnx.ai/onnx/operators/onnx__ConvTranspose.html"""

    type_name = "onnx.ConvTranspose"
    ports = ("X", "W", "B?")
    group = arg.count(1, doc="Groups of channels that do not mix.")
    output_padding = arg.optional(arg.axes(doc="What is added after each axis."))
    output_shape = arg.optional(arg.axes(doc="Sizes of the output, from which the border follows."))


@rule(ConvTranspose)
def conv_transpose(cfg: ConvTranspose, X: Tensor, W: Tensor, B: Tensor | None = None) -> Inferred:
    batch, channels, spatial = X.shape.axes("batch", "channels", ...) if len(X.shape) > 2 else _refuse_rank(X)
    rank = len(spatial)
    if W.shape.ndim != X.shape.ndim:
        raise ShapeError(f"has a weight of {X.shape.ndim} axes, got {W.shape}", input="W", code="SC404")
    require_same(channels, W.shape[0], f"needs {W.shape[0]} channels, got {channels}", input="X", code="SC404")
    kernel = W.shape[2:]
    filters = W.shape[1] * cfg.group
    strides = _list_sizes(cfg.strides, rank, 1, "strides")
    dilations = _list_sizes(cfg.dilations, rank, 1, "dilations")
    extra = _list_sizes(cfg.output_padding, rank, 0, "output_padding")
    pads = _list_sizes(cfg.pads, 2 * rank, 0, "pads")
    sizes: list[Size] = []
    for axis, size in enumerate(spatial):
        span = dilations[axis] * (kernel[axis] - 1) + 1
        if cfg.output_shape is not None:
            wanted = _list_sizes(cfg.output_shape, rank, 0, "output_shape")
            sizes.append(wanted[axis])
        elif cfg.auto_pad in ("SAME_UPPER", "SAME_LOWER"):
            sizes.append(size * strides[axis])
        else:
            around = 0 if cfg.auto_pad == "VALID" else pads[axis] + pads[axis + rank]
            sizes.append((size - 1) * strides[axis] + extra[axis] + span - around)
    macs = (batch, channels, *spatial, W.shape[1], *kernel)
    return Inferred({"output": Tensor(Shape((batch, filters, *sizes)), X.dtype)}, macs={"W": macs})


class DeformConv(Windowed):
    """Convolution at places that are shifted. https://onnx.ai/onnx/operators/onnx__DeformConv.html"""

    type_name = "onnx.DeformConv"
    ports = ("X", "W", "offset", "B?", "mask?")
    group = arg.count(1, doc="Groups of channels that do not mix.")
    offset_group = arg.count(1, doc="Groups of offsets.")


@rule(DeformConv)
def deform_conv(
    cfg: DeformConv,
    X: Tensor,
    W: Tensor,
    offset: Tensor,
    B: Tensor | None = None,
    mask: Tensor | None = None,
) -> Inferred:
    return _convolve(cfg, X, W, X.dtype)


class Pool(Windowed):
    """The base of pooling operators."""

    type_name = "onnx.Pool"
    ports = ("X",)
    ceil_mode = arg.flag(doc="Round the number of stops up.")


def _pool(cfg: Pool, x: Tensor) -> Shape:
    if len(x.shape) < 3:
        _refuse_rank(x)
    kernel = _list_sizes(cfg.kernel_shape, x.shape.ndim - 2, 1, "kernel_shape")
    return Shape((*x.shape[:2], *_slide(cfg, x.shape[2:], kernel, round_up=cfg.ceil_mode)))


class AveragePool(Pool):
    """Means of windows. https://onnx.ai/onnx/operators/onnx__AveragePool.html"""

    type_name = "onnx.AveragePool"
    count_include_pad = arg.flag(doc="Count the border in the mean.")


class LpPool(Pool):
    """Norms of windows. https://onnx.ai/onnx/operators/onnx__LpPool.html"""

    type_name = "onnx.LpPool"
    p = arg.number(2, doc="Which norm.")


@rule(AveragePool, LpPool)
def pool(cfg: Pool, X: Tensor) -> Inferred:
    return give(_pool(cfg, X), X.dtype)


class MaxPool(Pool):
    """Maxima of windows, and where they stood. https://onnx.ai/onnx/operators/onnx__MaxPool.html"""

    type_name = "onnx.MaxPool"
    storage_order = arg.count(0, doc="1 counts positions by columns.", low=0)


@rule(MaxPool)
def max_pool(cfg: MaxPool, X: Tensor) -> Inferred:
    shape = _pool(cfg, X)
    return give_many(Tensor(shape, X.dtype, False), Tensor(shape, "int64", False))


class GlobalPool(Operator):
    """One number for each channel."""

    type_name = "onnx.GlobalPool"
    ports = ("X",)


class GlobalAveragePool(GlobalPool):
    """The mean of each channel. https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html"""

    type_name = "onnx.GlobalAveragePool"


class GlobalMaxPool(GlobalPool):
    """The maximum of each channel. https://onnx.ai/onnx/operators/onnx__GlobalMaxPool.html"""

    type_name = "onnx.GlobalMaxPool"


class GlobalLpPool(GlobalPool):
    """The norm of each channel. https://onnx.ai/onnx/operators/onnx__GlobalLpPool.html"""

    type_name = "onnx.GlobalLpPool"
    p = arg.number(2, doc="Which norm.")


@rule(GlobalAveragePool, GlobalMaxPool, GlobalLpPool)
def global_pool(cfg: GlobalPool, X: Tensor) -> Inferred:
    return give((*X.shape[:2], *(1 for _ in X.shape[2:])), X.dtype)


class MaxUnpool(Windowed):
    """Maxima put back where they stood. https://onnx.ai/onnx/operators/onnx__MaxUnpool.html"""

    type_name = "onnx.MaxUnpool"
    ports = ("X", "I", "output_shape?")
    numbers = ("output_shape",)


@rule(MaxUnpool)
def max_unpool(cfg: MaxUnpool, X: Tensor, I: Tensor, output_shape: Tensor | None = None) -> Inferred:
    if output_shape is not None:
        sizes = list_numbers(output_shape)
        return give([unknown() for _ in X.shape] if sizes is None else sizes, X.dtype)
    rank = X.shape.ndim - 2
    kernel = _list_sizes(cfg.kernel_shape, rank, 1, "kernel_shape")
    strides, pads = _list_sizes(cfg.strides, rank, 1, "strides"), _list_sizes(cfg.pads, 2 * rank, 0, "pads")
    spatial = [
        (size - 1) * strides[axis] + kernel[axis] - pads[axis] - pads[axis + rank]
        for axis, size in enumerate(X.shape[2:])
    ]
    return give((*X.shape[:2], *spatial), X.dtype)


class Col2Im(Operator):
    """Columns of windows laid back in space. https://onnx.ai/onnx/operators/onnx__Col2Im.html"""

    type_name = "onnx.Col2Im"
    ports = ("input", "image_shape", "block_shape")
    numbers = ("image_shape", "block_shape")
    pads = arg.optional(arg.axes(doc="Widths of the border."))
    strides = arg.optional(arg.axes(doc="Steps of the window."))
    dilations = arg.optional(arg.axes(doc="How far apart the window's entries stand."))


@rule(Col2Im)
def col2im(cfg: Col2Im, input: Tensor, image_shape: Tensor, block_shape: Tensor) -> Inferred:
    image, block = list_numbers(image_shape), list_numbers(block_shape)
    if image is None or block is None:
        spatial = [unknown() for _ in range(count_listed(image_shape, "image_shape"))]
        return give((input.shape[0], unknown(), *spatial), input.dtype)
    return give((input.shape[0], exact(input.shape[1], prod(block), input="input"), *image), input.dtype)


TYPES = index_by_name(
    Conv, ConvInteger, QLinearConv, ConvTranspose, DeformConv, AveragePool, LpPool, MaxPool, GlobalAveragePool,
    GlobalMaxPool, GlobalLpPool, MaxUnpool, Col2Im,
)  # fmt: skip
