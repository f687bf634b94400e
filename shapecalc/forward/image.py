"""Forwards of layers/image.py."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array, cast_floats, forward
from shapecalc.forward.memory import bytes_of, list_outputs, working_width
from shapecalc.forward.resizing import cast_back, resize
from shapecalc.forward.sizes import numbers
from shapecalc.forward.weights import Weights
from shapecalc.forward.windows import move_channels_last, restore_format

if TYPE_CHECKING:
    from shapecalc.layers.image import (
        AutoContrast,
        CenterCrop,
        ContrastLimitedAdaptiveHistogramEqualization,
        Image,
        Resizing,
    )


def list_spatial_axes(cfg: Image) -> tuple[int, int]:
    """The axes of height and width."""
    return (2, 3) if cfg.data_format == "channels_first" else (1, 2)


def cut_axis(x: Array, axis: int, start: int, size: int) -> Array:
    """`size` entries along an axis."""
    return x[(slice(None),) * axis + (slice(start, start + size),)]


def fit_side(other: int, wanted_side: int, wanted_other: int) -> int:
    """The length of a side next to `other` in the proportions that are wanted, as Keras rounds it."""
    return int(np.float32(other * wanted_side) / np.float32(wanted_other))


def cut_to_proportions(x: Array, rows: int, columns: int, height: int, width: int) -> Array:
    """The middle of images, with height and width in the proportions that are wanted."""
    before = x.shape[rows], x.shape[columns]
    tall = max(min(before[0], fit_side(before[1], height, width)), 1)
    wide = max(min(before[1], fit_side(before[0], width, height)), 1)
    x = cut_axis(x, rows, int((before[0] - tall) / 2), tall)
    return cut_axis(x, columns, int((before[1] - wide) / 2), wide)


def pad_to_proportions(x: Array, rows: int, columns: int, height: int, width: int, fill: float) -> Array:
    """Images with a border that brings height and width into the proportions that are wanted."""
    before = x.shape[rows], x.shape[columns]
    border = [(0, 0)] * x.ndim
    border[rows] = (int((max(before[0], fit_side(before[1], height, width)) - before[0]) / 2),) * 2
    border[columns] = (int((max(before[1], fit_side(before[0], width, height)) - before[1]) / 2),) * 2
    return np.pad(x, border, constant_values=x.dtype.type(fill))


def resize_memory(cfg: Resizing | CenterCrop, feed: Any, inferred: Any) -> int:
    """Bytes of images cut or padded in single precision, with one axis resized, and of the entries being mixed."""
    (x,), (y,) = feed, list_outputs(inferred)
    height, wide = numbers((cfg.height, cfg.width))
    rows, columns = list_spatial_axes(cfg)
    rows, columns = (axis - (len(x.shape) == 3) for axis in (rows, columns))
    fitted = math.prod(x.shape)
    if getattr(cfg, "pad_to_aspect_ratio", False):
        tallest = max(x.shape[rows], x.shape[columns] * height // max(1, wide) + 1)
        widest = max(x.shape[columns], x.shape[rows] * wide // max(1, height) + 1)
        fitted = fitted // max(1, x.shape[rows] * x.shape[columns]) * tallest * widest
    between = max(fitted // max(1, x.shape[rows]) * height, math.prod(y.shape))
    needed: int = working_width(cfg) * (2 * fitted + 4 * between)
    return needed


@forward("Resizing", memory=resize_memory)
def resizing(cfg: Resizing, weight: Weights, data: Array) -> Array:
    if np.ndim(data) == 3:  # one image alone
        return np.asarray(resizing(cfg, weight, np.asarray(data)[None])[0])
    x = cast_floats(data, cfg.compute_dtype)
    rows, columns = list_spatial_axes(cfg)
    height, width = numbers((cfg.height, cfg.width))
    if cfg.crop_to_aspect_ratio:
        x = cut_to_proportions(x, rows, columns, height, width)
    elif cfg.pad_to_aspect_ratio:
        x = pad_to_proportions(x, rows, columns, height, width, cfg.fill_value)
    method = cfg.interpolation
    y = x.astype(np.float32) if x.dtype == np.float16 and method != "nearest" else x
    y = resize(resize(y, rows, height, method, cfg.antialias), columns, width, method, cfg.antialias)
    return cast_back(y, x.dtype)


@forward("CenterCrop", memory=resize_memory)
def center_crop(cfg: CenterCrop, weight: Weights, data: Array) -> Array:
    if np.ndim(data) == 3:  # one image alone
        return np.asarray(center_crop(cfg, weight, np.asarray(data)[None])[0])
    """Cut out of the middle where images are large enough; else cut to the proportions, then made larger."""
    x = np.asarray(data).astype(cfg.compute_dtype, copy=False)
    rows, columns = list_spatial_axes(cfg)
    height, width = numbers((cfg.height, cfg.width))
    over = x.shape[rows] - height, x.shape[columns] - width
    if min(over) >= 0:
        return cut_axis(cut_axis(x, rows, over[0] // 2, height), columns, over[1] // 2, width)
    x = cut_to_proportions(x, rows, columns, height, width)
    y = x.astype(np.float32) if x.dtype == np.float16 else x
    return resize(resize(y, rows, height, "bilinear"), columns, width, "bilinear").astype(x.dtype)


def move_range(x: Array, before: Any, after: Any) -> Array:
    """Values moved from one range to another."""
    low, high = sorted(before)
    wanted_low, wanted_high = sorted(after)
    if (low, high) == (wanted_low, wanted_high):
        return x
    return np.asarray(
        (x - x.dtype.type(low)) / x.dtype.type(high - low) * x.dtype.type(wanted_high - wanted_low) + wanted_low
    )


def contrast_memory(cfg: AutoContrast, feed: Any, inferred: Any) -> int:
    """Bytes of six arrays of the input's size: images in the range of bytes, stretched, and moved back."""
    return 6 * bytes_of(*feed, least=working_width(cfg))


