"""Forwards of layers/ops/shape.py: views where NumPy can give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shapecalc.forward.base import Array, forward
from shapecalc.forward.dtypes import cast_to_join
from shapecalc.forward.sizes import numbers
from shapecalc.forward.weights import Weights

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


@forward("OpsReshape")
def reshape(cfg: OpsReshape, weight: Weights, x: Array) -> Array:
    return x.reshape(numbers(cfg.newshape))


@forward("OpsRavel")
def ravel(cfg: OpsRavel, weight: Weights, x: Array) -> Array:
    return x.reshape(-1)


@forward("OpsTranspose")
def transpose(cfg: OpsTranspose, weight: Weights, x: Array) -> Array:
    return x.transpose(cfg.axes)


@forward("OpsSwapaxes")
def swapaxes(cfg: OpsSwapaxes, weight: Weights, x: Array) -> Array:
    return x.swapaxes(cfg.axis1, cfg.axis2)


@forward("OpsMoveaxis")
def moveaxis(cfg: OpsMoveaxis, weight: Weights, x: Array) -> Array:
    return np.moveaxis(x, cfg.source, cfg.destination)


@forward("OpsExpandDims")
def expand_dims(cfg: OpsExpandDims, weight: Weights, x: Array) -> Array:
    return np.expand_dims(x, cfg.axis)


@forward("OpsSqueeze")
def squeeze(cfg: OpsSqueeze, weight: Weights, x: Array) -> Array:
    """Without `axis`, the batch axis stays whatever its size: a model knows no size of it."""
    if cfg.axis is not None:
        return np.squeeze(x, cfg.axis)
    return x.reshape(x.shape[:1] + tuple(size for size in x.shape[1:] if size != 1))


@forward("OpsConcatenate")
def concatenate(cfg: OpsConcatenate, weight: Weights, xs: tuple[Array, ...]) -> Array:
    return np.concatenate(cast_to_join(*xs), axis=cfg.axis)


@forward("OpsStack")
def stack(cfg: OpsStack, weight: Weights, x: tuple[Array, ...]) -> Array:
    return np.stack(cast_to_join(*x), axis=cfg.axis)


@forward("OpsSplit")
def split(cfg: OpsSplit, weight: Weights, x: Array) -> tuple[Array, ...]:
    return tuple(np.split(x, cfg.indices_or_sections, axis=cfg.axis))


@forward("OpsUnstack")
def unstack(cfg: OpsUnstack, weight: Weights, x: Array) -> tuple[Array, ...]:
    return tuple(np.moveaxis(x, cfg.axis, 0))


@forward("OpsBroadcastTo")
def broadcast_to(cfg: OpsBroadcastTo, weight: Weights, x: Array) -> Array:
    return np.broadcast_to(x, numbers(cfg.shape))
