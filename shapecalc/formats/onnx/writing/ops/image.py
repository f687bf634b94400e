"""Images resized."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.formats.onnx.writing.base import Value, WeightView, number, writer
from shapecalc.formats.onnx.writing.reshaping import cast_back
from shapecalc.formats.onnx.writing.resizing import resize_both

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes


@writer("ops.image.resize")
def image_resize(nodes: Nodes, cfg: Any, weight: WeightView, images: Value) -> Value:
    """Images, or one alone."""
    x = nodes.unsqueeze(images, 0) if images.ndim == 3 else images
    axes = (2, 3) if cfg.data_format == "channels_first" else (1, 2)
    sizes = number(cfg.size[0], "`size`"), number(cfg.size[1], "`size`")
    y = cast_back(nodes, resize_both(nodes, x, axes, sizes, cfg.interpolation, cfg.antialias), images.dtype)
    return nodes.squeeze(y, 0) if images.ndim == 3 else y
