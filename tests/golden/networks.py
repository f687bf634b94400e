"""The networks of `keras.applications` as Keras saves them, and what Keras says of each of their layers."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from tests.golden.applications import weight
from tests.golden.arrays import Array, array

DATA = Path(__file__).parent / "data"
FOLDER = DATA / "networks"

NAMES = (
    "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtSmall", "ConvNeXtTiny", "ConvNeXtXLarge", "DenseNet121", "DenseNet169",
    "DenseNet201", "EfficientNetB0", "EfficientNetB1", "EfficientNetB2", "EfficientNetB3", "EfficientNetB4",
    "EfficientNetB5", "EfficientNetB6", "EfficientNetB7", "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2",
    "EfficientNetV2B3", "EfficientNetV2L", "EfficientNetV2M", "EfficientNetV2S", "InceptionResNetV2", "InceptionV3",
    "MobileNet", "MobileNetV2", "MobileNetV3Large", "MobileNetV3Small", "NASNetLarge", "NASNetMobile", "ResNet101",
    "ResNet101V2", "ResNet152", "ResNet152V2", "ResNet50", "ResNet50V2", "VGG16", "VGG19", "Xception",
)  # fmt: skip

RUN = {
    "MobileNetV2": 0.1, "ResNet50": 0.5, "ConvNeXtTiny": 1.0, "DenseNet121": 0.5, "EfficientNetB0": 0.1,
    "EfficientNetV2B0": 0.3, "InceptionResNetV2": 0.5, "InceptionV3": 0.5, "MobileNet": 0.03, "MobileNetV3Small": 0.1,
    "NASNetMobile": 0.3, "ResNet50V2": 0.5, "Xception": 0.5,
}  # fmt: skip
"""Networks whose forward pass is recorded, and moving variances so small that the picture is heard to the end."""

EVERY = 10
"""Of a thousand logits every tenth is kept."""


class RecordedLayer(NamedTuple):
    """What Keras says of a layer: its class, its output shape, and its weights, each a name, a shape, and whether it
    is trained."""

    class_name: str
    output: list[int | None]
    weights: list[tuple[str, list[int], bool]]


class Network(NamedTuple):
    """A network as Keras saves it, its layers by name, and the counts of the model that Keras made of what was
    written of it for Keras."""

    json: str
    layers: dict[str, RecordedLayer]
    params: int
    trainable: int
    back: dict[str, Any]


def read_network(name: str) -> Network:
    """A recorded network."""
    data = json.loads(lzma.decompress((FOLDER / f"{name}.json.xz").read_bytes()))
    layers = {layer: RecordedLayer(*recorded) for layer, recorded in data.pop("layers").items()}
    return Network(layers=layers, **data)


def picture_for(name: str, size: int | None) -> Array:
    """What a network is fed, of 224 pixels where it takes any: those that scale what they are fed get the colours of
    a picture."""
    size = size or 224
    scales = name.startswith(("ConvNeXt", "EfficientNet", "MobileNetV3"))
    return array((1, size, size, 3), seed=1, kind="image" if scales else "normal")


def without_softmax(text: str) -> str:
    """A saved network that ends in its logits."""
    return text.replace('"activation": "softmax"', '"activation": "linear"')


def weight_of(network: str, layer: str, number: int, name: str, shape: list[int]) -> Array:
    """The value of a weight: the one at `number` among those of its layer."""
    return weight(name, tuple(shape), crc32(f"{layer}/{number}".encode()), RUN[network])
