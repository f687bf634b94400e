"""What the operations of layers/ops/entries.py keep for the backward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.dims import prod
from shapecalc.layers.ops.base import locate_axis
from shapecalc.layers.ops.slicing import slice_shape, spread_key
from shapecalc.training.array import Array, arrange_like, make_array
from shapecalc.training.keeping import infer_again, keeps
from shapecalc.training.ops.base import fill_operands
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import expand_dims, reshape, take_one, take_range
from shapecalc.training.views import pad as pad_zeros
from shapecalc.training.views import repeat as repeat_each

if TYPE_CHECKING:
    from shapecalc.layers.ops.entries import (
        OpsArange,
        OpsFlip,
        OpsGetItem,
        OpsOneHot,
        OpsPad,
        OpsRepeat,
        OpsRoll,
        OpsTake,
        OpsTakeAlongAxis,
        OpsTile,
        Triangle,
    )


@keeps("ops.arange")
def arange(cfg: OpsArange, tape: Tape) -> Array:
    output = infer_again(cfg, ()).output
    return make_array("numbers", output.shape, output.dtype or "int32")


@keeps("ops.take")
def take(cfg: OpsTake, tape: Tape, x: Array, indices: Array | None = None) -> Array:
    """The indices, 8 bytes each."""
    (chosen,) = fill_operands(cfg, indices)
    if x.needs_grad:
        tape.save(make_array("indices", chosen.shape, "int64"))
    axis = None if cfg.axis is None else locate_axis(cfg.axis, x.ndim)
    shape = chosen.shape if axis is None else (*x.shape[:axis], *chosen.shape, *x.shape[axis + 1 :])
    return make_array("taken", shape, x.dtype, x.needs_grad)


@keeps("ops.take_along_axis")
def take_along_axis(cfg: OpsTakeAlongAxis, tape: Tape, x: Array, indices: Array) -> Array:
    """The indices, 8 bytes each, and the input."""
    if cfg.axis is None:
        x = reshape(x, (prod(x.shape),))
    shape = infer_again(cfg, (x, indices)).output.shape
    if x.needs_grad:
        tape.save(make_array("indices", shape, "int64"))
        tape.save(x)
    return make_array("taken", shape, x.dtype, x.needs_grad)


@keeps("ops.get_item")
def get_item(cfg: OpsGetItem, tape: Tape, x: Array) -> Array:
    """Nothing: a view."""
    sizes = iter(slice_shape(x.shape, cfg.key))
    axis = 0
    for entry in spread_key(cfg.key, x.ndim):
        if isinstance(entry, int):
            x = take_one(x, axis)
            continue
        size = next(sizes)
        if entry is None:
            x = expand_dims(x, axis)
        elif isinstance(entry, tuple):
            step = entry[2] or 1
            strides = tuple(stride * step if place == axis else stride for place, stride in enumerate(x.strides))
            x = take_range(x, axis, size)._replace(strides=strides)
        axis += 1
    return x


@keeps("ops.pad")
def pad(cfg: OpsPad, tape: Tape, x: Array) -> Array:
    """Mirrored, the input; else nothing."""
    shape = infer_again(cfg, (x,)).output.shape
    if cfg.mode == "constant":
        return pad_zeros(x, shape)
    wide = x if x.dtype in ("float32", "float64") else cast(x, "float32")
    if wide.needs_grad:
        tape.save(wide)
    return cast(make_array("padded", shape, wide.dtype, wide.needs_grad), x.dtype)


@keeps("ops.tile")
def tile(cfg: OpsTile, tape: Tape, x: Array) -> Array:
    return make_array("tiled", infer_again(cfg, (x,)).output.shape, x.dtype, x.needs_grad)


@keeps("ops.repeat")
def repeat(cfg: OpsRepeat, tape: Tape, x: Array) -> Array:
    """Along an axis nothing; over all values, or each its own number of times, where they come from."""
    if isinstance(cfg.repeats, int) and cfg.axis is not None:
        return repeat_each(x, cfg.repeats, locate_axis(cfg.axis, x.ndim))
    output = infer_again(cfg, (x,)).output.shape
    axis = 0 if cfg.axis is None else locate_axis(cfg.axis, x.ndim)
    if x.needs_grad:
        tape.save(make_array("places", (output[axis],), "int32"))
    return make_array("repeated", output, x.dtype, x.needs_grad)


@keeps("ops.roll")
def roll(cfg: OpsRoll, tape: Tape, x: Array) -> Array:
    return make_array("rolled", x.shape, x.dtype, x.needs_grad)


@keeps("ops.flip")
def flip(cfg: OpsFlip, tape: Tape, x: Array) -> Array:
    return make_array("flipped", x.shape, x.dtype, x.needs_grad, strides=arrange_like(x))


@keeps("ops.tril", "ops.triu")
def triangle(cfg: Triangle, tape: Tape, x: Array) -> Array:
    return make_array("triangle", x.shape, x.dtype, x.needs_grad)


@keeps("ops.one_hot")
def one_hot(cfg: OpsOneHot, tape: Tape, x: Array) -> Array:
    output = infer_again(cfg, (x,)).output
    return make_array("rows", output.shape, output.dtype or "float32")
