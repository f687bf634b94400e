"""Models in the manner of public examples, built with Keras 2 (tf_keras): imported by `record_keras2.py` alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_keras import backend, layers

Model = Any


def perceptron() -> Model:
    """A Sequential whose first layer says what it is fed."""
    return keras.Sequential(
        [
            layers.Dense(16, activation="relu", input_shape=(8,), kernel_regularizer=keras.regularizers.l2(1e-3)),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(8, kernel_initializer="he_normal", bias_initializer=keras.initializers.Constant(0.1)),
            layers.LeakyReLU(alpha=0.1),
            layers.Dense(3, activation="softmax", kernel_constraint=keras.constraints.max_norm(2.0)),
        ],
        name="perceptron",
    )


def digits() -> Model:
    """Convolutions and pools, one after another, without an Input."""
    model = keras.Sequential()
    model.add(layers.Conv2D(4, (3, 3), activation="relu", input_shape=(14, 14, 1)))
    model.add(layers.MaxPooling2D((2, 2)))
    model.add(layers.Conv2D(6, (3, 3), activation="relu", padding="same"))
    model.add(layers.AveragePooling2D(pool_size=2, padding="same"))
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    return model


def vgg_like() -> Model:
    """Blocks of convolutions with normalization, in PReLU and ELU."""
    model = keras.Sequential([keras.Input((16, 16, 3))])
    for filters in (4, 6):
        model.add(layers.Conv2D(filters, 3, padding="same", use_bias=False, dilation_rate=2 if filters == 6 else 1))
        model.add(layers.BatchNormalization(axis=-1, momentum=0.9, epsilon=1e-5))
        model.add(layers.PReLU(shared_axes=[1, 2]) if filters == 4 else layers.ELU(alpha=0.5))
        model.add(layers.MaxPooling2D())
        model.add(layers.SpatialDropout2D(0.1))
    model.add(layers.GlobalMaxPooling2D())
    model.add(layers.Dense(5))
    model.add(layers.Activation("softmax"))
    return model


def residual() -> Model:
    """Skips by Add and by Concatenate."""
    inputs = keras.Input((12, 12, 3), name="image")
    x = layers.ZeroPadding2D(((1, 0), (0, 1)))(inputs)
    x = layers.Conv2D(8, 3, strides=2, padding="valid", name="stem")(x)
    for index in range(2):
        y = layers.Conv2D(8, 3, padding="same", name=f"block{index}_conv1")(x)
        y = layers.BatchNormalization(name=f"block{index}_bn")(y)
        y = layers.Activation("relu")(y)
        y = layers.Conv2D(8, 1, padding="same", name=f"block{index}_conv2")(y)
        x = layers.add([x, y])
        x = layers.ReLU(max_value=6.0)(x)
    x = layers.concatenate([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
    return keras.Model(inputs, layers.Dense(4, activation="sigmoid")(x), name="residual")


def inception() -> Model:
    """Branches of several convolutions, joined."""
    inputs = keras.Input((8, 8, 4))
    first = layers.Conv2D(2, 1, activation="relu")(inputs)
    second = layers.Conv2D(3, (1, 5), padding="same")(layers.Conv2D(2, 1)(inputs))
    third = layers.Conv2D(2, 1)(layers.AveragePooling2D(3, strides=1, padding="same")(inputs))
    return keras.Model(inputs, layers.Concatenate(axis=3)([first, second, third]))


def unet() -> Model:
    """Down by pools, up by transposed convolutions, with skips and crops."""
    inputs = keras.Input((16, 16, 1))
    down1 = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    down2 = layers.Conv2D(8, 3, padding="same", activation="relu")(layers.MaxPooling2D()(down1))
    bottom = layers.Conv2D(8, 3, padding="same", activation="relu")(layers.MaxPooling2D()(down2))
    up2 = layers.Conv2DTranspose(8, 2, strides=2, padding="same", output_padding=None)(bottom)
    up2 = layers.Conv2D(4, 3, padding="same")(layers.concatenate([up2, down2], axis=-1))
    up1 = layers.UpSampling2D(size=(2, 2), interpolation="bilinear")(up2)
    up1 = layers.Cropping2D(1)(layers.concatenate([up1, down1]))
    return keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(up1))


def mobile_blocks() -> Model:
    """Depthwise, separable and grouped convolutions."""
    inputs = keras.Input((12, 12, 4))
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", use_bias=False)(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.SeparableConv2D(6, 3, padding="same", depthwise_initializer="he_uniform", activation="swish")(x)
    x = layers.Conv2D(6, 3, groups=3, padding="same")(x)
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    return keras.Model(inputs, layers.Reshape((6,))(x))


def waves() -> Model:
    """Convolutions over time: causal, dilated, separable and transposed."""
    inputs = keras.Input((20, 2))
    x = layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="tanh")(inputs)
    x = layers.SeparableConv1D(5, 3, padding="same")(x)
    x = layers.MaxPooling1D(2)(x)
    x = layers.Conv1DTranspose(3, 4, strides=2, padding="same")(x)
    x = layers.ZeroPadding1D(1)(layers.Cropping1D((1, 2))(x))
    x = layers.UpSampling1D(2)(x)
    return keras.Model(inputs, layers.GlobalAveragePooling1D()(x))


def volumes() -> Model:
    """Convolutions in three dimensions."""
    model = keras.Sequential([keras.Input((6, 6, 6, 1))])
    model.add(layers.Conv3D(2, 3, activation="relu"))
    model.add(layers.MaxPooling3D(2))
    model.add(layers.Conv3DTranspose(2, 2, strides=2))
    model.add(layers.GlobalAveragePooling3D())
    return model


def sentiment() -> Model:
    """Words that are embedded, masked where there are none, read both ways."""
    return keras.Sequential(
        [
            layers.Embedding(30, 6, input_length=7, mask_zero=True),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
            layers.LSTM(3, recurrent_initializer="glorot_uniform", unit_forget_bias=False),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def stacked_gru() -> Model:
    """GRUs of both kinds, a mask by value, a layer at every step."""
    inputs = keras.Input((6, 3))
    x = layers.Masking(mask_value=0.0)(inputs)
    x = layers.GRU(4, return_sequences=True, reset_after=False, activation="relu")(x)
    x = layers.GRU(4, return_sequences=True, go_backwards=True)(x)
    x = layers.SimpleRNN(3, return_sequences=True)(x)
    return keras.Model(inputs, layers.TimeDistributed(layers.Dense(2, activation="softmax"))(x))


def stateful_rnn() -> Model:
    """A recurrent layer that keeps its state, so that the batch is fixed."""
    return keras.Sequential(
        [
            layers.LSTM(4, stateful=True, return_sequences=True, batch_input_shape=(2, 5, 3), unroll=True),
            layers.SimpleRNN(2, stateful=True),
            layers.Dense(1),
        ]
    )


def old_gates() -> Model:
    """Gates by hard_sigmoid, which Keras 2 computes in a way of its own."""
    inputs = keras.Input((5, 3))
    x = layers.LSTM(4, recurrent_activation="hard_sigmoid", return_sequences=True)(inputs)
    x = layers.Bidirectional(layers.GRU(3, recurrent_activation="hard_sigmoid"), merge_mode="sum")(x)
    x = layers.Dense(4, activation="hard_sigmoid")(x)
    return keras.Model(inputs, layers.Activation("hard_sigmoid")(layers.Dense(4)(x)))


def moving_pictures() -> Model:
    """A convolution that recurs, whose gates are hard sigmoids by default, and layers at every step."""
    inputs = keras.Input((4, 8, 8, 1))
    x = layers.ConvLSTM2D(3, 3, padding="same", return_sequences=True)(inputs)
    x = layers.TimeDistributed(layers.MaxPooling2D())(layers.BatchNormalization()(x))
    x = layers.ConvLSTM2D(2, 3, recurrent_activation="sigmoid", dropout=0.1)(x)
    return keras.Model(inputs, layers.Flatten()(x))


def translation() -> Model:
    """An encoder whose states a decoder begins with."""
    source, target = keras.Input((None, 5), name="source"), keras.Input((None, 4), name="target")
    _, state, memory = layers.LSTM(6, return_state=True, name="encoder")(source)
    decoded, _, _ = layers.LSTM(6, return_sequences=True, return_state=True, name="decoder")(
        target, initial_state=[state, memory]
    )
    return keras.Model([source, target], layers.Dense(4, activation="softmax")(decoded))


def masked_translation() -> Model:
    """Words that are masked, read and written: Keras 2 obeys the mask beside the states."""
    source, target = keras.Input((6,), dtype="int32"), keras.Input((5,), dtype="int32")
    read, state, memory = layers.LSTM(4, return_state=True, return_sequences=True)(
        layers.Embedding(8, 4, mask_zero=True)(source)
    )
    words = layers.Dropout(0.1)(layers.Embedding(8, 4, mask_zero=True)(target))
    written = layers.LSTM(4, return_sequences=True)(words, initial_state=[state, memory])
    attended = layers.Attention()([written, read])
    again = layers.GRU(3, return_sequences=True)(attended, initial_state=layers.Dense(3)(state))
    return keras.Model([source, target], [layers.TimeDistributed(layers.Dense(2))(again), layers.LSTM(2)(written)])


def merged_masks() -> Model:
    """Masks that are joined: a step is kept that each mask keeps, and who has none has no say."""
    words, tags = keras.Input((6,), dtype="int32"), keras.Input((6,), dtype="int32")
    numbers = keras.Input((6, 4), name="numbers")
    first = layers.Embedding(8, 4, mask_zero=True)(words)
    second = layers.Masking(0.5)(layers.Embedding(8, 4, mask_zero=True)(tags))
    both = layers.add([first, layers.Embedding(8, 4, mask_zero=True)(tags)])
    one = layers.concatenate([first, numbers])
    same = layers.multiply([first, layers.Dense(4)(first)])
    outputs = [
        layers.LSTM(3)(both), layers.Bidirectional(layers.GRU(3))(one), layers.GlobalAveragePooling1D()(both),
        layers.GlobalAveragePooling1D()(same), layers.LSTM(3)(layers.average([numbers, second])),
        layers.SimpleRNN(2, return_sequences=True)(layers.maximum([numbers, numbers])),
    ]  # fmt: skip
    return keras.Model([words, tags, numbers], outputs)


def translation_both_ways() -> Model:
    """States of a Bidirectional, joined for a decoder; and those that begin another Bidirectional."""
    source, target = keras.Input((4, 5)), keras.Input((3, 4))
    encoder = layers.Bidirectional(layers.LSTM(3, return_state=True, return_sequences=True))
    sequence, forward_h, forward_c, backward_h, backward_c = encoder(source)
    states = [layers.concatenate([forward_h, backward_h]), layers.concatenate([forward_c, backward_c])]
    decoded = layers.LSTM(6, return_sequences=True)(target, initial_state=states)
    again = layers.Bidirectional(layers.LSTM(3), merge_mode="ave")(
        sequence, initial_state=[forward_h, forward_c, backward_h, backward_c]
    )
    return keras.Model([source, target], [decoded, again])


def cells() -> Model:
    """A recurrent layer around cells."""
    inputs = keras.Input((5, 3))
    stacked = layers.RNN([layers.LSTMCell(4), layers.GRUCell(3, reset_after=False)], return_sequences=True)(inputs)
    return keras.Model(inputs, layers.RNN(layers.SimpleRNNCell(2), return_state=True)(stacked))


def attended_translation() -> Model:
    """Attention by dot and by sum over what was read."""
    source, target = keras.Input((5,), dtype="int32"), keras.Input((4,), dtype="int32")
    read = layers.LSTM(6, return_sequences=True)(layers.Embedding(12, 6)(source))
    written = layers.LSTM(6, return_sequences=True)(layers.Embedding(10, 6)(target))
    dotted = layers.Attention(use_scale=True)([written, read])
    summed = layers.AdditiveAttention()([written, read, read])
    return keras.Model([source, target], layers.Dense(3)(layers.concatenate([written, dotted, summed])))


def attention_by_layers() -> Model:
    """Attention written out: products, a softmax, and Permute, Dot, RepeatVector."""
    inputs = keras.Input((6, 4))
    sequence = layers.LSTM(5, return_sequences=True)(inputs)
    weights = layers.Dense(1, activation="tanh")(sequence)
    weights = layers.Flatten()(weights)
    weights = layers.Activation("softmax")(weights)
    weights = layers.Permute([2, 1])(layers.RepeatVector(5)(weights))
    merged = layers.multiply([sequence, weights])
    context = layers.Dot(axes=1, normalize=True)([merged, sequence])
    return keras.Model(inputs, layers.Softmax(axis=1)(context))


def transformer_block() -> Model:
    """Attention of several heads, normalization, a mask, positions by a function."""
    inputs = keras.Input((6,), dtype="int32")
    x = layers.Embedding(20, 8)(inputs)
    attention = layers.MultiHeadAttention(num_heads=2, key_dim=4, dropout=0.1)
    attended, scores = attention(x, x, return_attention_scores=True, use_causal_mask=True)
    x = layers.LayerNormalization(epsilon=1e-6)(x + attended)
    y = keras.Sequential([layers.Dense(16, activation="gelu"), layers.Dense(8)], name="feed_forward")(x)
    x = layers.LayerNormalization(epsilon=1e-6, name="last")(layers.Add()([x, y]))
    return keras.Model(inputs, [layers.GlobalAveragePooling1D()(x), scores])


def attention_by_functions() -> Model:
    """Attention in functions of TensorFlow."""
    query, value = keras.Input((4, 6)), keras.Input((5, 6))
    scores = tf.matmul(query, value, transpose_b=True) / np.sqrt(6.0)
    weights = tf.nn.softmax(scores, axis=-1)
    return keras.Model([query, value], [tf.linalg.matmul(weights, value), tf.reduce_max(weights, axis=[1, 2])])


def vision_transformer() -> Model:
    """Patches by a convolution, reshaped with a batch that is not known."""
    inputs = keras.Input((8, 8, 3))
    patches = layers.Conv2D(6, 4, strides=4, name="patches")(inputs)
    x = tf.reshape(patches, (tf.shape(patches)[0], 4, 6))
    x = x + tf.constant(np.linspace(-1, 1, 24, dtype="float32").reshape(4, 6))
    x = layers.LayerNormalization()(x)
    x = layers.MultiHeadAttention(2, 3)(x, x) + x
    return keras.Model(inputs, layers.Dense(3)(tf.reduce_mean(x, axis=1)))


def arithmetic() -> Model:
    """Operators on tensors, with constants on both sides."""
    x, y = keras.Input((6,), name="x"), keras.Input((6,), name="y")
    first = x * 2.0 + y - 1.0
    second = (1.0 - x) / (2.0 + abs(y)) ** 2
    third = -first * tf.constant([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) % 3.0
    return keras.Model([x, y], [first, second, third, tf.cast(x > y, "float32")])


def slices() -> Model:
    """What stands between brackets."""
    x = keras.Input((6, 5, 4), name="x")
    outputs = [
        x[:, 0], x[:, -1, 1:], x[..., 1], x[:, ::2, :, 1:3], x[:, :, tf.newaxis, 2], x[:, ::-1],
        tf.slice(x, [0, 1, 0, 0], [-1, 2, 3, 4]), tf.strided_slice(x, [0, 0, 0], [2, 4, 5], [1, 2, 1]),
    ]  # fmt: skip
    return keras.Model(x, outputs)


def elementwise() -> Model:
    """Functions of one tensor, and of two."""
    x, y = keras.Input((5,), name="x"), keras.Input((5,), name="y")
    positive = tf.abs(x) + 0.5
    outputs = [
        tf.square(x), tf.sqrt(positive), tf.exp(x), tf.math.log(positive), tf.sigmoid(x), tf.tanh(x), tf.nn.relu(x),
        tf.nn.relu6(x * 9.0), tf.nn.leaky_relu(x), tf.nn.elu(x), tf.nn.selu(x), tf.nn.gelu(x), tf.nn.silu(x),
        tf.nn.softplus(x), tf.nn.softsign(x), tf.math.rsqrt(positive), tf.math.reciprocal(positive), tf.math.erf(x),
        tf.math.log1p(positive), tf.math.expm1(x), tf.math.log_sigmoid(x), tf.sin(x), tf.cos(x), tf.math.floor(x * 3.0),
        tf.math.ceil(x * 3.0), tf.round(x * 3.0), tf.sign(x), tf.maximum(x, y), tf.minimum(x, 0.0), tf.pow(positive, y),
        tf.math.squared_difference(x, y), tf.math.divide_no_nan(x, y), tf.clip_by_value(x, -0.5, 0.5),
        tf.add_n([x, y, x]),
        tf.where(x > 0.0, x, y), tf.stop_gradient(x), tf.identity(x), tf.nn.crelu(x),
        tf.nn.bias_add(x, [1.0, 2, 3, 4, 5]),
        tf.math.scalar_mul(2.0, x), x // 0.3, tf.zeros_like(x) + tf.ones_like(y), tf.math.atan(x), tf.math.sinh(x),
    ]  # fmt: skip
    return keras.Model([x, y], outputs)


def along_axes() -> Model:
    """Functions along axes."""
    x = keras.Input((4, 6), name="x")
    values, places = tf.math.top_k(x, k=3)
    outputs = [
        tf.reduce_mean(x, axis=[1, 2]), tf.reduce_sum(x, -1, keepdims=True), tf.reduce_max(x, axis=1),
        tf.reduce_min(x, axis=2), tf.reduce_prod(x, 1), tf.math.reduce_std(x, axis=1), tf.math.reduce_variance(x, 2),
        tf.reduce_logsumexp(x, 1), tf.cast(tf.reduce_any(x > 0.5, axis=1), "float32"), tf.nn.softmax(x, axis=1),
        tf.cast(tf.reduce_all(x > -0.9, axis=2), "float32"), tf.nn.log_softmax(x), tf.nn.l2_normalize(x, axis=-1),
        tf.cast(tf.argmax(x, axis=-1), "float32"), tf.cast(tf.argmin(x, axis=1), "float32"), tf.cumsum(x, axis=1),
        tf.cumsum(x, axis=2, exclusive=True, reverse=True), tf.math.cumprod(x, axis=1), values,
        tf.cast(places, "float32"),
        tf.norm(x, axis=1), tf.norm(x, ord=1, axis=2), tf.math.reduce_euclidean_norm(x, 1), tf.sort(x, axis=1),
        tf.sort(x, direction="DESCENDING"), *tf.nn.moments(x, axes=[1]), tf.cast(tf.argsort(x), "float32"),
    ]  # fmt: skip
    return keras.Model(x, outputs)


def places() -> Model:
    """Functions that move, cut and join."""
    x, y, ids = (
        keras.Input((4, 6), name="x"),
        keras.Input((4, 6), name="y"),
        keras.Input((3,), dtype="int32", name="ids"),
    )
    first, second = tf.split(x, 2, axis=-1)
    third, fourth = tf.split(x, [1, 3], axis=1)
    outputs = [
        tf.reshape(x, [-1, 24]), tf.reshape(x, (tf.shape(x)[0], tf.shape(x)[1] * 6)), tf.transpose(x, [0, 2, 1]),
        tf.expand_dims(x, 1), tf.squeeze(tf.expand_dims(x, -1), axis=[3]), tf.concat([x, y], axis=-1),
        tf.stack([x, y], axis=1), *tf.unstack(x, axis=1)[:2], first, second, third, fourth, tf.tile(x, [1, 2, 1]),
        tf.pad(x, [[0, 0], [1, 2], [0, 0]]), tf.pad(x, [[0, 0], [1, 1], [2, 2]], mode="REFLECT"),
        tf.pad(x, [[0, 0], [1, 0], [0, 1]], constant_values=3.0), tf.reverse(x, axis=[1, 2]), tf.roll(x, 1, 1),
        tf.repeat(x, 2, axis=1), tf.gather(x, [0, 2], axis=1), tf.gather(x, 1, axis=2), tf.one_hot(ids, 5),
        tf.matmul(x, y, transpose_a=True), tf.linalg.band_part(tf.matmul(x, y, transpose_b=True), -1, 0),
        tf.linalg.band_part(tf.matmul(x, y, transpose_b=True), 1, 1), tf.cast(ids, tf.float32) * 2.0,
    ]  # fmt: skip
    return keras.Model([x, y, ids], outputs)


def images_by_functions() -> Model:
    """Functions of images."""
    x = keras.Input((6, 8, 4), name="x")
    outputs = [
        tf.image.resize(x, (12, 4)), tf.image.resize(x, [3, 4], method="nearest"), tf.image.flip_left_right(x),
        tf.image.flip_up_down(x), tf.nn.max_pool2d(x, 2, 2, "SAME"),
        tf.nn.avg_pool2d(x, [1, 3, 3, 1], [1, 1, 1, 1], "VALID"),
    ]  # fmt: skip
    return keras.Model(x, outputs)


def super_resolution() -> Model:
    """Pixels out of channels."""
    inputs = keras.Input((6, 5, 1))
    x = layers.Conv2D(4, 3, padding="same", activation="tanh", kernel_initializer="Orthogonal")(inputs)
    large = tf.nn.depth_to_space(x, 2)
    return keras.Model(inputs, [large, tf.nn.space_to_depth(large, 2)])


def by_backend() -> Model:
    """Functions of keras.backend, which Keras saves as those of TensorFlow."""
    x = keras.Input((4, 6))
    outputs = [
        backend.mean(x, axis=1), backend.sum(x, axis=-1, keepdims=True), backend.l2_normalize(x, axis=1),
        backend.abs(x),
        backend.permute_dimensions(x, (0, 2, 1)), backend.batch_flatten(x), backend.hard_sigmoid(x),
        backend.clip(x, -0.2, 0.2),
        backend.repeat_elements(x, 2, 1), backend.concatenate([x, x], axis=1), backend.batch_dot(x, x, axes=2),
        backend.std(x, axis=1), backend.sqrt(backend.square(x)), keras.activations.mish(x), backend.softmax(x),
    ]  # fmt: skip
    return keras.Model(x, outputs)


def siamese() -> Model:
    """One encoder for two inputs, and the distance between what comes out."""
    encoder = keras.Sequential(
        [layers.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)), layers.Flatten(), layers.Dense(5)],
        name="encoder",
    )
    left, right = keras.Input((8, 8, 1), name="left"), keras.Input((8, 8, 1), name="right")
    first, second = encoder(left), encoder(right)
    distance = tf.sqrt(tf.maximum(tf.reduce_sum(tf.square(first - second), axis=1, keepdims=True), 1e-7))
    return keras.Model([left, right], layers.Dense(1, activation="sigmoid")(distance))


def triplet() -> Model:
    """One encoder for three inputs, a functional one."""
    start = keras.Input((6,))
    encoder = keras.Model(start, layers.UnitNormalization()(layers.Dense(4)(start)), name="embedding")
    inputs = [keras.Input((6,), name=name) for name in ("anchor", "positive", "negative")]
    return keras.Model(inputs, layers.concatenate([encoder(each) for each in inputs], axis=-1))


def autoencoder() -> Model:
    """An encoder and a decoder, each a model, as the outputs of a third."""
    start = keras.Input((8, 8, 1), name="image")
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(start)
    encoder = keras.Model(start, layers.Dense(3, name="code")(layers.Flatten()(x)), name="encoder")
    code = keras.Input((3,), name="latent")
    x = layers.Reshape((4, 4, 2))(layers.Dense(32, activation="relu")(code))
    decoder = keras.Model(code, layers.Conv2DTranspose(1, 3, strides=2, padding="same")(x), name="decoder")
    return keras.Model(start, decoder(encoder(start)), name="autoencoder")


def shared_layers() -> Model:
    """Layers that are called several times, and one output that is called before another."""
    first, second = keras.Input((5, 3)), keras.Input((5, 3))
    lstm, dense = layers.LSTM(4), layers.Dense(2, name="shared")
    a, b = lstm(first), lstm(second)
    return keras.Model([first, second], [dense(a), dense(b), dense(layers.subtract([a, b]))])


def nested_twice() -> Model:
    """A model with two outputs that is called twice, within a model that is within another."""
    start = keras.Input((6,))
    hidden = layers.Dense(4, activation="relu", name="hidden")(start)
    inner = keras.Model(start, [hidden, layers.Dense(2)(hidden)], name="inner")
    middle_start = keras.Input((6,))
    a, b = inner(middle_start)
    c, d = inner(middle_start * 0.5)
    middle = keras.Model(middle_start, [layers.average([a, c]), layers.maximum([b, d])], name="middle")
    inputs = keras.Input((6,))
    return keras.Model(inputs, middle(inputs), name="outer")


def dictionaries() -> Model:
    """Inputs and outputs by name."""
    inputs = {"age": keras.Input((1,), name="age"), "city": keras.Input((1,), dtype="int32", name="city")}
    city = layers.Flatten()(layers.Embedding(5, 3)(inputs["city"]))
    x = layers.Dense(4, activation="relu")(layers.concatenate([inputs["age"], city]))
    return keras.Model(inputs, {"price": layers.Dense(1, name="price")(x), "days": layers.Dense(2, name="days")(x)})


def nested_by_name() -> Model:
    """A model within another that is fed by the names of its inputs."""
    b, a = keras.Input((3,), name="b"), keras.Input((2,), name="a")
    inner = keras.Model({"b": b, "a": a}, layers.Dense(2)(layers.concatenate([b, a])), name="inner")
    x = keras.Input((5,), name="x")
    return keras.Model(x, inner({"a": x[:, :2], "b": x[:, 2:]}))


def wide_and_deep() -> Model:
    """Two inputs, of which one goes straight to the end, and two outputs."""
    wide, deep = keras.Input((4,), name="wide"), keras.Input((6,), name="deep")
    hidden = layers.Dense(8, activation="selu", kernel_initializer="lecun_normal")(deep)
    hidden = layers.AlphaDropout(0.1)(hidden)
    hidden = layers.GaussianNoise(0.1)(layers.GaussianDropout(0.1)(hidden))
    main = layers.Dense(1, name="main")(layers.concatenate([wide, hidden]))
    return keras.Model([wide, deep], [main, layers.Dense(1, name="side")(hidden)])


def factorization() -> Model:
    """Users and films, embedded, and the product of the two."""
    user, film = keras.Input((1,), dtype="int32"), keras.Input((1,), dtype="int32")
    users = layers.Flatten()(layers.Embedding(8, 4, embeddings_regularizer="l2", name="users")(user))
    films = layers.Flatten()(layers.Embedding(9, 4, embeddings_initializer="uniform", name="films")(film))
    bias = layers.Flatten()(layers.Embedding(9, 1)(film))
    return keras.Model([user, film], tf.nn.sigmoid(layers.Dot(axes=1)([users, films]) + bias))


def reading_of_text_in_images() -> Model:
    """Columns of an image as steps, read both ways, for a loss that aligns them."""
    image = keras.Input((16, 8, 1), name="image")
    x = layers.Conv2D(4, 3, padding="same", activation="relu", kernel_initializer="he_normal")(image)
    x = layers.MaxPooling2D((2, 2))(x)
    x = layers.Reshape(target_shape=(8, 16))(x)
    x = layers.Dropout(0.2)(layers.Dense(8, activation="relu")(x))
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True, dropout=0.25))(x)
    return keras.Model(image, layers.Dense(11, activation="softmax", name="characters")(x))


def generator() -> Model:
    """Noise to a picture."""
    model = keras.Sequential(name="generator")
    model.add(layers.Dense(2 * 2 * 8, use_bias=False, input_shape=(6,)))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Reshape((2, 2, 8)))
    model.add(layers.Conv2DTranspose(4, (5, 5), strides=(2, 2), padding="same", use_bias=False))
    model.add(layers.BatchNormalization(center=False, scale=False))
    model.add(layers.LeakyReLU(0.2))
    model.add(layers.Conv2DTranspose(1, (5, 5), strides=(2, 2), padding="same", activation="tanh"))
    return model


def adversary() -> Model:
    """A generator, and a discriminator that is frozen, one after the other."""
    discriminator = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(4, 3, strides=2, padding="same"), layers.Flatten(), layers.Dense(1)],
        name="discriminator",
    )
    discriminator.trainable = False
    noise = keras.Input((6,))
    return keras.Model(noise, discriminator(generator()(noise)))


def transfer() -> Model:
    """A frozen base, a Rescaling before it and a new head, in a Sequential."""
    start = keras.Input((8, 8, 3))
    x = layers.BatchNormalization()(layers.Conv2D(4, 3, name="base_conv")(start))
    base = keras.Model(start, layers.ReLU()(x), name="base")
    base.trainable = False
    return keras.Sequential(
        [layers.Rescaling(1 / 127.5, offset=-1), base, layers.GlobalAveragePooling2D(), layers.Dense(2)]
    )


def base_first() -> Model:
    """A Sequential that begins with a model."""
    start = keras.Input((8, 8, 3))
    base = keras.Model(start, layers.Conv2D(4, 3)(start), name="base")
    return keras.Sequential([base, layers.GlobalAveragePooling2D(), layers.Dense(2)])


def augmentation() -> Model:
    """Layers that change images while training alone."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Resizing(10, 10),
            layers.CenterCrop(8, 8),
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(0.1),
            layers.RandomZoom(0.2, 0.3),
            layers.RandomContrast(0.2),
            layers.RandomTranslation(0.1, 0.1),
            layers.Conv2D(2, 3),
        ]
    )


