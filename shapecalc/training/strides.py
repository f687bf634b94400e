"""Strides of arrays as PyTorch has them: which array is stored row by row, and which shape is a view of another."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.dims import Size, at_least
from shapecalc.dims.division import exact_quotient

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


def align_strides(shape: Sequence[Size], strides: Strides, onto: Sequence[Size]) -> Strides:
    """The strides of an array that is stretched to the shape `onto`: 0 along the axes where it repeats."""
    missing = len(onto) - len(shape)
    stretched = [
        0 if is_one(size) and not is_one(wanted) else stride
        for size, stride, wanted in zip(shape, strides, onto[missing:], strict=True)
    ]
    return (*(0,) * missing, *stretched)


def sort_axes(shape: Sequence[Size], *operands: Strides) -> tuple[int, ...]:
    """The axes as arrays of one shape have them in memory, the slowest first; as they are written where none tells.

    The first array that tells two axes apart decides. One that repeats along an axis says nothing of it.
    """
    order = list(reversed(range(len(shape))))
    for start in range(1, len(order)):
        place = start
        for before in reversed(range(start)):
            verdict = _compare(shape, operands, order[before], order[place])
            if verdict == "faster":
                break
            if verdict == "slower":
                order[before], order[place] = order[place], order[before]
                place = before
    return tuple(reversed(order))


def _compare(shape: Sequence[Size], operands: Sequence[Strides], left: int, right: int) -> str:
    """Whether the entries of axis `left` stand closer together than those of `right`, or farther apart."""
    for strides in operands:
        near, far = strides[left], strides[right]
        if _is_zero(near) or _is_zero(far):
            continue
        if near != far:
            if _is_multiple(far, near):
                return "faster"
            if _is_multiple(near, far):
                return "slower"
        elif shape[left] != shape[right] and at_least(shape[left], shape[right]) is True:
            return "slower"
    return ""


def _is_multiple(far: Size, near: Size) -> bool:
    """Whether a stride is at least as great as another for certain; as a multiple it is, since no axis is empty."""
    return at_least(far, near) is True or exact_quotient(far, near) is not None


def _is_zero(size: Size) -> bool:
    return isinstance(size, int) and size == 0


def lay_out(shape: Sequence[Size], *operands: tuple[Sequence[Size], Strides]) -> Strides:
    """The strides of a new array computed entry by entry from arrays that stretch to its shape, as PyTorch has them."""
    if all(tuple(own) == tuple(shape) for own, _ in operands):
        if all(is_contiguous(shape, strides) for _, strides in operands):
            return make_strides(shape)
        first = operands[0][1]
        if all(strides == first for _, strides in operands) and is_dense(shape, first):
            return first
    return make_strides(shape, sort_axes(shape, *(align_strides(own, strides, shape) for own, strides in operands)))


def is_dense(shape: Sequence[Size], strides: Strides) -> bool:
    """Whether entries stand without gaps and repeats, in any order of the axes."""
    return is_contiguous_in(shape, strides, sort_axes(shape, strides))


def is_contiguous_in(shape: Sequence[Size], strides: Strides, order: Sequence[int]) -> bool:
    """Whether entries stand without gaps, the axes in memory in this order."""
    return is_contiguous([shape[axis] for axis in order], tuple(strides[axis] for axis in order))


def view_strides(shape: Sequence[Size], strides: Strides, wanted: Sequence[Size]) -> Strides | None:
    """The strides of the same entries in another shape; None where that takes a copy.

    Axes that follow each other in memory are a run, which is divided into axes of `wanted`; PyTorch goes through them
    from the last, and an axis of one entry belongs to the run behind it. What is left for the first run fills it, since
    both shapes have as many entries, also where formulas do not show it: `4*q + q//2` of a `q` that is even.
    """
    if 0 in tuple(shape) or not shape:
        return make_strides(wanted)
    result: list[Size] = []
    position = len(wanted) - 1
    base: Size = strides[-1]
    run: Size = 1
    done: Size = 1
    for axis in reversed(range(len(shape))):
        run = run * shape[axis]
        if axis > 0 and (is_one(shape[axis - 1]) or strides[axis - 1] == run * base):
            continue
        while position >= 0 and (axis == 0 or done != run or is_one(wanted[position])):
            if axis > 0 and done != run and at_least(done, run) is True:
                return None
            result.append(base * done)
            done = done * wanted[position]
            position -= 1
        if axis > 0:
            if done != run:
                return None
            base, run, done = strides[axis - 1], 1, 1
    return tuple(reversed(result))


def is_like_channels_last(shape: Sequence[Size], strides: Strides) -> bool:
    """Whether PyTorch takes an array of one channel axis and two or three others for one stored channels last."""
    if len(shape) not in (4, 5) or _is_zero(strides[1]):
        return False
    least: Size = 0
    for axis in (1, *reversed(range(2, len(shape))), 0):
        if strides[axis] != least and at_least(strides[axis], least) is not True:
            return False
        if axis == 0 and least == strides[1]:
            return False
        least = strides[axis] * shape[axis]
    return True
