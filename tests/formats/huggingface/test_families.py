"""Families of specs answer what Hugging Face models do, with the same weights: see golden/record_families.py."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.verify import run_model
from shapecalc.formats.huggingface.config import read_config
from shapecalc.model.load import Library
from tests.golden.families import FAMILIES, config, inputs
from tests.golden.models import differs, weight

RECORDED = Path(__file__).parents[2] / "golden" / "data" / "families.npz"


@pytest.mark.parametrize("name", FAMILIES)
def test_it_answers_what_the_real_implementation_does(name: str) -> None:
    written = read_config(json.dumps(config(name)).encode(), "config.json")
    assert written is not None
    report = analyse(Library().parse(written.text, "config.json", written.places, folder=written.folder))
    assert report.diagnostics == []
    shapes = {f"{row.name}/{path}": one.shape for row in report.rows for path, one in row.weights}
    weights = {path: weight(path, shape) for path, shape in shapes.items()}  # type: ignore[arg-type]
    run = run_model(report, inputs(name), weights)
    assert run.diagnostics == []
    assert run.agrees
    with np.load(RECORDED, allow_pickle=False) as recorded:
        assert differs(run.outputs["output"], recorded[name]) < 1e-5
