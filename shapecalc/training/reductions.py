"""Sums and means over axes."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.dims import Shape, Size
from shapecalc.training.array import Array, arrange_like, make_array
from shapecalc.training.elementwise import map_entries
from shapecalc.training.tape import Tape


def reduce_shape(shape: Shape, axes: Iterable[int], keepdims: bool) -> Shape:
    """What is left of a shape: an axis of one entry for each that is reduced, or none."""
    gone = {axis % len(shape) for axis in axes}
    sizes: list[Size] = [1 if axis in gone else size for axis, size in enumerate(shape)]
    return Shape(sizes if keepdims else [size for axis, size in enumerate(sizes) if axis not in gone])


def average(x: Array, axes: Iterable[int], keepdims: bool = True, name: str = "mean") -> Array:
    """The mean, or the sum, over some axes: the gradient needs nothing."""
    return make_array(name, reduce_shape(x.shape, axes, keepdims), x.dtype, x.needs_grad)


def average_squares(tape: Tape, x: Array, axes: Iterable[int], name: str = "mean square", more: int = 3) -> Array:
    """The mean, or the sum, of squares over some axes: the gradient needs the input.

    While it is computed so many `more` arrays as large are there: the gradient of the squares, which is a view where
    they are summed, the input to the power of one, and twice that; less what the layer keeps that is gone by then.
    """
    if x.needs_grad:
        tape.borrow(*[x] * more)
    return average(map_entries(tape, "square", x), axes, name=name)


def reduce(tape: Tape, x: Array, axes: Iterable[int], keepdims: bool, name: str, dtype: str | None = None) -> Array:
    """What some axes come to where the gradient needs the input and the result: a product, an extreme, a length."""
    result = make_array(name, reduce_shape(x.shape, axes, keepdims), dtype or x.dtype, x.needs_grad)
    if x.needs_grad:
        tape.save(x)
        tape.save(result)
    return result


def sort(tape: Tape, x: Array) -> tuple[Array, Array]:
    """The entries in order along an axis, and where they stood, which the gradient needs: 8 bytes an entry."""
    places = make_array("places", x.shape, "int64", strides=arrange_like(x))
    if x.needs_grad:
        tape.save(places)
    return make_array("sorted", x.shape, x.dtype, x.needs_grad, strides=arrange_like(x)), places
