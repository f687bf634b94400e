"""What the operations of layers/ops/linear.py keep for the backward pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shapecalc.layers.ops.linear import read_equation
from shapecalc.training.array import Array
from shapecalc.training.dtypes import find_result_type
from shapecalc.training.einsum import einsum
from shapecalc.training.keeping import keeps
from shapecalc.training.products import matmul, multiply_matrices
from shapecalc.training.tape import Tape, cast

if TYPE_CHECKING:
    from shapecalc.layers.ops.linear import OpsDot, OpsEinsum, OpsMatmul


@keeps("ops.matmul")
def matmul_op(cfg: OpsMatmul, tape: Tape, x1: Array, x2: Array) -> Array:
    """Of each operand that needs a gradient the other one."""
    return matmul(tape, x1, x2)


@keeps("ops.dot")
def dot(cfg: OpsDot, tape: Tape, x1: Array, x2: Array) -> Array:
    """As matmul."""
    dtype = find_result_type(x1.dtype, x2.dtype)
    wide = find_result_type(dtype, "float")
    return cast(multiply_matrices(tape, cast(x1, wide), cast(x2, wide)), dtype)


@keeps("ops.einsum")
def einsum_op(cfg: OpsEinsum, tape: Tape, operands: Sequence[Array]) -> Array:
    """The operands, and the products that lie between."""
    letters, output = read_equation(cfg.subscripts)
    arrays = [cast(array, "int32") if array.dtype == "int8" else array for array in operands]
    return einsum(tape, arrays, letters, output)
