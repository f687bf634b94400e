"""The models of Keras that `record_exports.py` exports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import layers


def chain(shape: tuple[int | None, ...], *parts: Any, dtype: str = "float32") -> Any:
    """A model of layers one after the other."""
    given = keras.Input(shape, dtype=dtype)
    y = given
    for part in parts:
        y = part(y)
    return keras.Model(given, y)


def attend(steps: int | None, **call: Any) -> Any:
    """A model of one attention layer."""
    given = keras.Input((steps, 8))
    return keras.Model(given, layers.MultiHeadAttention(2, 4)(given, given, **call))


MODELS: dict[str, Callable[[], Any]] = {
    "many_to_many": lambda: chain(
        (5, 1), layers.LSTM(5, return_sequences=True), layers.TimeDistributed(layers.Dense(1))
    ),
    "lstm_twice": lambda: chain(
        (5, 3), layers.LSTM(4, return_sequences=True), layers.LSTM(3), layers.Dense(2, activation="softmax")
    ),
    "lstm_open": lambda: chain((None, 3), layers.LSTM(4, return_sequences=True), layers.Dense(2)),
    "lstm_both_ways": lambda: chain(
        (5, 3), layers.Bidirectional(layers.LSTM(4, return_sequences=True)), layers.Bidirectional(layers.LSTM(3)),
        layers.Dense(1),
    ),
    "gru": lambda: chain((5, 3), layers.GRU(4, return_sequences=True), layers.GRU(3), layers.Dense(2)),
    "gru_reset_before": lambda: chain((5, 3), layers.GRU(4, reset_after=False)),
    "gru_both_ways": lambda: chain(
        (5, 3), layers.Bidirectional(layers.GRU(4, return_sequences=True)), layers.Dense(1)
    ),
    "simple_rnn": lambda: chain((5, 3), layers.SimpleRNN(4, return_sequences=True), layers.SimpleRNN(3)),
    "words": lambda: chain(
        (6,), layers.Embedding(11, 4), layers.LSTM(3), layers.Dense(1, activation="sigmoid"), dtype="int32"
    ),
    "steps": lambda: chain(
        (4, 3), layers.TimeDistributed(layers.Dense(2, activation="relu")), layers.Flatten(), layers.Dense(2)
    ),
    "images_over_time": lambda: chain(
        (3, 8, 8, 2), layers.TimeDistributed(layers.Conv2D(4, 3, padding="same")),
        layers.TimeDistributed(layers.GlobalAveragePooling2D()), layers.LSTM(3),
    ),
    "images": lambda: chain(
        (16, 16, 3), layers.Conv2D(4, 3, padding="same", activation="relu"), layers.BatchNormalization(),
        layers.MaxPooling2D(), layers.Conv2D(6, 3, strides=2, padding="same", activation="relu"), layers.Flatten(),
        layers.Dense(5, activation="softmax"),
    ),
    "separable": lambda: chain(
        (16, 16, 3), layers.SeparableConv2D(4, 3, padding="same"), layers.DepthwiseConv2D(3),
        layers.GlobalAveragePooling2D(), layers.Dense(2),
    ),
    "sounds": lambda: chain(
        (12, 3), layers.Conv1D(4, 3, padding="causal", activation="relu"), layers.MaxPooling1D(),
        layers.GlobalMaxPooling1D(), layers.Dense(2),
    ),
    "larger": lambda: chain(
        (8, 8, 3), layers.Conv2DTranspose(4, 2, strides=2), layers.UpSampling2D(), layers.ZeroPadding2D(1),
        layers.Conv2D(1, 1, activation="sigmoid"),
    ),
    "normalised": lambda: chain(
        (8,), layers.Dense(16, activation="relu"), layers.LayerNormalization(), layers.Dense(8, activation="tanh"),
        layers.Dense(3),
    ),
    "functions": lambda: chain(
        (8,), layers.Dense(6, activation="silu"), layers.Dense(6, activation="elu"),
        layers.Dense(6, activation="selu"), layers.LeakyReLU(), layers.Dense(4, activation="softplus"),
    ),
    "attention": lambda: attend(6),
    "attention_to_the_past": lambda: attend(6, use_causal_mask=True),
    "attention_open": lambda: attend(None),
}  # fmt: skip

OF_TORCH = ("many_to_many", "words", "images", "steps", "attention", "attention_open", "functions")
"""Those that are exported by the backend PyTorch too."""
