"""Lengths of vectors and norms of matrices, and vectors scaled to length one."""

from __future__ import annotations

from typing import Any

from shapecalc.training.array import Array, make_array
from shapecalc.training.dtypes import find_result_type
from shapecalc.training.elementwise import make_scalar, map_entries, multiply, select
from shapecalc.training.reductions import average, average_squares, reduce, reduce_shape
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import reshape


def measure_length(tape: Tape, x: Array, axes: tuple[int, ...], order: Any, keepdims: bool) -> Array:
    """The length of vectors or matrices."""
    if len(axes) == 1 or order in (None, "fro"):
        return reduce(tape, x, axes, keepdims, "length")
    if order in ("nuc", 2, -2):
        return _measure_singular(tape, x, axes, order, keepdims)
    rows, columns = axes
    first, second = (rows, columns) if abs(order) == 1 else (columns, rows)
    sums = reduce(tape, x, (first,), keepdims, "sum of absolute values")
    if not keepdims and second > first:
        second -= 1
    return reduce(tape, sums, (second,), keepdims, "extreme")


def _measure_singular(tape: Tape, x: Array, axes: tuple[int, ...], order: Any, keepdims: bool) -> Array:
    """The sum, the greatest or the least of the singular values."""
    outer = [size for axis, size in enumerate(x.shape) if axis not in axes]
    rows, columns = (x.shape[axis] for axis in axes)
    least = min(rows, columns) if isinstance(rows, int) and isinstance(columns, int) else rows
    values = make_array("singular values", (*outer, least), x.dtype, x.needs_grad)
    if x.needs_grad:
        tape.save(values)
        tape.save(make_array("left singular vectors", (*outer, rows, least), x.dtype))
        tape.save(make_array("right singular vectors", (*outer, least, columns), x.dtype))
    if order == "nuc":
        result = average(values, (-1,), keepdims=False, name="sum")
    else:
        result = reduce(tape, values, (values.ndim - 1,), False, "extreme")
    return reshape(result, reduce_shape(x.shape, axes, True)) if keepdims else result


def normalize_length(tape: Tape, x: Array, axes: tuple[int, ...]) -> Array:
    """x times what its length has to be multiplied by to become one."""
    total = average_squares(tape, x, axes, "sum of squares", more=2)
    inverse = map_entries(tape, "rsqrt", total, "1 / length")
    dtype = find_result_type(inverse.dtype, "float")
    inverse = select(tape, cast(inverse, dtype), make_scalar(dtype), "bounded 1 / length")
    return multiply(tape, x, inverse, "normalized")
