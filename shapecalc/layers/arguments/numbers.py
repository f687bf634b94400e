"""The kinds of argument that hold numbers: sizes, counts, real numbers and ranges."""

from __future__ import annotations

import math
from typing import Any

from shapecalc.diagnostics.errors import Refusal
from shapecalc.dims import Dim, symbols
from shapecalc.layers.arguments.kind import Kind
from shapecalc.layers.arguments.plain import LARGEST as LARGEST
from shapecalc.layers.arguments.plain import as_yaml, convert_text


class SizeKind(Kind):
    name = "size"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, Dim) or (value.__class__ is int and 1 <= value <= LARGEST):
            return value
        if value is None:
            help = "give a number, or name the size in the input, such as `[T, 4]`, and write `$T`"
            raise Refusal("must be a whole number of at least 1, got null", code="SC204", help=help)
        return read_whole(value, 1, "a whole number of at least 1")

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import whole_schema

        return whole_schema(1)


class CountKind(Kind):
    name = "whole number"

    def __init__(self, low: int | None) -> None:
        self.low = low

    def read(self, value: object, owner: type) -> Any:
        return read_whole(value, self.low, "a whole number" + ("" if self.low is None else f" of at least {self.low}"))

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import whole_schema

        return whole_schema(self.low)


class NumberKind(Kind):
    name = "number"

    def __init__(self, low: float | None, high: float | None) -> None:
        self.low = low
        self.high = high

    def read(self, value: object, owner: type) -> Any:
        number = convert_text(value)
        if isinstance(number, (bool, Dim)) or not (isinstance(number, (int, float)) or hasattr(number, "numerator")):
            raise Refusal(f"must be a number, got {as_yaml(value)}", code="SC204")
        try:
            result = float(number)  # type: ignore[arg-type]
        except OverflowError:
            raise Refusal(f"must be a number within a float's range, got {as_yaml(value)}", code="SC205") from None
        too_low = self.low is not None and not result >= self.low
        too_high = self.high is not None and not result <= self.high
        if too_low or too_high or math.isnan(result):
            raise Refusal(f"must be a number{self._bounds()}, got {as_yaml(value)}", code="SC205")
        return result

    def _bounds(self) -> str:
        if self.low is not None and self.high is not None:
            return f" from {self.low:g} to {self.high:g}"
        return (
            f" of at least {self.low:g}" if self.low is not None else f" of at most {self.high:g}" if self.high else ""
        )

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import number_schema

        return number_schema(self.low, self.high)


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

    def read_bound(self, value: object, owner: type) -> float:
        """One number of the range."""
        number: float = self.number.read(value, owner)
        if self.whole and (isinstance(value, float) or number != int(number)):
            raise Refusal(f"must be whole numbers, got {as_yaml(value)}", code="SC211")
        if self.above is not None and number <= self.above:
            raise Refusal(f"must be numbers above {self.above:g}, got {as_yaml(value)}", code="SC205")
        return int(number) if self.whole else number

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, (list, tuple)):
            if len(value) != 2:
                raise Refusal(f"must be two numbers, got {len(value)}: {as_yaml(value)}", code="SC204")
            return tuple(self.read_bound(item, owner) for item in value)
        if not self.single:
            message, help = f"must be two numbers, got {as_yaml(value)}", "write it as `[0, 255]`"
            raise Refusal(message, code="SC204", help=help, instead="[0, 255]", example=True)
        return self.read_bound(value, owner)

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import allow_one, list_schema, number_schema

        number = number_schema(self.number.low, self.number.high, above=self.above)
        pair = list_schema(number, least=2, most=2)
        return allow_one(number, pair) if self.single else pair


def read_whole(value: object, low: int | None, wanted: str) -> int:
    """`value` as a whole number of at least `low`; raises Refusal, which says what is `wanted`."""
    number = convert_text(value)
    if isinstance(number, Dim):
        symbol = min(symbols(number), default="")
        raise Refusal(
            f"must be {wanted}, got the symbolic size {number}",
            code="SC204",
            help=f"give {symbol or 'it'} a value, for example with `--set {symbol}=8`" if symbol else None,
        )
    if isinstance(number, bool) or not isinstance(number, int):
        fraction = not isinstance(value, bool) and (isinstance(number, float) or hasattr(number, "numerator"))
        if not fraction:
            raise Refusal(f"must be {wanted}, got {as_yaml(value)}", code="SC204")
        raise _make_refusal(number, wanted)
    if low is not None and number < low:
        raise Refusal(f"must be {wanted}, got {as_yaml(value)}", code="SC205")
    if abs(number) > LARGEST:
        raise Refusal(f"must be {wanted}, got one beyond 10**18", code="SC205")
    return number


def _make_refusal(number: Any, wanted: str) -> Refusal:
    """The refusal of a value that is no whole number; for one like 5.0 it names the number that was meant."""
    value = float(number)
    if isinstance(number, float) and value.is_integer() and abs(value) <= LARGEST:
        return Refusal(
            f"must be {wanted}, got {value!r}", code="SC211", help=f"write {int(value)}", instead=str(int(value))
        )
    help = "divide with `//`, or round with `round`, `ceil`, `floor` or `make_divisible`"
    return Refusal(f"must be {wanted}, got {value:g}", code="SC211", help=help)
