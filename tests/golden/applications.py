"""The networks of `specs/models` that `keras.applications` has too, and the weights with which both are run."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tests.golden.arrays import Array, Shape, array

Values = dict[str, float]


class Member(NamedTuple):
    """A spec with the values of its arguments, and the function of Keras that builds the same network."""

    spec: str
    values: Values
    application: str
    arguments: Values


def members() -> dict[str, Member]:
    """Every member of every family, by a name of its own."""
    found = {
        "vgg16": Member("vgg16", {}, "VGG16", {}),
        "inception_v3": Member("inception_v3", {}, "InceptionV3", {}),
        "xception": Member("xception", {}, "Xception", {}),
    }
    for depth in (50, 101, 152):
        found[f"resnet{depth}"] = Member("resnet50", {"depth": depth}, f"ResNet{depth}", {})
    for depth in (121, 169, 201):
        found[f"densenet{depth}"] = Member("densenet121", {"depth": depth}, f"DenseNet{depth}", {})
    for width in (0.25, 0.5, 0.75, 1.0):
        found[f"mobilenet_v1_{width}"] = Member("mobilenet_v1", {"width": width}, "MobileNet", {"alpha": width})
    for width in (0.35, 0.5, 0.75, 1.0, 1.3, 1.4):
        found[f"mobilenet_v2_{width}"] = Member("mobilenet_v2", {"width": width}, "MobileNetV2", {"alpha": width})
    sizes = (224, 240, 260, 300, 380, 456, 528, 600)
    widths = (1.0, 1.0, 1.1, 1.2, 1.4, 1.6, 1.8, 2.0)
    depths = (1.0, 1.1, 1.2, 1.4, 1.8, 2.2, 2.6, 3.1)
    for number, scales in enumerate(zip(sizes, widths, depths, strict=True)):
        values = dict(zip(("size", "width", "depth"), scales, strict=True))
        found[f"efficientnet_b{number}"] = Member("efficientnet_b0", values, f"EfficientNetB{number}", {})
    return found


RUN = {
    "resnet50": 0.5, "densenet121": 0.5, "inception_v3": 0.5, "xception": 0.5, "mobilenet_v1_0.25": 0.05,
    "mobilenet_v2_0.35": 0.1, "efficientnet_b0": 0.08,
}  # fmt: skip
"""Members whose forward pass is recorded, and moving variances so small that the picture is heard to the end."""


def picture(size: int) -> Array:
    """What every run is fed."""
    return array((1, size, size, 3), seed=1)


def weight(name: str, shape: Shape, index: int, variance: float) -> Array:
    """The value of the weight called `name`, the one at `index` in the order in which the layers were made."""
    draw = np.random.RandomState(index).standard_normal(tuple(shape))
    if name.endswith("kernel"):
        window = shape[:2] if name == "depthwise_kernel" else shape[:-1]
        values = draw * np.sqrt(2.0 / np.prod(window))
    elif name.endswith("variance"):
        values = variance * (1.0 + np.abs(draw))
    else:
        values = (1.0 if name == "gamma" else 0.0) + 0.1 * draw
    return np.asarray(values).astype("float32")
