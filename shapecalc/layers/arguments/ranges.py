"""Arguments that hold a range: two numbers, or one that stands for the range up to it."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.errors import Refusal
from shapecalc.layers.arguments.args import REQUIRED, Arg
from shapecalc.layers.arguments.kinds import Kind, NumberKind, shown


class RangeKind(Kind):
    """Two numbers within bounds, or with `single` one; `whole` ones, or such as lie `above` another number."""

    name = "range"

    def __init__(
        self,
        low: float | None,
        high: float | None,
        single: bool,
        *,
        whole: bool = False,
        above: float | None = None,
    ) -> None:
        self.number = NumberKind(low, high)
        self.single = single
        self.whole = whole
        self.above = above

    def one(self, value: object, owner: type) -> float:
        """One number of the range."""
        number: float = self.number.read(value, owner)
        if self.whole and (isinstance(value, float) or number != int(number)):
            raise Refusal(f"wants whole numbers, got {shown(value)}", code="SC211")
        if self.above is not None and number <= self.above:
            raise Refusal(f"wants numbers above {self.above:g}, got {shown(value)}", code="SC205")
        return int(number) if self.whole else number

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, (list, tuple)):
            if len(value) != 2:
                raise Refusal(f"wants two numbers, got {len(value)}: {shown(value)}", code="SC204")
            return tuple(self.one(item, owner) for item in value)
        if not self.single:
            raise Refusal(f"wants two numbers, got {shown(value)}", code="SC204", help="write it as `[0, 255]`")
        return self.one(value, owner)

    def schema(self, owner: type) -> dict[str, Any]:
        one = self.number.schema(owner)
        pair = {"type": "array", "items": one, "minItems": 2, "maxItems": 2}
        return {"anyOf": [one, pair]} if self.single else pair


def strength(
    default: Any = REQUIRED,
    doc: str = "",
    *,
    low: float = 0,
    high: float = 1,
    whole: bool = False,
    above: float | None = None,
) -> Arg[float | tuple[float, float]]:
    """How strong something random may get: one number or two. Used in training only."""
    return Arg(RangeKind(low, high, True, whole=whole, above=above), default, doc, inert=True)


def pixel_range(doc: str = "Smallest and largest value of a pixel.", *, inert: bool = True) -> Arg[tuple[float, float]]:
    """The values that pixels take."""
    return Arg(RangeKind(None, None, False), (0, 255), doc, inert=inert)
