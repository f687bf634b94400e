"""Pooling under windows whose border is one of Keras's, and over whole images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shapecalc.formats.flat_model import Source
from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import Candidate, given_numbers, pattern
from shapecalc.formats.onnx.lifting.patterns.windows import find_padding, list_sizes, one_or_many

_KINDS = {
    "MaxPool": "Max", "AveragePool": "Average", "GlobalMaxPool": "Max", "GlobalAveragePool": "Average",
    "ReduceMax": "Max", "ReduceMean": "Average",
}  # fmt: skip


@pattern("MaxPool", "AveragePool")
def find_pooling(net: Net, node: Node) -> Iterator[Candidate]:
    """Windows that lie within, or with the border of `same`, which a mean leaves out."""
    source = node.source("X")
    rank = node.outputs[0].shape.ndim - 2
    if source is None or rank not in (1, 2, 3):
        return
    kernel = list_sizes(node, "kernel_shape", rank, 1)
    padding = find_padding(node, net.tensor(source).shape[2:], kernel)
    if padding is None or any(dilation != 1 for dilation in list_sizes(node, "dilations", rank, 1)):
        return
    if padding == "same" and node.arguments.get("count_include_pad"):
        return
    arguments: dict[str, Any] = {"pool_size": one_or_many(kernel)}
    strides = list_sizes(node, "strides", rank, 1)
    if strides != kernel:
        arguments["strides"] = one_or_many(strides)
    if padding == "same":
        arguments["padding"] = "same"
    arguments["data_format"] = "channels_first"
    yield Candidate(f"{_KINDS[node.operator]}Pooling{rank}D", arguments, {"inputs": source}, (node,))


def _pool_all(node: Node, source: Source, rank: int, nodes: tuple[Node, ...], **arguments: Any) -> Candidate:
    return Candidate(f"Global{_KINDS[node.operator]}Pooling{rank}D", arguments, {"inputs": source}, nodes)


@pattern("GlobalAveragePool", "GlobalMaxPool")
def find_global_pooling(net: Net, node: Node) -> Iterator[Candidate]:
    """One number for each channel; axes of 1 that are taken out at once are not kept."""
    source, rank = node.source("X"), node.outputs[0].shape.ndim - 2
    if source is None or rank not in (1, 2, 3):
        return
    after = net.only_user(node.output)
    if after is not None and after.operator in ("Flatten", "Squeeze", "Reshape"):
        yield _pool_all(node, source, rank, (node, after), data_format="channels_first")
    yield _pool_all(node, source, rank, (node,), data_format="channels_first", keepdims=True)


@pattern("ReduceMean", "ReduceMax", stage=2)
def find_reduction(net: Net, node: Node) -> Iterator[Candidate]:
    """A mean over all axes of an image, or over the steps of a sequence."""
    source, axes = node.source("data"), given_numbers(node, "axes")
    if source is None or axes is None:
        return
    ndim = net.tensor(source).shape.ndim
    places = sorted(axis % ndim for axis in axes) if ndim else []
    kept = {"keepdims": True} if node.arguments.get("keepdims", True) else {}
    if ndim in (4, 5) and places == list(range(2, ndim)):
        yield _pool_all(node, source, ndim - 2, (node,), data_format="channels_first", **kept)
    elif ndim in (3, 4, 5) and places == list(range(1, ndim - 1)):
        yield _pool_all(node, source, ndim - 2, (node,), **kept)
