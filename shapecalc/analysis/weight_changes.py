"""What became of a weight from one file to another."""

from __future__ import annotations

from math import inf, sqrt
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

_PIECE = 2**20
"""Numbers that are compared at a time, in double precision."""


class WeightChange(NamedTuple):
    """One weight in both files: `kind` is equal, changed, added, removed or other shape.

    The names are those in the files, None where it is in one alone. `largest` and `mean` are of the absolute
    differences, `relative` is the norm of the difference over that of the old array: None where there is none to tell,
    or where a value is no number.
    """

    kind: str
    old: str | None
    new: str | None
    old_shape: tuple[int, ...] | None
    new_shape: tuple[int, ...] | None
    largest: float | None = None
    mean: float | None = None
    relative: float | None = None


def compare_arrays(names: tuple[str, str], old: Array, new: Array) -> WeightChange:
    """How far two arrays of one shape are apart; NaN in the same place is no difference."""
    shapes, equal = (old.shape, new.shape), True
    largest = total = squares = scale = 0.0
    first, second = old.reshape(-1), new.reshape(-1)
    for start in range(0, first.size, _PIECE):
        one, other = first[start : start + _PIECE], second[start : start + _PIECE]
        same = (one == other) | ((one != one) & (other != other))
        equal = equal and bool(same.all())
        before, after = one.astype(np.float64), other.astype(np.float64)
        with np.errstate(all="ignore"):
            apart = np.where(same, 0.0, np.abs(after - before))
            largest = max(largest, float(np.max(apart)))
            total += float(np.sum(apart))
            squares += float(np.sum(apart * apart))
            scale += float(np.sum(before * before))
    if equal:
        return WeightChange("equal", *names, *shapes)
    if not np.isfinite(total):
        return WeightChange("changed", *names, *shapes)
    relative = sqrt(squares / scale) if 0 < scale < inf else None
    return WeightChange("changed", *names, *shapes, largest, total / first.size, relative)
