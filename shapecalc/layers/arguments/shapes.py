"""The kinds of argument that hold axes, shapes, and something for each spatial axis."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.errors import Refusal
from shapecalc.dims import Dim
from shapecalc.layers.arguments.kind import Kind
from shapecalc.layers.arguments.numbers import SizeKind, read_whole
from shapecalc.layers.arguments.plain import as_yaml

MAX_AXES = 100
_SIZE = SizeKind()


class AxesKind(Kind):
    name = "axis or list of axes"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, (list, tuple)):
            return tuple(read_whole(item, None, "whole numbers") for item in value)
        return read_whole(value, None, "a whole number or a list of them")

    def expand(self, default: Any, owner: type) -> Any:
        return tuple(default) if isinstance(default, list) else default

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import allow_one, list_schema, whole_schema

        axis = whole_schema(None)
        return allow_one(axis, list_schema(axis))


class ShapeKind(Kind):
    """A shape without its batch axis; with `single` one number stands for a list of one."""

    name = "shape"

    def __init__(self, *, single: bool = True) -> None:
        self.single = single

    def read(self, value: object, owner: type) -> Any:
        if not isinstance(value, (list, tuple)):
            if not self.single:
                written = f"[{as_yaml(value)}]" if isinstance(value, (int, Dim)) else None
                help = None if written is None else f"write `{written}`"
                message = f"must be a list of sizes, got {as_yaml(value)}"
                raise Refusal(message, code="SC204", help=help, instead=written)
            value = [value]
        if len(value) > MAX_AXES:
            raise Refusal(f"must have at most {MAX_AXES} axes, got {len(value)}", code="SC602")
        return tuple(item if isinstance(item, Dim) else read_whole(item, -1, "whole numbers") for item in value)

    def expand(self, default: Any, owner: type) -> Any:
        return tuple(default)

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import allow_one, list_schema, whole_schema

        size = whole_schema(-1)
        several = list_schema(size, most=MAX_AXES)
        return allow_one(size, several) if self.single else several


class PartialShapeKind(Kind):
    """A list of sizes and nulls; with `single` one number stands for a list of one."""

    name = "shape with gaps"

    def __init__(self, *, single: bool = True) -> None:
        self.single = single

    def read(self, value: object, owner: type) -> Any:
        if self.single and isinstance(value, (int, Dim)):
            value = [value]
        if not isinstance(value, (list, tuple)):
            message, help = f"must be a list of sizes, got {as_yaml(value)}", "write it as `[null, 64]`"
            raise Refusal(message, code="SC204", help=help, instead="[null, 64]", example=True)
        return tuple(None if item is None else _SIZE.read(item, owner) for item in value)

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import EVALUATED, allow_null, allow_one, list_schema

        size = _SIZE.schema(owner)
        several = list_schema(allow_null(size))
        return allow_one({**size, "pattern": EVALUATED}, several) if self.single else several


class TargetKind(ShapeKind):
    """A shape in which -1 is the size that follows from the rest; null in its place is refused with that help."""

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, (list, tuple)) and None in value:
            gaps = sum(size is None for size in value)
            written = ", ".join("-1" if size is None else str(size) for size in value)
            if gaps != 1:
                help = "one size may be -1, which is worked out; name the others in the input, `[T, 4]`, and write `$T`"
                raise Refusal("must be sizes, got null", code="SC204", help=help)
            help = f"write `[{written}]`: -1 is worked out from the rest"
            raise Refusal("must be sizes, got null", code="SC204", help=help, instead=f"[{written}]")
        return super().read(value, owner)


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
                raise Refusal(f"must be {wanted}, got {len(value)} numbers: {as_yaml(value)}", code="SC204")
            return tuple(read_whole(item, self.low, f"whole numbers of at least {self.low}") for item in value)
        if not self.single:
            raise Refusal(f"must be a list of {rank} whole numbers, got {as_yaml(value)}", code="SC204")
        return (read_whole(value, self.low, wanted),) * rank

    def expand(self, default: Any, owner: type) -> Any:
        return tuple(default) if isinstance(default, (list, tuple)) else (default,) * owner.rank  # type: ignore[attr-defined]

    def write(self, value: Any, owner: type) -> Any:
        return value if self.listed else value[0]

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import allow_one, list_schema, whole_schema

        rank: int = owner.rank  # type: ignore[attr-defined]
        number = whole_schema(self.low)
        several = list_schema(number, least=rank, most=rank)
        if not self.listed:
            return number
        return allow_one(number, several) if self.single else several


class BordersKind(Kind):
    """A pair (before, after) for each spatial axis."""

    name = "borders"

    def read(self, value: object, owner: type) -> Any:
        rank: int = owner.rank  # type: ignore[attr-defined]
        if not isinstance(value, (list, tuple)):
            return ((read_whole(value, 0, "a whole number of at least 0, or a list"),) * 2,) * rank
        if rank == 1 and len(value) == 2 and not any(isinstance(item, (list, tuple)) for item in value):
            return (self._read_pair(value),)
        if rank == 1:
            raise Refusal(f"must be a number, or two: before and after; got {as_yaml(value)}", code="SC204")
        if len(value) != rank:
            raise Refusal(
                f"must be a number, or one number or pair for each of {rank} axes, got {as_yaml(value)}", code="SC204"
            )
        return tuple(self._read_pair(item if isinstance(item, (list, tuple)) else (item, item)) for item in value)

    def expand(self, default: Any, owner: type) -> Any:
        return self.read(default, owner)

    def write(self, value: Any, owner: type) -> Any:
        return value[0] if owner.rank == 1 else value  # type: ignore[attr-defined]

    def _read_pair(self, value: list[Any] | tuple[Any, ...]) -> tuple[int, int]:
        if len(value) != 2:
            raise Refusal(f"must be pairs of whole numbers, got {as_yaml(value)}", code="SC204")
        before, after = (read_whole(item, 0, "whole numbers of at least 0") for item in value)
        return before, after

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import allow_one, list_schema, whole_schema

        rank: int = owner.rank  # type: ignore[attr-defined]
        border = whole_schema(0)
        pair = list_schema(border, least=2, most=2)
        return allow_one(border, pair if rank == 1 else list_schema(allow_one(border, pair), least=rank, most=rank))
