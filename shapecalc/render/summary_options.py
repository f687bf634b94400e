"""What a user asks a summary to show: columns, order, depth, memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from shapecalc.analysis.devices import Device
    from shapecalc.training.peak import Training


class SummaryOptions(NamedTuple):
    """What is asked of a summary: blocks opened to `depth`, each round of a repeat on its own (`unfold`), columns by
    name, the optimizer of a training, a decoder's cache, the column that lines are sorted by, the
    device that the model is held against.
    """

    depth: int = 1
    columns: tuple[str, ...] = ()
    unfold: bool = False
    training: Training | None = None
    kv_cache: bool = False
    sort: str | None = None
    device: Device | None = None

    @property
    def budget(self) -> bool:
        """Whether the memory of the whole model is asked for."""
        return "memory" in self.columns or self.training is not None or self.kv_cache

    @property
    def shown(self) -> list[str]:
        """What is shown besides columns, by the names that notes have for it."""
        asked = {"memory": self.budget, "training": self.training is not None, "kv_cache": self.kv_cache}
        asked |= {"device": self.device is not None, "tokens": self.device is not None and self.kv_cache}
        return [name for name, is_asked in asked.items() if is_asked]
