"""Shapes with gaps: lists of sizes in which `null` stands for whatever the input has there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.dims import Dim
from shapecalc.layers.args import REQUIRED, Arg
from shapecalc.layers.kinds import ArgumentError, Kind, SizeKind, shown

if TYPE_CHECKING:
    from shapecalc.dims import Size

_SIZE = SizeKind()


class PartialShapeKind(Kind):
    """A list of sizes and nulls; one number stands for a list of one."""

    name = "shape with gaps"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, (int, Dim)):
            value = [value]
        if not isinstance(value, (list, tuple)):
            raise ArgumentError(f"wants a list of sizes, got {shown(value)}", help="write it as `[null, 64]`")
        return tuple(None if item is None else _SIZE.read(item, owner) for item in value)

    def schema(self, owner: type) -> dict[str, Any]:
        size = _SIZE.schema(owner)
        return {"anyOf": [size, {"type": "array", "items": {"anyOf": [size, {"type": "null"}]}}]}


def partial_shape(default: Any = REQUIRED, doc: str = "", *, inert: bool = False) -> Arg[tuple[Size | None, ...]]:
    """A shape with gaps."""
    return Arg(PartialShapeKind(), default, doc, inert=inert)
