"""Arrays that look at the same memory in another way, and copies where that is impossible. None saves anything."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.dims import Shape, Size, add_up
from shapecalc.training.array import Array, arrange_like, make_array
from shapecalc.training.strides import (
    Strides,
    align_strides,
    is_contiguous,
    is_like_channels_last,
    make_strides,
    view_strides,
)


def permute(x: Array, axes: Sequence[int]) -> Array:
    """The axes in another order."""
    return x._replace(shape=Shape([x.shape[axis] for axis in axes]), strides=tuple(x.strides[axis] for axis in axes))


def contiguous(x: Array, name: str = "") -> Array:
    """The same array stored row by row: itself, or a copy of it."""
    if is_contiguous(x.shape, x.strides):
        return x
    return make_array(name or f"{x.storage.name} copy", x.shape, x.dtype, x.needs_grad, copied=True)


def flip(x: Array, name: str) -> Array:
    """A copy with the entries of an axis in reverse, laid out like the array itself."""
    return make_array(name, x.shape, x.dtype, x.needs_grad, strides=arrange_like(x), copied=True)


def stack(x: Array, times: Size, name: str) -> Array:
    """A new array of `times` arrays like `x`, along a new first axis."""
    return make_array(name, (times, *x.shape), x.dtype, x.needs_grad)


def reshape(x: Array, shape: Sequence[Size], name: str = "") -> Array:
    """The entries in another shape: a view where the order in memory allows it, else a copy row by row."""
    strides = view_strides(x.shape, x.strides, shape)
    if strides is not None:
        return x._replace(shape=Shape(shape), strides=strides)
    return make_array(name or f"{x.storage.name} copy", shape, x.dtype, x.needs_grad, copied=True)


def expand_dims(x: Array, axis: int) -> Array:
    """With one axis more, of one entry."""
    axis = axis if axis >= 0 else axis + x.ndim + 1
    step = x.strides[axis] * x.shape[axis] if axis < x.ndim else 1
    shape = Shape([*x.shape[:axis], 1, *x.shape[axis:]])
    return x._replace(shape=shape, strides=(*x.strides[:axis], step, *x.strides[axis:]))


def take_range(x: Array, axis: int, length: Size) -> Array:
    """Some neighbouring entries of one axis."""
    return x._replace(shape=Shape([*x.shape[:axis], length, *x.shape[axis + 1 :]]))


def take_one(x: Array, axis: int) -> Array:
    """One entry of an axis, which is then gone."""
    shape = Shape([*x.shape[:axis], *x.shape[axis + 1 :]])
    return x._replace(shape=shape, strides=(*x.strides[:axis], *x.strides[axis + 1 :]))


def repeat(x: Array, times: Size, axis: int) -> Array:
    """Each entry of an axis so many times: a view of it where the axis has one entry, else a copy."""
    spread = expand_dims(x, axis + 1)
    spread = expand(spread, [*spread.shape[: axis + 1], times, *spread.shape[axis + 2 :]])
    joined = [*x.shape[:axis], x.shape[axis] * times, *x.shape[axis + 1 :]]
    return reshape(spread, joined, "repeated")


def concatenate(arrays: Sequence[Array], axis: int, name: str = "joined") -> Array:
    """Arrays one after another along an axis: an array of its own, even of a single one."""
    first = arrays[0]
    place = axis % first.ndim
    length = add_up(array.shape[place] for array in arrays)
    shape = Shape([*first.shape[:place], length, *first.shape[place + 1 :]])
    last = all(is_like_channels_last(array.shape, array.strides) for array in arrays)
    needs_grad = any(array.needs_grad for array in arrays)
    return make_array(name, shape, first.dtype, needs_grad, strides=_store(shape, last))


def _store(shape: Shape, last: bool) -> Strides:
    """The strides of a new array: row by row, or with its channels last."""
    return make_strides(shape, (0, *range(2, len(shape)), 1) if last else None)


def pad(x: Array, shape: Sequence[Size], name: str = "padded") -> Array:
    """With more entries on some axes."""
    strides = _store(Shape(shape), is_like_channels_last(x.shape, x.strides))
    return make_array(name, shape, x.dtype, x.needs_grad, strides=strides)


def expand(x: Array, shape: Sequence[Size]) -> Array:
    """Stretched to a shape: the entries of an axis of one are repeated in place."""
    return x._replace(shape=Shape(shape), strides=align_strides(x.shape, x.strides, shape))


def turn_matrices(x: Array) -> Array:
    """The last two axes in each other's place."""
    return permute(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def take_diagonal(x: Array, axis: int, other: int) -> Array:
    """The entries where two axes agree, along the first of them; the other is gone."""
    strides = [stride + x.strides[other] if place == axis else stride for place, stride in enumerate(x.strides)]
    del strides[other]
    return take_one(x, other)._replace(strides=tuple(strides))
