"""Shapes: tuples of sizes whose axes are asked for by name."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from shapecalc.diagnostics.errors import RankError
from shapecalc.dims.dim import Size, formula
from shapecalc.dims.text import size_text
from shapecalc.dims.watch import Watch

if TYPE_CHECKING:
    from types import EllipsisType

    AxisName = str | EllipsisType

watch_axes: Watch[tuple[Shape, tuple[AxisName, ...]]] = Watch()
"""`with watch_axes as calls:` lists the calls of `.axes()` within: the shape asked, and the names."""


@lru_cache(maxsize=1024)
def _find_rest(names: tuple[AxisName, ...], ndim: int) -> tuple[int, int] | None:
    """Where the axes begin and end that `...` stands for; (-1, -1) without it, None where the names do not fit."""
    between = ndim - len(names) + 1
    if ... not in names:
        return (-1, -1) if between == 1 else None
    before = names.index(...)
    return (before, before + between) if between >= 0 else None


class Shape(tuple[Size, ...]):
    """Sizes, batch axis first. Prints as Keras does: `(None, 5, 1)`."""

    __slots__ = ()

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self)

    @overload
    def axes(self, *names: str) -> tuple[Size, ...]: ...
    @overload
    def axes(self, first: str, rest: EllipsisType, /) -> tuple[Size, Shape]: ...
    @overload
    def axes(self, rest: EllipsisType, last: str, /) -> tuple[Shape, Size]: ...
    @overload
    def axes(self, first: str, rest: EllipsisType, last: str, /) -> tuple[Size, Shape, Size]: ...
    @overload
    def axes(self, *names: AxisName) -> tuple[Any, ...]: ...
    def axes(self, *names: AxisName) -> tuple[Any, ...]:
        """The sizes, one for each name; `...` may stand once, for a Shape of whatever lies between.

        RankError where the names do not fit the number of axes.
        """
        watch_axes.note((self, names))
        rest = _find_rest(names, len(self))
        if rest is None:
            raise _make_rank_error(self, names)
        before, after = rest
        if before < 0:
            return self
        sizes = tuple(self)
        return (*sizes[:before], Shape(sizes[before:after]), *sizes[after:])

    def replace(self, axis: int, size: Size) -> Shape:
        """This shape with another size at one axis, which may be counted from the end."""
        sizes = list(self)
        sizes[axis] = size
        return Shape(sizes)

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> Size: ...
    @overload
    def __getitem__(self, index: slice, /) -> Shape: ...
    def __getitem__(self, index: SupportsIndex | slice, /) -> Size | Shape:
        part = tuple.__getitem__(self, index)
        return Shape(part) if isinstance(part, tuple) else part

    def __add__(self, other: Iterable[Size], /) -> Shape:  # type: ignore[override]
        return Shape((*self, *other)) if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other: Iterable[Size], /) -> Shape:
        return Shape((*other, *self)) if isinstance(other, tuple) else NotImplemented

    def __str__(self) -> str:
        text = ", ".join([size_text(size) for size in self])
        return f"({text},)" if len(self) == 1 else f"({text})"

    def __repr__(self) -> str:
        return f"Shape({', '.join([formula(size) for size in self])})"


class Unranked(Shape):
    """The shape of a tensor of which not even the number of axes is known."""

    __slots__ = ()

    def __str__(self) -> str:
        return "unknown"


def axis_from_front(axis: int, ndim: int) -> int | None:
    """The position from 0 of an axis that may be counted from the end; None where there are not so many axes."""
    return range(ndim)[axis] if axis in range(-ndim, ndim) else None


def _make_rank_error(shape: Shape, names: tuple[AxisName, ...]) -> RankError:
    fixed = [name for name in names if isinstance(name, str)]
    one_missing = len(shape) == len(fixed) - 1
    if one_missing and len(names) > 1 and names[1] in ("time", "spatial"):
        return RankError(f"needs a {names[1]} axis, got {shape}", missing=str(names[1]), wanted_rank=len(fixed))
    count = f"{len(fixed)} {'axis' if len(fixed) == 1 else 'axes'}"
    listed = ", ".join("..." if name is ... else str(name) for name in names)
    least = "at least " if len(fixed) < len(names) else ""
    return RankError(f"needs {least}{count} ({listed}), got {shape}", wanted_rank=len(fixed))
