"""Layers that move numbers about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from shapecalc.formats.onnx.writing.base import Value, WeightView, writer
from shapecalc.formats.onnx.writing.casts import cast_floats
from shapecalc.formats.onnx.writing.resizing import resize_both

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.reshaping import (
        Cropping,
        Flatten,
        Permute,
        RepeatVector,
        Reshape,
        UpSampling,
        UpSampling2D,
        ZeroPadding,
    )


@writer("Reshape", "Flatten")
def reshape(nodes: Nodes, cfg: Reshape | Flatten, weight: WeightView, inputs: Value) -> Value:
    x, target = cast_floats(nodes, inputs, cfg), nodes.results[0].shape
    if cfg.type_name == "Flatten" and cast("Any", cfg).data_format == "channels_first" and x.ndim > 1:
        x = nodes.move(x, 1, -1)
    return nodes.reshape(x, target)


@writer("Permute")
def permute(nodes: Nodes, cfg: Permute, weight: WeightView, inputs: Value) -> Value:
    return nodes.transpose(cast_floats(nodes, inputs, cfg), (0, *cast("tuple[int, ...]", cfg.dims)))


@writer("RepeatVector")
def repeat_vector(nodes: Nodes, cfg: RepeatVector, weight: WeightView, inputs: Value) -> Value:
    x = nodes.unsqueeze(cast_floats(nodes, inputs, cfg), 1)
    return nodes.expand(x, (x.shape[0], cfg.n, *x.shape[2:]))


def first_spatial(cfg: Any) -> int:
    """The position of the first spatial axis."""
    return 2 if cfg.data_format == "channels_first" else 1


@writer("Cropping1D", "Cropping2D", "Cropping3D")
def crop(nodes: Nodes, cfg: Cropping, weight: WeightView, inputs: Value) -> Value:
    return _pad(nodes, cfg, inputs, [(-before, -after) for before, after in cfg.cropping])


@writer("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D")
def zero_padding(nodes: Nodes, cfg: ZeroPadding, weight: WeightView, inputs: Value) -> Value:
    return _pad(nodes, cfg, inputs, list(cfg.padding))


def _pad(nodes: Nodes, cfg: Any, inputs: Value, spatial: list[tuple[int, int]]) -> Value:
    """Borders on the spatial axes; negative ones cut."""
    x = cast_floats(nodes, inputs, cfg)
    pairs = [(0, 0)] * x.ndim
    first = first_spatial(cfg)
    pairs[first : first + len(spatial)] = spatial
    return nodes.pad(x, pairs)


@writer("UpSampling1D", "UpSampling3D")
def repeat(nodes: Nodes, cfg: UpSampling, weight: WeightView, inputs: Value) -> Value:
    return repeat_entries(nodes, cast_floats(nodes, inputs, cfg), first_spatial(cfg), cfg.size)


def repeat_entries(nodes: Nodes, x: Value, first: int, factors: tuple[int, ...]) -> Value:
    """`x` with each entry of some axes, the first of them at `first`, repeated: along a new axis behind each."""
    behind = [first + 2 * place + 1 for place in range(len(factors))]
    wide = nodes.unsqueeze(x, *behind)
    stretched = list(wide.shape)
    for axis, factor in zip(behind, factors, strict=True):
        stretched[axis] = factor
    target = list(x.shape)
    for axis, factor in enumerate(factors, first):
        target[axis] = target[axis] * factor
    return nodes.reshape(nodes.expand(wide, stretched), target)


@writer("UpSampling2D")
def upsample(nodes: Nodes, cfg: UpSampling2D, weight: WeightView, inputs: Value) -> Value:
    x = cast_floats(nodes, inputs, cfg)
    if cfg.interpolation == "nearest":
        return repeat_entries(nodes, x, first_spatial(cfg), cfg.size)
    rows = first_spatial(cfg)
    sizes = x.shape[rows] * cfg.size[0], x.shape[rows + 1] * cfg.size[1]
    y = resize_both(nodes, x, (rows, rows + 1), sizes, cfg.interpolation)
    return cast_back(nodes, y, x.dtype)


def cast_back(nodes: Nodes, y: Value, dtype: str) -> Value:
    """Resized numbers in the dtype of the image: integers are rounded, and held within their range."""
    import numpy as np

    if y.dtype == dtype or not np.issubdtype(np.dtype(dtype), np.integer):
        return nodes.cast(y, dtype)
    limits = np.iinfo(dtype)
    rounded = nodes.op("Round", y)
    return nodes.cast(nodes.op("Clip", rounded, nodes.like(limits.min, y), nodes.like(limits.max, y)), dtype)
