"""What a model costs in memory: activation bytes by liveness, in execution order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from shapecalc.dims import Size, prod
from shapecalc.layers.values import BYTES, Inferred, Tensor

if TYPE_CHECKING:
    from shapecalc.analysis.infer import Walk


def tensor_bytes(tensor: Tensor, batch: Size = 1) -> Size:
    """Bytes of one tensor, its batch axis taken as `batch` where it is not a number."""
    rows = tensor.shape[0] if tensor.shape and isinstance(tensor.shape[0], int) else batch
    return rows * prod(tensor.shape[1:]) * BYTES[tensor.dtype or "float32"]


def outputs_bytes(inferred: Inferred, batch: Size = 1) -> Size:
    """Bytes of all outputs of one call."""
    total: Size = 0
    for tensor in inferred.outputs.values():
        total = total + tensor_bytes(tensor, batch)
    return total


def peak_activation(walked: Walk, batch: Size = 1) -> Size | None:
    """The most bytes of outputs alive at once when nodes run from top to bottom and each output is dropped after its
    last use. Within a block its own peak counts. None where a size is not a number.
    """
    uses = Counter(source[0] for node in walked.graph.nodes for source in walked.sources_of(node))
    uses.update(source[0] for source in walked.exits().values())
    alive: dict[int, int] = {}
    now = peak = 0
    for node, inferred in zip(walked.graph.nodes, walked.results, strict=False):
        own = outputs_bytes(inferred, batch) if inferred is not None else 0
        if not isinstance(own, int):
            return None
        inside = _peak_inside(inferred, batch)
        if inside is None:
            return None
        alive[node.index] = own
        now += own
        peak = max(peak, now, now - own + inside)
        for source, _ in walked.sources_of(node):
            uses[source] -= 1
            if uses[source] == 0:
                now -= alive.pop(source, 0)
    return peak


def _peak_inside(inferred: Inferred | None, batch: Size) -> int | None:
    """The peak within a layer, less the inputs it shares with what surrounds it; 0 for a plain layer."""
    if inferred is None or inferred.walk is None:
        return 0
    inside = peak_activation(inferred.walk, batch)
    if not isinstance(inside, int):
        return None
    shared = [tensor_bytes(one, batch) for one in inferred.walk.graph.inputs]
    return max(0, inside - sum(size for size in shared if isinstance(size, int)))
