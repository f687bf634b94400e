"""Record where Keras's files keep the weights of whole models: `python tests/formats/weights/record_models.py`.

Needs Keras with the TensorFlow backend, and shapecalc beside it. Writes `data/models.json`, as README.md says. The
models are those of `specs/` that can be written for Keras.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.formats.weights.record_layouts import (  # isort: skip
    Archive, compact, keras, mark, read_marks, saving_lib,
)  # fmt: skip
import numpy as np  # isort: skip

ROOT = Path(__file__).resolve().parents[3]
TARGET = Path(__file__).resolve().parent / "data" / "models.json"


def load(model: Any, path: Path) -> None:
    """Loads what `run --save-weights` wrote, and looks whether each weight is where it belongs (see `written.mark`)."""
    model.load_weights(path)
    for layer in model.layers:
        for number, weight in enumerate(layer.weights):
            wanted = zlib.crc32(f"{layer.name}/{number}".encode()) % 100 + 1
            assert np.all(np.asarray(weight) == wanted), f"{layer.name} {number}"


def places_of(model: Any) -> list[Any]:
    """For each layer with weights: its name, its group, and below that the places of each weight (see README.md)."""
    owned = {layer.name: list(layer.weights) for layer in model.layers if layer.weights}
    mark([weight for weights in owned.values() for weight in weights])
    store = saving_lib.H5IOStore("unused", archive=Archive(), mode="w")
    saving_lib._save_state(model, store, None, "", set())
    groups = {str(store.h5_file[f"layers/{group}/vars"].attrs["name"]): group for group in store.h5_file["layers"]}
    marks = read_marks(store.h5_file, "")
    store.h5_file.close()
    rows = []
    number = 0
    for name, weights in owned.items():
        group = groups[name]
        places = []
        for _ in weights:
            number += 1
            places.append(" ".join(path.removeprefix(f"layers/{group}/") for path in marks.pop(number)))
        plain = [f"vars/{index}" for index in range(len(places))]
        rows.append([name, group, len(places) if places == plain else places])
    assert not marks, marks
    return rows


def main() -> None:
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        command = [str(ROOT / ".venv" / "bin" / "python"), "-m", "tests.formats.weights.written", folder]
        subprocess.run(command, cwd=ROOT, check=True)
        for path in sorted(Path(folder).glob("*.json")):
            keras.backend.clear_session()
            try:
                model = keras.models.model_from_json(path.read_text("utf-8"))
                load(model, path.with_suffix(".weights.h5"))
                lines.append(f"{json.dumps(path.stem)}:{compact(places_of(model))}")
            except Exception as failure:  # told, and left out
                print("FAILED", path.stem, str(failure)[:300].replace("\n", " "), flush=True)
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
