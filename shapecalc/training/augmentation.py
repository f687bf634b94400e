"""What the layers of layers/augmentation.py keep for the backward pass.

Images that come as data need no gradient: nothing is kept of them. Here is what is kept of images that need one, by
those layers that do the same whatever they draw at random. Of the others input and output are reckoned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.dims import prod
from shapecalc.training.array import Array
from shapecalc.training.image import Pieces, change_images, list_clipped, split_images
from shapecalc.training.keeping import keeps
from shapecalc.training.regularization import is_training
from shapecalc.training.tape import Tape, cast

if TYPE_CHECKING:
    from shapecalc.layers.augmentation import (
        Augmentation,
        Coloured,
        RandomElasticTransform,
        RandomGaussianBlur,
        RandomPerspective,
        RandomSharpness,
        Warped,
    )


def _augment(cfg: Augmentation, tape: Tape, data: Array, pieces: Pieces) -> Array:
    """The changed images; outside training those that came."""
    if not is_training(cfg):  # type: ignore[arg-type]  # it has the argument `training`
        return cast(data, tape.scope.inferred.output.dtype or data.dtype)
    return change_images(tape, data, pieces)


@keeps("RandomFlip", "RandomInvert", "RandomGrayscale")
def choose_images(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """Which images are changed."""
    batch, _, _ = split_images(cfg, data)
    return _augment(cfg, tape, data, [("which images", (batch,), "bool")])


@keeps("RandomCrop", "RandomPosterization", "MaxNumBoundingBoxes")
def cut(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """Nothing."""
    return _augment(cfg, tape, data, [])


@keeps("RandomErasing")
def erase(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """What is erased, and which images are changed."""
    batch, sides, _ = split_images(cfg, data)
    return _augment(cfg, tape, data, [("mask", (batch, *sides), "bool"), ("which images", (batch,), "bool")])


@keeps("RandomBrightness")
def brighten(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    return _augment(cfg, tape, data, list_clipped(data.shape))


@keeps("RandomContrast", "RandomColorDegeneration")
def blend(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """A factor an image too."""
    batch, _, _ = split_images(cfg, data)
    return _augment(cfg, tape, data, [("factor", (batch,), cfg.compute_dtype), *list_clipped(data.shape)])


@keeps("Solarization")
def solarize(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """Which pixels are turned round too."""
    return _augment(cfg, tape, data, [*list_clipped(data.shape), ("mask", data.shape, "bool")])


@keeps("Equalization")
def equalize(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """Channel by channel."""
    batch, sides, channels = split_images(cfg, data)
    pieces = [("range", (), "float32"), *list_clipped((batch, *sides)), ("whether it is flat", (), "bool")]
    return _augment(cfg, tape, data, [(name, (channels, *shape), dtype) for name, shape, dtype in pieces])


@keeps("MixUp")
def mix(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """Which images are mixed, and by how much."""
    batch, _, _ = split_images(cfg, data)
    pieces: Pieces = [
        ("other images", (batch,), "int64"),
        ("weights drawn", (2, batch), "float32"),
        ("other weights", (batch,), "float32"),
    ]
    return _augment(cfg, tape, data, pieces)


@keeps("CutMix")
def paste(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """Which images are mixed, and where."""
    batch, sides, _ = split_images(cfg, data)
    return _augment(cfg, tape, data, [("other images", (batch,), "int64"), ("mask", (batch, *sides), "bool")])


@keeps("RandomRotation", "RandomZoom", "RandomTranslation", "RandomShear")
def warp(cfg: Warped, tape: Tape, data: Array) -> Array:
    """Where each pixel comes from, along three axes; between pixels eight corners with their weights."""
    shape = (prod(data.shape),)
    between = cfg.interpolation == "bilinear"
    pieces: Pieces = [("origins", (6 if between else 3, *shape), "int32")]
    if between:
        pieces.append(("weights of corners", (8, *shape), "float32"))
    if cfg.fill_mode == "constant":
        pieces.append(("inside", (8 if between else 1, *shape), "bool"))
    return _augment(cfg, tape, data, pieces)


@keeps("RandomGaussianBlur", "RandomSharpness")
def filter_images(cfg: RandomGaussianBlur | RandomSharpness, tape: Tape, data: Array) -> Array:
    """A copy with channels first, the kernel of the convolution, and which images are changed or how much."""
    batch, sides, channels = split_images(cfg, data)
    pieces: Pieces = [("images, channels first", (batch, channels, *sides), "float32"), *list_clipped(data.shape)]
    if cfg.type_name == "RandomSharpness":
        pieces += [("kernel", (channels, 3, 3), "float32"), ("factor", (batch,), "float32")]
    else:
        size = cfg.kernel_size  # type: ignore[union-attr]  # a blur has one
        pieces += [("kernel", size if isinstance(size, tuple) else (size, size), "float32")]
        pieces += [("which images", (batch,), "bool")]
    return _augment(cfg, tape, data, pieces)


@keeps("RandomPerspective", "RandomElasticTransform")
def distort(cfg: RandomPerspective | RandomElasticTransform, tape: Tape, data: Array) -> Array:
    """Where each pixel comes from, channel by channel; between pixels four corners with their weights."""
    batch, _, _ = split_images(cfg, data)
    count, between = prod(data.shape), cfg.interpolation == "bilinear"
    pieces: Pieces = [("origins", (4 if between else 2, count), "int32"), ("which images", (batch,), "bool")]
    if between:
        pieces.append(("weights of corners", (4, count), "float32"))
    if getattr(cfg, "fill_mode", "constant") == "constant":
        pieces.append(("inside", (4 if between else 1, count), "bool"))
    if cfg.type_name == "RandomElasticTransform":
        pieces += list_clipped(data.shape)
    return _augment(cfg, tape, data, pieces)


@keeps("RandomHue", "RandomSaturation")
def recolour(cfg: Coloured, tape: Tape, data: Array) -> Array:
    """The images, their hue, saturation and value, and each step between these."""
    batch, sides, _ = split_images(cfg, data)
    is_hue = cfg.type_name == "RandomHue"
    pieces: Pieces = [
        ("images", (4 if is_hue else 3, *data.shape), "float32"),
        ("mask", data.shape, "bool"),
        ("steps", (21 if is_hue else 22, batch, *sides), "float32"),
        ("masks", (8 if is_hue else 6, batch, *sides), "bool"),
        ("bounds", (2,), "int32"),
    ]
    if not is_hue:
        pieces.append(("factor", (batch,), "float32"))
    elif sorted(cfg.value_range) != [0, 1]:
        pieces.append(("numbers of the range", (4,), "float32"))
    return _augment(cfg, tape, data, pieces)
