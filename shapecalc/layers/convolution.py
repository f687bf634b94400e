"""Convolutions over one, two or three spatial axes. https://keras.io/api/layers/convolution_layers/

Kernels are laid out as Keras's: window first, then channels in, then filters (transposed ones: filters, channels in).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Size, exact, require_at_least, size_text, transposed_output
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.names import FLOATS
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.core import infer_activation
from shapecalc.layers.dtypes import require_floats
from shapecalc.layers.spatial import join_axes, refuse_stride_and_dilation, slide_window, split_axes
from shapecalc.layers.values import Inferred, Tensor, fixed, weights


class Convolution(Layer):
    """The arguments of every convolution. Inputs are (batch, ...spatial, channels), or as `data_format` says."""

    dtypes = FLOATS
    masking = "lose"
    rank: ClassVar[int]
    filters = arg.size(doc="Channels of the output.")
    kernel_size = arg.window(doc="Size of the window, an axis each.")
    strides = arg.window(1, doc="Steps between windows.")
    padding = arg.choice(
        "valid",
        "same",
        any_case=True,
        default="valid",
        doc="valid: whole windows only; same: zeros at the borders keep size / stride.",
    )
    data_format = arg.data_format()
    dilation_rate = arg.window(1, doc="Distance between the entries of the window.")
    activation = arg.activation(None)
    use_bias = arg.flag(True, doc="Add a bias to each output channel.")
    bias_initializer = arg.initializer("zeros")
    bias_regularizer = arg.regularizer()
    activity_regularizer = arg.regularizer()
    bias_constraint = arg.constraint()


def _make_output(cfg: Convolution, batch: Size, spatial: Sequence[Size], channels: Size) -> Tensor:
    """The output: Keras applies the activation to the last axis, whichever that is."""
    return Tensor(infer_activation(join_axes(cfg, batch, spatial, channels), cfg.activation))


class Conv(Convolution):
    """The further arguments of Conv1D, Conv2D and Conv3D."""

    groups = arg.count(1, "Split channels and filters into groups that do not see each other.")
    kernel_initializer = arg.initializer("glorot_uniform")
    kernel_regularizer = arg.regularizer()
    kernel_constraint = arg.constraint()
    lora_rank = arg.optional(
        arg.count(doc="Freeze the kernel, learn a product of this rank beside it. Hu et al., 2021.")
    )
    lora_alpha = arg.optional(arg.number(doc="Scale of that product, times lora_rank; lora_rank by default."))


class Conv1D(Conv):
    """Convolution along time; with `padding: causal` an output sees no later input. https://keras.io/api/layers/convolution_layers/convolution1d/

    Input (batch, time, features), output (batch, new time, filters). Causal: van den Oord et al., 2016.
    """

    rank = 1
    padding = arg.choice(
        "valid",
        "same",
        "causal",
        any_case=True,
        default="valid",
        doc="As of Conv2D; causal pads the start alone: no output looks ahead.",
    )


class Conv2D(Conv):
    """Convolution over images. LeCun et al., 1989. https://keras.io/api/layers/convolution_layers/convolution2d/

    Input (batch, height, width, channels), output (batch, new height, new width, filters).
    """

    rank = 2


class Conv3D(Conv):
    """Convolution over volumes, or over space and time. https://keras.io/api/layers/convolution_layers/convolution3d/

    Input (batch, depth, height, width, channels), output (batch, new depth, new height, new width, filters).
    """

    rank = 3


@rule(Conv)
def conv(cfg: Conv, inputs: Tensor) -> Inferred:
    refuse_stride_and_dilation(cfg)
    require_floats(inputs, subject="a convolution")
    batch, spatial, channels = split_axes(cfg, inputs)
    in_group = _share_out(cfg, channels, "channels")
    _share_out(cfg, cfg.filters, "filters")
    slots = slide_window(spatial, cfg.kernel_size, cfg.strides, cfg.padding, cfg.dilation_rate)
    kernel, bias = (*cfg.kernel_size, in_group, cfg.filters), (cfg.filters,) if cfg.use_bias else None
    own, macs = weights(kernel=kernel, bias=bias), {"kernel": (*slots, *kernel)}
    if cfg.lora_rank is not None:
        _refuse_lora_with_constraint(cfg)
        down, up = (*cfg.kernel_size, in_group, cfg.lora_rank), (cfg.lora_rank, cfg.filters)
        own = fixed(kernel=kernel) + weights(bias=bias, lora_kernel_a=down, lora_kernel_b=up)
        macs["lora_kernel_a"] = (*down, cfg.filters)
    return Inferred({"output": _make_output(cfg, batch, slots, cfg.filters)}, own, macs)


def _share_out(cfg: Conv, size: Size, of: str) -> Size:
    """The channels or filters of one group."""
    return exact(
        size,
        cfg.groups,
        f"cannot split {size_text(size)} {of} into {cfg.groups} groups",
        arg="groups",
        code="SC404",
        help="choose a number of groups that divides both the channels and the filters",
    )


def _refuse_lora_with_constraint(cfg: Conv) -> None:
    if cfg.kernel_constraint is not None:
        raise ShapeError(
            "LoRA freezes the kernel, so a constraint on it cannot act",
            arg="lora_rank",
            code="SC206",
            change=("lora_rank", None),
            help="leave out `lora_rank` or `kernel_constraint`",
        )


class ConvTranspose(Convolution):
    """The further arguments of Conv1DTranspose, Conv2DTranspose and Conv3DTranspose."""

    output_padding = arg.optional(
        arg.window(
            doc="Entries added at the end of each axis, fewer than its stride; null is not the same as 0.", low=0
        )
    )
    kernel_initializer = arg.initializer("glorot_uniform")
    kernel_regularizer = arg.regularizer()
    kernel_constraint = arg.constraint()


class Conv1DTranspose(ConvTranspose):
    """The gradient of Conv1D as a layer: it stretches time. https://keras.io/api/layers/convolution_layers/convolution1d_transpose/

    Input (batch, time, features), output (batch, new time, filters). Zeiler et al., 2010.
    """

    rank = 1


class Conv2DTranspose(ConvTranspose):
    """The gradient of Conv2D as a layer: it enlarges images. https://keras.io/api/layers/convolution_layers/convolution2d_transpose/

    Input (batch, height, width, channels), output (batch, new height, new width, filters). Zeiler et al., 2010.
    """

    rank = 2


class Conv3DTranspose(ConvTranspose):
    """The gradient of Conv3D as a layer: it enlarges volumes. https://keras.io/api/layers/convolution_layers/convolution3d_transpose/

    Input (batch, depth, height, width, channels), output (batch, new depth, new height, new width, filters).
    """

    rank = 3


@rule(ConvTranspose)
def conv_transpose(cfg: ConvTranspose, inputs: Tensor) -> Inferred:
    refuse_stride_and_dilation(cfg)
    extra = cfg.output_padding or (None,) * cfg.rank
    _refuse_wide_output_padding(cfg)
    require_floats(inputs, subject="a convolution")
    batch, spatial, channels = split_axes(cfg, inputs)
    stretched = tuple(
        require_at_least(
            transposed_output(size, kernel, stride, cfg.padding, more, dilation),
            1,
            "leaves nothing of the input",
            arg="output_padding",
            code="SC402",
            change=("output_padding", None),
            help="leave out `output_padding`, or use `padding: valid`",
        )
        for size, kernel, stride, more, dilation in zip(
            spatial, cfg.kernel_size, cfg.strides, extra, cfg.dilation_rate, strict=True
        )
    )
    kernel = (*cfg.kernel_size, cfg.filters, channels)
    return Inferred(
        outputs={"output": _make_output(cfg, batch, stretched, cfg.filters)},
        weights=weights(kernel=kernel, bias=(cfg.filters,) if cfg.use_bias else None),
        macs={"kernel": (*spatial, *kernel)},
    )


def _refuse_wide_output_padding(cfg: ConvTranspose) -> None:
    for more, stride in zip(cfg.output_padding or (), cfg.strides, strict=False):
        require_at_least(
            stride,
            more + 1,
            f"output_padding must stay below strides, got {more} and {stride}",
            arg="output_padding",
            code="SC205",
            help="lower `output_padding`, or raise `strides`",
        )


class DepthwiseConv(Convolution):
    """The arguments of DepthwiseConv1D and DepthwiseConv2D: no filters, but a number of outputs for each channel."""

    filters = None  # type: ignore[assignment]
    depth_multiplier = arg.size(1, "Outputs for each channel.")
    depthwise_initializer = arg.initializer("glorot_uniform")
    depthwise_regularizer = arg.regularizer()
    depthwise_constraint = arg.constraint()


class DepthwiseConv1D(DepthwiseConv):
    """Convolution along time, each channel by itself. https://keras.io/api/layers/convolution_layers/depthwise_convolution1d/

    Input (batch, time, features), output (batch, new time, features * depth_multiplier).
    """

    rank = 1


class DepthwiseConv2D(DepthwiseConv):
    """Convolution over images, each channel by itself. https://keras.io/api/layers/convolution_layers/depthwise_convolution2d/

    Input (batch, height, width, channels), output (batch, new height, new width, channels * depth_multiplier).
    Howard et al., MobileNets, 2017.
    """

    rank = 2


@rule(DepthwiseConv)
def depthwise_conv(cfg: DepthwiseConv, inputs: Tensor) -> Inferred:
    require_floats(inputs, subject="a convolution")
    batch, spatial, channels = split_axes(cfg, inputs)
    slots = slide_window(spatial, cfg.kernel_size, cfg.strides, cfg.padding, cfg.dilation_rate)
    kernel = (*cfg.kernel_size, channels, cfg.depth_multiplier)
    deepened = cfg.depth_multiplier * channels
    return Inferred(
        outputs={"output": _make_output(cfg, batch, slots, deepened)},
        weights=weights(kernel=kernel, bias=(deepened,) if cfg.use_bias else None),
        macs={"kernel": (*slots, *kernel)},
    )


class SeparableConv(Convolution):
    """The further arguments of SeparableConv1D and SeparableConv2D."""

    depth_multiplier = arg.size(1, "Outputs of the depthwise step for each channel.")
    depthwise_initializer = arg.initializer("glorot_uniform")
    pointwise_initializer = arg.initializer("glorot_uniform")
    depthwise_regularizer = arg.regularizer()
    pointwise_regularizer = arg.regularizer()
    depthwise_constraint = arg.constraint()
    pointwise_constraint = arg.constraint()


class SeparableConv1D(SeparableConv):
    """Each channel along time by itself, then a mix of channels at each step. https://keras.io/api/layers/convolution_layers/separable_convolution1d/

    Input (batch, time, features), output (batch, new time, filters).
    """

    rank = 1


class SeparableConv2D(SeparableConv):
    """Each channel over the image by itself, then a mix of channels at each point. https://keras.io/api/layers/convolution_layers/separable_convolution2d/

    Input (batch, height, width, channels), output (batch, new height, new width, filters). Chollet, Xception, 2017.
    """

    rank = 2


@rule(SeparableConv)
def separable_conv(cfg: SeparableConv, inputs: Tensor) -> Inferred:
    require_floats(inputs, subject="a convolution")
    batch, spatial, channels = split_axes(cfg, inputs)
    slots = slide_window(spatial, cfg.kernel_size, cfg.strides, cfg.padding, cfg.dilation_rate)
    depthwise = (*cfg.kernel_size, channels, cfg.depth_multiplier)
    pointwise = (*(1,) * cfg.rank, cfg.depth_multiplier * channels, cfg.filters)
    return Inferred(
        outputs={"output": _make_output(cfg, batch, slots, cfg.filters)},
        weights=weights(
            depthwise_kernel=depthwise, pointwise_kernel=pointwise, bias=(cfg.filters,) if cfg.use_bias else None
        ),
        macs={"depthwise_kernel": (*slots, *depthwise), "pointwise_kernel": (*slots, *pointwise)},
    )
