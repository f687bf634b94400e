"""What the layers of layers/image.py keep for the backward pass: of images that come as data nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.dims import Size, ceil_div, floor_div
from shapecalc.layers.image import is_one_image
from shapecalc.training.array import Array, make_array
from shapecalc.training.keeping import keeps, make_tensor
from shapecalc.training.tape import Tape

if TYPE_CHECKING:
    from shapecalc.layers.image import (
        AutoContrast,
        CenterCrop,
        ContrastLimitedAdaptiveHistogramEqualization,
        Image,
        Resizing,
    )

Pieces = list[tuple[str, tuple[Size, ...], str]]
"""Names, shapes and dtypes of what is kept."""


def change_images(tape: Tape, data: Array, pieces: Pieces) -> Array:
    """The output of a layer that changes images; `pieces` are kept, if the images need a gradient."""
    output = tape.scope.inferred.output
    dtype = output.dtype or data.dtype
    needs_grad = data.needs_grad and "float" in dtype
    if needs_grad:
        for name, shape, each in pieces:
            tape.save(make_array(name, shape, each))
    shape = output.shape if is_one_image(make_tensor(data)) else tape.shape_output(data)
    return make_array("images", shape, dtype, needs_grad)


def split_images(cfg: Image, data: Array) -> tuple[Size, tuple[Size, Size], Size]:
    """How many images there are, their height and width, and their channels."""
    batch = 1 if is_one_image(make_tensor(data)) else data.shape[0]
    *_, first, second, third = data.shape
    if cfg.data_format == "channels_first":
        return batch, (second, third), first
    return batch, (first, second), third


def list_clipped(shape: tuple[Size, ...], bounds: str = "int32") -> Pieces:
    """Pixels before they are brought back into their range, and both its ends."""
    return [("pixels", shape, "float32"), ("least pixel", (), bounds), ("greatest pixel", (), bounds)]


def list_range(value_range: tuple[float, ...], count: int) -> Pieces:
    """The numbers that pixels of another range than 0 to 255 are multiplied and divided by."""
    return [] if sorted(value_range) == [0, 255] else [("numbers of the range", (count,), "float32")]


@keeps("Resizing", "CenterCrop")
def resize(cfg: Resizing | CenterCrop, tape: Tape, data: Array) -> Array:
    """Nothing."""
    return change_images(tape, data, [])


@keeps("AutoContrast")
def stretch_contrast(cfg: AutoContrast, tape: Tape, data: Array) -> Array:
    """The images, what their channels are stretched by, and the result before what is no number is taken out."""
    batch = 1 if is_one_image(make_tensor(data)) else data.shape[0]
    dtype, last = cfg.compute_dtype, data.shape[-1]  # Keras takes the last axis for the channels
    pieces: Pieces = [
        ("images", data.shape, dtype),
        ("least, greatest, range, scale", (5, batch, last), dtype),
        *list_clipped(data.shape, "float32"),
        ("mask", data.shape, "bool"),
        *list_range(cfg.value_range, 4),
    ]
    return change_images(tape, data, pieces)


@keeps("ContrastLimitedAdaptiveHistogramEqualization")
def equalize_tiles(cfg: ContrastLimitedAdaptiveHistogramEqualization, tape: Tape, data: Array) -> Array:
    """The result, before it is brought into its range; the images where they are padded to whole tiles."""
    batch, sides, channels = split_images(cfg, data)
    padded: list[Size] = []
    even: Size = 1  # 1 where both sides are whole tiles, else 0
    for side, tiles in zip(sides, cfg.tile_grid_size, strict=True):
        padded.append(ceil_div(side, tiles) * tiles)
        even = even * (1 - (ceil_div(side, tiles) - floor_div(side, tiles)))
    pieces = [*list_clipped((batch, *padded, channels)), *list_range(cfg.value_range, 2)]
    if even != 1:
        pieces.append(("images, channels first", (1 - even, batch, channels, *sides), cfg.compute_dtype))
    return change_images(tape, data, pieces)
