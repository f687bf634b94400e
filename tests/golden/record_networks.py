"""Record the networks of keras.applications: `python tests/golden/record_networks.py [NAME...]`.

Needs Keras with the TensorFlow backend. Writes `data/networks/NAME.json.xz`, what Keras saves of a network and says of
its layers, and `data/networks.npz`, logits of those that are run.
"""

from __future__ import annotations

import gc
import json
import lzma
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np

from shapecalc.formats.flat_model import flatten
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.formats.keras.writing.json import keras_json
from tests.formats.folding.converted import written
from tests.golden.archive import archive
from tests.golden.networks import EVERY, FOLDER, NAMES, RUN, picture_for, weight_of, without_softmax
from tests.golden.record import DATA, Outputs, value_of


def layers_of(model: Any) -> Iterator[Any]:
    """The layers of a model and of the models within it, functions of keras.ops among them, inputs apart."""
    for layer in model.operations if hasattr(model, "operations") else model.layers:
        if isinstance(layer, keras.Model):
            yield from layers_of(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer


def describe(model: Any) -> dict[str, Any]:
    """What Keras says of each layer."""
    described: dict[str, Any] = {}
    for layer in layers_of(model):
        weights = [[one.name, [*one.shape], one.trainable] for one in getattr(layer, "weights", [])]
        assert layer.name not in described
        described[layer.name] = [type(layer).__name__, [*layer.output.shape], weights]
    return described


def count(model: Any) -> dict[str, int]:
    """The counts of a model."""
    trainable = sum(int(np.prod(one.shape)) for one in model.trainable_weights)
    return {"params": model.count_params(), "trainable": trainable}


def heap(model: Any) -> Counter[str]:
    """How many layers of a model have each output shape and each list of weights."""
    return Counter(str((output, [weight[1:] for weight in weights])) for _, output, weights in describe(model).values())


def go_back(model: Any) -> dict[str, Any]:
    """The counts of what Keras makes of a network that was converted to a spec and back, and the layers that it has
    more than the network, and fewer."""
    result = written(read_keras(model.to_json(), "model.json"))
    again = keras.models.model_from_json(keras_json(flatten(result.report)))
    more, fewer = heap(again) - heap(model), heap(model) - heap(again)
    return {**count(again), "more": [*more.elements()], "fewer": [*fewer.elements()]}


def logits(name: str, text: str) -> Any:
    """What a network makes of the picture, its weights set: all of the logits."""
    model = keras.models.model_from_json(without_softmax(text))
    for layer in layers_of(model):
        for number, one in enumerate(getattr(layer, "weights", [])):
            one.assign(weight_of(name, layer.name, number, one.name, [*one.shape]))
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # it reads its weights here, and not when it is called
    picture = picture_for(name, model.input_shape[1])
    values, other = (value_of(model(seen, training=False)) for seen in (picture, picture[:, ::-1]))
    heard = np.abs(values - other).max() / np.abs(values).max()
    print(f"  logits up to {np.abs(values).max():.3g}, changed by {heard:.2g} of that by the picture turned over")
    return values


def record(name: str) -> str:
    """Writes what Keras says of one network; returns how Keras saves it."""
    keras.backend.clear_session()
    gc.collect()
    model = getattr(keras.applications, name)(weights=None)
    data = {"json": model.to_json(), "layers": describe(model), **count(model), "back": go_back(model)}
    print(name, count(model), data["back"], flush=True)
    packed = lzma.compress(json.dumps(data).encode(), preset=9 | lzma.PRESET_EXTREME)
    (FOLDER / f"{name}.json.xz").write_bytes(packed)
    return str(data["json"])


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    values: Outputs = {}
    if (DATA / "networks.npz").exists():
        with np.load(DATA / "networks.npz", allow_pickle=False) as known:
            values = {name: known[name] for name in known if name in RUN}
    for name in sys.argv[1:] or NAMES:
        text = record(name)
        if name in RUN:
            values[name] = logits(name, text)[:, ::EVERY]
    (DATA / "networks.npz").write_bytes(archive(values))


if __name__ == "__main__":
    main()
