"""Sound, speech, time series, video, recognition of letters."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from tests.formats.keras.examples import fed

CHARACTERS = [*"abcdefgh"]


def ocr_with_ctc() -> Any:
    """A reader of captchas: columns of an image as steps, a softmax over characters and a blank."""
    image = keras.Input(shape=(24, 12, 1), name="image", dtype="float32")
    x = layers.Conv2D(4, (3, 3), activation="relu", kernel_initializer="he_normal", padding="same", name="Conv1")(image)
    x = layers.MaxPooling2D((2, 2), name="pool1")(x)
    x = layers.Conv2D(6, (3, 3), activation="relu", kernel_initializer="he_normal", padding="same", name="Conv2")(x)
    x = layers.MaxPooling2D((2, 2), name="pool2")(x)
    x = layers.Reshape(target_shape=(6, 18), name="reshape")(x)
    x = layers.Dropout(0.2)(layers.Dense(8, activation="relu", name="dense1")(x))
    x = layers.Bidirectional(layers.LSTM(6, return_sequences=True, dropout=0.25))(x)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True, dropout=0.25))(x)
    return keras.Model(image, layers.Dense(len(CHARACTERS) + 1, activation="softmax", name="dense2")(x), name="ocr_v1")


def ocr_prediction_model() -> Any:
    """The part of a reader that predicts, cut out of a model with labels as an input."""
    image, label = keras.Input((16, 8, 1), name="image"), keras.Input((None,), name="label")
    x = layers.Reshape((16, 8))(layers.Conv2D(1, 3, padding="same")(image))
    x = layers.Dense(5, activation="softmax", name="target_dense")(layers.GRU(4, return_sequences=True)(x))
    whole = keras.Model([image, label], [x, layers.Identity(name="label_again")(label)])
    return keras.Model(whole.get_layer(name="image").output, whole.get_layer(name="target_dense").output)


def ctc_decoding() -> Any:
    """The best character of each step, and which steps repeat the one before."""
    logits = keras.Input((8, 5))
    best = ops.argmax(logits, axis=-1)
    repeated = ops.equal(best[:, 1:], best[:, :-1])
    return keras.Model(logits, [best, ops.logical_not(repeated)])


def deep_speech() -> Any:
    """Spectrograms, two convolutions, a stack of bidirectional GRUs."""
    inputs = layers.Input((None, 16), name="input")
    x = layers.Reshape((-1, 16, 1), name="expand_dim")(inputs)
    for number in (1, 2):
        x = layers.Conv2D(
            filters=3, kernel_size=[5, 4], strides=[number, 2], padding="same", use_bias=False, name=f"conv_{number}"
        )(x)
        x = layers.BatchNormalization(name=f"conv_{number}_bn")(x)
        x = layers.ReLU(name=f"conv_{number}_relu")(x)
    x = layers.Reshape((-1, x.shape[-2] * x.shape[-1]))(x)
    for number in (1, 2):
        recurrent = layers.GRU(
            4, activation="tanh", recurrent_activation="sigmoid", use_bias=True, return_sequences=True,
            reset_after=True, name=f"gru_{number}",
        )  # fmt: skip
        x = layers.Bidirectional(recurrent, name=f"bidirectional_{number}", merge_mode="concat")(x)
        if number < 2:
            x = layers.Dropout(rate=0.5)(x)
    x = layers.ReLU(name="dense_1_relu")(layers.Dense(units=8, name="dense_1")(x))
    return keras.Model(inputs, layers.Dense(units=6, activation="softmax")(x), name="DeepSpeech_2")


def speaker_recognition() -> Any:
    """Residual blocks of one dimension, over Fourier transforms."""

    def residual(x: Any, filters: int, count: int) -> Any:
        s = layers.Conv1D(filters, 1, padding="same")(x)
        for _ in range(count - 1):
            x = layers.Activation("relu")(layers.Conv1D(filters, 3, padding="same")(x))
        x = layers.Add()([layers.Conv1D(filters, 3, padding="same")(x), s])
        return layers.MaxPool1D(pool_size=2, strides=2)(layers.Activation("relu")(x))

    inputs = layers.Input(shape=(32, 1), name="input")
    x = residual(residual(inputs, 4, 2), 6, 3)
    x = layers.Flatten()(layers.AveragePooling1D(pool_size=3, strides=3)(x))
    return keras.Model(inputs=inputs, outputs=layers.Dense(4, activation="softmax", name="output")(x))


def speech_embedder() -> Any:
    """Strided convolutions before a transformer, positions by an Embedding of a range."""
    inputs = keras.Input((16, 6))
    x = inputs
    for _ in range(2):
        x = layers.Conv1D(8, 5, strides=2, padding="same", activation="relu")(x)
    x = x + layers.Embedding(input_dim=4, output_dim=8)(ops.arange(4))
    y = layers.MultiHeadAttention(2, 8)(x, x)
    return keras.Model(inputs, layers.LayerNormalization(epsilon=1e-6)(x + layers.Dropout(0.5)(y)))


def spectrogram_layer() -> Any:
    """A spectrogram computed by a layer."""
    inputs = keras.Input((64, 1))
    spectrogram = layers.STFTSpectrogram(mode="log", frame_length=16, frame_step=8, fft_length=16, window=None)
    x = spectrogram(inputs)
    return keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling1D()(x)))


def mel_features() -> Any:
    """Mel spectrograms."""
    inputs = keras.Input((256,))
    x = layers.MelSpectrogram(fft_length=64, sequence_stride=32, num_mel_bins=8, sampling_rate=800, max_freq=400)(
        inputs
    )
    return keras.Model(inputs, x)


def fourier_power() -> Any:
    """The power of a real Fourier transform by functions."""
    inputs = keras.Input((32,))
    real, imaginary = ops.rfft(inputs)
    return keras.Model(inputs, layers.Dense(2)(ops.log1p(ops.square(real) + ops.square(imaginary))))


def wavenet() -> Any:
    """Dilated causal convolutions with gates, skips summed."""
    inputs = keras.Input((None, 4))
    x, skips = layers.Conv1D(4, 2, padding="causal")(inputs), []
    for rate in (1, 2, 4):
        filtered = layers.Conv1D(4, 2, dilation_rate=rate, padding="causal", activation="tanh")(x)
        gate = layers.Conv1D(4, 2, dilation_rate=rate, padding="causal", activation="sigmoid")(x)
        y = layers.Multiply()([filtered, gate])
        skips.append(layers.Conv1D(4, 1)(y))
        x = layers.Add()([layers.Conv1D(4, 1)(y), x])
    x = layers.Activation("relu")(layers.Add()(skips))
    return keras.Model(inputs, layers.Conv1D(6, 1, activation="softmax")(x))


def keyword_spotting() -> Any:
    """Resizing and a given normalisation in front of convolutions, as a Sequential."""
    return keras.Sequential(
        [
            layers.Input(shape=(24, 20, 1)),
            layers.Resizing(12, 12),
            layers.Normalization(mean=0.2, variance=1.5),
            layers.Conv2D(4, 3, activation="relu"),
            layers.Conv2D(6, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(8, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(5),
        ]
    )


def mel_gan_generator() -> Any:
    """Transposed convolutions with dilated residual stacks, weight by weight."""
    inputs = keras.Input((None, 5))
    x = layers.LeakyReLU()(layers.Conv1D(8, 7, padding="same")(inputs))
    for filters, strides in ((6, 4), (4, 2)):
        x = layers.LeakyReLU()(layers.Conv1DTranspose(filters, 16, strides=strides, padding="same")(x))
        for rate in (1, 3):
            y = layers.LeakyReLU()(layers.Conv1D(filters, 3, dilation_rate=rate, padding="same")(x))
            x = layers.Add()([layers.Conv1D(filters, 3, dilation_rate=1, padding="same")(y), x])
    return keras.Model(inputs, layers.Conv1D(1, 7, padding="same", activation="tanh")(x))


def audio_classifier_with_reset_names() -> Any:
    """Layers of names with spaces, dots and digits first."""
    inputs = keras.Input((20, 3), name="audio input")
    x = layers.Conv1D(4, 3, name="1st_conv")(inputs)
    x = layers.BatchNormalization(name="bn.1")(x)
    x = layers.GlobalMaxPooling1D(name="max pool")(x)
    return keras.Model(inputs, layers.Dense(3, name="logits.final")(x), name="audio net 1.0")


def timeseries_resnet() -> Any:
    """A fully convolutional network over a series."""
    x = inputs = keras.layers.Input((30, 1))
    for _ in range(3):
        x = layers.ReLU()(layers.BatchNormalization()(layers.Conv1D(filters=6, kernel_size=3, padding="same")(x)))
    gap = keras.layers.GlobalAveragePooling1D()(x)
    return keras.models.Model(inputs=inputs, outputs=keras.layers.Dense(2, activation="softmax")(gap))


def timeseries_transformer() -> Any:
    """Attention over a series, pooled with channels first."""
    x = inputs = keras.Input(shape=(16, 1))
    for _ in range(2):
        y = layers.MultiHeadAttention(key_dim=8, num_heads=2, dropout=0.25)(x, x)
        res = layers.LayerNormalization(epsilon=1e-6)(layers.Dropout(0.25)(y)) + x
        y = layers.Conv1D(filters=4, kernel_size=1, activation="relu")(res)
        y = layers.Conv1D(filters=x.shape[-1], kernel_size=1)(layers.Dropout(0.25)(y))
        x = layers.LayerNormalization(epsilon=1e-6)(y) + res
    x = layers.GlobalAveragePooling1D(data_format="channels_first")(x)
    x = layers.Dropout(0.4)(layers.Dense(8, activation="relu")(x))
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(x))


def anomaly_autoencoder() -> Any:
    """An autoencoder of one dimension."""
    return keras.Sequential(
        [
            layers.Input(shape=(24, 1)),
            layers.Conv1D(filters=6, kernel_size=7, padding="same", strides=2, activation="relu"),
            layers.Dropout(rate=0.2),
            layers.Conv1D(filters=4, kernel_size=7, padding="same", strides=2, activation="relu"),
            layers.Conv1DTranspose(filters=4, kernel_size=7, padding="same", strides=2, activation="relu"),
            layers.Dropout(rate=0.2),
            layers.Conv1DTranspose(filters=6, kernel_size=7, padding="same", strides=2, activation="relu"),
            layers.Conv1DTranspose(filters=1, kernel_size=7, padding="same"),
        ]
    )


def weather_forecast() -> Any:
    """One LSTM, input by its batch's shape."""
    inputs = keras.layers.Input(shape=(12, 7))
    outputs = keras.layers.Dense(1)(keras.layers.LSTM(6)(inputs))
    return keras.Model(inputs=inputs, outputs=outputs)


