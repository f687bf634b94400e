"""The batch size where it is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.dims import Size, unknowns
from shapecalc.dims.division import substitute

if TYPE_CHECKING:
    from shapecalc.dims.dim import Leaf

BATCH_HINT = "batch"
"""The hint of the unknown that is a model's batch size."""


def put_in_batch(size: Size, batch: Size) -> Size:
    """A size with an unknown batch size taken as `batch`, also where it is only a factor of an axis."""
    if isinstance(size, int):
        return size
    marked: dict[Leaf, Size] = {leaf: batch for leaf in unknowns(size) if leaf.hint == BATCH_HINT}
    return substitute(size, marked) if marked else size
