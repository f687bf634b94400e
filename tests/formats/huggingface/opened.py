"""Configs opened as reports."""

from __future__ import annotations

import json
from typing import Any

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.report import Report
from shapecalc.formats.huggingface.config import read_config
from shapecalc.model.load import Library


def open_config(config: dict[str, Any], **values: Any) -> Report:
    """The report of a config, some sizes set."""
    written = read_config(json.dumps(config).encode(), "config.json")
    assert written is not None
    spec = Library().parse(written.text, "config.json", written.places, folder=written.folder)
    return analyse(spec, Settings(values))


def list_shapes(report: Report) -> dict[str, tuple[int, ...]]:
    """The shapes of a model's weights by path."""
    shapes = {f"{row.name}/{path}": weight.shape for row in report.rows for path, weight in row.weights}
    return {path: tuple(int(size) for size in shape) for path, shape in shapes.items()}  # type: ignore[arg-type]
