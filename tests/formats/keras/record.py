"""Records what Keras says of models: `python tests/formats/keras/record.py`, where keras and tensorflow are installed.

`read.json` holds models as Keras writes them, with their numbers; `written.json` the numbers of what shapecalc wrote
of `specs/` into `written/`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
from keras import layers

HERE = Path(__file__).parent


def graph() -> Any:
    """States, a reused layer, a nested model, layers that are called with several tensors."""
    source = keras.Input((5, 3), name="source")
    sequence, state, memory = layers.LSTM(
        4, return_state=True, return_sequences=True, kernel_regularizer="l2", name="encoder"
    )(source)
    both = layers.Bidirectional(layers.GRU(2, return_sequences=True))(sequence)
    shared = layers.Dense(4, kernel_initializer=keras.initializers.RandomNormal(stddev=0.1), name="shared")
    first, second = shared(both), shared(sequence)
    attended = layers.MultiHeadAttention(2, 3)(first, second, use_causal_mask=True)
    added = layers.Add()([first, attended])
    last = layers.LSTM(4)(source, initial_state=[state, memory])
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(2, trainable=False)], name="inner")
    return keras.Model([source], [layers.Permute((2, 1))(added), inner(last)], name="graph")


def chain() -> Any:
    """A sequential model with windows, masks and a wrapper."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 3), batch_size=2),
            layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Reshape((16, 4)),
            layers.TimeDistributed(layers.Dense(3)),
            layers.GRU(5, return_state=False),
            layers.Dense(1, "sigmoid"),
        ],
        name="chain",
    )


def tokens() -> Any:
    """Integers in, two calls of a nested model."""
    left, right = keras.Input((6,), dtype="int32", name="left"), keras.Input((6,), dtype="int32", name="right")
    word = keras.Input((6,), dtype="int32")
    vector = layers.GlobalAveragePooling1D()(layers.Embedding(10, 4)(word))
    tower = keras.Model(word, vector, name="tower")
    joined = layers.Concatenate()([tower(left), tower(right)])
    return keras.Model({"left": left, "right": right}, layers.Dense(1)(joined), name="tokens")


def masked() -> Any:
    """A mask that travels with its tensor: Keras writes it as a function of the ids."""
    word = keras.Input((4,), dtype="int32", name="word")
    vectors = layers.Dropout(0.1)(layers.Embedding(9, 3, mask_zero=True)(word))
    return keras.Model(word, layers.LSTM(2)(vectors), name="masked")


def refused() -> dict[str, str]:
    """Models that a spec cannot say."""
    source = keras.Input((4,))
    return {
        "function": keras.Model(source, keras.ops.transpose(source)).to_json(),
        "code": without_code(keras.Model(source, layers.Lambda(lambda x: x + 1)(source)).to_json()),
        "constant": keras.Model(source, source * 2.0).to_json(),
        "training": keras.Model(source, layers.Dropout(0.5)(source, training=True)).to_json(),
        "sparse": keras.Model(*[keras.Input((4,), sparse=True)] * 2).to_json(),
    }


def without_code(text: str) -> str:
    """A model's JSON with the bytes of a function left out: they hold the path of this file."""
    data = json.loads(text)
    data["config"]["layers"][-1]["config"]["function"]["config"]["code"] = ""
    return json.dumps(data)


def numbers(model: Any) -> dict[str, Any]:
    outputs = [[None if size is None else int(size) for size in tensor.shape] for tensor in model.outputs]
    return {
        "params": model.count_params(),
        "trainable": sum(int(keras.ops.size(weight)) for weight in model.trainable_weights),
        "outputs": outputs,
    }


def main() -> None:
    models = [graph(), chain(), tokens(), masked()]
    read = {model.name: {"json": model.to_json(), **numbers(model)} for model in models}
    (HERE / "read.json").write_text(json.dumps({"models": read, "refused": refused()}, indent=1) + "\n")
    written = {
        path.stem: numbers(keras.models.model_from_json(path.read_text()))
        for path in sorted((HERE / "written").glob("*.json"))
    }
    (HERE / "written.json").write_text(json.dumps(written, indent=1) + "\n")


if __name__ == "__main__":
    main()
