"""The kinds of argument that say something of each spatial axis of a type, which its class counts in `rank`."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.errors import Refusal
from shapecalc.layers.arguments.kinds import Kind, shown, whole_number


class WindowKind(Kind):
    """As many whole numbers as the type has spatial axes, which its class says in `rank`.

    `single`: one number may stand for all; `listed`: they may stand in a list.
    """

    name = "window"

    def __init__(self, low: int, *, single: bool = True, listed: bool = True) -> None:
        self.low = low
        self.single = single
        self.listed = listed

    def read(self, value: object, owner: type) -> Any:
        rank: int = owner.rank  # type: ignore[attr-defined]
        wanted = f"a whole number of at least {self.low}" if rank == 1 else f"one whole number or a list of {rank}"
        if isinstance(value, (list, tuple)):
            if len(value) != rank or not self.listed:
                raise Refusal(f"wants {wanted}, got {len(value)} numbers: {shown(value)}", code="SC204")
            return tuple(whole_number(item, self.low, f"whole numbers of at least {self.low}") for item in value)
        if not self.single:
            raise Refusal(f"wants a list of {rank} whole numbers, got {shown(value)}", code="SC204")
        return (whole_number(value, self.low, wanted),) * rank

    def expand(self, default: Any, owner: type) -> Any:
        return tuple(default) if isinstance(default, (list, tuple)) else (default,) * owner.rank  # type: ignore[attr-defined]

    def written(self, value: Any, owner: type) -> Any:
        return value if self.listed else value[0]

    def schema(self, owner: type) -> dict[str, Any]:
        rank: int = owner.rank  # type: ignore[attr-defined]
        one = {"type": "integer", "minimum": self.low}
        several = {"type": "array", "items": one, "minItems": rank, "maxItems": rank}
        return {"anyOf": [one] * self.single + [several] * self.listed}


class BordersKind(Kind):
    """A pair (before, after) for each spatial axis."""

    name = "borders"

    def read(self, value: object, owner: type) -> Any:
        rank: int = owner.rank  # type: ignore[attr-defined]
        if not isinstance(value, (list, tuple)):
            return ((whole_number(value, 0, "a whole number of at least 0, or a list"),) * 2,) * rank
        if rank == 1 and len(value) == 2 and not any(isinstance(item, (list, tuple)) for item in value):
            return (self._pair(value),)
        if rank == 1:
            raise Refusal(f"wants a number, or two: before and after; got {shown(value)}", code="SC204")
        if len(value) != rank:
            raise Refusal(
                f"wants a number, or one number or pair for each of {rank} axes, got {shown(value)}", code="SC204"
            )
        return tuple(self._pair(item if isinstance(item, (list, tuple)) else (item, item)) for item in value)

    def expand(self, default: Any, owner: type) -> Any:
        return self.read(default, owner)

    def written(self, value: Any, owner: type) -> Any:
        return value[0] if owner.rank == 1 else value  # type: ignore[attr-defined]

    def _pair(self, value: list[Any] | tuple[Any, ...]) -> tuple[int, int]:
        if len(value) != 2:
            raise Refusal(f"wants pairs of whole numbers, got {shown(value)}", code="SC204")
        before, after = (whole_number(item, 0, "whole numbers of at least 0") for item in value)
        return before, after

    def schema(self, owner: type) -> dict[str, Any]:
        one = {"type": "integer", "minimum": 0}
        pair = {"type": "array", "items": one, "minItems": 2, "maxItems": 2}
        return {"anyOf": [one, {"type": "array", "items": {"anyOf": [one, pair]}}]}
