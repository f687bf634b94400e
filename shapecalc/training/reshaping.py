"""What the layers of layers/reshaping.py keep for the backward pass: nothing. They give views where they can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.training.array import Array
from shapecalc.training.keeping import infer_again, keeps
from shapecalc.training.ops.image import resize
from shapecalc.training.tape import Tape
from shapecalc.training.views import pad, permute, repeat, reshape, take_range

if TYPE_CHECKING:
    from shapecalc.layers.reshaping import Cropping, Flatten, Permute, RepeatVector, Reshape, UpSampling, ZeroPadding


@keeps("Reshape")
def reshape_layer(cfg: Reshape, tape: Tape, inputs: Array) -> Array:
    return reshape(inputs, infer_again(cfg, (inputs,)).output.shape)


@keeps("Flatten")
def flatten(cfg: Flatten, tape: Tape, inputs: Array) -> Array:
    x = inputs
    if cfg.data_format == "channels_first" and x.ndim > 1:
        x = permute(x, (0, *range(2, x.ndim), 1))
    return reshape(x, infer_again(cfg, (inputs,)).output.shape)


@keeps("Permute")
def permute_layer(cfg: Permute, tape: Tape, inputs: Array) -> Array:
    dims = (cfg.dims,) if isinstance(cfg.dims, int) else cfg.dims
    return permute(inputs, (0, *dims))


@keeps("RepeatVector")
def repeat_vector(cfg: RepeatVector, tape: Tape, inputs: Array) -> Array:
    return repeat(reshape(inputs, (inputs.shape[0], 1, inputs.shape[1])), cfg.n, 1)


@keeps("Cropping1D", "Cropping2D", "Cropping3D")
def crop(cfg: Cropping, tape: Tape, inputs: Array) -> Array:
    output = inputs
    for axis, size in enumerate(infer_again(cfg, (inputs,)).output.shape):
        output = take_range(output, axis, size)
    return output


@keeps("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D")
def zero_padding(cfg: ZeroPadding, tape: Tape, inputs: Array) -> Array:
    return pad(inputs, infer_again(cfg, (inputs,)).output.shape)


@keeps("UpSampling1D", "UpSampling2D", "UpSampling3D")
def upsample(cfg: UpSampling, tape: Tape, inputs: Array) -> Array:
    x = inputs
    turned = cfg.rank == 2 and cfg.data_format == "channels_first"
    first = 2 if cfg.data_format == "channels_first" and not turned else 1
    if turned:
        x = permute(x, (0, 2, 3, 1))
    if getattr(cfg, "interpolation", "nearest") != "nearest":
        x = resize(x, [size * factor for size, factor in zip(x.shape[1:3], cfg.size, strict=True)], False)
    else:
        for axis, factor in enumerate(cfg.size, start=first):
            x = repeat(x, factor, axis)
    return permute(x, (0, 3, 1, 2)) if turned else x
