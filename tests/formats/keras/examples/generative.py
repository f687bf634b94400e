"""Autoencoders, GANs, diffusion, models that share parts."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops


def dense_autoencoder() -> Any:
    """The simplest autoencoder."""
    image = keras.Input(shape=(16,))
    encoded = layers.Dense(4, activation="relu")(image)
    return keras.Model(image, layers.Dense(16, activation="sigmoid")(encoded))


def autoencoder_of_two_models() -> Any:
    """An encoder and a decoder, chained by calls: the decoder's call is the output."""
    source = keras.Input(shape=(12, 12, 1), name="img")
    x = layers.Conv2D(4, 3, activation="relu")(source)
    x = layers.MaxPooling2D(2)(layers.Conv2D(6, 3, activation="relu")(x))
    encoder = keras.Model(source, layers.GlobalMaxPooling2D()(x), name="encoder")
    code = keras.Input(shape=(6,), name="encoded_img")
    x = layers.Conv2DTranspose(4, 3, activation="relu")(layers.Reshape((2, 3, 1))(code))
    decoder = keras.Model(code, layers.UpSampling2D(3)(x), name="decoder")
    start = keras.Input(shape=(12, 12, 1), name="autoencoder_input")
    return keras.Model(start, decoder(encoder(start)), name="autoencoder")


def autoencoder_over_the_encoders_input() -> Any:
    """The model begins at the encoder's own input and ends at the decoder's call."""
    start = keras.Input((8,), name="encoder_input")
    encoder = keras.Model(start, layers.Dense(3, name="code")(start), name="encoder")
    code = keras.Input((3,), name="decoder_input")
    decoder = keras.Model(code, layers.Dense(8, name="image")(code), name="decoder")
    return keras.Model(start, decoder(encoder(start)), name="autoencoder")


def decoder_first_in_the_list() -> Any:
    """A model whose outputs are a nested model's and a layer's."""
    start = keras.Input((6,))
    head = keras.Sequential([keras.Input((4,)), layers.Dense(2), layers.Softmax()], name="head")
    x = layers.Dense(4)(start)
    return keras.Model(start, [head(x), x])


def nested_model_called_twice_as_outputs() -> Any:
    """Both calls of one nested model are outputs."""
    left, right = keras.Input((5,), name="left"), keras.Input((5,), name="right")
    start = keras.Input((5,))
    tower = keras.Model(start, layers.Dense(3, activation="tanh")(start), name="tower")
    return keras.Model([left, right], [tower(left), tower(right)])


def nested_model_of_two_outputs() -> Any:
    """A nested model whose two outputs are the outputs."""
    start = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3)(start)
    backbone = keras.Model(start, [x, layers.MaxPooling2D()(x)], name="backbone")
    image = keras.Input((8, 8, 3), name="image")
    return keras.Model(image, backbone(image))


def convolutional_autoencoder() -> Any:
    """An autoencoder for denoising."""
    source = keras.Input((12, 12, 1))
    x = layers.MaxPooling2D((2, 2), padding="same")(layers.Conv2D(6, (3, 3), activation="relu", padding="same")(source))
    x = layers.MaxPooling2D((2, 2), padding="same")(layers.Conv2D(6, (3, 3), activation="relu", padding="same")(x))
    for _ in range(2):
        x = layers.Conv2DTranspose(6, (3, 3), strides=2, activation="relu", padding="same")(x)
    return keras.Model(source, layers.Conv2D(1, (3, 3), activation="sigmoid", padding="same")(x))


def variational_encoder() -> Any:
    """An encoder of means and log variances; the sample is a function of given noise."""
    source, noise = keras.Input((8, 8, 1)), keras.Input((2,), name="noise")
    x = layers.Conv2D(4, 3, activation="relu", strides=2, padding="same")(source)
    x = layers.Dense(6, activation="relu")(layers.Flatten()(x))
    mean, log_variance = layers.Dense(2, name="z_mean")(x), layers.Dense(2, name="z_log_var")(x)
    sample = mean + ops.exp(0.5 * log_variance) * noise
    return keras.Model([source, noise], [mean, log_variance, sample], name="encoder")


