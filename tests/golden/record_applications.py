"""Record what Keras says of the networks that it and `specs/models` have: `python tests/golden/record_applications.py`.

Needs Keras with the TensorFlow backend. Writes `data/applications.json`, counts and output shape of every member of
every family, and `data/applications.npz`, the logits of those that are run.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np

from tests.golden.applications import RUN, Member, members, picture, weight
from tests.golden.archive import archive
from tests.golden.record import DATA, Outputs, value_of


def build(member: Member) -> tuple[Any, list[Any]]:
    """The network without its softmax, and its layers in the order in which they were made, as `layers` is not."""
    keras.backend.clear_session()
    made: list[Any] = []
    initialize = keras.layers.Layer.__init__

    def initialize_and_note(layer: Any, *args: Any, **kwargs: Any) -> None:
        initialize(layer, *args, **kwargs)
        made.append(layer)

    keras.layers.Layer.__init__ = initialize_and_note
    try:
        application = getattr(keras.applications, member.application)
        model = application(weights=None, classifier_activation=None, **member.arguments)
    finally:
        keras.layers.Layer.__init__ = initialize
    return model, [layer for layer in made if layer is not model]


def logits(model: Any, layers: list[Any], variance: float) -> Any:
    """What the network makes of the picture, its weights set."""
    weights = [one for layer in layers for one in layer.weights]
    assert len(weights) == len(model.weights)
    for index, one in enumerate(weights):
        one.assign(weight(one.name, tuple(one.shape), index, variance))
    for layer in layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # it reads its weights here, and not when it is called
    return value_of(model(picture(model.input_shape[1]), training=False))


def main() -> None:
    values: Outputs = {}
    records = {}
    for name, member in members().items():
        model, layers = build(member)
        records[name] = {
            "params": model.count_params(),
            "trainable": sum(int(np.prod(one.shape)) for one in model.trainable_weights),
            "output": list(model.output_shape),
        }
        if name in RUN:
            values[name] = logits(model, layers, RUN[name])
        print(name, records[name])
    rows = ",\n".join(f"{json.dumps(name)}:{json.dumps(record)}" for name, record in records.items())
    text = f'{{"keras":{json.dumps(keras.__version__)},\n"applications":{{\n{rows}\n}}}}\n'
    (DATA / "applications.json").write_text(text, encoding="utf-8")
    (DATA / "applications.npz").write_bytes(archive(values))


if __name__ == "__main__":
    main()
