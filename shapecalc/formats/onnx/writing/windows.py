"""Mechanisms of convolution and pooling: channels in front, as ONNX has them, and the borders of windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shapecalc.dims import Size
from shapecalc.formats.onnx.writing.base import Value, number

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes


def channels_first(nodes: Nodes, cfg: Any, x: Value) -> Value:
    """`x` with its channels behind the batch, wherever `data_format` has them."""
    return x if cfg.data_format == "channels_first" else nodes.move(x, -1, 1)


def restore_format(nodes: Nodes, cfg: Any, y: Value) -> Value:
    """`y` with its channels where `data_format` has them."""
    return y if cfg.data_format == "channels_first" else nodes.move(y, 1, -1)


def spans(kernel: Sequence[int], dilation: Sequence[int]) -> list[int]:
    """How far a window reaches along each axis, gaps included."""
    return [(size - 1) * rate + 1 for size, rate in zip(kernel, dilation, strict=True)]


def window_attributes(
    cfg: Any, spatial: Sequence[Size], kernel: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> dict[str, Any]:
    """The attributes of an operator with windows: for `same` the numbers of zeros, as long as sizes decide none.

    `auto_pad` says it where a size is not known and the stride is not 1.
    """
    attributes: dict[str, Any] = {"kernel_shape": list(kernel), "strides": list(strides)}
    if any(rate != 1 for rate in dilation):
        attributes["dilations"] = list(dilation)
    reach = spans(kernel, dilation)
    if cfg.padding == "valid":
        return attributes
    if cfg.padding == "causal":
        return attributes | {"pads": [*(span - 1 for span in reach), *(0 for _ in reach)]}
    pairs = []
    for size, span, stride in zip(spatial, reach, strides, strict=True):
        if stride == 1:
            total = span - 1
        elif isinstance(size, int):
            total = max(span - (size % stride or stride), 0)
        else:
            return attributes | {"auto_pad": "SAME_UPPER"}
        pairs.append((total // 2, total - total // 2))
    if any(before or after for before, after in pairs):
        attributes["pads"] = [*(before for before, _ in pairs), *(after for _, after in pairs)]
    return attributes


def channel_count(x: Value) -> int:
    """The channels of a tensor that has them behind the batch."""
    return number(x.shape[1], "the number of its channels")
