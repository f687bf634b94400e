"""Record where Keras's files keep the weights of every golden case: `python tests/formats/weights/record_layouts.py`.

Needs Keras with the TensorFlow backend. Writes `data/layouts.json`, as README.md says.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.golden import record
from tests.golden.cases import digest, families, load

import h5py  # isort: skip
import keras  # isort: skip
import numpy as np  # isort: skip
from keras.src.saving import saving_lib  # isort: skip

TARGET = Path(__file__).resolve().parent / "data" / "layouts.json"


def places_of(layer: Any) -> list[str]:
    """For each of `layer.weights` all its places in the file, joined by spaces, below the layer's own group."""
    weights = list(layer.weights)
    for number, weight in enumerate(weights):
        weight.assign(np.full(weight.shape, number + 1, keras.backend.standardize_dtype(weight.dtype)))
    store = saving_lib.H5IOStore("unused", archive=_Archive(), mode="w")
    saving_lib._save_state(layer, store, None, "x", set())
    found: dict[int, list[str]] = {}

    def note(name: str, value: Any) -> None:
        if isinstance(value, h5py.Dataset) and "seed_generator" not in name:
            first = np.asarray(value).reshape(-1)
            if first.size:
                found.setdefault(round(float(first[0])), []).append(name.removeprefix("x/"))

    store.h5_file.visititems(note)
    store.h5_file.close()
    return [" ".join(found.pop(number + 1, [])) for number in range(len(weights))] + [
        f"? {places}" for places in found.values()
    ]


class _Archive:
    """Takes the place of a zip file: what is written stays in memory."""

    def writestr(self, name: str, data: bytes) -> None:
        pass


def record_case(kind: str, case: Any) -> list[str]:
    layer = record.build(kind, case["config"])
    inputs = record.symbolic_inputs(case, free=False) if case.get("compiled") else record.eager_inputs(case)
    record.call(layer, inputs, case)
    return places_of(layer)


def main() -> None:
    lines = []
    for family in families():
        for kind, cases in sorted(load(family).CASES.items()):
            if kind.startswith("ops."):
                continue
            rows: list[Any] = []
            for index, case in enumerate(cases):
                if case.get("error"):
                    continue
                places = record_case(kind, case)
                if places:
                    rows.append([index, digest(case), places])
            if rows:
                texts = ",\n".join(map(record.compact, rows))
                lines.append(f"{record.compact(kind)}:[\n{texts}\n]")
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
