"""Forwards of layers/ops/entries.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from shapecalc.forward.base import Array, forward
from shapecalc.forward.memory import copy_memory, entries, list_outputs
from shapecalc.forward.ops.base import list_operands
from shapecalc.forward.sizes import number, numbers
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.ops.base import Operation
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
        OpsTril,
        OpsTriu,
    )


def places_memory(cfg: Operation, feed: Any, inferred: Any) -> int:
    """Bytes of indices in 64 bits, of the inputs and of the outputs."""
    return copy_memory(cfg, feed, inferred) + 8 * (entries(*feed) + entries(*list_outputs(inferred)))


@forward("OpsArange", memory=places_memory)
def arange(cfg: OpsArange, weight: Weights) -> Array:
    start, stop = numbers((0, cfg.start) if cfg.stop is None else (cfg.start, cfg.stop))
    return np.arange(start, stop, 1 if cfg.step is None else cfg.step).astype(cfg.dtype or np.int32)


@forward("OpsTake", memory=places_memory)
def take(cfg: OpsTake, weight: Weights, x: Array, indices: Array | None = None) -> Array:
    return np.asarray(np.take(x, list_operands(cfg, indices)[0], axis=cfg.axis))


@forward("OpsTakeAlongAxis", memory=places_memory)
def take_along_axis(cfg: OpsTakeAlongAxis, weight: Weights, x: Array, indices: Array) -> Array:
    """The entries at `indices` along `axis`; both arrays are broadcast along the other axes first."""
    if cfg.axis is None:
        return np.take_along_axis(x, indices, axis=None)
    values, places = np.moveaxis(x, cfg.axis, -1), np.moveaxis(indices, cfg.axis, -1)
    others = np.broadcast_shapes(values.shape[:-1], places.shape[:-1])
    values = np.broadcast_to(values, (*others, values.shape[-1]))
    places = np.broadcast_to(places, (*others, places.shape[-1]))
    return np.moveaxis(np.take_along_axis(values, places, axis=-1), -1, cfg.axis)


@forward("OpsGetItem")
def get_item(cfg: OpsGetItem, weight: Weights, x: Array) -> Array:
    return np.asarray(x[tuple(_make_index(entry) for entry in cfg.key)])


def _make_index(entry: Any) -> Any:
    if isinstance(entry, tuple):
        return slice(*entry)
    return ... if entry == "..." else entry


@forward("OpsPad")
def pad(cfg: OpsPad, weight: Weights, x: Array) -> Array:
    if cfg.mode != "constant":
        return np.pad(x, cfg.pad_width, mode=cast("Any", cfg.mode))
    with np.errstate(all="ignore"):
        return np.pad(x, cfg.pad_width, constant_values=np.float64(cfg.constant_values or 0).astype(x.dtype))


@forward("OpsTile")
def tile(cfg: OpsTile, weight: Weights, x: Array) -> Array:
    return np.tile(x, numbers(cfg.repeats))


@forward("OpsRepeat")
def repeat(cfg: OpsRepeat, weight: Weights, x: Array) -> Array:
    return np.repeat(x, cfg.repeats, axis=cfg.axis)


@forward("OpsRoll")
def roll(cfg: OpsRoll, weight: Weights, x: Array) -> Array:
    return np.roll(x, cfg.shift, axis=cfg.axis)


@forward("OpsFlip")
def flip(cfg: OpsFlip, weight: Weights, x: Array) -> Array:
    return np.flip(x, cfg.axis)


@forward("OpsTril")
def tril(cfg: OpsTril, weight: Weights, x: Array) -> Array:
    return np.tril(x, cfg.k)


@forward("OpsTriu")
def triu(cfg: OpsTriu, weight: Weights, x: Array) -> Array:
    return np.triu(x, cfg.k)


@forward("OpsOneHot", memory=places_memory)
def one_hot(cfg: OpsOneHot, weight: Weights, x: Array) -> Array:
    """A row of `num_classes` for each number; one outside the classes has no 1 in its row."""
    rows = np.arange(number(cfg.num_classes)) == x.astype(np.int64)[..., None]
    return np.moveaxis(rows.astype(cfg.dtype or np.float32), -1, cfg.axis)