def tabular() -> Model:
    """Numbers that are normalized, numbers in bins, whole numbers as categories."""
    number, count, kind = keras.Input((2,)), keras.Input((1,)), keras.Input((1,), dtype="int64")
    scaled = layers.Normalization(mean=[1.0, 2.0], variance=[4.0, 9.0])(number)
    bins = layers.Discretization(bin_boundaries=[-0.5, 0.0, 0.5], output_mode="one_hot")(count)
    looked_up = layers.IntegerLookup(vocabulary=[0, 2, 4], output_mode="one_hot")(kind)
    encoded = layers.CategoryEncoding(num_tokens=6, output_mode="multi_hot")(kind)
    hashed = layers.Hashing(num_bins=4)(kind)
    hashed = tf.cast(hashed, "float32")
    return keras.Model(
        [number, count, kind], layers.Dense(2)(layers.concatenate([scaled, bins, looked_up, encoded, hashed]))
    )


def words() -> Model:
    """Text that is cut, looked up and counted."""
    text, color = keras.Input((1,), dtype="string"), keras.Input((1,), dtype="string")
    vectorize = layers.TextVectorization(output_sequence_length=4, vocabulary=["red", "green", "blue"])
    x = layers.GlobalAveragePooling1D()(layers.Embedding(6, 3)(vectorize(text)))
    looked_up = layers.StringLookup(vocabulary=["red", "blue"], output_mode="count")(color)
    return keras.Model([text, color], layers.Dense(2)(layers.concatenate([x, looked_up])))


