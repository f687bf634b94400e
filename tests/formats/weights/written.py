"""What `convert` and `run --save-weights` write for Keras of the specs in `specs/`, with weights that tell themselves.

`python -m tests.formats.weights.written DIR` writes `NAME.json` and `NAME.weights.h5` of each into a folder, for the
recorder, which loads them with Keras.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report
from shapecalc.diagnostics import Fault
from shapecalc.formats.flat_model import flatten
from shapecalc.formats.keras.writing.json import keras_json
from shapecalc.formats.weights.layout import list_wanted
from shapecalc.formats.weights.save import find_names_in_keras, write_weights
from shapecalc.formats.weights.stored import Array
from shapecalc.model.load import Library

ROOT = Path(__file__).parents[3]
FOLDERS = ("specs/layers", "specs/tutorial", "specs/models")
MOST = 30_000_000
"""Parameters of a model that is written: larger ones have the same layers."""


def reports() -> Iterator[tuple[str, Report]]:
    """The sound models of the specs by name, those that have weights of known sizes."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).glob("*.yaml")):
            report = analyse(Library().open(str(path)))
            if report.ok and isinstance(report.params, int) and 0 < report.params < MOST:
                yield path.stem, report


def mark(layer: str, number: int) -> int:
    """The value of all numbers of a layer's weight; every dtype holds it exactly."""
    return zlib.crc32(f"{layer}/{number}".encode()) % 100 + 1


def arrays_of(report: Report) -> dict[str, Array]:
    """An array for each weight: full of its mark, by the name that `convert` gives the layer."""
    arrays = {}
    names = find_names_in_keras(report)
    for layer in list_wanted(report):
        for number, (path, weight) in enumerate(layer.weights.items()):
            shape = tuple(size for size in weight.shape if isinstance(size, int))
            dtype = "float32" if weight.dtype == "bfloat16" else weight.dtype
            arrays[f"{layer.path}/{path}"] = np.full(shape, mark(names[layer.path], number), dtype)
    return arrays


def main(folder: Path) -> None:
    for name, report in reports():
        try:
            text = keras_json(flatten(report))
        except Fault as fault:
            print(f"{name}: {fault.diagnostics[0].message}")
            continue
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
        write_weights(str(folder / f"{name}.weights.h5"), report, arrays_of(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
