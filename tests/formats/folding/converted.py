"""Models to convert, and what `convert --to yaml` writes of them."""

from __future__ import annotations

import json
from pathlib import Path

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report
from shapecalc.diagnostics import Fault
from shapecalc.formats.flat_model import FlatModel, flatten
from shapecalc.formats.folding.write import Written, write_spec
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.model.load import Library

TESTS = Path(__file__).parents[2]
SPECS = sorted((TESTS.parent / "specs").glob("[tlm]*/*.yaml"))
KERAS = json.loads((TESTS / "formats" / "keras" / "read.json").read_text())["models"]
del KERAS["video"]  # a model in a wrapper cannot be laid flat yet


def report_of(text: str) -> Report:
    """The report of a spec's text."""
    return analyse(Library().parse(text, "model.yaml"))


def flat_of(path: Path) -> FlatModel | None:
    """A spec laid flat; None where that is refused."""
    try:
        return flatten(analyse(Library().open(str(path))))
    except Fault:
        return None


def written(flat: FlatModel, *, fold: bool = True) -> Written:
    """The spec of a flat model."""
    return write_spec(flat, report_of, fold=fold)


def written_of_keras(name: str, *, fold: bool = True) -> Written:
    """The spec of a model that Keras wrote, by its name among the golden ones."""
    return written(read_keras(KERAS[name]["json"], "model.json"), fold=fold)