def mixed_precision() -> Model:
    """Half of the numbers in half of the bits, each layer by its policy."""
    policy = keras.mixed_precision.Policy("mixed_float16")
    inputs = keras.Input((6,))
    x = layers.Dense(8, activation="relu", dtype=policy)(inputs)
    x = layers.BatchNormalization(dtype=policy)(x)
    return keras.Model(inputs, layers.Dense(2, dtype="float32")(x))


def fixed_batch() -> Model:
    """A batch of three."""
    inputs = keras.Input((4, 2), batch_size=3)
    return keras.Model(inputs, layers.Conv1D(2, 2)(inputs * 2.0))


def normalizations() -> Model:
    """Normalizations of groups, of units, of several axes, of an axis in front."""
    inputs = keras.Input((4, 6))
    x = layers.GroupNormalization(groups=3)(inputs)
    x = layers.LayerNormalization(axis=[1, 2])(x)
    x = layers.BatchNormalization(axis=1)(x)
    return keras.Model(inputs, layers.UnitNormalization()(x))


def equations() -> Model:
    """Products by an equation, and an Identity."""
    inputs = keras.Input((4, 6))
    x = layers.EinsumDense("abc,cde->abde", output_shape=(None, 2, 3), bias_axes="de")(inputs)
    return keras.Model(inputs, layers.Identity()(layers.ThresholdedReLU(theta=0.1)(x)))


