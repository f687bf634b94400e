"""Images cut, resized and stretched in contrast."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.formats.onnx.writing.base import Array, Value, WeightView, number, numbers, writer
from shapecalc.formats.onnx.writing.casts import cast_floats
from shapecalc.formats.onnx.writing.reshaping import cast_back
from shapecalc.formats.onnx.writing.resizing import resize, resize_both

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.image import AutoContrast, CenterCrop, Resizing


def _of_one(function: Callable[..., Value]) -> Callable[..., Value]:
    """`function` for one image alone as well."""

    def write(nodes: Nodes, cfg: Any, weight: WeightView, data: Value) -> Value:
        if data.ndim != 3:
            return function(nodes, cfg, data)
        return nodes.squeeze(function(nodes, cfg, nodes.unsqueeze(data, 0)), 0)

    return write


def _list_spatial_axes(cfg: Any) -> tuple[int, int]:
    """The axes of height and width."""
    return (2, 3) if cfg.data_format == "channels_first" else (1, 2)


def _fit_side(other: int, wanted_side: int, wanted_other: int) -> int:
    """The length of a side next to `other` in the proportions that are wanted, as Keras rounds it."""
    return int(np.float32(other * wanted_side) / np.float32(wanted_other))


def _measure(cfg: Any, x: Value) -> tuple[int, int, int, int]:
    """The sides of the images, and those that are wanted."""
    rows, columns = _list_spatial_axes(cfg)
    sides = (x.shape[rows], x.shape[columns])
    height, width = (number(side, "a side of its images") for side in sides)
    return height, width, number(cfg.height, "`height`"), number(cfg.width, "`width`")


def _cut(nodes: Nodes, x: Value, axis: int, start: int, size: int) -> Value:
    """`size` entries along an axis."""
    return x if x.shape[axis] == size else nodes.slice(x, axis, start, start + size)


def _cut_to_proportions(nodes: Nodes, cfg: Any, x: Value) -> Value:
    """The middle of images, with height and width in the proportions that are wanted."""
    rows, columns = _list_spatial_axes(cfg)
    before_tall, before_wide, height, width = _measure(cfg, x)
    tall = max(min(before_tall, _fit_side(before_wide, height, width)), 1)
    wide = max(min(before_wide, _fit_side(before_tall, width, height)), 1)
    x = _cut(nodes, x, rows, int((before_tall - tall) / 2), tall)
    return _cut(nodes, x, columns, int((before_wide - wide) / 2), wide)


def _pad_to_proportions(nodes: Nodes, cfg: Any, x: Value) -> Value:
    """Images with a border that brings height and width into the proportions that are wanted."""
    rows, columns = _list_spatial_axes(cfg)
    before_tall, before_wide, height, width = _measure(cfg, x)
    pairs = [(0, 0)] * x.ndim
    pairs[rows] = (int((max(before_tall, _fit_side(before_wide, height, width)) - before_tall) / 2),) * 2
    pairs[columns] = (int((max(before_wide, _fit_side(before_tall, width, height)) - before_wide) / 2),) * 2
    return nodes.pad(x, pairs, cfg.fill_value)


@writer("Resizing")
@_of_one
def resizing(nodes: Nodes, cfg: Resizing, data: Value) -> Value:
    x = cast_floats(nodes, data, cfg)
    if cfg.crop_to_aspect_ratio:
        x = _cut_to_proportions(nodes, cfg, x)
    elif cfg.pad_to_aspect_ratio:
        x = _pad_to_proportions(nodes, cfg, x)
    sizes = number(cfg.height, "`height`"), number(cfg.width, "`width`")
    y = resize_both(nodes, x, _list_spatial_axes(cfg), sizes, cfg.interpolation, cfg.antialias)
    return cast_back(nodes, y, x.dtype)


@writer("CenterCrop")
@_of_one
def center_crop(nodes: Nodes, cfg: CenterCrop, data: Value) -> Value:
    """Cut out of the middle where images are large enough; else cut to the proportions, then made larger."""
    x = nodes.cast(data, cfg.compute_dtype)
    rows, columns = _list_spatial_axes(cfg)
    before_tall, before_wide, height, width = _measure(cfg, x)
    over = before_tall - height, before_wide - width
    if min(over) >= 0:
        return _cut(nodes, _cut(nodes, x, rows, over[0] // 2, height), columns, over[1] // 2, width)
    x = _cut_to_proportions(nodes, cfg, x)
    y = resize(nodes, resize(nodes, x, rows, height, "bilinear"), columns, width, "bilinear")
    return nodes.cast(y, x.dtype)


def _move_range(nodes: Nodes, x: Value, before: Any, after: Any) -> Value:
    """Values moved from one range to another."""
    (low, high), (wanted_low, wanted_high) = sorted(before), sorted(after)
    if (low, high) == (wanted_low, wanted_high):
        return x
    share = nodes.op("Div", nodes.op("Sub", x, nodes.like(low, x)), nodes.like(high - low, x))
    return nodes.op("Add", nodes.op("Mul", share, nodes.like(wanted_high - wanted_low, x)), nodes.like(wanted_low, x))


@writer("AutoContrast")
def auto_contrast(nodes: Nodes, cfg: AutoContrast, weight: WeightView, data: Value) -> Value:
    """Where all values of a channel are equal there is nothing to stretch, and it stays."""
    original = nodes.cast(data, cfg.compute_dtype)
    x = _move_range(nodes, original, cfg.value_range, (0, 255))
    low = nodes.reduce("ReduceMin", x, [1, 2], keepdims=True)
    high = nodes.reduce("ReduceMax", x, [1, 2], keepdims=True)
    span = nodes.op("Sub", high, low)
    scale = nodes.op("Div", nodes.like(255, x), span)
    moved = nodes.op("Sub", nodes.op("Mul", x, scale), nodes.op("Mul", low, scale))
    stretched = nodes.op("Clip", moved, nodes.like(0, x), nodes.like(255, x))
    stretched = _move_range(nodes, stretched, (0, 255), cfg.value_range)
    return nodes.where(nodes.op("Equal", span, nodes.like(0, x)), original, stretched)


@writer("ContrastLimitedAdaptiveHistogramEqualization")
def clahe(nodes: Nodes, cfg: Any, weight: WeightView, data: Value) -> Value:
    """Each tile has a curve from old values to new ones; a pixel takes the mean of the four nearest tiles' curves."""
    original = cast_floats(nodes, data, cfg)
    last = nodes.move(original, 1, -1) if cfg.data_format == "channels_first" else original
    x = _move_range(nodes, nodes.cast(last, "float32"), cfg.value_range, (0, 255))
    height, width = numbers(x.shape[1:3], "a side of its images")
    grid = cfg.tile_grid_size[0], cfg.tile_grid_size[1]
    tile = -(-height // grid[0]), -(-width // grid[1])
    for axis, (side, count, length) in enumerate(zip((height, width), grid, tile, strict=True), start=1):
        places = np.pad(np.arange(side), (0, count * length - side), mode="symmetric")
        x = nodes.op("Gather", x, nodes.array("constant", places), axis=axis)
    values = nodes.op("Clip", nodes.cast(x, "int64"), nodes.constant(0, "int64"), nodes.constant(255, "int64"))
    curves = _make_curves(nodes, values, grid, tile, cfg.clip_limit)
    for axis, count in enumerate(grid, start=1):
        edges = np.pad(np.arange(count), 1, mode="edge")
        curves = nodes.op("Gather", curves, nodes.array("constant", edges), axis=axis)
    rows, columns = _find_neighbours(tile[0], grid[0]), _find_neighbours(tile[1], grid[1])

    def mix(one: Value, other: Value, way: Array) -> Value:
        """What lies between two values, as far on the way from the one to the other."""
        shares = (nodes.array("constant", share.astype(np.float32)) for share in (1 - way, way))
        return nodes.op("Add", *(nodes.op("Mul", *pair) for pair in zip((one, other), shares, strict=True)))

    def look_up(row: Array, column: Array) -> Value:
        above = nodes.op("Gather", curves, nodes.array("constant", row), axis=1)
        own = nodes.op("Gather", above, nodes.array("constant", column), axis=2)
        return nodes.squeeze(nodes.op("GatherElements", own, nodes.unsqueeze(values, 4), axis=4), 4)

    across = columns[2][:, None]
    levels = [mix(look_up(row, columns[0]), look_up(row, columns[1]), across) for row in rows[:2]]
    mixed = mix(levels[0], levels[1], rows[2][:, None, None])
    whole = nodes.slice(nodes.slice(mixed, 1, 0, height), 2, 0, width)
    result = nodes.cast(_move_range(nodes, whole, (0, 255), cfg.value_range), original.dtype)
    return nodes.move(result, -1, 1) if cfg.data_format == "channels_first" else result


def _make_curves(nodes: Nodes, values: Value, grid: tuple[int, int], tile: tuple[int, int], limit: float) -> Value:
    """For each tile and channel, what 256 values become: the share of the tile below them, frequent ones held back."""
    batch, channels, area = values.shape[0], values.shape[3], tile[0] * tile[1]
    tiled = nodes.reshape(values, (batch, grid[0], tile[0], grid[1], tile[1], channels))
    rows = nodes.reshape(nodes.transpose(tiled, (0, 1, 3, 5, 2, 4)), (batch, *grid, channels, area))
    levels = nodes.array("constant", np.arange(256, dtype=np.int64))
    hits = nodes.cast(nodes.op("Equal", nodes.unsqueeze(rows, 5), levels), "float32")
    counts = nodes.reduce("ReduceSum", hits, [4])
    if limit > 0:
        held = nodes.op("Min", counts, nodes.constant(limit * area / 256))
        rest = nodes.reduce("ReduceSum", nodes.op("Sub", counts, held), [-1], keepdims=True)
        counts = nodes.op("Add", held, nodes.op("Div", rest, nodes.constant(256.0)))
    below = nodes.op("CumSum", counts, nodes.constant(4, "int64"))
    least = nodes.reduce("ReduceMin", below, [-1], keepdims=True)
    span = nodes.op("Sub", nodes.constant(float(area)), least)
    divisor = nodes.where(nodes.op("Equal", span, nodes.constant(0.0)), nodes.constant(1.0), span)
    scaled = nodes.op("Div", nodes.op("Mul", nodes.op("Sub", below, least), nodes.constant(255.0)), divisor)
    return nodes.op("Clip", scaled, nodes.constant(0.0), nodes.constant(255.0))


def _find_neighbours(length: int, tiles: int) -> tuple[Array, Array, Array]:
    """For each pixel along an axis the two tiles whose centres it lies between, and how far on the way."""
    spots = (np.arange(length * tiles, dtype=np.float32) - np.float32(length / 2)) / np.float32(length) + 1
    first = np.floor(spots)
    near = (np.clip(tile, 0, tiles + 1).astype(np.int64) for tile in (first, first + 1))
    return (*near, spots - first)
