"""Record where Keras's files keep the weights of every golden case: `python tests/formats/weights/record_layouts.py`.

Needs Keras with the TensorFlow backend. Writes `data/layouts.json`, as README.md says.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.golden import record
from tests.golden.cases import digest, families, load
from tests.golden.record import compact as compact

import h5py  # isort: skip
import keras as keras  # isort: skip
import numpy as np  # isort: skip
from keras.src.saving import saving_lib as saving_lib  # isort: skip

TARGET = Path(__file__).resolve().parent / "data" / "layouts.json"


class Archive:
    """Takes the place of a zip file: what is written stays in memory."""

    def writestr(self, name: str, data: bytes) -> None:
        pass


def mark(weights: list[Any]) -> None:
    """Fills each weight with its number, from 1."""
    for number, weight in enumerate(weights):
        weight.assign(np.full(weight.shape, number + 1, keras.backend.standardize_dtype(weight.dtype)))


def read_marks(file: Any, prefix: str) -> dict[int, list[str]]:
    """The places of each weight in an open file, by its number."""
    found: dict[int, list[str]] = {}

    def note(name: str, value: Any) -> None:
        if isinstance(value, h5py.Dataset) and value.size:
            array = np.asarray(value)
            if array.dtype.kind == "V":  # bfloat16, as HDF5 keeps it
                array = (array.view("uint16").astype("uint32") << 16).view("float32")
            number = round(float(array.reshape(-1)[0]))
            found.setdefault(number, []).append(name.removeprefix(prefix))

    file.visititems(note)
    return found


def places_of(layer: Any) -> list[str]:
    """For each of `layer.weights` all its places in the file, joined by spaces, below the layer's own group."""
    weights = list(layer.weights)
    mark(weights)
    store = saving_lib.H5IOStore("unused", archive=Archive(), mode="w")
    saving_lib._save_state(layer, store, None, "x", set())
    marks = read_marks(store.h5_file, "x/")
    store.h5_file.close()
    return [" ".join(marks.get(number + 1, [])) for number in range(len(weights))]


def record_case(kind: str, case: Any) -> list[str]:
    layer = record.build(kind, case["config"])
    inputs = record.symbolic_inputs(case, free=False) if case.get("compiled") else record.eager_inputs(case)
    record.call(layer, inputs, case)
    return places_of(layer)


def main() -> None:
    lines = []
    for family in families():
        recorded = json.loads((record.DATA / f"{family}.json").read_text("utf-8"))["cases"]
        for kind, cases in sorted(load(family).CASES.items()):
            rows: list[Any] = []
            for index, case in enumerate(cases):
                if recorded[kind][index].get("weights"):
                    rows.append([index, digest(case), record_case(kind, case)])
            print(kind, len(rows), flush=True)
            if rows:
                texts = ",\n".join(map(compact, rows))
                lines.append(f"{compact(kind)}:[\n{texts}\n]")
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
