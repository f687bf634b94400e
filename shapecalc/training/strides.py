"""Strides of arrays as PyTorch has them: which array is stored row by row, and which shape is a view of another."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.dims import Size, at_least, prod

Strides = tuple[Size, ...]


def make_strides(shape: Sequence[Size], order: Sequence[int] | None = None) -> Strides:
    """The strides of an array without gaps, its axes in memory in this order; row by row without one."""
    strides: list[Size] = [1] * len(shape)
    step: Size = 1
    for axis in reversed(range(len(shape)) if order is None else order):
        strides[axis] = step
        step = step * shape[axis]
    return tuple(strides)


def is_one(size: Size) -> bool:
    """Whether an axis has one entry for certain: its stride is then of no account."""
    return isinstance(size, int) and size == 1


def is_contiguous(shape: Sequence[Size], strides: Strides) -> bool:
    """Whether entries stand row by row without gaps."""
    step: Size = 1
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if is_one(size):
            continue
        if stride != step:
            return False
        step = step * size
    return True


def sort_axes(shape: Sequence[Size], strides: Strides) -> tuple[int, ...]:
    """The axes as they stand in memory, the slowest first; where strides cannot be compared, as they are written.

    An axis of one entry, and one that is repeated (stride 0), stays beside its neighbours.
    """
    order: list[int] = []
    for axis in range(len(shape)):
        position = len(order)
        for before in reversed(range(len(order))):
            if not _is_faster(shape, strides, order[before], axis):
                if is_one(shape[order[before]]) or is_one(shape[axis]):
                    continue
                break
            position = before
        order.insert(position, axis)
    return tuple(order)


def _is_faster(shape: Sequence[Size], strides: Strides, left: int, right: int) -> bool:
    """Whether the entries of axis `left` stand closer together than those of `right`, for certain."""
    if is_one(shape[left]) or is_one(shape[right]) or strides[left] == 0 or strides[right] == 0:
        return False
    return strides[left] != strides[right] and at_least(strides[right], strides[left]) is True


def is_dense(shape: Sequence[Size], strides: Strides) -> bool:
    """Whether entries stand without gaps and repeats, in any order of the axes."""
    return is_contiguous_in(shape, strides, sort_axes(shape, strides))


def is_contiguous_in(shape: Sequence[Size], strides: Strides, order: Sequence[int]) -> bool:
    """Whether entries stand without gaps, the axes in memory in this order."""
    return is_contiguous([shape[axis] for axis in order], tuple(strides[axis] for axis in order))


def view_strides(shape: Sequence[Size], strides: Strides, wanted: Sequence[Size]) -> Strides | None:
    """The strides of the same entries in another shape; None where that takes a copy.

    Axes that follow each other in memory are joined; each run of them is divided into axes of `wanted`.
    """
    if 0 in tuple(shape):
        return make_strides(wanted)
    runs: list[tuple[Size, Size]] = []
    for size, stride in zip(shape, strides, strict=True):
        if is_one(size):
            continue
        if runs and runs[-1][1] == stride * size:
            runs[-1] = (runs[-1][0] * size, stride)
        else:
            runs.append((size, stride))
    result: list[Size] = []
    position = len(wanted) - 1
    for entries, stride in reversed(runs):
        step: Size = 1
        while position >= 0 and (step != entries or is_one(wanted[position])):
            result.append(stride * step)
            step = step * wanted[position]
            position -= 1
            if step != entries and at_least(step, entries) is True:
                return None
        if step != entries:
            return None
    rest = wanted[: position + 1]
    if any(not is_one(size) for size in rest):
        return None
    outer = prod([entries for entries, _ in runs[:1]]) * (runs[0][1] if runs else 1)
    result += [outer] * len(rest)
    return tuple(reversed(result))