def tensors_as_arguments() -> Model:
    """Masks and tensors that are arguments of a call."""
    inputs, mask = keras.Input((5, 4)), keras.Input((5, 5), dtype="bool")
    attended = layers.MultiHeadAttention(2, 2, value_dim=3)(inputs, inputs, key=inputs * 2.0, attention_mask=mask)
    return keras.Model([inputs, mask], attended)


def frozen_layers() -> Model:
    """Layers that are not trained, one by one."""
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(5),
            layers.BatchNormalization(trainable=False),
            layers.Dense(4),
            layers.Dense(2),
        ]
    )
    model.layers[0].trainable = False
    return model


def activation_layers() -> Model:
    """Activations that are functions of TensorFlow, by name, and layers of their own."""
    inputs = keras.Input((6,))
    x = layers.Dense(6, activation=tf.nn.leaky_relu)(inputs)
    x = layers.Dense(6, activation=tf.nn.swish)(x)
    x = layers.ReLU(max_value=4.0, negative_slope=0.1, threshold=0.2)(x)
    x = layers.Activation(tf.nn.softmax)(layers.Dense(6, activation="exponential")(x))
    return keras.Model(inputs, layers.ActivityRegularization(l1=0.01)(layers.Softmax()(x)))


def video() -> Model:
    """A model at every step, and a layer within a layer within a layer."""
    frame = keras.Input((8, 8, 1))
    x = layers.Conv2D(3, 3, activation="relu")(frame)
    encoder = keras.Model(frame, layers.GlobalAveragePooling2D()(x), name="frame_encoder")
    head = keras.Sequential([layers.Dense(4, activation="relu"), layers.Dropout(0.2), layers.Dense(2)], name="head")
    frames = keras.Input((3, 8, 8, 1))
    x = layers.TimeDistributed(encoder)(frames)
    x = layers.Bidirectional(layers.RNN([layers.LSTMCell(3), layers.LSTMCell(2)], return_sequences=True))(x)
    return keras.Model(frames, layers.TimeDistributed(layers.TimeDistributed(head))(x[:, :, tf.newaxis]))


