"""What convolutions and pooling share: the border, steps and dilations of a window as Keras says them."""

from __future__ import annotations

from typing import Any

from shapecalc.dims import Shape
from shapecalc.formats.onnx.lifting.net import Node


def list_sizes(node: Node, argument: str, rank: int, default: int) -> list[int]:
    """An argument of a size for each axis."""
    given = node.arguments.get(argument)
    return [default] * rank if not given else list(given) if isinstance(given, list) else [given] * rank


def one_or_many(sizes: list[int]) -> int | list[int]:
    """Equal sizes as one number."""
    return sizes[0] if len(set(sizes)) == 1 else sizes


def find_padding(node: Node, spatial: Shape, kernel: list[int]) -> str | None:
    """`valid`, or `same` where the border is Keras's; None where Keras has no such border."""
    rank = len(kernel)
    strides, dilations = list_sizes(node, "strides", rank, 1), list_sizes(node, "dilations", rank, 1)
    pads = list_sizes(node, "pads", 2 * rank, 0)
    auto = node.arguments.get("auto_pad", "NOTSET")
    if auto != "NOTSET":
        return {"VALID": "valid", "SAME_UPPER": "same"}.get(auto)
    if not any(pads):
        return "valid"
    for axis in range(rank):
        border = _keras_border(spatial[axis], kernel[axis], strides[axis], dilations[axis])
        if border != (pads[axis], pads[axis + rank]):
            return None
    return "same"


def _keras_border(size: Any, kernel: int, stride: int, dilation: int) -> tuple[int, int] | None:
    """What `same` adds before and after an axis; None where that depends on a size that is no number."""
    span = dilation * (kernel - 1) + 1
    if stride == 1:
        total = span - 1
    elif isinstance(size, int):
        total = max((-(-size // stride) - 1) * stride + span - size, 0)
    else:
        return None
    return total // 2, total - total // 2