def stateful_lstm() -> Any:
    """A stateful LSTM of a fixed batch."""
    return keras.Sequential([keras.Input(batch_shape=(2, 4, 1)), layers.LSTM(3, stateful=True), layers.Dense(1)])


def stock_of_many_layers() -> Any:
    """LSTMs stacked with dropout, by `add`."""
    model = keras.models.Sequential()
    model.add(layers.Input((10, 1)))
    for index in range(3):
        model.add(layers.LSTM(units=5, return_sequences=index < 2))
        model.add(layers.Dropout(0.2))
    model.add(layers.Dense(units=1))
    return model


def built_by_a_call() -> Any:
    """A Sequential without an Input that was built by a call."""
    model = keras.Sequential([layers.Dense(4, activation="relu"), layers.Dense(2)])
    model(np.zeros((2, 5), "float32"))
    return model


def built_by_a_shape() -> Any:
    """A Sequential that was built by `build`."""
    model = keras.Sequential([layers.Conv1D(4, 3), layers.GlobalMaxPooling1D(), layers.Dense(2)])
    model.build((None, 10, 2))
    return model


def series_decomposition() -> Any:
    """Trend by a moving average, the rest by a difference; two linear heads."""
    inputs = keras.Input((16, 3))
    padded = layers.ZeroPadding1D(2)(inputs)
    trend = layers.AveragePooling1D(5, strides=1, padding="valid")(padded)
    rest = inputs - trend

    def head(x: Any) -> Any:
        return layers.Permute((2, 1))(layers.Dense(4)(layers.Permute((2, 1))(x)))

    return keras.Model(inputs, head(trend) + head(rest))


