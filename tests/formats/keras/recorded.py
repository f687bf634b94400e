"""What Keras says of models (`record.py`), and the same numbers of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report, Row
from shapecalc.formats.flat_model import FlatModel
from shapecalc.formats.keras.reading.needs import refuse_conversion
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.formats.model_files import WrittenModel
from shapecalc.formats.recorded_shapes import list_disagreements
from shapecalc.layers.catalogue import CATALOGUE
from shapecalc.model.load import Library
from shapecalc.render.as_json import shape_json

FOLDER = Path(__file__).parent
READ = json.loads((FOLDER / "read.json").read_text())
WRITTEN = json.loads((FOLDER / "written.json").read_text())
CODE = json.loads((FOLDER / "code.json").read_text())
CODE_KERAS2 = json.loads((FOLDER / "code_keras2.json").read_text())
LAYERS = json.loads((FOLDER / "layers.json").read_text())


def read_report(text: str) -> Report:
    """The report of a Keras model, as commands make it."""
    flat = read_keras(text, "model.json")
    written = WrittenModel(flat)
    report = analyse(Library().read_document(written.document("model.json"), flat.code))
    report.diagnostics += list_disagreements(flat, report) if report.ok else []
    return report


def refuse_code(flat: FlatModel) -> None:
    """Raises Fault where a model holds code, as `convert` does."""
    report = analyse(Library().parse(WrittenModel(flat).text, "model.json", code=flat.code))
    refuse_conversion(flat, report)


def report_of(text: str, name: str = "model") -> Report:
    report = analyse(Library().parse(text, f"{name}.yaml"))
    assert report.diagnostics == []
    return report


def numbers(report: Report) -> dict[str, Any]:
    outputs = [shape_json(tensor.shape) for tensor in report.outputs.values()]
    return {"params": report.params, "trainable": report.trainable, "outputs": outputs}


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container and key within a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in items for place in ((value, key), *places(item))]


def without_records(value: Any) -> Any:
    """The data of a model with no shape of a tensor in it, and nothing of what its layers were built for."""
    if isinstance(value, list):
        return [without_records(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: without_records(item) for key, item in value.items() if key not in ("build_config", "shape")}


def rows_by_path(rows: list[Row], *, within_wrappers: bool, prefix: str = "") -> dict[str, list[Row]]:
    """The rows of a report, those within blocks too, by the path of the layer that is called.

    What a wrapper holds is the wrapper's, unless `within_wrappers` asks for it.
    """
    by_path: dict[str, list[Row]] = {}
    for row in rows:
        path = prefix + row.node.weights_of
        by_path.setdefault(path, []).append(row)
        if not row.reused and (within_wrappers or row.type not in CATALOGUE):
            by_path |= rows_by_path(row.rows, within_wrappers=within_wrappers, prefix=f"{path}/")
    return by_path
