"""Images in another size, and with other contrasts. https://keras.io/api/layers/preprocessing_layers/image_preprocessing/"""

from __future__ import annotations

from typing import ClassVar

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, is_unknown
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.names import FLOATS
from shapecalc.layers.arguments.shapes import WindowKind
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.dtypes import is_float, require_numbers
from shapecalc.layers.values import Inferred, Tensor


class Image(Layer):
    """The input of every image layer: images (batch, height, width, channels), or (batch, channels, height, width)."""

    ports = ("data",)
    masking = "lose"
    casts: ClassVar[bool] = True
    """Whether whole numbers come out in the layer's own dtype; else they stay as they are."""
    takes_text: ClassVar[bool] = False
    """Whether the layer gives in inference whatever it is fed, text too, as Keras does."""

    data_format = arg.data_format("Where the channels stand; last by default.")
    bounding_box_format = arg.value(
        None, "Format of boxes that come with the images, which are not modelled.", inert=True
    )


def split_sides(cfg: Image, images: Tensor) -> tuple[Size, Size, Size, Size]:
    """Batch, height, width and channels of images, wherever the channels stand."""
    if cfg.data_format == "channels_first":
        batch, channels, height, width = images.shape.axes("batch", "channels", "height", "width")
    else:
        batch, height, width, channels = images.shape.axes("batch", "height", "width", "channels")
    return batch, height, width, channels


def is_one_image(images: Tensor) -> bool:
    """Whether an input is an image alone: three axes of which the first is none of unknown length, as a batch is."""
    return images.shape.ndim == 3 and not is_unknown(images.shape[0])


def resize_images(cfg: Image, images: Tensor, height: Size, width: Size) -> Tensor:
    """Images of another height and width, or one image alone."""
    if is_one_image(images):
        batch: tuple[Size, ...] = ()
        channels = images.shape[0 if cfg.data_format == "channels_first" else 2]
    else:
        first, _, _, channels = split_sides(cfg, images)
        batch = (first,)
    sides = (channels, height, width) if cfg.data_format == "channels_first" else (height, width, channels)
    return Tensor(Shape((*batch, *sides)), choose_image_dtype(cfg, images), False)


def choose_image_dtype(cfg: Image, images: Tensor) -> str | None:
    """The dtype of the images that leave: the layer's own for floats, and for whole numbers where it casts them."""
    if cfg.casts or not cfg.takes_text:
        require_numbers(images, "data")
    return None if cfg.casts or is_float(images.dtype) else images.dtype


class Resizing(Image):
    """Images in another size. https://keras.io/api/layers/preprocessing_layers/image_preprocessing/resizing/

    Input (batch, height, width, channels), output the same with `height` and `width` of its own. An input of three
    axes, none of unknown length, is one image.
    """

    casts = False
    height = arg.size(doc="Height of the output.")
    width = arg.size(doc="Width of the output.")
    interpolation = arg.choice(
        "bilinear",
        "nearest",
        "bicubic",
        "area",
        "lanczos3",
        "lanczos5",
        default="bilinear",
        doc="How the values between are found.",
    )
    crop_to_aspect_ratio = arg.flag(False, doc="Cut to the new proportions first, so that nothing is distorted.")
    pad_to_aspect_ratio = arg.flag(False, doc="Pad to the new proportions first, so that nothing is distorted.")
    fill_mode = arg.choice("constant", default="constant", doc="How the padding is filled.")
    fill_value = arg.number(0.0, "Value of the padding.")
    antialias = arg.flag(False, doc="Widen the kernel when making images smaller.")


@rule(Resizing)
def resizing(cfg: Resizing, data: Tensor) -> Inferred:
    if cfg.crop_to_aspect_ratio and cfg.pad_to_aspect_ratio:
        message = "cannot both cut and pad"
        raise ShapeError(
            message, arg="pad_to_aspect_ratio", code="SC206", help="choose one of the two aspect ratio flags"
        )
    return Inferred({"output": resize_images(cfg, data, cfg.height, cfg.width)})


class CenterCrop(Image):
    """The middle of images; what is too small is made larger. https://keras.io/api/layers/preprocessing_layers/image_preprocessing/center_crop/

    Input (batch, height, width, channels), output the same with `height` and `width` of its own.
    """

    height = arg.size(doc="Height of the output.")
    width = arg.size(doc="Width of the output.")


@rule(CenterCrop)
def center_crop(cfg: CenterCrop, data: Tensor) -> Inferred:
    return Inferred({"output": resize_images(cfg, data, cfg.height, cfg.width)})


class AutoContrast(Image):
    """Every channel stretched to the whole range of values. https://keras.io/api/layers/preprocessing_layers/image_preprocessing/auto_contrast/

    Input and output have the same shape. The range is taken along axes 1 and 2, wherever the channels stand.
    """

    dtypes = FLOATS
    value_range = arg.pixel_range(inert=False)


class ContrastLimitedAdaptiveHistogramEqualization(Image):
    """Contrast evened out tile by tile. Zuiderveld, 1994. https://keras.io/api/layers/preprocessing_layers/image_preprocessing/

    Input and output have the same shape.
    """

    casts = False
    rank: ClassVar[int] = 2
    value_range = arg.pixel_range(inert=False)
    clip_limit = arg.number(
        4.0, "How often a value may occur in a tile, over the mean; more is spread out. 0: no limit."
    )
    tile_grid_size: arg.Arg[tuple[int, ...]] = arg.Arg(
        WindowKind(1, single=False), (8, 8), "Tiles along height and width."
    )


@rule(AutoContrast, ContrastLimitedAdaptiveHistogramEqualization)
def recolour_images(cfg: Image, data: Tensor) -> Inferred:
    split_sides(cfg, data)
    return Inferred({"output": Tensor(data.shape, choose_image_dtype(cfg, data), False)})