class WithTrainStep(keras.Model):  # type: ignore[misc]
    """A model with a training step of its own, of the layers it is given."""

    def train_step(self, data: Any) -> Any:
        return {"loss": tf.reduce_mean(self(data[0], training=True))}


def subclass() -> Model:
    """A subclass of Model that is called with inputs and outputs."""
    inputs = keras.Input((6,))
    return WithTrainStep(inputs, layers.Dense(2)(layers.Dense(4, activation="relu")(inputs)))


def layer_as_activation() -> Model:
    """A layer in the place of an activation."""
    inputs = keras.Input((8, 8, 1))
    x = layers.Conv2D(4, 3, activation=layers.LeakyReLU(0.2))(inputs)
    return keras.Model(inputs, layers.Dense(3, activation=layers.ReLU(6.0))(layers.Flatten()(x)))


def names() -> Model:
    """Names with slashes and dots, and those that Keras 2 gives of itself."""
    inputs = keras.Input((8, 8, 1), name="main.input")
    x = layers.Conv2D(4, 3, name="block1/conv")(inputs)
    x = layers.BatchNormalization(name="block1/conv/bn")(x)
    x = layers.Conv2D(4, 3, name="conv2d_7")(x)
    return keras.Model(inputs, layers.Dense(2, name="1st")(layers.Flatten()(x)), name="model_3")


