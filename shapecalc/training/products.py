"""Matrix products, and the copies that PyTorch makes to compute them as one product of matrices."""

from __future__ import annotations

from shapecalc.dims import Shape, prod
from shapecalc.training.array import Array, make_array
from shapecalc.training.tape import Tape
from shapecalc.training.views import reshape


def matmul(tape: Tape, x: Array, y: Array, name: str = "product") -> Array:
    """x @ y. Where only one has more than two axes, its leading axes are joined to rows of one product of matrices."""
    if x.ndim > 2 and y.ndim == 2:
        rows = reshape(x, (prod(x.shape[:-1]), x.shape[-1]), "input copy")
        return reshape(multiply_matrices(tape, rows, y, name), (*x.shape[:-1], y.shape[-1]))
    if x.ndim == y.ndim == 2:
        return multiply_matrices(tape, x, y, name)
    raise NotImplementedError("products of other ranks")


def multiply_matrices(tape: Tape, x: Array, y: Array, name: str = "product") -> Array:
    """The product of two matrices, or of two stacks of them: the gradient of each needs the other."""
    if x.needs_grad:
        tape.save(y)
    if y.needs_grad:
        tape.save(x)
    return make_array(name, Shape([*x.shape[:-1], y.shape[-1]]), x.dtype, x.needs_grad or y.needs_grad)