def variational_autoencoder() -> Any:
    """Encoder and decoder with noise as an input, and an output for the loss."""
    source, noise = keras.Input((10,)), keras.Input((2,), name="noise")
    x = layers.Dense(6, "relu")(source)
    mean, log_variance = layers.Dense(2)(x), layers.Dense(2)(x)
    code = keras.Input((2,))
    decoder = keras.Model(code, layers.Dense(10, "sigmoid")(layers.Dense(6, "relu")(code)), name="decoder")
    loss = -0.5 * ops.sum(1 + log_variance - ops.square(mean) - ops.exp(log_variance), axis=-1, keepdims=True)
    return keras.Model([source, noise], [decoder(mean + ops.exp(log_variance / 2) * noise), loss], name="vae")


def lstm_autoencoder() -> Any:
    """A sequence made again out of one vector."""
    return keras.Sequential(
        [
            keras.Input((6, 2)),
            layers.LSTM(4, activation="relu"),
            layers.RepeatVector(6),
            layers.LSTM(4, activation="relu", return_sequences=True),
            layers.TimeDistributed(layers.Dense(2)),
        ]
    )


def dcgan_generator() -> Any:
    """A generator of transposed convolutions."""
    return keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(4 * 4 * 6),
            layers.Reshape((4, 4, 6)),
            layers.Conv2DTranspose(6, kernel_size=4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2DTranspose(4, kernel_size=4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(3, kernel_size=5, padding="same", activation="sigmoid"),
        ],
        name="generator",
    )


def dcgan_discriminator() -> Any:
    """A discriminator, with a slope by position."""
    return keras.Sequential(
        [
            keras.Input(shape=(16, 16, 3)),
            layers.Conv2D(4, kernel_size=4, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(6, kernel_size=4, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(1, activation="sigmoid"),
        ],
        name="discriminator",
    )


def gan() -> Any:
    """Generator and a frozen discriminator in one Sequential."""
    generator = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(12, "relu"),
            layers.BatchNormalization(momentum=0.8),
            layers.Reshape((2, 2, 3)),
        ],
        name="generator",
    )
    discriminator = keras.Sequential([keras.Input((2, 2, 3)), layers.Flatten(), layers.Dense(1, "sigmoid")], name="d")
    discriminator.trainable = False
    return keras.Sequential([generator, discriminator], name="gan")


def gan_functional() -> Any:
    """A GAN whose output is the discriminator's own call."""
    code = keras.Input((4,))
    generator = keras.Model(code, layers.Dense(9, activation="tanh")(code), name="generator")
    image = keras.Input((9,))
    discriminator = keras.Model(image, layers.Dense(1, activation="sigmoid")(image), name="discriminator")
    discriminator.trainable = False
    noise = keras.Input((4,), name="noise")
    return keras.Model(noise, discriminator(generator(noise)), name="combined")


def conditional_gan() -> Any:
    """A label, embedded and multiplied into noise."""
    noise, label = keras.Input(shape=(6,)), keras.Input(shape=(1,), dtype="int32")
    embedded = layers.Flatten()(layers.Embedding(4, 6)(label))
    x = layers.multiply([noise, embedded])
    x = layers.LeakyReLU(negative_slope=0.2)(layers.Dense(8)(x))
    x = layers.BatchNormalization(momentum=0.8)(x)
    image = layers.Reshape((4, 4, 1))(layers.Dense(int(np.prod((4, 4, 1))), activation="tanh")(x))
    return keras.Model([noise, label], image)


def auxiliary_classifier() -> Any:
    """A discriminator of two heads: validity and label."""
    image = keras.Input((8, 8, 1))
    features = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, 2, "same"),
            layers.ZeroPadding2D(((0, 1), (0, 1))),
            layers.Flatten(),
        ]
    )
    x = features(image)
    return keras.Model(image, [layers.Dense(1, "sigmoid", name="v")(x), layers.Dense(3, "softmax", name="label")(x)])


def info_gan() -> Any:
    """Two inputs joined, one output split by names in a mapping."""
    noise, code = keras.Input((4,), name="noise"), keras.Input((2,), name="code")
    x = layers.Dense(6, activation="relu")(layers.concatenate([noise, code]))
    outputs = {"image": layers.Dense(8, name="image")(x), "code_again": layers.Dense(2, name="code_again")(x)}
    return keras.Model(inputs={"noise": noise, "code": code}, outputs=outputs)


def wasserstein_critic() -> Any:
    """A critic with padding and crops of images."""
    x = source = keras.Input((14, 14, 1))
    x = layers.ZeroPadding2D((1, 1))(x)
    for filters in (4, 8):
        x = layers.Conv2D(filters, (5, 5), strides=(2, 2), padding="same", use_bias=True)(x)
        x = layers.Dropout(0.3)(layers.LeakyReLU(0.2)(x))
    x = layers.Cropping2D((1, 1))(x)
    return keras.Model(source, layers.Dense(1)(layers.Flatten()(x)), name="discriminator")


