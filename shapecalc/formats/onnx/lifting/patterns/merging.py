"""Tensors of one shape merged, and tensors joined."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import Candidate, pattern
from shapecalc.layers.onnx.dtypes import is_float

_MERGES = {
    "Add": "Add", "Sum": "Add", "Sub": "Subtract", "Mul": "Multiply", "Max": "Maximum", "Min": "Minimum",
    "Mean": "Average",
}  # fmt: skip


@pattern(*_MERGES, stage=2)
def find_merge(net: Net, node: Node) -> Iterator[Candidate]:
    """Numbers of tensors of one shape, entry by entry: Keras broadcasts otherwise than ONNX."""
    sources = node.sources()
    shapes = {net.tensor(source).shape for source in sources}
    if len(sources) > 1 and len(shapes) == 1 and is_float(node.outputs[0].dtype):
        yield Candidate(_MERGES[node.operator], {}, {"inputs": sources}, (node,))


@pattern("Concat", stage=2)
def find_concatenation(net: Net, node: Node) -> Iterator[Candidate]:
    """Tensors one after another along an axis that is not the batch."""
    sources, axis = node.sources(), node.arguments.get("axis", 0)
    if len(sources) > 1 and is_float(node.outputs[0].dtype) and axis % node.outputs[0].shape.ndim:
        yield Candidate("Concatenate", {} if axis == -1 else {"axis": axis}, {"inputs": sources}, (node,))