def n_beats() -> Any:
    """Blocks that subtract what they explain; backcasts and forecasts."""
    rest = inputs = keras.Input((8,))
    forecast = None
    for block in range(2):
        x = layers.Dense(6, activation="relu", name=f"block_{block}_fc")(rest)
        theta = layers.Dense(8 + 3, name=f"block_{block}_theta")(x)
        rest = layers.subtract([rest, theta[:, :8]], name=f"subtract_{block}")
        part = theta[:, -3:]
        forecast = part if forecast is None else layers.add([forecast, part])
    return keras.Model(inputs, forecast)


def temporal_fusion_gate() -> Any:
    """Gated residual parts: a sigmoid gate, normalisation, selection of variables by a softmax."""

    def gated(x: Any, units: int) -> Any:
        y = layers.Dropout(0.1)(layers.Dense(units)(layers.Dense(units, activation="elu")(x)))
        y = layers.Dense(units)(y) * layers.Dense(units, activation="sigmoid")(y)
        return layers.LayerNormalization()((layers.Dense(units)(x) if x.shape[-1] != units else x) + y)

    inputs = [keras.Input((3,), name=f"variable_{index}") for index in range(3)]
    weights = ops.expand_dims(layers.Dense(3, activation="softmax")(gated(layers.concatenate(inputs), 4)), axis=-1)
    stacked = ops.stack([gated(x, 4) for x in inputs], axis=1)
    return keras.Model(inputs, ops.squeeze(ops.matmul(ops.transpose(weights, axes=[0, 2, 1]), stacked), axis=1))


