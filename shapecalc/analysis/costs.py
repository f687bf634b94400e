"""The bytes of a model's activations: of all outputs, of those alive at once in execution order, and of what layers
hold only while they run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from shapecalc.dims import Size, add_up, at_least, prod
from shapecalc.inference.batch import put_in_batch
from shapecalc.layers.values import BYTES, Inferred, Tensor

if TYPE_CHECKING:
    from shapecalc.inference.walk import Walk

MAX_ALTERNATIVES = 16
"""Most formulas that may each be the greatest; with more of them all sizes are returned."""


def tensor_bytes(tensor: Tensor, batch: Size = 1) -> Size:
    """Bytes of one tensor, an unknown batch size taken as `batch`, also where it is only a factor of an axis."""
    return prod([put_in_batch(size, batch) for size in tensor.shape]) * BYTES[tensor.dtype or "float32"]


def outputs_bytes(inferred: Inferred, batch: Size = 1) -> Size:
    """Bytes of all outputs of one call."""
    return add_up(tensor_bytes(tensor, batch) for tensor in inferred.outputs.values())


def activation_bytes(inferred: Inferred, batch: Size = 1, known: dict[int, Size] | None = None) -> Size:
    """Bytes of the outputs of a call, for a block those of all layers in it. `known` remembers results by identity."""
    if inferred.walk is None:
        return outputs_bytes(inferred, batch)
    known = {} if known is None else known
    if id(inferred) not in known:
        parts = zip(inferred.walk.graph.nodes, inferred.walk.results, strict=False)
        inside = [part for node, part in parts if node.entry is not None and part is not None]
        known[id(inferred)] = add_up(activation_bytes(part, batch, known) for part in inside)
    return known[id(inferred)]


def workspace_bytes(inferred: Inferred, batch: Size = 1) -> Size:
    """Bytes of what a call and those within hold while they run, all together: what training keeps of it."""
    own = add_up(tensor_bytes(tensor, batch) for tensor in inferred.workspace.values())
    return own + add_up(part.calls * workspace_bytes(part.inferred, batch) for part in inferred.inner)


def has_workspace(inferred: Inferred) -> bool:
    """Whether a call, or one within, holds anything while it runs."""
    return bool(inferred.workspace) or any(has_workspace(part.inferred) for part in inferred.inner)


def _list_workspaces(inferred: Inferred, batch: Size) -> tuple[Size, ...]:
    """The most bytes that a call holds at once while it runs: its own, and those of one of the layers within."""
    own = add_up(tensor_bytes(tensor, batch) for tensor in inferred.workspace.values())
    within = [part.calls * size for part in inferred.inner for size in _list_workspaces(part.inferred, batch)]
    return tuple(own + size for size in select_greatest(within)) if within else (own,)


def sum_activations(walked: Walk, batch: Size = 1) -> Size:
    """Bytes of the inputs and of every layer's outputs, those within blocks too: what training keeps."""
    known: dict[int, Size] = {}
    return add_up(activation_bytes(part, batch, known) for part in walked.results if part is not None)


def find_peak_activation(walked: Walk, batch: Size = 1) -> Size | None:
    """The most bytes alive at once, as `list_peak_activations`; None where several formulas may be the most."""
    peaks = list_peak_activations(walked, batch)
    return peaks[0] if len(peaks) == 1 else None


def list_peak_activations(walked: Walk, batch: Size = 1) -> tuple[Size, ...]:
    """The most bytes of outputs alive at once when nodes run from top to bottom and each output is dropped after its
    last use, with the workspace of the layer that runs. The inputs count, and within a block its own peak. Several
    formulas where any may be the most.
    """
    return _Liveness(batch).list_peaks(walked, inputs=True)


def select_greatest(sizes: Iterable[Size]) -> tuple[Size, ...]:
    """The greatest of sizes: one, or the formulas of which any may be the greatest.

    Where more than `MAX_ALTERNATIVES` cannot be compared they are all returned: the greatest of any numbers put in is
    still among them.
    """
    kept: list[Size] = []
    different = list(dict.fromkeys(sizes))
    for size in different:
        if not any(at_least(old, size) for old in kept):
            kept = [*(old for old in kept if not at_least(size, old)), size]
            if len(kept) > MAX_ALTERNATIVES:
                return tuple(different)
    return tuple(kept) or (0,)


class _Liveness:
    """Follows which outputs are alive. The peaks of a block serve each call that infers the same."""

    def __init__(self, batch: Size) -> None:
        self.batch = batch
        self.blocks: dict[int, tuple[Size, ...]] = {}

    def list_peaks(self, walked: Walk, inputs: bool) -> tuple[Size, ...]:
        """The peaks of a graph; without `inputs` its inputs are alive outside, and are not counted here."""
        feeds = [[source[0] for source in walked.sources_of(node)] for node in walked.graph.nodes]
        uses = Counter(source for feed in feeds for source in feed)
        uses.update(source[0] for source in walked.output_sources().values())
        alive: dict[int, Size] = {}
        now: Size = 0
        sizes: list[Size] = []
        for node, inferred, feed in zip(walked.graph.nodes, walked.results, feeds, strict=False):
            free = inferred is None or (node.entry is None and not inputs)
            own = 0 if free or inferred is None else outputs_bytes(inferred, self.batch)
            if inferred is not None and inferred.walk is not None:
                sizes += [now + inside for inside in self.list_inner_peaks(inferred)]
            alive[node.index] = own
            now = now + own
            sizes += [now + extra for extra in self.list_workspaces(inferred)]
            for source in feed:
                uses[source] -= 1
                if uses[source] == 0:
                    now = now - alive.pop(source, 0)
        return select_greatest(sizes)

    def list_workspaces(self, inferred: Inferred | None) -> tuple[Size, ...]:
        """The workspace of a layer; for a block none, since its layers are counted where they run."""
        if inferred is None or inferred.walk is not None or not has_workspace(inferred):
            return (0,)
        return _list_workspaces(inferred, self.batch)

    def list_inner_peaks(self, block: Inferred) -> tuple[Size, ...]:
        """The peaks within a block, besides what surrounds it."""
        known = self.blocks.get(id(block))
        if known is None:
            known = self.blocks[id(block)] = self.list_peaks(block.walk, inputs=False)
        return known
