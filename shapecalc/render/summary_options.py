"""What a user asks a summary to show: columns, order, depth, memory."""

from __future__ import annotations

from typing import NamedTuple


class SummaryOptions(NamedTuple):
    """What is asked of a summary: blocks opened to `depth`, each round of a repeat on its own (`unfold`), columns by
    name, the optimizer of a training, a decoder's cache.
    """

    depth: int = 1
    columns: tuple[str, ...] = ()
    unfold: bool = False
    training: str | None = None
    kv_cache: bool = False

    @property
    def budget(self) -> bool:
        """Whether the memory of the whole model is asked for."""
        return "memory" in self.columns or self.training is not None or self.kv_cache
