"""What the layers of layers/augmentation.py keep for the backward pass.

Images that come as data need no gradient: nothing is kept of them. Here is what is kept of images that need one, by
those layers that do the same whatever they draw at random. Of the others input and output are reckoned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.dims import Size, prod
from shapecalc.layers.image import is_one_image
from shapecalc.training.array import Array, make_array
from shapecalc.training.keeping import keeps, make_tensor
from shapecalc.training.regularization import is_training
from shapecalc.training.tape import Tape, cast

if TYPE_CHECKING:
    from shapecalc.layers.augmentation import Augmentation, Warped

Pieces = list[tuple[str, tuple[Size, ...], str]]
"""Names, shapes and dtypes of what is kept."""


def _augment(cfg: Augmentation, tape: Tape, data: Array, pieces: Pieces) -> Array:
    """The changed images; `pieces` are kept, if the images need a gradient."""
    output = tape.scope.inferred.output
    dtype = output.dtype or data.dtype
    needs_grad = data.needs_grad and "float" in dtype
    if not is_training(cfg):  # type: ignore[arg-type]  # it has the argument `training`
        return cast(data, dtype)
    if needs_grad:
        for name, shape, each in pieces:
            tape.save(make_array(name, shape, each))
    return make_array("images", output.shape, dtype, needs_grad)


def _split(cfg: Augmentation, data: Array) -> tuple[Size, tuple[Size, Size], Size]:
    """How many images there are, their height and width, and their channels."""
    batch = 1 if is_one_image(make_tensor(data)) else data.shape[0]
    *_, first, second, third = data.shape
    if cfg.data_format == "channels_first":
        return batch, (second, third), first
    return batch, (first, second), third


@keeps("RandomFlip", "RandomInvert", "RandomGrayscale")
def choose_images(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """Which images are changed."""
    batch, _, _ = _split(cfg, data)
    return _augment(cfg, tape, data, [("which images", (batch,), "bool")])


@keeps("RandomCrop", "RandomPosterization", "MaxNumBoundingBoxes")
def cut(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """Nothing."""
    return _augment(cfg, tape, data, [])


@keeps("RandomErasing")
def erase(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """What is erased, and which images are changed."""
    batch, sides, _ = _split(cfg, data)
    return _augment(cfg, tape, data, [("mask", (batch, *sides), "bool"), ("which images", (batch,), "bool")])


def _list_clipped(shape: tuple[Size, ...]) -> Pieces:
    """Pixels before they are brought back into their range, and both its ends."""
    return [("pixels", shape, "float32"), ("least pixel", (), "int32"), ("greatest pixel", (), "int32")]


@keeps("RandomBrightness")
def brighten(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    return _augment(cfg, tape, data, _list_clipped(data.shape))


@keeps("RandomContrast", "RandomColorDegeneration")
def blend(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """A factor an image too."""
    batch, _, _ = _split(cfg, data)
    return _augment(cfg, tape, data, [("factor", (batch,), cfg.compute_dtype), *_list_clipped(data.shape)])


@keeps("Solarization")
def solarize(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """Which pixels are turned round too."""
    return _augment(cfg, tape, data, [*_list_clipped(data.shape), ("mask", data.shape, "bool")])


@keeps("Equalization")
def equalize(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """Channel by channel."""
    batch, sides, channels = _split(cfg, data)
    pieces = [("range", (), "float32"), *_list_clipped((batch, *sides)), ("whether it is flat", (), "bool")]
    return _augment(cfg, tape, data, [(name, (channels, *shape), dtype) for name, shape, dtype in pieces])


@keeps("MixUp")
def mix(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """Which images are mixed, and by how much."""
    batch, _, _ = _split(cfg, data)
    pieces: Pieces = [
        ("other images", (batch,), "int64"),
        ("weights drawn", (2, batch), "float32"),
        ("other weights", (batch,), "float32"),
    ]
    return _augment(cfg, tape, data, pieces)


@keeps("CutMix")
def paste(cfg: Augmentation, tape: Tape, data: Array) -> Array:
    """Which images are mixed, and where."""
    batch, sides, _ = _split(cfg, data)
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
