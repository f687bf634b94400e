"""Mechanisms of convolution and pooling: channels in front, as ONNX has them, and the borders of windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shapecalc.dims import Shape, Size, unknown
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
    """The attributes of an operator with windows: for `same` the zeros at each end, which numbers must decide."""
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
            raise AssertionError("borders of open sizes are added before")
        pairs.append((total // 2, total - total // 2))
    if any(before or after for before, after in pairs):
        attributes["pads"] = [*(before for before, _ in pairs), *(after for _, after in pairs)]
    return attributes


def has_open_borders(cfg: Any, spatial: Sequence[Size], strides: Sequence[int]) -> bool:
    """Whether the number of zeros that `same` adds hangs on a size that is no number."""
    return cfg.padding == "same" and any(
        not isinstance(size, int) and stride != 1 for size, stride in zip(spatial, strides, strict=True)
    )


def add_open_borders(nodes: Nodes, x: Value, reach: Sequence[int], strides: Sequence[int], fill: float = 0.0) -> Value:
    """`x`, channels in front, with the borders that `same` asks for, computed from its sizes when it is run."""
    sizes, stride = nodes.sizes(x.shape[2:]), nodes.ints(strides)
    rest = nodes.op("Mod", sizes, stride)
    left = nodes.where(nodes.op("Equal", rest, nodes.constant(0, "int64")), stride, rest)
    total = nodes.op("Max", nodes.op("Sub", nodes.ints(reach), left), nodes.constant(0, "int64"))
    before = nodes.op("Div", total, nodes.constant(2, "int64"))
    none = nodes.ints([0, 0])
    ends = nodes.concat([none, before, none, nodes.op("Sub", total, before)], 0)
    shape = Shape((*x.shape[:2], *(unknown() for _ in reach)))
    result = [x.tensor._replace(shape=shape, values=None)]
    return nodes.place("Pad", (x, ends, nodes.like(fill, x)), result, {"mode": "constant"})[0]


def slide(
    nodes: Nodes,
    cfg: Any,
    x: Value,
    kernel: Sequence[int],
    strides: Sequence[int],
    dilation: Sequence[int],
    fill: float = 0.0,
) -> tuple[Value, dict[str, Any]]:
    """The input and the attributes of an operator whose windows slide over `x`; `fill` stands in borders."""
    attributes = {"kernel_shape": list(kernel), "strides": list(strides)}
    if not has_open_borders(cfg, x.shape[2:], strides):
        return x, window_attributes(cfg, x.shape[2:], kernel, strides, dilation)
    if any(rate != 1 for rate in dilation):
        attributes["dilations"] = list(dilation)
    return add_open_borders(nodes, x, spans(kernel, dilation), strides, fill), attributes


def channel_count(x: Value) -> int:
    """The channels of a tensor that has them behind the batch."""
    return number(x.shape[1], "the number of its channels")
