"""Records what Keras makes of every spec as JSON and as code: `python tests/formats/keras/record_specs.py [NAME...]`.

`specs.json` holds, of each, digests of the texts and the numbers of the model that both build. What is recorded already
and has not changed is not built again, unless it is named.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras

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


def record(texts: dict[str, str]) -> dict[str, Any]:
    """The record of one spec. Raises ValueError where JSON and code are two models."""
    made = []
    for kind, text in texts.items():
        keras.backend.clear_session()
        made.append(numbers(keras.models.model_from_json(text) if kind == "json" else build(text)))
    if made[0] != made[-1]:
        raise ValueError(f"JSON gives {made[0]}, code gives {made[-1]}")
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
            failures.append(f"{name}: {failure}"[:600])
            records.pop(name, None)
        lines = [f"{json.dumps(name)}: {json.dumps(records[name])}" for name in NAMES if name in records]
        FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print("\n".join(failures) or "all specs are recorded")


if __name__ == "__main__":
    main()
