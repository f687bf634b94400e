"""Images: classifiers, segmentation, detection, transformers."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops


def mnist_convnet() -> Any:
    """Two convolutions with pooling, a dropout, a softmax."""
    return keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            layers.Conv2D(8, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Conv2D(16, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def lenet() -> Any:
    """LeNet with tanh and averages."""
    model = keras.Sequential(name="lenet")
    model.add(keras.Input((28, 28, 1)))
    model.add(layers.Conv2D(6, 5, activation="tanh", padding="same"))
    model.add(layers.AveragePooling2D(2))
    model.add(layers.Conv2D(16, 5, activation="tanh"))
    model.add(layers.AveragePooling2D(2))
    model.add(layers.Flatten())
    for units in (120, 84):
        model.add(layers.Dense(units, activation="tanh"))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def _xception_block(x: Any, size: int) -> Any:
    residual = layers.Conv2D(size, 1, strides=2, padding="same")(x)
    for _ in range(2):
        x = layers.Activation("relu")(x)
        x = layers.SeparableConv2D(size, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    return layers.add([x, residual])


def cats_and_dogs() -> Any:
    """A small Xception with augmentation in front."""
    inputs = keras.Input((32, 32, 3))
    x = layers.RandomFlip("horizontal")(inputs)
    x = layers.RandomRotation(0.1)(x)
    x = layers.Rescaling(1.0 / 255)(x)
    x = layers.Conv2D(8, 3, strides=2, padding="same")(x)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    for size in (8, 12):
        x = _xception_block(x, size)
    x = layers.SeparableConv2D(16, 3, padding="same")(x)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = layers.Dropout(0.25)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, layers.Dense(1, activation=None)(x))


def augmented_as_a_model() -> Any:
    """Augmentation as a Sequential without a name of its own, in a functional model."""
    augmentation = keras.Sequential(
        [layers.RandomFlip("horizontal"), layers.RandomZoom(0.2), layers.RandomContrast(0.1)], name="data_augmentation"
    )
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(4, 3, activation="relu")(augmentation(inputs))
    return keras.Model(inputs, layers.Dense(5, "softmax")(layers.GlobalMaxPooling2D()(x)))


def _residual(x: Any, filters: int, strides: int, name: str) -> Any:
    shortcut = x
    if strides > 1 or x.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1, strides=strides, use_bias=False, name=f"{name}_0_conv")(x)
        shortcut = layers.BatchNormalization(name=f"{name}_0_bn")(shortcut)
    x = layers.Conv2D(filters, 3, strides, padding="same", use_bias=False, name=f"{name}_1_conv")(x)
    x = layers.ReLU(name=f"{name}_1_relu")(layers.BatchNormalization(name=f"{name}_1_bn")(x))
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(x)
    x = layers.BatchNormalization(name=f"{name}_2_bn")(x)
    return layers.ReLU(name=f"{name}_out")(layers.Add(name=f"{name}_add")([shortcut, x]))


def resnet_cifar() -> Any:
    """ResNet for small images, names with numbers."""
    inputs = keras.Input((16, 16, 3), name="image")
    x = layers.Conv2D(8, 3, padding="same", name="stem")(inputs)
    for stage, filters in enumerate((8, 16), start=1):
        for block in range(2):
            x = _residual(x, filters, 2 if stage > 1 and block == 0 else 1, f"conv{stage}_block{block}")
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    return keras.Model(inputs, layers.Dense(10, name="logits")(x), name="resnet_cifar")


def unet_pets() -> Any:
    """A U-Net of separable convolutions with residuals, as in segmentation of pets."""
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same")(inputs)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    previous = x
    for filters in (12, 16):
        for _ in range(2):
            x = layers.Activation("relu")(x)
            x = layers.BatchNormalization()(layers.SeparableConv2D(filters, 3, padding="same")(x))
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        previous = x = layers.add([x, layers.Conv2D(filters, 1, strides=2, padding="same")(previous)])
    for filters in (16, 12, 8):
        for _ in range(2):
            x = layers.Activation("relu")(x)
            x = layers.BatchNormalization()(layers.Conv2DTranspose(filters, 3, padding="same")(x))
        x = layers.UpSampling2D(2)(x)
        residual = layers.Conv2D(filters, 1, padding="same")(layers.UpSampling2D(2)(previous))
        previous = x = layers.add([x, residual])
    return keras.Model(inputs, layers.Conv2D(3, 3, activation="softmax", padding="same")(x))


def unet_biomedical() -> Any:
    """A U-Net with crops, concatenations and a transposed convolution at each step up."""
    inputs = keras.layers.Input((32, 32, 1))
    skips, x = [], inputs
    for depth in range(3):
        x = layers.Conv2D(4 << depth, 3, activation="relu", padding="same", kernel_initializer="he_normal")(x)
        x = layers.Conv2D(4 << depth, 3, activation="relu", padding="same", kernel_initializer="he_normal")(x)
        if depth == 2:
            x = layers.Dropout(0.5)(x)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(32, 3, activation="relu", padding="same")(x)
    for depth in (2, 1, 0):
        x = layers.Conv2DTranspose(4 << depth, 2, strides=2, padding="same")(x)
        x = layers.concatenate([skips[depth], x], axis=3)
        x = layers.Conv2D(4 << depth, 3, activation="relu", padding="same")(x)
    return keras.Model(inputs=[inputs], outputs=[layers.Conv2D(1, 1, activation="sigmoid")(x)])


def unet_any_size() -> Any:
    """A fully convolutional network for images of any size."""
    inputs = keras.Input((None, None, 3))
    down = layers.Conv2D(4, 3, activation="relu", padding="same")(inputs)
    x = layers.Conv2D(8, 3, strides=2, activation="relu", padding="same")(down)
    x = layers.Conv2DTranspose(4, 3, strides=2, activation="relu", padding="same")(x)
    return keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(layers.Concatenate()([x, down])))


def attention_unet() -> Any:
    """A U-Net whose skips pass a gate."""
    inputs = keras.Input((16, 16, 2))
    skip = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(layers.MaxPool2D()(skip))
    gate = layers.Conv2D(4, 1)(layers.UpSampling2D(interpolation="bilinear")(x))
    theta = layers.Conv2D(4, 1)(skip)
    psi = layers.Activation("sigmoid")(layers.Conv2D(1, 1)(layers.Activation("relu")(gate + theta)))
    x = layers.concatenate([skip * psi, layers.UpSampling2D()(x)])
    return keras.Model(inputs, layers.Conv2D(2, 1, activation="softmax")(x))


def _conv_bn(x: Any, filters: int, kernel: int = 3, dilation: int = 1, use_bias: bool = False) -> Any:
    x = layers.Conv2D(
        filters, kernel, dilation_rate=dilation, padding="same", use_bias=use_bias,
        kernel_initializer=keras.initializers.HeNormal(),
    )(x)  # fmt: skip
    return ops.nn.relu(layers.BatchNormalization()(x))


def deeplab() -> Any:
    """DeepLab: pooling over pyramids of dilated convolutions, bilinear upsampling."""
    inputs = keras.Input((32, 32, 3))
    low = _conv_bn(layers.Conv2D(6, 3, strides=2, padding="same")(inputs), 6)
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(low)
    height, width = x.shape[-3], x.shape[-2]
    pooled = layers.AveragePooling2D(pool_size=(height, width))(x)
    pooled = _conv_bn(pooled, 8, 1, use_bias=True)
    pooled = layers.UpSampling2D((height, width), interpolation="bilinear")(pooled)
    rates = [_conv_bn(x, 8, 1 if rate == 1 else 3, rate) for rate in (1, 2, 3)]
    x = _conv_bn(layers.Concatenate(axis=-1)([pooled, *rates]), 8, 1)
    x = layers.UpSampling2D(size=(2, 2), interpolation="bilinear")(x)
    x = _conv_bn(layers.Concatenate(axis=-1)([x, _conv_bn(low, 4, 1)]), 8)
    return keras.Model(inputs, layers.Conv2D(4, (1, 1), padding="same")(x), name="deeplab")


def _mlp(x: Any, units: list[int], rate: float) -> Any:
    for size in units:
        x = layers.Dropout(rate)(layers.Dense(size, activation=keras.activations.gelu)(x))
    return x


def vision_transformer() -> Any:
    """A vision transformer: patches by a strided convolution, positions by an Embedding of an array of numbers."""
    inputs = keras.Input((16, 16, 3))
    patches = layers.Reshape((16, 12))(layers.Conv2D(12, 4, strides=4)(inputs))
    positions = ops.expand_dims(ops.arange(0, 16, 1), axis=0)
    encoded = layers.Dense(8)(patches) + layers.Embedding(16, 8)(positions)
    for _ in range(2):
        x = layers.LayerNormalization(epsilon=1e-6)(encoded)
        x = layers.Add()([layers.MultiHeadAttention(num_heads=2, key_dim=8, dropout=0.1)(x, x), encoded])
        y = _mlp(layers.LayerNormalization(epsilon=1e-6)(x), [16, 8], 0.1)
        encoded = layers.Add()([y, x])
    x = layers.Flatten()(layers.LayerNormalization(epsilon=1e-6)(encoded))
    return keras.Model(inputs, layers.Dense(10)(_mlp(layers.Dropout(0.5)(x), [16], 0.5)))


def mlp_mixer() -> Any:
    """An MLP-Mixer: a dense layer over patches, one over channels, by permutations."""
    inputs = keras.Input((16, 8))
    x = inputs
    for _ in range(2):
        y = layers.Permute((2, 1))(layers.LayerNormalization()(x))
        y = layers.Dense(16)(layers.Dense(24, activation="gelu")(y))
        x = x + layers.Permute((2, 1))(y)
        y = layers.Dense(8)(layers.Dense(16, activation="gelu")(layers.LayerNormalization()(x)))
        x = layers.Add()([x, y])
    return keras.Model(inputs, layers.Dense(3, "softmax")(layers.GlobalAveragePooling1D()(x)))


def gmlp() -> Any:
    """A gated MLP: halves by split, one normalised and mixed over time."""
    inputs = keras.Input((9, 6))
    x = layers.Dense(12, activation="gelu")(layers.LayerNormalization()(inputs))
    u, v = ops.split(x, 2, axis=-1)
    v = ops.transpose(layers.LayerNormalization(epsilon=1e-6)(v), (0, 2, 1))
    v = layers.Dense(9, bias_initializer="ones")(v)
    x = inputs + layers.Dense(6)(u * ops.transpose(v, axes=(0, 2, 1)))
    return keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling1D()(x)))


def conv_mixer() -> Any:
    """ConvMixer."""
    x = inputs = keras.Input((16, 16, 3))
    x = layers.Rescaling(scale=1.0 / 255)(x)
    x = layers.BatchNormalization()(layers.Activation("gelu")(layers.Conv2D(8, 4, strides=4)(x)))
    for _ in range(3):
        x0 = x
        x = layers.DepthwiseConv2D(kernel_size=5, padding="same")(x)
        x = layers.Add()([layers.BatchNormalization()(layers.Activation("gelu")(x)), x0])
        x = layers.BatchNormalization()(layers.Activation("gelu")(layers.Conv2D(8, kernel_size=1)(x)))
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(layers.GlobalAvgPool2D()(x)))


def _inverted_residual(x: Any, expanded: int, output: int, strides: int = 1) -> Any:
    m = layers.BatchNormalization()(layers.Conv2D(expanded, 1, padding="same", use_bias=False)(x))
    m = keras.activations.silu(m)
    if strides == 2:
        m = layers.ZeroPadding2D(padding=((0, 1), (0, 1)))(m)
    m = layers.DepthwiseConv2D(3, strides=strides, padding="same" if strides == 1 else "valid", use_bias=False)(m)
    m = keras.activations.silu(layers.BatchNormalization()(m))
    m = layers.BatchNormalization()(layers.Conv2D(output, 1, padding="same", use_bias=False)(m))
    return layers.Add()([m, x]) if x.shape[-1] == output and strides == 1 else m


def mobile_vit() -> Any:
    """MobileViT: a transformer over unfolded patches between convolutions; functions of activations as layers."""
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(4, 3, strides=(2, 2), padding="same", activation=keras.activations.swish)(inputs)
    x = _inverted_residual(x, 8, 4)
    x = _inverted_residual(x, 8, 6, strides=2)
    local = layers.Conv2D(6, 1, activation="swish")(x)
    patches = layers.Reshape((4, 4, 6))(local)
    attended = layers.LayerNormalization(epsilon=1e-6)(patches)
    attended = layers.MultiHeadAttention(num_heads=2, key_dim=6, dropout=0.1)(attended, attended)
    patches = layers.Add()([attended, patches])
    folded = layers.Conv2D(6, 1, activation="swish")(layers.Reshape((4, 4, 6))(patches))
    x = layers.Conv2D(6, 3, padding="same")(layers.Concatenate(axis=-1)([x, folded]))
    return keras.Model(inputs, layers.Dense(5, activation="softmax")(layers.GlobalAvgPool2D()(x)))


def compact_transformer() -> Any:
    """A compact transformer: convolutions as tokens, attention pooling by matmul, stochastic rates."""
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(6, 3, padding="valid", use_bias=False, activation="relu", kernel_initializer="he_normal")(inputs)
    x = layers.MaxPooling2D(3, 2, "same")(layers.ZeroPadding2D(1)(x))
    x = layers.Reshape((64, 6))(x)
    y = layers.LayerNormalization(epsilon=1e-5)(x)
    x = layers.Add()([layers.MultiHeadAttention(2, 6, dropout=0.1)(y, y), x])
    x = layers.LayerNormalization(epsilon=1e-5)(x)
    weights = ops.softmax(layers.Dense(1)(x), axis=1)
    pooled = ops.squeeze(ops.matmul(ops.transpose(weights, (0, 2, 1)), x), -2)
    return keras.Model(inputs, layers.Dense(4)(pooled))


def squeeze_and_excite() -> Any:
    """Channels scaled by a gate, functions of merging by their lower-case names."""
    inputs = keras.Input((8, 8, 4))
    x = layers.Conv2D(8, 3, padding="same")(inputs)
    gate = layers.Reshape((1, 1, 8))(layers.GlobalAveragePooling2D()(x))
    gate = layers.Dense(8, "sigmoid", use_bias=False)(layers.Dense(2, "relu", use_bias=False)(gate))
    x = layers.multiply([x, gate])
    return keras.Model(inputs, layers.maximum([layers.GlobalMaxPooling2D()(x), layers.GlobalAveragePooling2D()(x)]))


def inception() -> Any:
    """An Inception module: four towers, joined."""
    inputs = keras.Input((12, 12, 6))
    towers = [
        layers.Conv2D(4, 1, activation="relu")(inputs),
        layers.Conv2D(4, 3, padding="same")(layers.Conv2D(2, 1)(inputs)),
        layers.Conv2D(4, 5, padding="same")(layers.Conv2D(2, 1)(inputs)),
        layers.Conv2D(4, 1)(layers.MaxPooling2D(3, 1, padding="same")(inputs)),
    ]
    return keras.Model(inputs, layers.GlobalAveragePooling2D()(layers.concatenate(towers, axis=-1)))


def dense_net() -> Any:
    """Two dense blocks and a transition."""
    x = inputs = keras.Input((12, 12, 3))
    for block in range(2):
        for _ in range(2):
            y = layers.Conv2D(4, 3, padding="same")(layers.Activation("relu")(layers.BatchNormalization()(x)))
            x = layers.Concatenate()([x, y])
        if block == 0:
            x = layers.AveragePooling2D(2)(layers.Conv2D(4, 1, kernel_regularizer=keras.regularizers.L2(1e-4))(x))
    return keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))


def volumes() -> Any:
    """Scans in three dimensions."""
    inputs = keras.Input((16, 16, 8, 1))
    x = layers.MaxPool3D(pool_size=2)(layers.Conv3D(filters=4, kernel_size=3, activation="relu")(inputs))
    x = layers.BatchNormalization()(layers.Conv3D(6, 2, activation="relu")(x))
    x = layers.Dense(units=8, activation="relu")(layers.GlobalAveragePooling3D()(x))
    return keras.Model(inputs, layers.Dense(1, "sigmoid")(layers.Dropout(0.3)(x)), name="3dcnn")


def keypoints() -> Any:
    """A spatial output of 1 x 1 from a pretrained backbone that is called as a model, frozen."""
    backbone = keras.Sequential(
        [keras.Input((16, 16, 3)), layers.Conv2D(4, 3, 2), layers.BatchNormalization(), layers.ReLU()], name="backbone"
    )
    backbone.trainable = False
    inputs = keras.Input((16, 16, 3))
    x = backbone(layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    x = layers.SeparableConv2D(8, kernel_size=5, strides=1, activation="relu")(layers.Dropout(0.3)(x))
    return keras.Model(inputs, layers.SeparableConv2D(6, kernel_size=3, activation="sigmoid")(x), name="keypoints")


def transfer_in_inference_mode() -> Any:
    """A frozen base called with `training=False`."""
    base = keras.Sequential([keras.Input((12, 12, 3)), layers.Conv2D(4, 3), layers.BatchNormalization()], name="base")
    base.trainable = False
    inputs = keras.Input((12, 12, 3))
    x = layers.GlobalAveragePooling2D()(base(inputs, training=False))
    return keras.Model(inputs, layers.Dense(1)(layers.Dropout(0.2)(x)))


def bounding_boxes() -> Any:
    """Two heads: classes and a box."""
    inputs = keras.Input((16, 16, 3), name="image")
    x = layers.Flatten()(layers.Conv2D(4, 3, 2, activation="relu")(inputs))
    box = layers.Dense(4, activation="sigmoid", name="bounding_box")(layers.Dense(8, "relu")(x))
    label = layers.Dense(3, activation="softmax", name="class_label")(layers.Dense(8, "relu")(x))
    return keras.Model(inputs=inputs, outputs=(box, label))


def retina_net() -> Any:
    """A feature pyramid whose heads are models shared by all levels."""
    inputs = keras.Input((32, 32, 3))
    c3 = layers.Conv2D(4, 3, 4, padding="same", activation="relu")(inputs)
    c4 = layers.Conv2D(6, 3, 2, padding="same", activation="relu")(c3)
    p4 = layers.Conv2D(4, 1)(c4)
    p3 = layers.Conv2D(4, 1)(c3) + layers.UpSampling2D(2)(p4)
    levels = [layers.Conv2D(4, 3, padding="same")(level) for level in (p3, p4)]

    def head(outputs: int, name: str) -> Any:
        model = keras.Sequential([keras.Input(shape=[None, None, 4])], name=name)
        model.add(layers.Conv2D(4, 3, padding="same", kernel_initializer=keras.initializers.RandomNormal(0.0, 0.01)))
        model.add(layers.ReLU())
        model.add(layers.Conv2D(outputs, 3, padding="same", bias_initializer=keras.initializers.Constant(-2.0)))
        return model

    classes, boxes = head(6, "class_head"), head(8, "box_head")
    found = [
        layers.Concatenate()([layers.Reshape((-1, 4))(boxes(level)), layers.Reshape((-1, 3))(classes(level))])
        for level in levels
    ]
    return keras.Model(inputs, layers.Concatenate(axis=1)(found), name="retinanet")


def super_resolution() -> Any:
    """Sub-pixel upscaling: depth to space by reshape and transpose."""
    inputs = keras.Input((8, 8, 1))
    x = layers.Conv2D(16, 5, padding="same", activation="relu", kernel_initializer="orthogonal")(inputs)
    x = layers.Conv2D(9, 3, padding="same", activation="relu", kernel_initializer="orthogonal")(x)
    x = ops.reshape(x, (-1, 8, 8, 3, 3))
    x = ops.transpose(x, [0, 1, 3, 2, 4])
    return keras.Model(inputs, ops.reshape(x, [-1, 24, 24, 1]))


def low_light() -> Any:
    """Curves of light: the image is refined by parts of one output, in steps."""
    image = keras.Input((None, None, 3))
    first = layers.Conv2D(4, 3, activation="relu", padding="same")(image)
    second = layers.Conv2D(4, 3, activation="relu", padding="same")(first)
    joined = layers.Concatenate(axis=-1)([first, second])
    curves = layers.Conv2D(6, 3, activation="tanh", padding="same")(joined)
    x = image
    for step in range(2):
        r = curves[:, :, :, 3 * step : 3 * (step + 1)]
        x = x + r * (ops.square(x) - x)
    return keras.Model(image, [x, curves])


def depth_estimation() -> Any:
    """LeakyReLU with its old argument, sums by operators, an output above another."""
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(4, 3, padding="same")(inputs)
    d = layers.LeakyReLU(negative_slope=0.2)(x)
    d = layers.LeakyReLU(negative_slope=0.2)(layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(d)))
    d += x
    p = layers.MaxPool2D((2, 2), (2, 2))(d)
    u = layers.Concatenate()([layers.UpSampling2D((2, 2))(p), d])
    return keras.Model(inputs, layers.Conv2D(1, (1, 1), padding="same", activation="tanh")(u))
