"""Record files that Keras writes: `python tests/formats/weights/record_files.py`, with `2` those of tf_keras.

Needs Keras with the TensorFlow backend. Writes `data/keras3.*` and `data/keras2.*`, as README.md says.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

VERSION = 2 if sys.argv[1:] == ["2"] else 3
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
if VERSION == 2:
    os.environ["TF_USE_LEGACY_KERAS"] = "1"

np = import_module("numpy")
keras = import_module("tf_keras" if VERSION == 2 else "keras")

TARGET = Path(__file__).resolve().parent / "data"


def build() -> Any:
    """The model of `files.yaml`, in a session that has made layers before."""
    layers = keras.layers
    layers.Dense(1), layers.LSTM(1), layers.Conv1D(1, 1), layers.BatchNormalization()
    given = keras.Input((5, 4))
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(given)
    x = layers.MultiHeadAttention(2, 3)(x, x)
    x = layers.TimeDistributed(layers.Dense(4))(x)
    x = layers.RNN([layers.LSTMCell(2), layers.GRUCell(3)], return_sequences=True)(x)
    x = layers.Normalization()(x)
    body = keras.Sequential([keras.Input((5, 3)), layers.Dense(3), layers.BatchNormalization()], name="body")
    body.layers[0].trainable = False
    x = body(x)
    part = keras.Input((5, 3))
    x = keras.Model(part, layers.Dense(2, name="head")(part), name="part")(x)
    x = layers.GRU(2, return_sequences=True)(x)
    x = layers.SimpleRNN(2, return_sequences=True)(x)
    left = layers.Conv1D(2, 2)(x)
    right = layers.Conv1D(2, 2)(layers.Conv1D(2, 1)(x))
    x = layers.Add()([left, right])
    return keras.Model(given, layers.SeparableConv1D(2, 2)(x))


def values_of(model: Any) -> list[Any]:
    """A value for each weight: those of the n-th begin with n hundredths, from 1, and grow from there."""
    values = []
    for number, weight in enumerate(model.weights):
        steps = np.arange(int(np.prod(weight.shape)), dtype="float32").reshape(tuple(weight.shape))
        whole = "int" in str(weight.dtype)
        values.append(np.asarray(number + 1) if whole else (number + 1 + steps % 7) / 100)
    return values


def main() -> None:
    model = build()
    model.set_weights(values_of(model))
    names = [getattr(weight, "path", weight.name) for weight in model.weights]
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("weights.h5", "keras", "h5"):
            path = Path(folder) / f"model.{ending}"
            (model.save_weights if ending == "weights.h5" else model.save)(path)
            packed = gzip.compress(path.read_bytes(), mtime=0)
            TARGET.joinpath(f"keras{VERSION}.{ending}.gz").write_bytes(packed)
        # Normalization computes with what was loaded, and not with what was set.
        model = keras.models.load_model(Path(folder) / "model.keras")
    output = np.asarray(model(np.ones((1, 5, 4), "float32")))
    record = {"weights": names, "output": [round(float(value), 6) for value in output.ravel()]}
    TARGET.joinpath(f"keras{VERSION}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