def initializers() -> Model:
    """Initializers, regularizers and constraints of every kind."""
    from tf_keras import constraints, regularizers
    from tf_keras import initializers as init

    inputs = keras.Input((6,))
    x = inputs
    for kernel in (
        init.RandomNormal(stddev=0.1), init.RandomUniform(-0.1, 0.1), init.TruncatedNormal(), init.Orthogonal(2.0),
        init.VarianceScaling(2.0, "fan_out", "uniform"), init.GlorotNormal(), init.HeUniform(), init.LecunNormal(),
        init.Identity(0.5), init.Constant(0.2), init.Ones(), "lecun_uniform", "zeros",
    ):  # fmt: skip
        x = x + layers.Dense(6, kernel_initializer=kernel, bias_initializer="random_normal")(x) * 0.1
    for regularizer, constraint in (
        (regularizers.L1(0.1), constraints.NonNeg()), (regularizers.L1L2(0.1, 0.2), constraints.UnitNorm(axis=1)),
        (regularizers.OrthogonalRegularizer(0.1), constraints.MinMaxNorm(0.1, 0.9)), (None, constraints.MaxNorm(3)),
    ):  # fmt: skip
        x = layers.Dense(6, kernel_regularizer=regularizer, kernel_constraint=constraint, activity_regularizer="l2")(x)
    return keras.Model(inputs, x)


