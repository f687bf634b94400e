"""Arrays that look at the same memory in another way, and copies where that is impossible. None saves anything."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.dims import Shape, Size
from shapecalc.training.array import Array, make_array
from shapecalc.training.strides import is_contiguous, view_strides


def permute(x: Array, axes: Sequence[int]) -> Array:
    """The axes in another order."""
    return x._replace(shape=Shape([x.shape[axis] for axis in axes]), strides=tuple(x.strides[axis] for axis in axes))


def contiguous(x: Array, name: str = "") -> Array:
    """The same array stored row by row: itself, or a copy of it."""
    if is_contiguous(x.shape, x.strides):
        return x
    return make_array(name or f"{x.storage.name} copy", x.shape, x.dtype, x.needs_grad, copied=True)


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
