"""Entries taken, repeated, moved, cut and added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.dims import prod
from shapecalc.formats.onnx.writing.base import Value, WeightView, number, number_type, numbers, writer
from shapecalc.formats.onnx.writing.counting import count_up
from shapecalc.formats.onnx.writing.ops.base import all_axes, countable
from shapecalc.formats.onnx.writing.ops.shape import positions
from shapecalc.formats.onnx.writing.reshaping import repeat_entries
from shapecalc.layers.ops.slicing import spread_key

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes


@writer("ops.arange")
def arange(nodes: Nodes, cfg: Any, weight: WeightView) -> Value:
    bounds = (0, cfg.start) if cfg.stop is None else (cfg.start, cfg.stop)
    step = 1 if cfg.step is None else cfg.step
    if all(isinstance(bound, int) for bound in bounds):
        start, stop = numbers(bounds, "a bound")
        return nodes.array("constant", np.arange(start, stop, step).astype(number_type(cfg.dtype or "int32")))
    ends = [nodes.squeeze(nodes.sizes([bound]), 0) for bound in bounds]
    result = [nodes.results[0]._replace(dtype="int64", values=None)]
    return nodes.cast(nodes.place("Range", (*ends, nodes.constant(step, "int64")), result, {})[0], cfg.dtype or "int32")


@writer("ops.take")
def take(nodes: Nodes, cfg: Any, weight: WeightView, x: Value, indices: Value | None = None) -> Value:
    places = (
        nodes.array("constant", np.asarray(cfg.indices, np.int64)) if indices is None else _as_places(nodes, indices)
    )
    if cfg.axis is None:
        x = nodes.reshape(x, (prod(x.shape),))
    return nodes.op("Gather", x, places, axis=0 if cfg.axis is None else cfg.axis % x.ndim)


def _as_places(nodes: Nodes, x: Value) -> Value:
    return x if x.dtype in ("int32", "int64") else nodes.cast(x, "int64")


@writer("ops.take_along_axis")
def take_along_axis(nodes: Nodes, cfg: Any, weight: WeightView, x: Value, indices: Value) -> Value:
    """The entries at `indices` along `axis`; both are broadcast along the other axes first."""
    places = _as_places(nodes, indices)
    if cfg.axis is None:
        return nodes.op("GatherElements", nodes.reshape(x, (prod(x.shape),)), places, axis=0)
    axis, target = cfg.axis % x.ndim, nodes.results[0].shape
    return nodes.op(
        "GatherElements", nodes.expand(x, target.replace(axis, x.shape[axis])), nodes.expand(places, target), axis=axis
    )


@writer("ops.get_item")
def get_item(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    """Slices first, then the axes of single entries and new ones, which only change the shape."""
    target, axis = nodes.results[0].shape, 0
    for entry in spread_key(cfg.key, x.ndim):
        if entry is None:
            continue
        if isinstance(entry, int):
            x = nodes.slice(x, axis, entry, entry + 1 if entry != -1 else None)
        elif isinstance(entry, tuple) and any(bound is not None for bound in entry):
            start, stop, step = entry
            stride = 1 if step is None else step
            if (start, stop, stride) != (0, None, 1):
                first = (0 if stride > 0 else -1) if start is None else start
                x = nodes.slice(x, axis, first, stop, stride)
        axis += 1
    return nodes.reshape(x, target)


@writer("ops.pad")
def pad(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    if cfg.mode != "symmetric":
        return nodes.pad(x, cfg.pad_width, cfg.constant_values or 0, cfg.mode)
    for axis, pair in enumerate(cfg.pad_width):
        if any(pair):
            places = np.pad(positions(number(x.shape[axis], "an axis that it mirrors")), pair, mode="symmetric")
            x = nodes.op("Gather", x, nodes.array("constant", places), axis=axis)
    return x


@writer("ops.tile")
def tile(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    times = numbers(cfg.repeats, "`repeats`")
    x = nodes.unsqueeze(x, *range(max(0, len(times) - x.ndim)))
    return nodes.op("Tile", x, nodes.ints([1] * (x.ndim - len(times)) + list(times)))


@writer("ops.repeat")
def repeat(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    if cfg.axis is None:
        x = nodes.reshape(x, (prod(x.shape),))
    axis = 0 if cfg.axis is None else cfg.axis % x.ndim
    times = (cfg.repeats,) if isinstance(cfg.repeats, int) else cfg.repeats
    if len(times) == 1:
        return repeat_entries(nodes, x, axis, times)
    places = np.repeat(positions(len(times)), times)
    return nodes.op("Gather", x, nodes.array("constant", places), axis=axis)


@writer("ops.roll")
def roll(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    shifts = (cfg.shift,) if isinstance(cfg.shift, int) else cfg.shift
    if cfg.axis is None:
        flat = nodes.reshape(x, (prod(x.shape),))
        return nodes.reshape(_roll(nodes, flat, 0, sum(shifts)), x.shape)
    axes = all_axes(cfg.axis, x.ndim)
    for shift, axis in zip(shifts * (len(axes) if len(shifts) == 1 else 1), axes, strict=True):
        x = _roll(nodes, x, axis, shift)
    return x


def _roll(nodes: Nodes, x: Value, axis: int, shift: int) -> Value:
    """The last `shift` entries in front; which these are of an axis of no known size, the graph works out."""
    size = x.shape[axis]
    if not isinstance(size, int):
        places = nodes.op("Sub", count_up(nodes, size), nodes.constant(shift, "int64"))
        return nodes.op("Gather", x, nodes.op("Mod", places, nodes.sizes([size])), axis=axis)
    shift %= size
    return nodes.concat([nodes.slice(x, axis, -shift), nodes.slice(x, axis, 0, -shift)], axis) if shift else x


@writer("ops.flip")
def flip(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    for axis in all_axes(cfg.axis, x.ndim):
        x = nodes.reverse(x, axis)
    return x


@writer("ops.tril", "ops.triu")
def triangle(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    wide = countable(nodes, x)
    wide = nodes.cast(wide, "int64") if not wide.is_float else wide
    y = nodes.op("Trilu", wide, nodes.constant(cfg.k, "int64"), upper=int(cfg.type_name == "ops.triu"))
    return nodes.cast(y, x.dtype)


@writer("ops.one_hot")
def one_hot(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    """A row of `num_classes` for each number; one outside the classes has no 1 in its row."""
    classes = nodes.array("constant", positions(number(cfg.num_classes, "`num_classes`")))
    rows = nodes.op("Equal", nodes.unsqueeze(nodes.cast(x, "int64"), x.ndim), classes)
    return nodes.move(nodes.cast(rows, cfg.dtype or "float32"), -1, cfg.axis)
