"""What the layers of layers/convolution.py keep for the backward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.dims import Shape, Size
from shapecalc.training.activation_functions import activate
from shapecalc.training.array import Array, make_array
from shapecalc.training.elementwise import add, map_entries
from shapecalc.training.keeping import keeps
from shapecalc.training.products import matmul
from shapecalc.training.tape import Tape
from shapecalc.training.views import reshape
from shapecalc.training.windows import convolve, convolve_transposed

if TYPE_CHECKING:
    from shapecalc.layers.convolution import Conv, Convolution, ConvTranspose, DepthwiseConv, SeparableConv


def _finish(cfg: Convolution, tape: Tape, x: Array) -> Array:
    """The bias of each channel, and the activation."""
    if cfg.use_bias:
        bias = tape.weight("bias")
        ones: tuple[Size, ...] = (1,) * cfg.rank
        is_first = cfg.data_format == "channels_first"
        shape = (1, *bias.shape, *ones) if is_first else (1, *ones, *bias.shape)
        x = add(x, reshape(bias, shape))
    return activate(tape, cfg.activation, x)


def _ask_kernel(cfg: Conv, tape: Tape) -> Array:
    """The kernel; with LoRA the product of two narrow ones is added to it."""
    kernel = tape.weight("kernel")
    if cfg.lora_rank is None:
        return kernel
    product = matmul(tape, tape.weight("lora_kernel_a"), tape.weight("lora_kernel_b"))
    return add(kernel, map_entries(tape, "scaled", product))


@keeps("Conv1D", "Conv2D", "Conv3D")
def conv(cfg: Conv, tape: Tape, inputs: Array) -> Array:
    """The input, and the kernel where the input needs a gradient: copies of both, but for one spatial axis."""
    padding = cfg.padding
    is_first = cfg.data_format == "channels_first"
    if padding == "causal":
        inputs, padding = _pad_start(cfg, inputs, 2 if is_first else 1), "valid"
    kernel = _ask_kernel(cfg, tape)
    x = convolve(tape, inputs, kernel, cfg.strides, padding, cfg.dilation_rate, is_first)
    return _finish(cfg, tape, x)


def _pad_start(cfg: Conv, x: Array, axis: int) -> Array:
    """With as many zeros before the first step as the window reaches back."""
    size = x.shape[axis] + cfg.dilation_rate[0] * (cfg.kernel_size[0] - 1)
    return make_array("padded input", x.shape.replace(axis, size), x.dtype, x.needs_grad)


@keeps("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
def transposed_conv(cfg: ConvTranspose, tape: Tape, inputs: Array) -> Array:
    """The input, stored with its channels first."""
    is_first = cfg.data_format == "channels_first"
    x = convolve_transposed(
        tape,
        inputs,
        tape.weight("kernel"),
        cfg.strides,
        cfg.padding,
        cfg.output_padding,
        cfg.dilation_rate,
        is_first,
    )
    return _finish(cfg, tape, x)


def _join_multipliers(kernel: Array) -> Array:
    """A depthwise kernel (...window, channels, multiplier) as one of a group a channel."""
    *window, channels, multiplier = kernel.shape
    return reshape(kernel, Shape((*window, 1, channels * multiplier)))


@keeps("DepthwiseConv1D", "DepthwiseConv2D")
def depthwise_conv(cfg: DepthwiseConv, tape: Tape, inputs: Array) -> Array:
    """As a convolution with a group for each channel."""
    is_first = cfg.data_format == "channels_first"
    kernel = _join_multipliers(tape.weight("kernel"))
    x = convolve(tape, inputs, kernel, cfg.strides, cfg.padding, cfg.dilation_rate, is_first)
    return _finish(cfg, tape, x)


@keeps("SeparableConv1D", "SeparableConv2D")
def separable_conv(cfg: SeparableConv, tape: Tape, inputs: Array) -> Array:
    """As a depthwise convolution and one of a window of one, after each other."""
    is_first = cfg.data_format == "channels_first"
    depthwise = _join_multipliers(tape.weight("depthwise_kernel"))
    x = convolve(tape, inputs, depthwise, cfg.strides, cfg.padding, cfg.dilation_rate, is_first)
    ones = (1,) * cfg.rank
    x = convolve(tape, x, tape.weight("pointwise_kernel"), ones, "valid", None, is_first)
    return _finish(cfg, tape, x)
