"""Forwards of layers/augmentation.py: in inference images leave all of them unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shapecalc.forward.base import Array, CannotRun, cast_floats, forward, refuse_training
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.augmentation import Augmentation, RandomCrop


@forward(
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
def pass_images(cfg: Augmentation, weight: Weights, data: Array) -> Array:
    """The images, cast to the layer's precision: floats, and whole numbers where the type casts them."""
    if cfg.training:
        refuse_training("draws at random in training, so it has no single answer there")
    return np.asarray(data).astype(cfg.compute_dtype, copy=False) if cfg.casts else cast_floats(data, cfg.compute_dtype)


@forward("RandomCrop")
def random_crop(cfg: RandomCrop, weight: Weights, data: Array) -> Array:
    """The images as they are: Keras does not even cast them."""
    if cfg.training:
        refuse_training("draws at random in training, so it has no single answer there")
    images = np.asarray(data)
    height, width = images.shape[-3:-1] if cfg.data_format != "channels_first" else images.shape[-2:]
    if (height, width) != (cfg.height, cfg.width):
        piece = f"{cfg.height} × {cfg.width}"
        message = f"in inference Keras hands images of {height} × {width} on uncut, though it infers {piece}"
        help = "feed images of the size of the piece, or use `CenterCrop` or `Resizing`, which cut in inference too"
        raise CannotRun(message, code="SC206", help=help)
    return images