def cycle_gan_generator() -> Any:
    """Reflections as padding by an op, groups of one channel, residual blocks."""
    source = keras.Input((12, 12, 3), name="img_input")
    normal = keras.initializers.RandomNormal(mean=0.0, stddev=0.02)
    x = ops.pad(source, [[0, 0], [3, 3], [3, 3], [0, 0]], mode="reflect")
    x = layers.Conv2D(4, (7, 7), kernel_initializer=normal, use_bias=False)(x)
    x = layers.Activation("relu")(layers.GroupNormalization(groups=-1)(x))
    x = layers.Conv2D(8, 3, 2, padding="same", use_bias=False)(x)
    for _ in range(2):
        y = layers.Conv2D(8, 3, padding="same", use_bias=False)(x)
        x = layers.add([x, layers.GroupNormalization(groups=1)(y)])
    x = layers.Conv2DTranspose(4, 3, strides=(2, 2), padding="same", kernel_initializer=normal)(x)
    return keras.Model(source, layers.Activation("tanh")(layers.Conv2D(3, (7, 7), padding="same")(x)))


def pix2pix() -> Any:
    """Two stacks of Sequentials, skips between them."""

    def down(filters: int, normalized: bool) -> Any:
        model = keras.Sequential()
        model.add(layers.Conv2D(filters, 4, strides=2, padding="same", use_bias=False))
        if normalized:
            model.add(layers.BatchNormalization())
        model.add(layers.LeakyReLU())
        return model

    def up(filters: int, dropout: bool) -> Any:
        model = keras.Sequential()
        model.add(layers.Conv2DTranspose(filters, 4, strides=2, padding="same", use_bias=False))
        model.add(layers.BatchNormalization())
        if dropout:
            model.add(layers.Dropout(0.5))
        model.add(layers.ReLU())
        return model

    x = inputs = layers.Input(shape=[16, 16, 3])
    skips = []
    for filters, normalized in ((4, False), (6, True), (8, True)):
        x = down(filters, normalized)(x)
        skips.append(x)
    for filters, dropout, skip in ((6, True, skips[1]), (4, False, skips[0])):
        x = layers.Concatenate()([up(filters, dropout)(x), skip])
    last = layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh")
    return keras.Model(inputs=inputs, outputs=last(x))


def style_mixing() -> Any:
    """A modulation by statistics: instance normalisation by hand, scale and shift from a style."""
    content, style = keras.Input((6, 6, 4)), keras.Input((5,))
    mean = ops.mean(content, axis=[1, 2], keepdims=True)
    deviation = ops.std(content, axis=[1, 2], keepdims=True) + 1e-5
    scale = ops.expand_dims(ops.expand_dims(layers.Dense(4)(style), 1), 1)
    shift = layers.Reshape((1, 1, 4))(layers.Dense(4)(style))
    return keras.Model([content, style], (content - mean) / deviation * scale + shift)


def adaptive_instance_norm() -> Any:
    """Moments of two images."""
    a, b = keras.Input((5, 5, 3), name="content"), keras.Input((5, 5, 3), name="style")
    (mean_a, var_a), (mean_b, var_b) = (ops.moments(x, axes=[1, 2], keepdims=True) for x in (a, b))
    return keras.Model([a, b], (a - mean_a) * ops.rsqrt(var_a + 1e-5) * ops.sqrt(var_b + 1e-5) + mean_b)


def diffusion_unet() -> Any:
    """A time embedding of sines that conditions a U-Net."""
    image, noise = keras.Input((8, 8, 3)), keras.Input((1, 1, 1))
    frequencies = ops.exp(ops.linspace(ops.log(1.0), ops.log(100.0), 4))
    angles = 2.0 * np.pi * frequencies * noise
    embedded = ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=3)
    embedded = layers.UpSampling2D(size=8, interpolation="nearest")(embedded)
    x = layers.Concatenate()([layers.Conv2D(4, kernel_size=1)(image), embedded])
    skips = []
    for width in (4, 6):
        residual = layers.Conv2D(width, kernel_size=1)(x)
        y = layers.BatchNormalization(center=False, scale=False)(x)
        y = layers.Conv2D(width, 3, padding="same", activation="swish")(y)
        x = layers.Add()([y, residual])
        skips.append(x)
        x = layers.AveragePooling2D(pool_size=2)(x)
    for width in (6, 4):
        x = layers.UpSampling2D(size=2, interpolation="bilinear")(x)
        x = layers.Conv2D(width, 3, padding="same")(layers.Concatenate()([x, skips.pop()]))
    return keras.Model([image, noise], layers.Conv2D(3, 1, kernel_initializer="zeros", name="noise")(x), name="unet")


