"""Matrix products, and the copies that PyTorch makes to compute them as one product of matrices, or of a stack of them.

https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/LinearAlgebra.cpp
"""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.dims import Shape, Size, broadcast_shapes, prod
from shapecalc.training.array import Array, make_array
from shapecalc.training.dtypes import find_product_type
from shapecalc.training.strides import is_one
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import contiguous, expand, expand_dims, permute, reshape, take_one, turn_matrices


def matmul(tape: Tape, x: Array, y: Array, name: str = "product") -> Array:
    """x @ y as `keras.ops.matmul` has it: in a dtype that both fit, which is at most 32 bits wide."""
    dtype = find_product_type(x.dtype, y.dtype)
    return multiply_matrices(tape, cast(x, dtype), cast(y, dtype), name)


def multiply_matrices(tape: Tape, x: Array, y: Array, name: str = "product") -> Array:
    """x @ y over the last two axes, as `torch.matmul` has it: the gradient of each needs the other.

    Where only one has more than two axes, its leading axes are joined to rows of one product; else both are stacks.
    """
    if x.ndim <= 2 and y.ndim <= 2:
        return _multiply_plain(tape, x, y, name)
    if _is_folded(x, y):
        return _fold(tape, x, y, name)
    if x.ndim == y.ndim == 3 and x.shape[0] != y.shape[0]:
        if is_one(x.shape[0]) and x.needs_grad:
            return multiply_matrices(tape, take_one(x, 0), y, name)
        if is_one(y.shape[0]) and y.needs_grad:
            return multiply_matrices(tape, x, take_one(y, 0), name)
    return _multiply_stacks(tape, x, y, name)


def _multiply_plain(tape: Tape, x: Array, y: Array, name: str) -> Array:
    """The product of matrices or vectors. A vector before a matrix is a matrix of one row."""
    _save_operands(tape, x, y)
    shape = (*x.shape[:-1], *(y.shape[1:] if y.ndim == 2 else ()))
    return make_array(name, shape, x.dtype, x.needs_grad or y.needs_grad)


def _save_operands(tape: Tape, x: Array, y: Array) -> None:
    if x.needs_grad:
        tape.save(y)
    if y.needs_grad:
        tape.save(x)


def _is_folded(x: Array, y: Array) -> bool:
    """Whether the axes before the last one are joined to rows, even if that takes a copy."""
    large, small = (x, y) if x.ndim >= y.ndim else (turn_matrices(y), x)
    if large.ndim <= 2 or small.ndim > 2:
        return False
    if small.needs_grad:
        return True
    if x.ndim == 2:
        return False
    return all(large.strides[axis] == large.strides[axis + 1] * large.shape[axis + 1] for axis in range(large.ndim - 2))


def _fold(tape: Tape, x: Array, y: Array, name: str) -> Array:
    """The product of one matrix whose rows are all leading axes of the larger operand."""
    turned = y.ndim > x.ndim
    large, small = (turn_matrices(y), turn_matrices(x) if x.ndim == 2 else x) if turned else (x, y)
    rows = reshape(large, (prod(large.shape[:-1]), large.shape[-1]), "input copy")
    output = _multiply_plain(tape, rows, small, name)
    output = reshape(output, (*large.shape[:-1], *output.shape[1:]))
    return contiguous(turn_matrices(output)) if turned and small.ndim == 2 else output


def _multiply_stacks(tape: Tape, x: Array, y: Array, name: str) -> Array:
    """Products of matrices, one for each place of the leading axes, to which both operands are stretched."""
    outer = broadcast_shapes(x.shape[:-2], y.shape[:-2])
    count = prod(outer)
    rows: tuple[Size, ...] = x.shape[-2:] if x.ndim > 1 else (1, *x.shape)
    left = _stack(x, outer, rows, (count, *rows))
    if y.ndim == 1:
        right = expand_dims(_stack(y, outer, y.shape, (count, *y.shape)), 2)
    else:
        right = _stack(y, outer, y.shape[-2:], (count, *y.shape[-2:]))
    product = multiply_stacks(tape, left, right, name)
    shape = (*outer, *(x.shape[-2:-1] if x.ndim > 1 else ()), *(y.shape[-1:] if y.ndim > 1 else ()))
    return reshape(product, shape)


def _stack(x: Array, outer: Sequence[Size], inner: Sequence[Size], shape: Sequence[Size]) -> Array:
    return reshape(expand(x, (*outer, *inner)), shape, f"{x.storage.name} copy")


def multiply_stacks(tape: Tape, x: Array, y: Array, name: str = "product") -> Array:
    """The products of two stacks of as many matrices."""
    _save_operands(tape, x, y)
    return make_array(name, Shape([*x.shape[:-1], y.shape[-1]]), x.dtype, x.needs_grad or y.needs_grad)


def sum_products(tape: Tape, x: Array, y: Array, summed: Sequence[int], name: str = "product") -> Array:
    """The products of two arrays of as many axes, summed over some, which are left with one entry.

    They are turned so that they are stacks of matrices, and what comes of it is turned back.
    """
    shared = [axis for axis in range(x.ndim) if not is_one(x.shape[axis]) and not is_one(y.shape[axis])]
    shared = [axis for axis in shared if axis not in summed]
    of_x = [axis for axis in range(x.ndim) if not is_one(x.shape[axis]) and axis not in (*shared, *summed)]
    of_y = [axis for axis in range(x.ndim) if axis not in (*shared, *of_x, *summed)]
    if of_x and of_y and of_y[-1] < of_x[0]:
        x, y, of_x, of_y = y, x, of_y, of_x
    count, rows, columns = (
        prod(array.shape[axis] for axis in axes) for array, axes in ((x, shared), (x, of_x), (y, of_y))
    )
    inner = prod(x.shape[axis] for axis in summed)
    left = reshape(permute(x, (*shared, *of_x, *summed, *of_y)), (count, rows, inner), f"{x.storage.name} copy")
    right = reshape(permute(y, (*shared, *summed, *of_y, *of_x)), (count, inner, columns), f"{y.storage.name} copy")
    product = multiply_stacks(tape, left, right, name)
    order = (*shared, *of_x, *summed, *of_y)
    sizes = [
        *(x.shape[axis] for axis in (*shared, *of_x)), *(1 for _ in summed), *(y.shape[axis] for axis in of_y)
    ]  # fmt: skip
    return permute(reshape(product, sizes), [order.index(axis) for axis in range(x.ndim)])
