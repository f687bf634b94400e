"""Records models with layers that hold code as Keras 2 writes them, and what it says of each layer.

Run it where tf_keras is installed: `python tests/formats/keras/record_code_keras2.py` writes `code_keras2.json` anew:
of each model its `json`, and the `config` in its HDF5 file, which says less; of each layer its class, shapes and
parameters; and the `groups` of the HDF5 file: the weights of each layer by name.
"""

# mypy: disable-error-code="misc, untyped-decorator"
# Keras's classes are Any where it is not installed.

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

sys.path.insert(0, str(Path(__file__).parents[3]))

import h5py
import tensorflow as tf
import tf_keras as keras
from tf_keras import layers

from tests.formats.keras.recording import without_bytes

HERE = Path(__file__).parent
register = keras.utils.register_keras_serializable


@register("mine")
class Attend(layers.Layer):
    """Two outputs, of a layer within and a weight of its own."""

    def __init__(self, units: int = 4, **given: Any) -> None:
        super().__init__(**given)
        self.units = units
        self.query = layers.Dense(units)

    def build(self, shape: Any) -> None:
        self.scale = self.add_weight(shape=(shape[-1], 3), name="scale")
        self.steps = self.add_weight(shape=(), name="steps", trainable=False)
        super().build(shape)

    def call(self, inputs: Any) -> Any:
        return self.query(inputs), inputs @ self.scale

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


class Double(layers.Layer):
    """Not registered, without weights."""

    def call(self, inputs: Any) -> Any:
        return inputs * 2


@register("mine")
def swoosh(inputs: Any) -> Any:
    return inputs * tf.sigmoid(inputs)


def functional() -> Any:
    start = keras.Input((8, 6), name="start")
    first, second = Attend(name="attend")(start)
    flow = layers.Add(name="add")([layers.Dense(3, activation=swoosh, name="active")(first), second])
    flow = layers.Lambda(lambda tensor: tensor + 1, name="more")(Double(name="double")(flow))
    return keras.Model(start, layers.Dense(2, name="last")(flow), name="functional")


def sequential() -> Any:
    stack = [layers.Dense(4, name="before"), Double(name="double"), layers.Dropout(0.1, name="drop")]
    stack += [layers.BatchNormalization(name="even"), layers.LSTM(3, name="loop"), layers.Dense(2, name="after")]
    return keras.Sequential([keras.Input((8, 6), name="start"), *stack], name="sequential")


def shapes_of(layer: Any) -> list[list[int | None]]:
    """The shapes of all outputs of a layer."""
    shape = layer.output_shape
    return [
        list(each) for each in (shape if isinstance(shape, (list, tuple)) and isinstance(shape[0], tuple) else [shape])
    ]


def record(model: Any) -> dict[str, Any]:
    """What is recorded of one model."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.h5"
        model.save(path)
        with h5py.File(path) as file:
            config = file.attrs["model_config"]
            group = file["model_weights"]
            groups = {
                name: {weight: list(group[name][weight].shape) for weight in group[name].attrs["weight_names"]}
                for name in group.attrs["layer_names"]
            }
    named = [layer for layer in model.layers if layer.__class__.__name__ != "InputLayer"]
    return {
        "json": without_bytes(model.to_json()),
        "config": without_bytes(config if isinstance(config, str) else config.decode()),
        "layers": {layer.name: [layer.__class__.__name__, shapes_of(layer), layer.count_params()] for layer in named},
        "params": model.count_params(),
        "groups": groups,
    }


if __name__ == "__main__":
    recorded = {make.__name__: record(make()) for make in (functional, sequential)}
    (HERE / "code_keras2.json").write_text(json.dumps(recorded, indent=1) + "\n", "utf-8")