def echo_of_sequence() -> Any:
    """Many to many, many to one, one to many."""
    inputs = keras.Input((5, 1))
    many = layers.TimeDistributed(layers.Dense(1))(layers.LSTM(5, return_sequences=True)(inputs))
    one = layers.Dense(1)(layers.LSTM(5)(inputs))
    again = layers.LSTM(3, return_sequences=True)(layers.RepeatVector(4)(one))
    return keras.Model(inputs, [many, one, again])


def next_frame() -> Any:
    """Convolutional LSTMs over videos of any length."""
    inputs = layers.Input(shape=(None, 8, 8, 1))
    x = layers.ConvLSTM2D(filters=4, kernel_size=(5, 5), padding="same", return_sequences=True, activation="relu")(
        inputs
    )
    x = layers.BatchNormalization()(x)
    x = layers.ConvLSTM2D(filters=3, kernel_size=(1, 1), padding="same", return_sequences=True, activation="relu")(x)
    x = layers.Conv3D(filters=1, kernel_size=(3, 3, 3), activation="sigmoid", padding="same")(x)
    return keras.models.Model(inputs, x)


def video_with_frames() -> Any:
    """A convolutional network over each frame, then a GRU with a mask as an input."""
    frames, mask = keras.Input((4, 8, 8, 3), name="frames"), keras.Input((4,), dtype="bool", name="mask")
    network = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Conv2D(4, 3, 2, activation="relu"), layers.GlobalAveragePooling2D()], name="cnn"
    )
    x = layers.TimeDistributed(network)(frames)
    x = layers.GRU(4)(layers.GRU(5, return_sequences=True)(x, mask=mask))
    return keras.Model([frames, mask], layers.Dense(3, activation="softmax")(x))


