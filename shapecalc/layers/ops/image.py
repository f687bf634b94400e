"""Operations on images. https://keras.io/api/ops/image/"""

from __future__ import annotations

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape
from shapecalc.layers.arguments import arg
from shapecalc.layers.base import rule
from shapecalc.layers.ops.base import Operation, index_by_name, make_output
from shapecalc.layers.values import Inferred, Tensor


class OpsImageResize(Operation):
    """Images in another size. https://keras.io/api/ops/image/#resize-function

    Images (batch, height, width, channels) or (height, width, channels); output the same with size[0] and size[1].
    """

    type_name = "ops.image.resize"
    ports = ("images",)
    size = arg.shape(doc="Height and width of the output.")
    interpolation = arg.choice(
        "bilinear",
        "nearest",
        "bicubic",
        "lanczos3",
        "lanczos5",
        "area",
        default="bilinear",
        doc="How the values between are found.",
    )
    antialias = arg.flag(False, doc="Widen the kernel when making images smaller.")
    crop_to_aspect_ratio = arg.flag(False, doc="Cutting to the new proportions first is not supported.")
    pad_to_aspect_ratio = arg.flag(False, doc="Padding to the new proportions first is not supported.")
    fill_mode = arg.choice("constant", default="constant", doc="How the padding is filled.")
    fill_value = arg.number(0.0, "Value of the padding.", inert=True)
    data_format = arg.data_format("Where the channels stand; last by default.")


@rule(OpsImageResize)
def image_resize(cfg: OpsImageResize, images: Tensor) -> Inferred:
    for name in ("crop_to_aspect_ratio", "pad_to_aspect_ratio"):
        if getattr(cfg, name):
            raise ShapeError(
                f"{name} is not supported",
                arg=name,
                code="SC206",
                help="cut with `ops.get_item` or pad with `ops.pad` before it",
            )
    if len(cfg.size) != 2 or -1 in cfg.size or 0 in cfg.size:
        message = f"size must be a height and a width, got {Shape(cfg.size)}"
        raise ShapeError(
            message,
            arg="size",
            code="SC205",
            example=("size", "[224, 224]"),
            help="write `size: [224, 224]`",
        )
    if images.shape.ndim not in (3, 4):
        raise ShapeError(
            f"needs images (batch, height, width, channels), got {images.shape}",
            input="images",
            code="SC411",
            help="an image has three axes, a batch of them four",
        )
    first = images.shape.ndim - (2 if cfg.data_format == "channels_first" else 3)
    height, width = cfg.size
    return make_output(images.shape.replace(first, height).replace(first + 1, width), images.dtype)


TYPES = index_by_name(OpsImageResize)
