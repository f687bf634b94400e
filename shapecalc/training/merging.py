"""What the layers of layers/merging.py keep for the backward pass."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from shapecalc.dims import prod
from shapecalc.training.array import Array
from shapecalc.training.dtypes import find_result_type
from shapecalc.training.elementwise import add, choose, combine, make_scalar, multiply, select
from shapecalc.training.keeping import keeps
from shapecalc.training.lengths import normalize_length
from shapecalc.training.products import matmul
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import concatenate as join
from shapecalc.training.views import expand, expand_dims, permute, reshape, take_one

if TYPE_CHECKING:
    from shapecalc.layers.merging import Concatenate, Merge
    from shapecalc.layers.merging import Dot as DotLayer


def _align(inputs: Sequence[Array]) -> list[Array]:
    """The inputs with as many axes each: new ones stand after the batch axis."""
    aligned = []
    ndim = max(array.ndim for array in inputs)
    for array in inputs:
        while array.ndim < ndim:
            array = expand_dims(array, 1)
        aligned.append(array)
    return aligned


def _list_masks(tape: Tape, inputs: Sequence[Array]) -> list[Array | None]:
    """The masks that select entries, with an axis for the features; an input that was given axes has lost its mask."""
    came = tape.masks.get("inputs")
    masks: tuple[Array | None, ...] = (came,) if came is None or isinstance(came, Array) else came
    ndim = max(array.ndim for array in inputs)
    return [
        expand(expand_dims(mask, -1), array.shape) if mask is not None and array.ndim == ndim else None
        for array, mask in zip(inputs, masks, strict=True)
    ]


@keeps("Add", "Subtract")
def add_up(cfg: Merge, tape: Tape, inputs: Sequence[Array]) -> Array:
    """Nothing: the gradient of a sum needs none of its terms."""
    return reduce(add, _align(inputs))


@keeps("Average")
def average(cfg: Merge, tape: Tape, inputs: Sequence[Array]) -> Array:
    """Nothing."""
    return combine(reduce(add, _align(inputs)), name="mean")


@keeps("Multiply")
def multiply_all(cfg: Merge, tape: Tape, inputs: Sequence[Array]) -> Array:
    """All inputs, and each product but the last; of masked ones also the masks."""
    masks = _list_masks(tape, inputs)
    output: Array | None = None
    for array, mask in zip(_align(inputs), masks, strict=True):
        x = array if mask is None else choose(tape, mask, array, make_scalar(array.dtype), "masked input")
        output = x if output is None else multiply(tape, output, x)
    assert output is not None
    joined = _join_masks(masks)
    return output if joined is None else choose(tape, joined, output, make_scalar(output.dtype), "masked product")


def _join_masks(masks: Sequence[Array | None]) -> Array | None:
    """Where any of the masks keeps an entry; None where an input has none. One mask is used as it is."""
    present = [mask for mask in masks if mask is not None]
    if len(present) < len(masks):
        return None
    return reduce(lambda left, right: combine(left, right, name="joined mask"), present)


@keeps("Maximum", "Minimum")
def select_all(cfg: Merge, tape: Tape, inputs: Sequence[Array]) -> Array:
    """All inputs, and each result but the last; of masked ones also the masks."""
    masks = _list_masks(tape, inputs)
    dtype = find_result_type(*(array.dtype for array in inputs))
    first, *rest = (cast(array, dtype) for array in _align(inputs)) if len(inputs) > 1 else inputs
    output, output_mask = first, masks[0]
    for array, mask in zip(rest, masks[1:], strict=True):
        x = array if mask is None else choose(tape, mask, array, output, "masked input")
        if output_mask is not None:
            output = choose(tape, output_mask, output, x, "masked input")
        both = mask is not None and output_mask is not None
        output_mask = _join_masks((output_mask, mask)) if both else None
        output = select(tape, output, x, "selected")
    return output


@keeps("Concatenate")
def concatenate(cfg: Concatenate, tape: Tape, inputs: Sequence[Array]) -> Array:
    """Nothing."""
    return join(inputs, cfg.axis)


@keeps("Dot")
def dot(cfg: DotLayer, tape: Tape, inputs: Sequence[Array]) -> Array:
    """Both inputs; normalized first, what that needs too."""
    pairs = (cfg.axes, cfg.axes) if isinstance(cfg.axes, int) else cfg.axes
    x, y = inputs
    here, there = (axis % array.ndim for axis, array in zip(pairs, inputs, strict=True))
    if cfg.normalize:
        x, y = normalize_length(tape, x, (here,)), normalize_length(tape, y, (there,))
    return _multiply_batches(tape, x, y, here, there)


def _multiply_batches(tape: Tape, x: Array, y: Array, here: int, there: int) -> Array:
    """The products of samples over one axis of each, computed as those of stacks of matrices."""
    flat, column = x.ndim == 2, y.ndim == 2
    if flat:
        x, here = expand_dims(x, 1), here + 1
    if column:
        y = expand_dims(y, 2)
    x = permute(x, (*(axis for axis in range(x.ndim) if axis != here), here))
    y = permute(y, (0, there, *(axis for axis in range(1, y.ndim) if axis != there)))
    rows, columns = x.shape[1:-1], y.shape[2:]
    left = reshape(x, (x.shape[0], prod(rows), x.shape[-1]), "input copy")
    right = reshape(y, (*y.shape[:2], prod(columns)), "input copy")
    product = reshape(matmul(tape, left, right), (x.shape[0], *rows, *columns))
    if flat:
        return take_one(product, 1)
    return take_one(product, product.ndim - 1) if column else product
