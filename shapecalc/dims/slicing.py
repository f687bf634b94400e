"""How long a stretch of an axis is, where its bounds may be sizes. https://onnx.ai/onnx/operators/onnx__Slice.html"""

from __future__ import annotations

from typing import Any

from shapecalc.dims.bounds import at_least
from shapecalc.dims.demands import assume
from shapecalc.dims.dim import Dim, Size, is_unknown, unknown
from shapecalc.dims.division import ceil_div
from shapecalc.dims.relation import Relation

_FAR = 1 << 31
"""Exporters write the greatest number of 32 or 64 bits where they mean the end."""


def cut_axis(size: Size, start: Any, end: Any, step: Any) -> tuple[Size, range | None]:
    """The length of `axis[start:end:step]`, and its positions where all are numbers."""
    if not isinstance(step, int) or start is None or end is None:
        return unknown(), None
    if all(isinstance(bound, int) for bound in (size, start, end)):
        positions = range(*slice(*_as_python(start, end, step, size)).indices(size))  # type: ignore[arg-type]
        return len(positions), positions
    if step < 0:
        length = _count_back(size, start) if isinstance(end, int) and end <= -_FAR else None
        return unknown() if length is None else ceil_div(length, -step), None
    first, last = _clamp(start, size), _clamp(end, size)
    if first is None or last is None:
        return unknown(), None
    length = last - first
    if isinstance(length, int):
        return max(0, -(-length // step)), None
    if at_least(length, 0) is False:
        return 0, None
    return ceil_div(length, step), None


def _as_python(start: int, end: int, step: int, size: Size) -> tuple[int, int | None, int]:
    """Bounds as Python's slices mean them: with a negative step, far below 0 is before the beginning."""
    if step < 0 and isinstance(size, int) and end < -size:
        return start, None, step
    return start, end, step


def _count_back(size: Size, start: Any) -> Size | None:
    """How many positions there are from a start back to the front; None where that cannot be told."""
    if _is_far(start):
        return size
    if not isinstance(start, int) or start >= 0 or not at_least(size, -1 - start):
        return None
    return size + start + 1


def _is_far(bound: Any) -> bool:
    return isinstance(bound, int) and bound >= _FAR - 1


def _clamp(bound: Any, size: Size) -> Size | None:
    """A bound as a position from the front, within the axis; None where that cannot be told."""
    if not isinstance(bound, (int, Dim)):
        return None
    if isinstance(bound, int):
        if bound >= _FAR - 1:
            return size
        if bound <= -_FAR:
            return 0
        if bound < 0:
            return _limit(size + bound, size)
    return _limit(bound, size)


def _limit(bound: Size, size: Size) -> Size | None:
    """The bound, or the size where that is less. Where it cannot be told, the axis is assumed to be long enough."""
    if at_least(size, bound):
        return _hold_up(bound)
    if at_least(bound, size):
        return size
    if is_unknown(size) or is_unknown(bound):
        return None
    assume(Relation(size, ">=", bound))
    return bound


def _hold_up(bound: Size) -> Size:
    """The bound, or 0 where it is less. Where it cannot be told, it is assumed to be none."""
    verdict = at_least(bound, 0)
    if verdict is None and not is_unknown(bound):
        assume(Relation(bound, ">=", 0))
    return bound if verdict is not False else 0
