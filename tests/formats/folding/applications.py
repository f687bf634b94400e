"""Networks of keras.applications as flat models, with the names that Keras gives their layers."""

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


def resnet50() -> FlatModel:
    """ResNet50: 107 layers with weights, the shortcuts in the order in which Keras lists them."""
    net = Network("resnet50", 224)
    net("ZeroPadding2D", "conv1_pad", padding=[[3, 3], [3, 3]])
    net("Conv2D", "conv1_conv", filters=64, kernel_size=[7, 7], strides=[2, 2])
    _normalized(net, "conv1", "relu")
    net("ZeroPadding2D", "pool1_pad", padding=[[1, 1], [1, 1]])
    net("MaxPooling2D", "pool1_pool", pool_size=[3, 3], strides=[2, 2])
    for stage, (filters, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), start=2):
        for number in range(1, blocks + 1):
            _bottleneck(net, f"conv{stage}_block{number}", filters, 2 if stage > 2 and number == 1 else 1, number == 1)
    net("GlobalAveragePooling2D", "avg_pool", data_format="channels_last")
    net("Dense", "predictions", units=1000, activation="softmax")
    return net.done()


def _normalized(net: Network, name: str, activation: str = "") -> Source:
    net("BatchNormalization", f"{name}_bn", axis=3, epsilon=1.001e-5)
    return net("Activation", f"{name}_{activation}", activation=activation) if activation else net.last


def _bottleneck(net: Network, name: str, filters: int, strides: int, project: bool) -> None:
    start = shortcut = net.last
    net("Conv2D", f"{name}_1_conv", start, filters=filters, kernel_size=[1, 1], strides=[strides, strides])
    _normalized(net, f"{name}_1", "relu")
    net("Conv2D", f"{name}_2_conv", filters=filters, kernel_size=[3, 3], padding="same")
    _normalized(net, f"{name}_2", "relu")
    net("Conv2D", f"{name}_3_conv", filters=4 * filters, kernel_size=[1, 1])
    main = _normalized(net, f"{name}_3")
    if project:
        net("Conv2D", f"{name}_0_conv", start, filters=4 * filters, kernel_size=[1, 1], strides=[strides, strides])
        shortcut = _normalized(net, f"{name}_0")
    net("Add", f"{name}_add", shortcut, main)
    net("Activation", f"{name}_out", activation="relu")


def mobilenet_v2() -> FlatModel:
    """MobileNetV2 of width 1: where it strides it pads by hand."""
    net = Network("mobilenetv2_1.00_224", 224)
    net("Conv2D", "Conv1", filters=32, kernel_size=[3, 3], strides=[2, 2], padding="same", use_bias=False)
    _clipped(net, "bn_Conv1", "Conv1_relu")
    channels, number = 32, 0
    for expansion, filters, blocks, strides in (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)
    ):  # fmt: skip
        for block in range(blocks):
            name = f"block_{number}" if number else "expanded_conv"
            _inverted(net, name, channels, expansion, filters, strides if block == 0 else 1)
            channels, number = filters, number + 1
    net("Conv2D", "Conv_1", filters=1280, kernel_size=[1, 1], use_bias=False)
    _clipped(net, "Conv_1_bn", "out_relu")
    net("GlobalAveragePooling2D", "global_average_pooling2d")
    net("Dense", "predictions", units=1000, activation="softmax")
    return net.done()


def _clipped(net: Network, norm: str, relu: str) -> None:
    net("BatchNormalization", norm, momentum=0.999)
    net("ReLU", relu, max_value=6.0)


def _inverted(net: Network, name: str, channels: int, expansion: int, filters: int, strides: int) -> None:
    start = net.last
    if expansion > 1:
        wide = expansion * channels
        net("Conv2D", f"{name}_expand", filters=wide, kernel_size=[1, 1], padding="same", use_bias=False)
        _clipped(net, f"{name}_expand_BN", f"{name}_expand_relu")
    if strides == 2:
        net("ZeroPadding2D", f"{name}_pad", padding=[[0, 1], [0, 1]])
    padding = "valid" if strides == 2 else "same"
    narrow = {"strides": [strides, strides], "use_bias": False, "padding": padding}
    net("DepthwiseConv2D", f"{name}_depthwise", kernel_size=[3, 3], **narrow)
    _clipped(net, f"{name}_depthwise_BN", f"{name}_depthwise_relu")
    net("Conv2D", f"{name}_project", filters=filters, kernel_size=[1, 1], padding="same", use_bias=False)
    net("BatchNormalization", f"{name}_project_BN", momentum=0.999)
    if channels == filters and strides == 1:
        net("Add", f"{name}_add", start, net.last)


def densenet121() -> FlatModel:
    """DenseNet121: every block adds 32 channels to what it is fed."""
    net = Network("densenet121", 224)
    net("ZeroPadding2D", "zero_padding2d", padding=[[3, 3], [3, 3]])
    net("Conv2D", "conv1_conv", filters=64, kernel_size=[7, 7], strides=[2, 2], use_bias=False)
    _normalized(net, "conv1", "relu")
    net("ZeroPadding2D", "zero_padding2d_1", padding=[[1, 1], [1, 1]])
    net("MaxPooling2D", "pool1", pool_size=[3, 3], strides=[2, 2])
    channels = 64
    for stage, blocks in enumerate((6, 12, 24, 16), start=2):
        for number in range(1, blocks + 1):
            name, start = f"conv{stage}_block{number}", net.last
            _normalized(net, f"{name}_0", "relu")
            net("Conv2D", f"{name}_1_conv", filters=128, kernel_size=[1, 1], use_bias=False)
            _normalized(net, f"{name}_1", "relu")
            net("Conv2D", f"{name}_2_conv", filters=32, kernel_size=[3, 3], padding="same", use_bias=False)
            net("Concatenate", f"{name}_concat", start, net.last)
        channels = (channels + 32 * blocks) // 2
        if stage < 5:
            _normalized(net, f"pool{stage}", "relu")
            net("Conv2D", f"pool{stage}_conv", filters=channels, kernel_size=[1, 1], use_bias=False)
            net("AveragePooling2D", f"pool{stage}_pool", pool_size=[2, 2], strides=[2, 2])
    net("BatchNormalization", "bn", axis=3, epsilon=1.001e-5)
    net("Activation", "relu", activation="relu")
    net("GlobalAveragePooling2D", "avg_pool")
    net("Dense", "predictions", units=1000, activation="softmax")
    return net.done()


def vgg16() -> FlatModel:
    """VGG16."""
    net = Network("vgg16", 224)
    for block, (filters, layers) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), start=1):
        for number in range(1, layers + 1):
            same = {"kernel_size": [3, 3], "padding": "same", "activation": "relu"}
            net("Conv2D", f"block{block}_conv{number}", filters=filters, **same)
        net("MaxPooling2D", f"block{block}_pool", pool_size=[2, 2], strides=[2, 2])
    net("Flatten", "flatten")
    net("Dense", "fc1", units=4096, activation="relu")
    net("Dense", "fc2", units=4096, activation="relu")
    net("Dense", "predictions", units=1000, activation="softmax")
    return net.done()


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
