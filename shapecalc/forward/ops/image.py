"""Forwards of layers/ops/image.py."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from shapecalc.forward.base import Array, forward
from shapecalc.forward.memory import entries, list_outputs
from shapecalc.forward.resizing import cast_back, resize
from shapecalc.forward.sizes import number
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.ops.image import OpsImageResize


def resize_memory(cfg: OpsImageResize, feed: Any, inferred: Any) -> int:
    """Bytes of images with one axis resized, and the entries that are being mixed, in single precision."""
    (x,), (y,) = feed, list_outputs(inferred)
    between = max(math.prod(map(max, x.shape[:-1], y.shape[:-1])) * max(x.shape[-1], y.shape[-1]), 1)
    needed: int = 4 * entries(x) + 4 * 4 * between
    return needed


@forward("OpsImageResize", memory=resize_memory)
def image_resize(cfg: OpsImageResize, weight: Weights, images: Array) -> Array:
    first = images.ndim - (2 if cfg.data_format == "channels_first" else 3)
    resized = images
    for axis, size in enumerate(cfg.size, first):
        resized = resize(resized, axis, number(size), cfg.interpolation, cfg.antialias)
    return cast_back(resized, images.dtype)
