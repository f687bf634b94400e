"""What became of a weight from one file to another."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]


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
    same = (old == new) | ((old != old) & (new != new))
    if bool(np.all(same)):
        return WeightChange("equal", *names, old.shape, new.shape)
    first = old.astype(np.float64)
    with np.errstate(all="ignore"):
        apart = np.where(same, 0.0, new.astype(np.float64) - first)
        norm = float(np.linalg.norm(first))
        amounts = float(np.max(np.abs(apart))), float(np.mean(np.abs(apart))), float(np.linalg.norm(apart))
    largest, mean, length = (amount if np.isfinite(amount) else None for amount in amounts)
    relative = length / norm if length is not None and np.isfinite(norm) and norm > 0 else None
    return WeightChange("changed", *names, old.shape, new.shape, largest, mean, relative)
