"""Matrix products and their like, the only operations with MACs. https://keras.io/api/ops/numpy/

MACs are per sample. The batch axis is the first axis of the output, where it is also the first of an input.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, require_same
from shapecalc.layers.arguments import arg
from shapecalc.layers.base import rule
from shapecalc.layers.dtypes import find_product_type, find_result_type
from shapecalc.layers.ops.base import Operation, broadcast_operands, find_dtype, index_by_name, make_output
from shapecalc.layers.values import Inferred, Tensor


class OpsMatmul(Operation):
    """x1 @ x2 over the last two axes; those before broadcast. https://keras.io/api/ops/numpy/#matmul-function

    (..., rows, features) @ (..., features, columns) is (..., rows, columns); a vector counts as
    a matrix of one row or column.
    """

    type_name = "ops.matmul"
    ports = ("x1", "x2")


@rule(OpsMatmul)
def matmul(cfg: OpsMatmul, x1: Tensor, x2: Tensor) -> Inferred:
    *_, left = x1.shape.axes(..., "features")
    x2.shape.axes(..., "columns")
    vector = x2.shape.ndim == 1
    right = x2.shape[-1] if vector else x2.shape[-2]
    features = _require_same_axes(left, right, x1.shape, x2.shape)
    rows = x1.shape[-2:-1]
    columns: tuple[Size, ...] = () if vector else x2.shape[-1:]
    outer = broadcast_operands(x1.shape[:-2], x2.shape[:-2], port="x2")
    shape = (*outer, *rows, *columns)
    return make_output(shape, _find_product_dtype(x1, x2), product=(*shape[1:], features))


def _require_same_axes(left: Size, right: Size, x1: Shape, x2: Shape) -> Size:
    message = f"cannot multiply {x1} with {x2}: {left} columns meet {right} rows"
    return require_same(left, right, message, input="x2", help="`ops.swapaxes: {axis1: -1, axis2: -2}` turns a matrix")


def _find_product_dtype(*tensors: Tensor) -> str:
    """Products of int8 are summed in int32."""
    return find_product_type(*(find_dtype(tensor) for tensor in tensors))


class OpsDot(Operation):
    """Sum over the last axis of x1 and the last but one of x2, every pair of the others. https://keras.io/api/ops/numpy/#dot-function

    (batch, features) with (features, columns) is (batch, columns). For products of batches there is ops.matmul.
    """

    type_name = "ops.dot"
    ports = ("x1", "x2")


@rule(OpsDot)
def dot(cfg: OpsDot, x1: Tensor, x2: Tensor) -> Inferred:
    rest, left = x1.shape.axes(..., "features")
    x2.shape.axes(..., "columns")
    vector = x2.shape.ndim == 1
    features = _require_same_axes(left, x2.shape[-1] if vector else x2.shape[-2], x1.shape, x2.shape)
    columns: tuple[Size, ...] = () if vector else (*x2.shape[:-2], x2.shape[-1])
    shape = (*rest, *columns)
    return make_output(shape, find_result_type(find_dtype(x1), find_dtype(x2)), product=(*shape[1:], features))


class OpsEinsum(Operation):
    """A sum of products by letters, one for each axis: `bij,bjk->bik`. https://keras.io/api/ops/numpy/#einsum-function

    `...` stands for axes without letters, which broadcast. Without `->`, letters that occur once leave, by alphabet.
    """

    type_name = "ops.einsum"
    ports = ("operands+",)
    subscripts = arg.text(doc="The letters of each operand, and of the output.")


_EQUATION = re.compile(r"[A-Za-z.,]*(->[A-Za-z.]*)?")
_HELP = "write a letter for each axis of each operand: `bij,bjk->bik`"


@rule(OpsEinsum)
def einsum(cfg: OpsEinsum, operands: Sequence[Tensor]) -> Inferred:
    inputs, output = read_equation(cfg.subscripts)
    if len(inputs) != len(operands):
        message = f"{cfg.subscripts!r} has letters for {len(inputs)} operands, got {len(operands)}"
        raise ShapeError(message, arg="subscripts", code="SC306", help=_HELP)
    sizes: dict[str, Size] = {}
    spread: list[Shape] = []
    named: list[str] = []
    for letters, operand in zip(inputs, operands, strict=True):
        axes, between = _read_letters(letters, operand.shape)
        spread.append(between)
        named.append("".join(letter for letter, _ in axes))
        for letter, size in axes:
            message = f"`{letter}` is {sizes.get(letter)} in one place and {size} in another"
            sizes[letter] = require_same(sizes.get(letter, size), size, message, input="operands", help=_HELP)
    outer = broadcast_operands(*spread, port="operands")
    before, dots, after = output.partition("...")
    shape = (*(sizes[letter] for letter in before), *(outer if dots else ()), *(sizes[letter] for letter in after))
    macs = {
        f"product {number}": factors for number, factors in enumerate(_list_factors(named, output, sizes, outer), 1)
    }
    return make_output(shape, _find_product_dtype(*operands), **macs)


def _read_letters(letters: str, shape: Shape) -> tuple[list[tuple[str, Size]], Shape]:
    """The letters with their sizes, and the axes that `...` stands for."""
    before, dots, after = letters.partition("...")
    named = len(before) + len(after)
    if shape.ndim != named and not (dots and shape.ndim in range(named, shape.ndim + 1)):
        least = "at least " if dots else ""
        message = f"`{letters}` needs {least}{named} axes, got {shape}"
        raise ShapeError(message, input="operands", code="SC411", help=_HELP)
    end = shape.ndim - len(after)
    pairs = [*zip(before, shape, strict=False), *zip(after, shape[end:], strict=True)]
    return pairs, shape[len(before) : end]


def _list_factors(named: list[str], output: str, sizes: dict[str, Size], outer: Shape) -> list[tuple[Size, ...]]:
    """The factors of each product: operands are multiplied from the left, letters summed as soon as they can be."""
    ellipsis_first = not named[0] or output.startswith("...")
    batch = "" if ellipsis_first else named[0][0] if output.startswith(named[0][0]) else ""
    samples = outer[1:] if ellipsis_first else outer
    products = []
    held = named[0]
    for position, letters in enumerate(named[1:], 1):
        met = "".join(dict.fromkeys(held + letters))
        products.append((*samples, *(sizes[letter] for letter in met if letter != batch)))
        later = "".join(named[position + 1 :]) + output
        held = "".join(letter for letter in met if letter in later)
    return products


def read_equation(text: str) -> tuple[list[str], str]:
    """The letters of each operand and of the output of `bij,bjk->bik`; ShapeError SC206 where it is no equation."""
    plain = text.replace(" ", "")
    operands, arrow, output = plain.partition("->")
    inputs = operands.split(",")
    letters = operands.replace("...", "").replace(",", "")
    if not arrow:
        output = ("..." if "..." in operands else "") + "".join(
            letter for letter in sorted(set(letters)) if letters.count(letter) == 1
        )
    kept = output.replace("...", "")
    fits = _EQUATION.fullmatch(plain) and all(
        "." not in part.replace("...", "", 1) and len(set(kept)) == len(kept) for part in (*inputs, output)
    )
    if not fits or set(kept) - set(letters) or ("..." in operands and "..." not in output):
        raise ShapeError(f"cannot read the equation {text!r}", arg="subscripts", code="SC206", help=_HELP)
    return inputs, output


TYPES = index_by_name(OpsMatmul, OpsDot, OpsEinsum)