def mobilenet_v2() -> Model:
    """A model of keras.applications."""
    return keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, weights=None, classes=10)


def efficientnet_b0() -> Model:
    """A model of keras.applications with layers that prepare its images."""
    return keras.applications.EfficientNetB0(input_shape=(32, 32, 3), weights=None, classes=10)


MODELS = (
    perceptron, digits, vgg_like, residual, inception, unet, mobile_blocks, waves, volumes, sentiment, stacked_gru,
    stateful_rnn, old_gates, moving_pictures, translation, masked_translation, merged_masks, translation_both_ways,
    cells, attended_translation,
    attention_by_layers, transformer_block, attention_by_functions, vision_transformer, arithmetic, slices, elementwise,
    along_axes, places, images_by_functions, super_resolution, by_backend, siamese, triplet, autoencoder, shared_layers,
    nested_twice, dictionaries, nested_by_name, wide_and_deep, factorization, reading_of_text_in_images, generator,
    adversary, transfer, base_first, augmentation, tabular, words, mixed_precision, fixed_batch, normalizations,
    equations, tensors_as_arguments, frozen_layers, activation_layers, video, subclass, layer_as_activation, names,
    initializers, mobilenet_v2, efficientnet_b0,
)  # fmt: skip
SHAPES = {"transfer": (None, 8, 8, 3), "sentiment": (None, 7)}
"""What a Sequential is built for that does not say what it is fed."""
