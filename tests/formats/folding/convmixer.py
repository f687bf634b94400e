"""A network of Keras's examples as a flat model, with the names that Keras gives its layers."""

from __future__ import annotations

from typing import Any

from shapecalc.formats.flat_model import FlatModel, Input, Source


class Network:
    """A flat model built call by call, as Keras's functional API builds one."""

    def __init__(self, name: str, size: int) -> None:
        self.flat = FlatModel(name)
        self.flat.inputs.append(Input("input_layer", [size, size, 3], "float32"))
        self.last: Source = ("input_layer", 0, 0)

    def __call__(self, kind: str, name: str, *fed: Source, **arguments: Any) -> Source:
        """Adds a layer that is fed these, or the last one; returns its output."""
        self.flat.layers[name] = kind, arguments
        merges = kind in ("Add", "Concatenate")
        self.last = name, self.flat.call(name, {"inputs": [*fed] if merges else (*fed, self.last)[0]}, {}), 0
        return self.last

    def done(self) -> FlatModel:
        """The model, whose output is that of the last layer."""
        self.flat.outputs["output"] = self.last
        return self.flat


def convmixer() -> FlatModel:
    """ConvMixer of eight blocks of 256 filters, as Keras's example builds it: names are Keras's own."""
    net = Network("functional", 32)
    counts: dict[str, int] = {}

    def automatic(kind: str, base: str, *fed: Source, **arguments: Any) -> Source:
        number = counts[base] = counts.get(base, -1) + 1
        return net(kind, f"{base}_{number}" if number else base, *fed, **arguments)

    def activated() -> Source:
        automatic("Activation", "activation", activation="gelu")
        return automatic("BatchNormalization", "batch_normalization", axis=3)

    automatic("Rescaling", "rescaling", scale=1 / 255)
    automatic("Conv2D", "conv2d", filters=256, kernel_size=[2, 2], strides=[2, 2])
    start = activated()
    for _ in range(8):
        automatic("DepthwiseConv2D", "depthwise_conv2d", kernel_size=[5, 5], padding="same")
        automatic("Add", "add", activated(), start)
        automatic("Conv2D", "conv2d", filters=256, kernel_size=[1, 1])
        start = activated()
    automatic("GlobalAveragePooling2D", "global_average_pooling2d")
    automatic("Dense", "dense", units=10, activation="softmax")
    return net.done()
