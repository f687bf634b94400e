"""Records what Keras makes of every spec as JSON and as code: `python tests/formats/keras/record_specs.py [NAME...]`.

`specs.json` holds, of each, digests of the texts and the numbers of the model that both build; where the paths of their
weights agree, both compute the same. What is recorded already
and has not changed is not built again, unless it is named.
"""

from __future__ import annotations

import gc
import json
import os
import re
import sys
import zlib
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

from tests.formats.keras.every_spec import FOLDER, NAMES, digest, texts_of

FILE = FOLDER / "specs.json"


def numbers(model: Any) -> dict[str, Any]:
    """The parameters, those that are trained, and the shapes of the outputs."""
    return {
        "params": model.count_params(),
        "trainable": sum(int(keras.ops.size(weight)) for weight in model.trainable_weights),
        "outputs": [[None if size is None else int(size) for size in tensor.shape] for tensor in model.outputs],
    }


def build(code: str) -> Any:
    """The model that code builds."""
    scope: dict[str, Any] = {"__name__": "written"}
    exec(code, scope)
    return scope["build_model"]()


def fill(model: Any) -> dict[str, tuple[int, ...]]:
    """Gives each weight numbers that its path decides; returns the shapes by path."""
    shapes = {}
    for weight in model.weights:
        path = re.sub(r"\W", "_", weight.path)
        if "seed" not in path:
            numbers = np.random.default_rng(zlib.crc32(path.encode())).normal(size=weight.shape)
            weight.assign(0.3 * (abs(numbers) if path.endswith("variance") else numbers))
            shapes[path] = tuple(weight.shape)
    return shapes


def feed(model: Any) -> list[Any]:
    """Arrays to compute a model with: whole numbers are 0 or 1, unknown sizes 3."""
    generator = np.random.default_rng(1)
    arrays = []
    for given in model.inputs:
        shape = [3 if size is None else size for size in given.shape]
        is_float = "float" in given.dtype
        array = generator.normal(size=shape) if is_float else generator.integers(0, 2, size=shape)
        arrays.append(keras.ops.cast(array, given.dtype))
    return arrays


def compute(model: Any, arrays: list[Any]) -> list[Any]:
    """What a model gives, as numbers."""
    outputs = keras.tree.flatten(model(arrays[0] if len(arrays) == 1 else arrays, training=False))
    return [keras.ops.convert_to_numpy(keras.ops.cast(output, "float64")) for output in outputs]


def record(texts: dict[str, str]) -> dict[str, Any]:
    """The record of one spec. Raises ValueError where JSON and code are two models."""
    made, computed = [], []
    for kind, text in texts.items():
        keras.backend.clear_session()
        model = keras.models.model_from_json(text) if kind == "json" else build(text)
        made.append(numbers(model))
        if model.count_params() < 5_000_000 and all(given.dtype != "string" for given in model.inputs):
            computed.append((fill(model), compute(model, feed(model))))
    if made[0] != made[-1]:
        raise ValueError(f"JSON gives {made[0]}, code gives {made[-1]}")
    if len(computed) == 2 and computed[0][0] == computed[1][0]:
        for one, other in zip(computed[0][1], computed[1][1], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    return {**{kind: digest(text) for kind, text in texts.items()}, **made[0]}


def main() -> None:
    gc.freeze()
    records = json.loads(FILE.read_text()) if FILE.exists() else {}
    failures = []
    for name in NAMES:
        texts = texts_of(name)
        known = {kind: records.get(name, {}).get(kind) for kind in texts}
        if name not in sys.argv[1:] and known == {kind: digest(text) for kind, text in texts.items()}:
            continue
        try:
            records[name] = record(texts)
        except Exception as failure:
            failures.append(f"{name}: {failure}"[:300])
            records.pop(name, None)
        lines = [f"{json.dumps(name)}: {json.dumps(records[name])}" for name in NAMES if name in records]
        FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print("\n".join(failures) or "all specs are recorded")


if __name__ == "__main__":
    main()
