"""Records what Keras 2 says of its models: `record_keras2.py [NAME...]`, where tf_keras and tensorflow are installed.

`keras2.json.gz` holds of each what Keras 2 writes of it (`to_json`, the config in a `.keras` file and in an `.h5`), its
layers with shapes and counts, and a digest of what it makes of an input with weights that depend on their names
(`formula.py`).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import h5py
import numpy as np
import tensorflow as tf
import tf_keras as keras

from tests.formats.keras import formula
from tests.formats.keras.keras2.examples import MODELS, SHAPES
from tests.formats.keras.recording import record_named

FILE = Path(__file__).parent / "keras2.json.gz"
WORDS = ["red", "green", "blue", "red blue"]
HIGH = 4
"""Whole numbers that are fed are below it."""


def record(build: Any) -> dict[str, Any]:
    """What is recorded of a model."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    model = build()
    if not model.built:
        model(tf.zeros([1, *SHAPES[build.__name__][1:]]))
    inputs = [{"shape": tensor.shape.as_list(), "dtype": tensor.dtype.name} for tensor in model.inputs]
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    return {
        **files_of(model),
        "inputs": inputs,
        "rows": list_rows(model),
        "params": model.count_params(),
        "trainable": trainable,
        "outputs": [tensor.shape.as_list() for tensor in tf.nest.flatten(model.outputs)],
        "numbers": compute(model, inputs),
    }


def files_of(model: Any) -> dict[str, str]:
    """What stands of a model in its files; an Ellipsis Keras 2 cannot write into a `.keras` file."""
    texts = {"json": model.to_json()}
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/model.h5")
        with h5py.File(f"{folder}/model.h5") as file:
            texts["h5"] = str(file.attrs["model_config"])
        if "__ellipsis__" not in texts["json"]:
            model.save(f"{folder}/model.keras")
            with zipfile.ZipFile(f"{folder}/model.keras") as archive:
                texts["keras"] = archive.read("config.json").decode()
    return {name: same(text) for name, text in texts.items()}


def same(text: str) -> str:
    """A text without what differs from run to run."""
    return json.dumps(without_ids(json.loads(text)), separators=(",", ":"))


def without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_ids(item) for key, item in value.items() if key != "shared_object_id"}
    return [without_ids(item) for item in value] if isinstance(value, list) else value


def layers_of(model: Any) -> list[tuple[Any, list[Any]]]:
    """The layers of a model, with the shapes of each call."""
    found: dict[int, tuple[Any, list[Any]]] = {}
    for node in [node for _, nodes in sorted(model._nodes_by_depth.items(), reverse=True) for node in nodes]:
        if not isinstance(node.layer, keras.layers.InputLayer):
            shapes = [tensor.shape.as_list() for tensor in tf.nest.flatten(node.outputs)]
            found.setdefault(id(node.layer), (node.layer, []))[1].append(shapes)
    return [*found.values()]


def list_rows(model: Any, prefix: str = "") -> list[list[Any]]:
    """Every layer, those of models within too: path, class, shapes of each call, parameters. Functions are none."""
    rows: list[list[Any]] = []
    for layer, calls in layers_of(model):
        path = prefix + layer.name
        if not type(layer).__name__.endswith("OpLambda"):
            rows.append([path, type(layer).__name__, calls, layer.count_params()])
        if isinstance(layer, keras.Model):
            rows += list_rows(layer, f"{path}/")
    return rows


def set_weights(model: Any, prefix: str = "") -> None:
    """Gives each weight what `formula.py` says."""
    for layer, _ in layers_of(model):
        if isinstance(layer, keras.Model):
            set_weights(layer, f"{prefix}{layer.name}/")
            continue
        for position, weight in enumerate(layer.weights):
            name = weight.name.rpartition("/")[2].partition(":")[0]
            shape, dtype = tuple(weight.shape.as_list()), weight.dtype.name
            weight.assign(formula.weight(prefix + layer.name, position, name, shape, dtype))


def compute(model: Any, inputs: list[dict[str, Any]]) -> list[list[float]]:
    """Digests of what leaves the model, with two samples and four of whatever else is not known."""
    set_weights(model)
    arrays = []
    for at, each in enumerate(inputs):
        shape = tuple([(4 if axis else 2) if size is None else size for axis, size in enumerate(each["shape"])])
        arrays.append(tf.constant(formula.sample(f"input {at}", shape, each["dtype"], HIGH, WORDS)))
    fed = tf.nest.pack_sequence_as(model._nested_inputs, arrays) if len(arrays) > 1 else arrays[0]
    digests = [formula.digest(output.numpy()) for output in tf.nest.flatten(model(fed, training=False))]
    if not np.isfinite(np.concatenate(digests)).all():
        raise ValueError(f"it gives numbers that are not finite: {digests}")
    return digests


def main() -> None:
    wanted = sys.argv[1:]
    chosen = {build.__name__: build for build in MODELS if not wanted or build.__name__ in wanted}
    record_named(FILE, chosen, record, keep=bool(wanted))


if __name__ == "__main__":
    main()
