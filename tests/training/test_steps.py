"""What optimizers, checkpoints and half precision take, held against what Keras on PyTorch was seen to take.

`python -m tests.training.record_steps` records them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shapecalc.analysis.trained import Trained
from shapecalc.training.optimizers import OPTIMIZERS
from shapecalc.training.peak import Training
from tests.training.models import Model
from tests.training.steps import BATCH, SPEC

_RECORDED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "steps.json").read_text(encoding="utf-8")
)


def train(training: Training, dtype: str = "float32") -> Trained:
    """The model of `steps.py`, trained."""
    walk = Model(text=SPEC, values={"dtype": dtype}).report(BATCH).walk
    assert walk is not None
    return Trained(walk, training, BATCH)


@pytest.mark.parametrize("case", _RECORDED["kept"])
def test_checkpoints_and_half_precision_keep_what_keras_keeps(case: str) -> None:
    dtype, _, checkpointed = case.partition(" ")
    kept = train(Training("adam", 1, ("Block",) if checkpointed else ()), dtype).kept
    assert kept == pytest.approx(_RECORDED["kept"][case], rel=0.03)


def test_every_optimizer_was_recorded() -> None:
    assert {name for name in _RECORDED["optimizers"] if " " not in name} == set(OPTIMIZERS)


@pytest.mark.parametrize("case", _RECORDED["optimizers"])
def test_an_optimizer_has_the_variables_of_keras_and_takes_their_room(case: str) -> None:
    name, _, accumulates = case.partition(" of ")
    trained = train(Training(name, 4 if accumulates else 1))
    wanted = _RECORDED["optimizers"][case]
    assert (trained.state.variables, trained.state.params) == (wanted["variables"], wanted["numbers"])
    peaks = [peak for peak in trained.peaks if isinstance(peak, int)]
    assert max(peaks) == pytest.approx(wanted["peak"], rel=0.1)
