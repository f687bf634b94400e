"""Functions that change the shape alone."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.formats.onnx.writing.base import Value, WeightView, writer
from shapecalc.layers.dtypes import join_type

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes


@writer("ops.reshape", "ops.ravel", "ops.squeeze", "ops.expand_dims")
def reshape(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    return nodes.reshape(x, nodes.results[0].shape)


@writer("ops.transpose")
def transpose(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    order = range(x.ndim)[::-1] if cfg.axes is None else [axis % x.ndim for axis in _several(cfg.axes)]
    return nodes.transpose(x, order)


def _several(axes: Any) -> tuple[int, ...]:
    return axes if isinstance(axes, tuple) else (axes,)


@writer("ops.swapaxes")
def swapaxes(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    return nodes.swap(x, cfg.axis1, cfg.axis2)


@writer("ops.moveaxis")
def moveaxis(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    source, target = ([axis % x.ndim for axis in _several(axes)] for axes in (cfg.source, cfg.destination))
    order = [axis for axis in range(x.ndim) if axis not in source]
    for place, axis in sorted(zip(target, source, strict=True)):
        order.insert(place, axis)
    return nodes.transpose(x, order)


@writer("ops.concatenate")
def concatenate(nodes: Nodes, cfg: Any, weight: WeightView, xs: tuple[Value, ...]) -> Value:
    dtype = join_type(*(x.dtype for x in xs))
    return nodes.concat([nodes.cast(x, dtype) for x in xs], cfg.axis)


@writer("ops.stack")
def stack(nodes: Nodes, cfg: Any, weight: WeightView, x: tuple[Value, ...]) -> Value:
    dtype = join_type(*(one.dtype for one in x))
    axis = cfg.axis % (x[0].ndim + 1)
    return nodes.concat([nodes.unsqueeze(nodes.cast(one, dtype), axis) for one in x], axis)


@writer("ops.split")
def split(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> tuple[Value, ...]:
    axis = cfg.axis % x.ndim
    sizes = [tensor.shape[axis] for tensor in nodes.results]
    if all(isinstance(size, int) and size > 0 for size in sizes):
        return tuple(nodes.split(x, [int(size) for size in sizes if isinstance(size, int)], axis))
    if len(sizes) == 1:
        return (x,)
    if isinstance(cfg.indices_or_sections, tuple):
        bounds = [0, *cfg.indices_or_sections, None]
        pairs = pairwise(bounds)
        return tuple(nodes.slice(x, axis, int(start or 0), end) for start, end in pairs)
    return tuple(nodes.place("Split", (x, nodes.sizes(sizes)), list(nodes.results), {"axis": axis}))


@writer("ops.unstack")
def unstack(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> tuple[Value, ...]:
    return tuple(nodes.take(x, cfg.axis % x.ndim, place) for place in range(len(nodes.results)))


@writer("ops.broadcast_to")
def broadcast_to(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    return nodes.expand(x, nodes.results[0].shape)


def positions(size: int) -> Any:
    """The whole numbers from 0."""
    return np.arange(size, dtype=np.int64)