def diffusion_group_norm() -> Any:
    """A block of a diffusion model: group normalisation, swish, a time embedding that is broadcast."""
    image, step = keras.Input((8, 8, 4), name="image_input"), keras.Input(shape=(), dtype="int64", name="time_input")
    half = 4
    table = ops.exp(ops.arange(half, dtype="float32") * -(np.log(10000.0) / (half - 1)))
    angles = ops.cast(step, "float32")[:, None] * table[None, :]
    time = layers.Dense(6, activation="swish")(ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1))
    x = layers.Conv2D(6, 3, padding="same")(keras.activations.swish(layers.GroupNormalization(groups=2)(image)))
    x = layers.Add()([x, layers.Dense(6)(time)[:, None, None, :]])
    return keras.Model([image, step], x)


def vector_quantizer() -> Any:
    """Distances to a table of codes, and the nearest code by one-hot."""
    source, table = keras.Input((4, 3), name="latents"), keras.Input(batch_shape=(3, 5), name="codes")
    flat = ops.reshape(source, [-1, 3])
    distances = ops.sum(flat**2, axis=1, keepdims=True) + ops.sum(table**2, axis=0) - 2 * ops.matmul(flat, table)
    nearest = ops.one_hot(ops.argmin(distances, axis=1), 5)
    return keras.Model([source, table], ops.reshape(ops.matmul(nearest, ops.transpose(table)), [-1, 4, 3]))


def pixel_cnn_residual() -> Any:
    """Residual blocks of convolutions of 1 x 1."""
    x = inputs = keras.Input((8, 8, 1), batch_size=None)
    x = layers.Conv2D(filters=4, kernel_size=7, activation="relu", padding="same")(x)
    for _ in range(2):
        y = layers.Conv2D(filters=4, kernel_size=1, activation="relu")(x)
        x = keras.layers.add([x, layers.Conv2D(filters=4, kernel_size=1, activation="relu")(y)])
    return keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid", padding="valid")(x))


def real_nvp_coupling() -> Any:
    """A coupling layer: scales and shifts, masked by a constant."""
    source = keras.Input(shape=(2,))
    mask = np.array([0.0, 1.0], "float32")
    kept = source * mask
    scale = layers.Dense(2, activation="tanh")(layers.Dense(6, activation="relu")(kept))
    shift = layers.Dense(2, activation="linear")(layers.Dense(6, activation="relu")(kept))
    moved = kept + (source * ops.exp(scale) + shift) * (1 - mask)
    return keras.Model(inputs=source, outputs=[moved, scale, shift])


def neural_style_features() -> Any:
    """Every layer of a network as an output, by name."""
    base = keras.Sequential(
        [keras.Input((12, 12, 3)), layers.Conv2D(4, 3, name="block1_conv1"), layers.Conv2D(4, 3, name="block2_conv1")]
    )
    return keras.Model(base.inputs, {layer.name: layer.output for layer in base.layers})


def gram_matrix() -> Any:
    """The products of channels with each other."""
    source = keras.Input((6, 6, 3), batch_size=2)
    x = ops.reshape(ops.transpose(layers.Conv2D(4, 3)(source), (0, 3, 1, 2)), (2, 4, 16))
    return keras.Model(source, ops.matmul(x, ops.transpose(x, (0, 2, 1))) / 16)


def spectral_discriminator() -> Any:
    """SpectralNormalization around convolutions."""
    x = source = keras.Input((8, 8, 3))
    for filters in (4, 6):
        x = layers.SpectralNormalization(layers.Conv2D(filters, 3, 2, padding="same"))(x)
        x = layers.LeakyReLU(0.1)(x)
    return keras.Model(source, layers.SpectralNormalization(layers.Dense(1))(layers.Flatten()(x)))


def shared_between_two_models() -> Any:
    """A layer that two nested models share: Keras writes it into each."""
    shared = layers.Dense(4, name="shared")
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    first = keras.Model(a, layers.Dense(2, name="first")(shared(a)), name="m1")
    second = keras.Model(b, layers.Dense(2, name="second")(shared(b)), name="m2")
    start = keras.Input((3,), name="start")
    return keras.Model(start, layers.Add()([first(start), second(start)]))
