"""Forwards of layers/ops_image.py."""

from __future__ import annotations

from typing import Any

from shapecalc.forward.base import Array, forward
from shapecalc.forward.resizing import cast_back, resize
from shapecalc.forward.weights import Weights


@forward("OpsImageResize")
def image_resize(cfg: Any, weight: Weights, images: Array) -> Array:
    first = images.ndim - (2 if cfg.data_format == "channels_first" else 3)
    resized = images
    for axis, size in enumerate(cfg.size, first):
        resized = resize(resized, axis, size, cfg.interpolation, cfg.antialias)
    return cast_back(resized, images.dtype)