def video_layers_over_time() -> Any:
    """Each layer in a TimeDistributed of its own."""
    inputs = keras.Input((3, 12, 12, 1))
    x = layers.TimeDistributed(layers.Conv2D(4, 3, activation="relu", padding="same"))(inputs)
    x = layers.TimeDistributed(layers.BatchNormalization())(x)
    x = layers.TimeDistributed(layers.MaxPooling2D(2))(x)
    x = layers.TimeDistributed(layers.Flatten())(x)
    return keras.Model(inputs, layers.Dense(2)(layers.LSTM(4)(layers.TimeDistributed(layers.Dropout(0.3))(x))))


def video_factorized() -> Any:
    """A convolution over space, one over time, resizing of videos by reshapes."""
    inputs = keras.Input((4, 8, 8, 3))
    x = layers.Conv3D(4, (1, 3, 3), padding="same")(inputs)
    x = layers.LayerNormalization()(layers.Conv3D(4, (3, 1, 1), padding="same")(x))
    x = ops.reshape(x, (-1, 8, 8, 4))
    x = layers.Resizing(4, 4)(x)
    x = ops.reshape(x, (-1, 4, 4, 4, 4))
    return keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling3D()(x)))


def video_vision_transformer() -> Any:
    """Tubelets by a convolution, positions by a constant of a range."""
    inputs = layers.Input(shape=(4, 8, 8, 1))
    x = layers.Reshape(target_shape=(-1, 8))(layers.Conv3D(8, 4, 4, padding="valid")(inputs))
    x = x + layers.Embedding(4, 8)(ops.arange(4))
    y = layers.LayerNormalization(epsilon=1e-6)(x)
    x = layers.Add()([layers.MultiHeadAttention(num_heads=2, key_dim=4, dropout=0.1)(y, y), x])
    feed_forward = keras.Sequential(
        [layers.Dense(units=16, activation=keras.activations.gelu), layers.Dense(units=8, activation="gelu")]
    )
    x = layers.Add()([feed_forward(layers.LayerNormalization(epsilon=1e-6)(x)), x])
    x = layers.GlobalAvgPool1D()(layers.LayerNormalization(epsilon=1e-6)(x))
    return keras.Model(inputs=inputs, outputs=layers.Dense(units=5, activation="softmax")(x))


def eeg_net() -> Any:
    """Depthwise convolutions with constraints, over channels of an electroencephalogram."""
    inputs = keras.Input((6, 32, 1))
    x = layers.BatchNormalization()(layers.Conv2D(4, (1, 16), padding="same", use_bias=False)(inputs))
    depthwise = layers.DepthwiseConv2D(
        (6, 1), use_bias=False, depth_multiplier=2, depthwise_constraint=keras.constraints.MaxNorm(1.0)
    )
    x = layers.Activation("elu")(layers.BatchNormalization()(depthwise(x)))
    x = layers.SpatialDropout2D(0.25)(layers.AveragePooling2D((1, 4))(x))
    x = layers.SeparableConv2D(6, (1, 8), use_bias=False, padding="same")(x)
    x = layers.Flatten(name="flatten")(layers.AveragePooling2D((1, 4))(layers.Activation("elu")(x)))
    x = layers.Dense(3, name="dense", kernel_constraint=keras.constraints.max_norm(0.25))(x)
    return keras.Model(inputs, layers.Activation("softmax", name="softmax")(x))


@fed(high=2)
def handwriting_with_label_lengths() -> Any:
    """Integers beside images, cast and joined."""
    image, length = keras.Input((8, 8, 1)), keras.Input((1,), dtype="int64")
    x = layers.Flatten()(layers.Conv2D(2, 3, 2)(image))
    return keras.Model([image, length], layers.Dense(2)(ops.concatenate([x, ops.cast(length, "float32")], axis=1)))
