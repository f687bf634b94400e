"""Convolutions: kernels as ONNX has them, filters in front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.formats.onnx.writing.activations import activate
from shapecalc.formats.onnx.writing.base import Array, Value, WeightView, number, number_type, writer
from shapecalc.formats.onnx.writing.core import ask_matrix
from shapecalc.formats.onnx.writing.windows import (
    channel_count,
    channels_first,
    restore_format,
    slide,
    spans,
)

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.convolution import Conv, ConvTranspose, DepthwiseConv, SeparableConv

_BY_LAST_AXIS = ("glu", "log_softmax", "softmax", "sparsemax")
"""Activations that look at the last axis of the output, wherever the channels are."""


@writer("Conv1D", "Conv2D", "Conv3D")
def conv(nodes: Nodes, cfg: Conv, weight: WeightView, inputs: Value) -> Value:
    x = channels_first(nodes, cfg, nodes.cast(inputs, cfg.compute_dtype))
    scale = 1.0 if cfg.lora_rank is None or cfg.lora_alpha is None else cfg.lora_alpha / cfg.lora_rank
    filters = number(cfg.filters, "`filters`")
    shape = (*cfg.kernel_size, channel_count(x) // cfg.groups, filters)
    kernel = ask_matrix(cfg, weight, "kernel", shape, scale)
    x, attributes = _slide(nodes, cfg, x)
    attributes |= {"group": cfg.groups} if cfg.groups > 1 else {}
    y = nodes.op(
        "Conv",
        x,
        nodes.weight(weight, "kernel", filters_first(kernel)),
        _bias(nodes, cfg, weight, filters),
        **attributes,
    )
    return _finish(nodes, cfg, y)


def filters_first(kernel: Array) -> Array:
    """A kernel (*window, channels, filters) as (filters, channels, *window)."""
    return np.ascontiguousarray(np.moveaxis(kernel, (-1, -2), (0, 1)))


def _slide(nodes: Nodes, cfg: Any, x: Value) -> tuple[Value, dict[str, Any]]:
    return slide(nodes, cfg, x, cfg.kernel_size, cfg.strides, cfg.dilation_rate)


def _bias(nodes: Nodes, cfg: Any, weight: WeightView, size: int) -> Value | None:
    """The bias, if there is one."""
    if not cfg.use_bias:
        return None
    bias = weight("bias", (size,), cfg.bias_initializer)
    return nodes.weight(weight, "bias", bias.astype(number_type(cfg.compute_dtype), copy=False))


def _finish(nodes: Nodes, cfg: Any, y: Value) -> Value:
    """The output with its channels where they were, and activated."""
    return activate(nodes, cfg.activation, restore_format(nodes, cfg, y))


def _depthwise(nodes: Nodes, cfg: Any, weight: WeightView, name: str, x: Value, bias: Value | None) -> Value:
    """Every channel under its own windows, the outputs of a channel side by side."""
    channels, each = channel_count(x), number(cfg.depth_multiplier, "`depth_multiplier`")
    kernel = weight(name, (*cfg.kernel_size, channels, each), cfg.depthwise_initializer)
    side_by_side = kernel.astype(number_type(cfg.compute_dtype), copy=False).reshape(*cfg.kernel_size, 1, -1)
    held = nodes.weight(weight, name, filters_first(side_by_side))
    x, attributes = _slide(nodes, cfg, x)
    return nodes.op("Conv", x, held, bias, group=channels, **attributes)


@writer("DepthwiseConv1D", "DepthwiseConv2D")
def depthwise_conv(nodes: Nodes, cfg: DepthwiseConv, weight: WeightView, inputs: Value) -> Value:
    x = channels_first(nodes, cfg, nodes.cast(inputs, cfg.compute_dtype))
    outputs = channel_count(x) * number(cfg.depth_multiplier, "`depth_multiplier`")
    bias = _bias(nodes, cfg, weight, outputs)
    return _finish(nodes, cfg, _depthwise(nodes, cfg, weight, "kernel", x, bias))


@writer("SeparableConv1D", "SeparableConv2D")
def separable_conv(nodes: Nodes, cfg: SeparableConv, weight: WeightView, inputs: Value) -> Value:
    x = channels_first(nodes, cfg, nodes.cast(inputs, cfg.compute_dtype))
    middle = _depthwise(nodes, cfg, weight, "depthwise_kernel", x, None)
    filters = number(cfg.filters, "`filters`")
    ones = (1,) * len(cfg.kernel_size)
    mix = weight("pointwise_kernel", (*ones, channel_count(middle), filters), cfg.pointwise_initializer)
    held = nodes.weight(weight, "pointwise_kernel", filters_first(mix.astype(number_type(cfg.compute_dtype))))
    y = nodes.op("Conv", middle, held, _bias(nodes, cfg, weight, filters), kernel_shape=list(ones))
    return _finish(nodes, cfg, y)


@writer("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
def conv_transpose(nodes: Nodes, cfg: ConvTranspose, weight: WeightView, inputs: Value) -> Value:
    """The whole product, with what Keras cuts off or adds at each end."""
    x = channels_first(nodes, cfg, nodes.cast(inputs, cfg.compute_dtype))
    filters = number(cfg.filters, "`filters`")
    kernel = weight("kernel", (*cfg.kernel_size, filters, channel_count(x)), cfg.kernel_initializer)
    kernel = kernel.astype(number_type(cfg.compute_dtype), copy=False)
    held = nodes.weight(weight, "kernel", filters_first(kernel))
    pairs = crop_sizes(cfg)
    attributes: dict[str, Any] = {"kernel_shape": list(cfg.kernel_size), "strides": list(cfg.strides)}
    if any(rate != 1 for rate in cfg.dilation_rate):
        attributes["dilations"] = list(cfg.dilation_rate)
    pads = [*(max(before, 0) for before, _ in pairs), *(max(after, 0) for _, after in pairs)]
    if any(pads):
        attributes["pads"] = pads
    bias = _bias(nodes, cfg, weight, filters)
    wider = [max(-after, 0) for _, after in pairs]
    if not any(wider):
        return _finish(nodes, cfg, nodes.op("ConvTranspose", x, held, bias, **attributes))
    y = nodes.op("ConvTranspose", x, held, **attributes)
    y = nodes.pad(y, [(0, 0), (0, 0), *((0, more) for more in wider)])
    if bias is not None:
        y = nodes.op("Add", y, nodes.reshape(bias, (filters, *(1 for _ in wider))))
    return _finish(nodes, cfg, y)


def crop_sizes(cfg: Any) -> list[tuple[int, int]]:
    """What Keras cuts off before and after each axis of a transposed convolution; negative where it adds zeros."""
    pairs = []
    extra = cfg.output_padding or (None,) * len(cfg.strides)
    for span, stride, more in zip(spans(cfg.kernel_size, cfg.dilation_rate), cfg.strides, extra, strict=True):
        if cfg.padding == "valid":
            pairs.append((0, -(max(stride - span, 0) if more is None else more)))
        else:
            total = span - stride if more is None else span - span % 2 - more
            pairs.append((max(total, 0) // 2, total - max(total, 0) // 2))
    return pairs
