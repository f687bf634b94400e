"""Convolutions; a border that is none of Keras's is a layer of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shapecalc.formats.flat_model import Held
from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import Candidate, given_shape, pattern
from shapecalc.formats.onnx.lifting.patterns.windows import find_padding, list_sizes, one_or_many


def _window(node: Node, kernel: list[int]) -> dict[str, Any]:
    """The arguments of a layer that say its window."""
    rank = len(kernel)
    arguments: dict[str, Any] = {"kernel_size": one_or_many(kernel)}
    strides, dilations = list_sizes(node, "strides", rank, 1), list_sizes(node, "dilations", rank, 1)
    if any(stride != 1 for stride in strides):
        arguments["strides"] = one_or_many(strides)
    if any(dilation != 1 for dilation in dilations):
        arguments["dilation_rate"] = one_or_many(dilations)
    return arguments


def _finish(node: Node, arguments: dict[str, Any], groups: int = 0) -> dict[str, Held]:
    """Puts in where the channels stand and whether there is a bias; returns what the weights were.

    `groups` counts those of a depthwise convolution.
    """
    weights = {"kernel": Held(node.name, "W", "depthwise" if groups else "kernel", groups)}
    if "B" in node.arguments:
        weights["bias"] = Held(node.name, "B")
    else:
        arguments["use_bias"] = False
    arguments["data_format"] = "channels_first"
    return weights


@pattern("Conv")
def find_convolution(net: Net, node: Node) -> Iterator[Candidate]:
    """Conv1D to Conv3D; where each channel is its own group DepthwiseConv1D and DepthwiseConv2D."""
    weight, source = given_shape(node, "W"), node.source("X")
    if weight is None or source is None or "B" in node.feed or len(weight) not in (3, 4, 5):
        return
    rank, kernel, group = len(weight) - 2, weight[2:], node.arguments.get("group", 1)
    padding = find_padding(node, net.tensor(source).shape[2:], kernel)
    more: dict[str, Any] = {} if padding is not None else {"before": _list_border(node, rank)}
    if padding is None and more["before"] is None:
        return
    arguments = _window(node, kernel) | ({"padding": padding} if padding == "same" else {})
    if group > 1 and weight[1] == 1 and net.tensor(source).shape[1] == group and rank < 3:
        own = arguments | ({"depth_multiplier": weight[0] // group} if weight[0] != group else {})
        weights = _finish(node, own, group)
        yield Candidate(f"DepthwiseConv{rank}D", own, {"inputs": source}, (node,), weights, **more)
    own = {"filters": weight[0]} | arguments | ({"groups": group} if group > 1 else {})
    weights = _finish(node, own)
    yield Candidate(f"Conv{rank}D", own, {"inputs": source}, (node,), weights, **more)


def _list_border(node: Node, rank: int) -> tuple[str, dict[str, Any]] | None:
    """The layer that adds a border of zeros which is none of Keras's; None where it is computed, or below 0."""
    pads = list_sizes(node, "pads", 2 * rank, 0)
    if node.arguments.get("auto_pad", "NOTSET") != "NOTSET" or min(pads) < 0:
        return None
    sides = [[pads[axis], pads[axis + rank]] for axis in range(rank)]
    same = sides[0][0] if all(side == [sides[0][0]] * 2 for side in sides) else None
    padding = same if same is not None else sides[0] if rank == 1 else sides
    return f"ZeroPadding{rank}D", {"padding": padding, "data_format": "channels_first"}


@pattern("ConvTranspose")
def find_transposed(net: Net, node: Node) -> Iterator[Candidate]:
    """Conv1DTranspose to Conv3DTranspose without a border."""
    weight, source, arguments = given_shape(node, "W"), node.source("X"), node.arguments
    if weight is None or source is None or "B" in node.feed or len(weight) not in (3, 4, 5):
        return
    rank = len(weight) - 2
    border = [*list_sizes(node, "pads", 2 * rank, 0), *list_sizes(node, "output_padding", rank, 0)]
    is_plain = arguments.get("auto_pad", "NOTSET") in ("NOTSET", "VALID") and not arguments.get("output_shape")
    if arguments.get("group", 1) != 1 or any(border) or not is_plain:
        return
    own = {"filters": weight[1]} | _window(node, weight[2:])
    weights = _finish(node, own)
    yield Candidate(f"Conv{rank}DTranspose", own, {"inputs": source}, (node,), weights)