@forward("AutoContrast", memory=contrast_memory)
def auto_contrast(cfg: AutoContrast, weight: Weights, data: Array) -> Array:
    """Where all values of a channel are equal there is nothing to stretch, and it stays."""
    original = np.asarray(data).astype(cfg.compute_dtype, copy=False)
    x = move_range(original, cfg.value_range, (0, 255))
    low, high = x.min(axis=(1, 2), keepdims=True), x.max(axis=(1, 2), keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = x.dtype.type(255) / (high - low)
        stretched = np.clip(x * scale - low * scale, 0, 255)
    stretched = move_range(stretched, (0, 255), cfg.value_range)
    return np.where(np.isnan(stretched), original, stretched)


def clahe_memory(cfg: ContrastLimitedAdaptiveHistogramEqualization, feed: Any, inferred: Any) -> int:
    """Bytes of images filled up to whole tiles: in single precision, as bytes, tile by tile, and mixed of four tiles.

    The 256 counts of every tile are there several times.
    """
    (x,) = feed
    first = cfg.data_format == "channels_first"
    (height, wide), channels = (x.shape[2:], x.shape[1]) if first else (x.shape[1:3], x.shape[3])
    grid = cfg.tile_grid_size
    filled = -(-height // grid[0]) * grid[0] * -(-wide // grid[1]) * grid[1]
    curves = (grid[0] + 2) * (grid[1] + 2) * 256
    needed: int = x.shape[0] * channels * (64 * filled + 32 * curves)
    return needed


@forward("ContrastLimitedAdaptiveHistogramEqualization", memory=clahe_memory)
def clahe(cfg: ContrastLimitedAdaptiveHistogramEqualization, weight: Weights, data: Array) -> Array:
    """Each tile has a curve from old values to new ones; a pixel takes the mean of the four nearest tiles' curves."""
    original = cast_floats(data, cfg.compute_dtype)
    x = move_range(move_channels_last(cfg, original).astype(np.float32), cfg.value_range, (0, 255))
    _, height, width, _ = x.shape
    grid = cfg.tile_grid_size[0], cfg.tile_grid_size[1]
    tall, wide = -(-height // grid[0]), -(-width // grid[1])
    border = [(0, 0), (0, tall * grid[0] - height), (0, wide * grid[1] - width), (0, 0)]
    values = np.clip(np.pad(x, border, mode="symmetric").astype(np.int32), 0, 255)
    curves = np.pad(
        _make_curves(values, grid, (tall, wide), cfg.clip_limit), [(0, 0), (1, 1), (1, 1), (0, 0), (0, 0)], mode="edge"
    )
    (up, down, across_rows), (left, right, across) = _find_neighbours(tall, grid[0]), _find_neighbours(wide, grid[1])
    sample = np.arange(x.shape[0])[:, None, None, None]
    channel = np.arange(x.shape[3])

    def look_up(row: Array, column: Array) -> Array:
        return np.asarray(curves[sample, row[:, None, None], column[None, :, None], channel, values])

    top = look_up(up, left) * (1 - across[:, None]) + look_up(up, right) * across[:, None]
    bottom = look_up(down, left) * (1 - across[:, None]) + look_up(down, right) * across[:, None]
    mixed = (top * (1 - across_rows[:, None, None]) + bottom * across_rows[:, None, None])[:, :height, :width]
    result = move_range(mixed.astype(np.float32), (0, 255), cfg.value_range).astype(original.dtype)
    return restore_format(cfg, result)


def _make_curves(values: Array, grid: tuple[int, int], tile: tuple[int, int], limit: float) -> Array:
    """For each tile and channel, what 256 values become: the share of the tile below them, frequent ones held back."""
    batch, _, _, channels = values.shape
    tiled = values.reshape(batch, grid[0], tile[0], grid[1], tile[1], channels).transpose(0, 1, 3, 5, 2, 4)
    area = tile[0] * tile[1]
    flat = tiled.reshape(-1, area)
    places = flat + 256 * np.arange(len(flat))[:, None]
    counts = np.bincount(places.ravel(), minlength=256 * len(flat)).reshape(-1, 256).astype(np.float32)
    if limit > 0:
        held = np.minimum(counts, np.float32(limit * area / 256))
        counts = held + (counts - held).sum(axis=1, keepdims=True) / np.float32(256)
    below = counts.cumsum(axis=1, dtype=np.float32)
    least = below.min(axis=1, keepdims=True)
    rest = np.float32(area) - least
    curves = np.clip((below - least) * np.float32(255) / np.where(rest == 0, np.float32(1), rest), 0, 255)
    return np.asarray(curves.reshape(batch, grid[0], grid[1], channels, 256))


def _find_neighbours(length: int, tiles: int) -> tuple[Array, Array, Array]:
    """For each pixel along an axis the two tiles whose centres it lies between, and how far on the way."""
    spots = (np.arange(length * tiles, dtype=np.float32) - np.float32(length / 2)) / np.float32(length) + 1
    first = np.floor(spots)
    return (
        np.clip(first, 0, tiles + 1).astype(np.intp),
        np.clip(first + 1, 0, tiles + 1).astype(np.intp),
        spots - first,
    )
