"""The axes of one sample reshaped and reordered."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import Candidate, given_numbers, pattern


@pattern("Flatten", stage=2)
def find_flatten(net: Net, node: Node) -> Iterator[Candidate]:
    """All axes of a sample as one."""
    source = node.source("input")
    if source is not None and net.has_batch(source) and node.arguments.get("axis", 1) == 1:
        yield Candidate("Flatten", {}, {"inputs": source}, (node,))


@pattern("Reshape", stage=2)
def find_reshape(net: Net, node: Node) -> Iterator[Candidate]:
    """Each sample in another shape, of which one size may be left open."""
    source, output = node.source("data"), node.outputs[0].shape
    if source is None or "shape" not in node.arguments or not net.has_batch(source) or not output.ndim:
        return
    target = [size if isinstance(size, int) else -1 for size in output[1:]]
    if net.tensor(source).shape[0] == output[0] and target.count(-1) <= 1:
        if len(target) == 1 and net.tensor(source).shape.ndim > 2:
            yield Candidate("Flatten", {}, {"inputs": source}, (node,))
        yield Candidate("Reshape", {"target_shape": target}, {"inputs": source}, (node,))


@pattern("Transpose", stage=2)
def find_permute(net: Net, node: Node) -> Iterator[Candidate]:
    """The axes of a sample in another order."""
    source, order = node.source("data"), given_numbers(node, "perm")
    if source is None or order is None or not net.has_batch(source):
        return
    if len(order) > 1 and order[0] == 0:
        yield Candidate("Permute", {"dims": order[1:]}, {"inputs": source}, (node,))
