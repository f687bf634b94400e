"""What the graphs of one model share: the memo of configs, how many nodes there are, and where findings go."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics import Diagnostic, Fault
from shapecalc.layers.base import Layer
from shapecalc.model.spec import ModelSpec

MAX_NODES = 1_000_000


class Context:
    """One analysis of one model."""

    def __init__(self) -> None:
        self.configs: dict[tuple[Any, ...], Layer] = {}
        self.nodes = 0
        self.open_blocks: list[ModelSpec] = []

    def count(self, nodes: int, refusal: Diagnostic) -> None:
        """Counts nodes about to be built; raises Fault with `refusal` when they are too many."""
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise Fault(refusal)
