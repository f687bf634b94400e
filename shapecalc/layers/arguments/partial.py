"""Shapes with gaps: lists of sizes in which `null` stands for whatever the input has there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics.errors import Refusal
from shapecalc.dims import Dim
from shapecalc.layers.arguments.args import REQUIRED, Arg
from shapecalc.layers.arguments.kinds import Kind, ShapeKind, SizeKind, shown

if TYPE_CHECKING:
    from shapecalc.dims import Size

_SIZE = SizeKind()


class PartialShapeKind(Kind):
    """A list of sizes and nulls; with `single` one number stands for a list of one."""

    name = "shape with gaps"

    def __init__(self, *, single: bool = True) -> None:
        self.single = single

    def read(self, value: object, owner: type) -> Any:
        if self.single and isinstance(value, (int, Dim)):
            value = [value]
        if not isinstance(value, (list, tuple)):
            raise Refusal(f"wants a list of sizes, got {shown(value)}", code="SC204", help="write it as `[null, 64]`")
        return tuple(None if item is None else _SIZE.read(item, owner) for item in value)

    def schema(self, owner: type) -> dict[str, Any]:
        size = _SIZE.schema(owner)
        several = {"type": "array", "items": {"anyOf": [size, {"type": "null"}]}}
        return {"anyOf": [size, several]} if self.single else several


class TargetKind(ShapeKind):
    """A shape in which -1 stands for what follows from the rest; null, which stands for that elsewhere, is told so."""

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, (list, tuple)) and None in value:
            gaps = sum(size is None for size in value)
            written = ", ".join("-1" if size is None else str(size) for size in value)
            help = f"write `[{written}]`: -1 is worked out from the rest"
            if gaps != 1:
                help = "one size may be -1, which is worked out; name the others in the input, `[T, 4]`, and write `$T`"
            raise Refusal("wants sizes, got null", code="SC204", help=help)
        return super().read(value, owner)


def target_shape(doc: str, *, single: bool = False) -> Arg[tuple[Size, ...]]:
    """The shape that values are put in; with `single` one number stands for a list of one."""
    return Arg(TargetKind(single=single), REQUIRED, doc)


def partial_shape(
    default: Any = REQUIRED, doc: str = "", *, inert: bool = False, single: bool = True
) -> Arg[tuple[Size | None, ...]]:
    """A shape with gaps; with `single` one number stands for a list of one."""
    return Arg(PartialShapeKind(single=single), default, doc, inert=inert)
