"""Record where Keras's files keep the weights of whole models: `python tests/formats/weights/record_models.py`.

Needs Keras with the TensorFlow backend, and shapecalc beside it. Writes `data/models.json`, as README.md says. The
models are those of `specs/` that can be written for Keras.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.formats.weights.record_layouts import (  # isort: skip
    Archive, compact, keras, mark, read_marks, saving_lib,
)  # fmt: skip

ROOT = Path(__file__).resolve().parents[3]
SHAPECALC = str(ROOT / ".venv" / "bin" / "shapecalc")
TARGET = Path(__file__).resolve().parent / "data" / "models.json"
FOLDERS = ("specs/layers", "specs/tutorial", "specs/models")


def places_of(model: Any) -> list[Any]:
    """For each layer with weights: its name, its group, and below that the places of each weight (see README.md)."""
    owned = {layer.name: list(layer.weights) for layer in model.layers if layer.weights}
    mark([weight for weights in owned.values() for weight in weights])
    store = saving_lib.H5IOStore("unused", archive=Archive(), mode="w")
    saving_lib._save_state(model, store, None, "", set())
    groups = {group: layer for layer, group in read_groups(store.h5_file).items()}
    marks = read_marks(store.h5_file, "")
    store.h5_file.close()
    rows = []
    number = 0
    for name, weights in owned.items():
        group = next(group for group, layer in groups.items() if layer == name)
        places = []
        for _ in weights:
            number += 1
            places.append(" ".join(path.removeprefix(f"layers/{group}/") for path in marks.pop(number)))
        plain = [f"vars/{index}" for index in range(len(places))]
        rows.append([name, group, len(places) if places == plain else places])
    assert not marks, marks
    return rows


def read_groups(file: Any) -> dict[str, str]:
    """The group of each layer of a model by the layer's name."""
    return {str(file[f"layers/{group}/vars"].attrs["name"]): group for group in file["layers"]}


def main() -> None:
    lines = []
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).glob("*.yaml")):
            command = [SHAPECALC, "convert", str(path), "--to", "keras-json"]
            written = subprocess.run(command, capture_output=True, text=True, check=False)
            if written.returncode or "Keras3 has replaced" in written.stderr:
                continue
            keras.backend.clear_session()
            try:
                model = keras.models.model_from_json(written.stdout)
            except Exception as failure:  # told, and left out
                print(path.stem, str(failure).splitlines()[0])
                continue
            if model.weights:
                lines.append(f"{json.dumps(path.stem)}:{compact(places_of(model))}")
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
