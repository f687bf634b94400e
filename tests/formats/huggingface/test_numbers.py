"""Small models of each family give the numbers of transformers, with the same weights; see record_numbers.py."""

from __future__ import annotations

import numpy as np
import pytest

from shapecalc.analysis.verify import run_model
from tests.formats.huggingface.opened import list_shapes, open_config
from tests.formats.huggingface.published import DATA
from tests.formats.huggingface.tiny import TINY, make_inputs
from tests.golden.arrays import Array
from tests.golden.models import differs, weights

TOLERANCE = 1e-5
"""Of the largest number."""


def load_recorded(name: str) -> dict[str, Array]:
    with np.load(DATA / "numbers.npz", allow_pickle=False) as recorded:
        return {key.partition("/")[2]: recorded[key] for key in recorded.files if key.partition("/")[0] == name}


@pytest.mark.parametrize("name", TINY)
def test_a_model_answers_what_that_of_transformers_does(name: str) -> None:
    report = open_config(TINY[name])
    assert report.diagnostics == []
    run = run_model(report, make_inputs(name), weights(list_shapes(report)))
    assert run.diagnostics == []
    assert run.agrees
    recorded = load_recorded(name)
    assert run.outputs.keys() == recorded.keys()
    for key, output in run.outputs.items():
        assert output.shape == recorded[key].shape
        assert differs(output, recorded[key]) < TOLERANCE
