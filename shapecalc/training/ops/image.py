"""What the operations of layers/ops/image.py keep for the backward pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shapecalc.dims import Shape, Size
from shapecalc.training.array import Array, make_array
from shapecalc.training.keeping import keeps
from shapecalc.training.strides import is_like_channels_last, make_strides
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import expand_dims, permute, take_one

if TYPE_CHECKING:
    from shapecalc.layers.ops.image import OpsImageResize


def resize(x: Array, size: Sequence[Size], channels_first: bool) -> Array:
    """Images in another size: the gradient needs nothing. They leave with their channels where they came in memory."""
    wide = x if x.dtype in ("float32", "float64") else cast(x, "float32")
    images = wide if wide.ndim == 4 else expand_dims(wide, 0)
    if not channels_first:
        images = permute(images, (0, 3, 1, 2))
    shape = Shape((*images.shape[:2], *size))
    last = is_like_channels_last(images.shape, images.strides)
    strides = make_strides(shape, (0, 2, 3, 1) if last else None)
    output = make_array("resized", shape, wide.dtype, wide.needs_grad, strides=strides)
    if not channels_first:
        output = permute(output, (0, 2, 3, 1))
    return cast(output if wide.ndim == 4 else take_one(output, 0), x.dtype)


@keeps("ops.image.resize")
def image_resize(cfg: OpsImageResize, tape: Tape, images: Array) -> Array:
    return resize(images, cfg.size, cfg.data_format == "channels_first")
