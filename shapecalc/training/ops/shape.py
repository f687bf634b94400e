"""What the operations of layers/ops/shape.py keep for the backward pass: nothing. They give views where they can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shapecalc.dims import Shape, Size, prod
from shapecalc.layers.dtypes import find_result_type as find_wide_result_type
from shapecalc.layers.ops.base import locate_axes, locate_axis
from shapecalc.training.array import Array
from shapecalc.training.keeping import infer_again, keeps
from shapecalc.training.strides import is_one
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import concatenate as join
from shapecalc.training.views import expand, permute, reshape, take_one, take_range
from shapecalc.training.views import expand_dims as add_axis

if TYPE_CHECKING:
    from shapecalc.layers.ops.shape import (
        OpsBroadcastTo,
        OpsConcatenate,
        OpsExpandDims,
        OpsMoveaxis,
        OpsRavel,
        OpsReshape,
        OpsSplit,
        OpsSqueeze,
        OpsStack,
        OpsSwapaxes,
        OpsTranspose,
        OpsUnstack,
    )


@keeps("ops.reshape")
def reshape_op(cfg: OpsReshape, tape: Tape, x: Array) -> Array:
    return reshape(x, infer_again(cfg, (x,)).output.shape)


@keeps("ops.ravel")
def ravel(cfg: OpsRavel, tape: Tape, x: Array) -> Array:
    return reshape(x, (prod(x.shape),))


@keeps("ops.transpose")
def transpose(cfg: OpsTranspose, tape: Tape, x: Array) -> Array:
    return permute(x, range(x.ndim)[::-1] if cfg.axes is None else locate_axes(cfg.axes, x.ndim))


@keeps("ops.swapaxes")
def swapaxes(cfg: OpsSwapaxes, tape: Tape, x: Array) -> Array:
    axis, other = locate_axis(cfg.axis1, x.ndim), locate_axis(cfg.axis2, x.ndim)
    order = list(range(x.ndim))
    order[axis], order[other] = other, axis
    return permute(x, order)


@keeps("ops.moveaxis")
def moveaxis(cfg: OpsMoveaxis, tape: Tape, x: Array) -> Array:
    source, destination = locate_axes(cfg.source, x.ndim), locate_axes(cfg.destination, x.ndim)
    moving = dict(zip(destination, source, strict=True))
    others = iter([axis for axis in range(x.ndim) if axis not in source])
    return permute(x, [moving[axis] if axis in moving else next(others) for axis in range(x.ndim)])


@keeps("ops.expand_dims")
def expand_dims(cfg: OpsExpandDims, tape: Tape, x: Array) -> Array:
    count = 1 if isinstance(cfg.axis, int) else len(cfg.axis)
    for axis in sorted(locate_axes(cfg.axis, x.ndim + count)):
        x = add_axis(x, axis)
    return x


@keeps("ops.squeeze")
def squeeze(cfg: OpsSqueeze, tape: Tape, x: Array) -> Array:
    if cfg.axis is None:
        gone = [axis for axis, size in enumerate(x.shape) if axis > 0 and is_one(size)]  # the batch axis stays
    else:
        gone = list(locate_axes(cfg.axis, x.ndim))
    for axis in sorted(gone, reverse=True):
        x = take_one(x, axis)
    return x


@keeps("ops.concatenate")
def concatenate(cfg: OpsConcatenate, tape: Tape, xs: Sequence[Array]) -> Array:
    return join(_cast_alike(xs), cfg.axis)


def _cast_alike(arrays: Sequence[Array]) -> list[Array]:
    dtype = find_wide_result_type(*(array.dtype for array in arrays))
    return [cast(array, dtype) for array in arrays]


@keeps("ops.stack")
def stack(cfg: OpsStack, tape: Tape, x: Sequence[Array]) -> Array:
    axis = locate_axis(cfg.axis, x[0].ndim + 1)
    return join([add_axis(array, axis) for array in _cast_alike(x)], axis)


@keeps("ops.split")
def split(cfg: OpsSplit, tape: Tape, x: Array) -> tuple[Array, ...]:
    axis = locate_axis(cfg.axis, x.ndim)
    parts = infer_again(cfg, (x,)).outputs.values()
    return tuple(take_range(x, axis, part.shape[axis]) for part in parts)


@keeps("ops.unstack")
def unstack(cfg: OpsUnstack, tape: Tape, x: Array) -> tuple[Array, ...]:
    axis = locate_axis(cfg.axis, x.ndim)
    return tuple(take_one(x, axis) for _ in tape.scope.inferred.outputs)


@keeps("ops.broadcast_to")
def broadcast_to(cfg: OpsBroadcastTo, tape: Tape, x: Array) -> Array:
    target: tuple[Size, ...] = cfg.shape
    return expand(x, Shape(target))
