"""What each node of a model keeps, and what it shares with those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.dims import Shape, Size
from shapecalc.inference.batch import put_in_batch
from shapecalc.inference.walk import Source
from shapecalc.training.array import Array, Storage, make_array
from shapecalc.training.keeping import run_node
from shapecalc.training.tape import Tape

if TYPE_CHECKING:
    from shapecalc.inference.walk import Walk
    from shapecalc.model.graph import GraphNode


class Kept:
    """What one node keeps that no node before it keeps, and what Keras pins of it."""

    __slots__ = ("node", "outputs", "pinned", "saved")

    def __init__(
        self, node: GraphNode, saved: dict[Storage, str], pinned: dict[Storage, str], outputs: tuple[Array, ...]
    ) -> None:
        self.node = node
        self.saved = saved
        self.pinned = pinned
        self.outputs = outputs


def list_kept(walked: Walk, batch: Size = 1) -> list[Kept]:
    """What each node of a model keeps for the backward pass, for `batch` samples where the batch size is unknown.

    The model's inputs need no gradient.
    """
    tape = Tape()
    outputs: list[tuple[Array, ...]] = []
    rows: list[Kept] = []
    for node in walked.graph.nodes:
        if node.entry is None:
            tensor = walked.tensor(Source(node.index, 0))
            shape = Shape([put_in_batch(size, batch) for size in tensor.shape])
            outputs.append((make_array(node.name, shape, tensor.dtype or "float32"),))
            continue
        before = len(tape.saved), len(tape.pinned)
        outputs.append(run_node(tape, walked, node, outputs))
        saved = dict(list(tape.saved.items())[before[0] :])
        pinned = dict(list(tape.pinned.items())[before[1] :])
        rows.append(Kept(node, saved, pinned, outputs[-1]))
    return rows
