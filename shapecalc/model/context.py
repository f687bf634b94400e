"""What the graphs of one model share: the memo of configs, and how much has been built."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from shapecalc.diagnostics import Diagnostic, Fault
from shapecalc.layers.base import Layer
from shapecalc.model.spec import ModelSpec

MAX_NODES = 100_000
"""Most layers that `repeat` and blocks may make; what is written out one by one is bounded by the size of the file."""
MAX_BLOCKS = 2_000
"""Most different graphs that the blocks of a model may have."""
MAX_FINDINGS = 100
"""Most findings that one graph reports before it gives up."""
MAX_NESTED = 50
"""Most levels of blocks within blocks."""


class Context:
    """One analysis of one model.

    `deprecated`: whether a deprecated layer type is used; `is_partly_active`: whether a block says that one token needs
    only a part of it. `faults`: what is wrong inside a block, by its config and
    what it was fed, so that a block that is used a thousand times fails once.
    """

    def __init__(self) -> None:
        self.configs: dict[Hashable, Layer] = {}
        self.faults: dict[tuple[Any, ...], Fault] = {}
        self.deprecated = False
        self.is_partly_active = False
        self.open_blocks: list[ModelSpec] = []
        self.nodes = 0
        self.blocks = 0

    def begin(self) -> None:
        """Start counting at 0 again, for another walk of the same model."""
        self.nodes = self.blocks = 0

    def count(self, nodes: int, blocks: int, refusal: Diagnostic) -> None:
        """Counts what is about to be built; raises Fault when it is too much, with `refusal` the first time."""
        refused = self.nodes > MAX_NODES or self.blocks > MAX_BLOCKS
        self.nodes += nodes
        self.blocks += blocks
        if refused:
            raise Fault
        if self.nodes > MAX_NODES or self.blocks > MAX_BLOCKS:
            raise Fault(refusal)
