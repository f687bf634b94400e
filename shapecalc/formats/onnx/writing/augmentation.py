"""Augmentation: in inference images leave all of these layers unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.formats.onnx.writing.base import NoForm, Value, WeightView, number, writer
from shapecalc.formats.onnx.writing.casts import cast_floats
from shapecalc.formats.onnx.writing.regularization import IN_TRAINING

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.augmentation import Augmentation, RandomCrop


@writer(
    "AugMix",
    "CutMix",
    "Equalization",
    "MaxNumBoundingBoxes",
    "MixUp",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "Solarization",
)
def pass_images(nodes: Nodes, cfg: Augmentation, weight: WeightView, data: Value) -> Value:
    if cfg.training:
        raise NoForm("draws at random in training, so it has no single answer there", IN_TRAINING)
    return nodes.cast(data, cfg.compute_dtype) if cfg.casts else cast_floats(nodes, data, cfg)


@writer("RandomCrop")
def random_crop(nodes: Nodes, cfg: RandomCrop, weight: WeightView, data: Value) -> Value:
    """Images of the size of the piece; others Keras hands on uncut, though it infers the piece."""
    if cfg.training:
        raise NoForm("draws at random in training, so it has no single answer there", IN_TRAINING)
    sides = data.shape[-3:-1] if cfg.data_format != "channels_first" else data.shape[-2:]
    height, width = (number(side, "a side of its images") for side in sides)
    if (height, width) != (cfg.height, cfg.width):
        piece = f"{cfg.height} × {cfg.width}"
        message = f"in inference Keras hands images of {height} × {width} on uncut, though it infers {piece}"
        help = "feed images of the size of the piece, or use `CenterCrop` or `Resizing`, which cut in inference too"
        raise NoForm(message, help)
    return data
