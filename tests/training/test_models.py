"""What whole models keep and take in training, held against what Keras on PyTorch was seen to keep and take.

`python -m tests.training.record_models` records them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shapecalc.analysis.trained import Trained
from shapecalc.dims import bind
from shapecalc.dims.dim import symbol
from shapecalc.training.peak import Training
from tests.training.models import BATCHES, MODELS, Model

_RECORDED: dict[str, dict[str, dict[str, int]]] = json.loads(
    (Path(__file__).parent / "data" / "models.json").read_text(encoding="utf-8")
)
_STAND_INS = {"vit_b_16": 4}
"""Bytes a sample that only the recorded model keeps: in JSON a weight stands as the bias of a layer fed a zero."""

_CASES = [pytest.param(name, int(batch), id=f"{name}-{batch}") for name in _RECORDED for batch in _RECORDED[name]]


@cache
def train(name: str, batch: int) -> Trained:
    """One of the models, trained with Adam."""
    return Trained(MODELS[name].report(batch).walk, Training("adam"), batch)


def test_every_model_was_recorded() -> None:
    assert set(_RECORDED) == set(MODELS)
    assert all(set(rows) <= set(map(str, BATCHES)) for rows in _RECORDED.values())


@pytest.mark.parametrize(("name", "batch"), _CASES)
def test_a_model_keeps_what_keras_keeps(name: str, batch: int) -> None:
    assert train(name, batch).kept == _RECORDED[name][str(batch)]["kept"] - batch * _STAND_INS.get(name, 0)


@pytest.mark.parametrize(("name", "batch"), _CASES)
def test_the_peak_is_that_of_the_allocator(name: str, batch: int) -> None:
    assert max(train(name, batch).peaks) == pytest.approx(_RECORDED[name][str(batch)]["peak"], rel=0.1)


@pytest.mark.parametrize("name", ["cnn", "tagger", "nested_blocks", "lstm_stack"])
def test_a_batch_without_a_number_gives_a_formula(name: str) -> None:
    walk = MODELS[name].report(5).walk
    formula = Trained(MODELS[name].report(None).walk, Training("adam"), symbol("N")).kept
    assert bind(formula, {"N": 5}) == Trained(walk, Training("adam"), 5).kept


SHARED = """
input: [8]
blocks:
  Pair: {layers: [Dense: {units: 8}]}
layers:
  - Pair: {name: pair}
  - reuse: {layer: pair, name: again}
  - Dense: {units: 1}
"""
FROZEN = SHARED.replace("name: pair}\n  - reuse", "name: pair, trainable: false}\n  - reuse")


def count(text: str, **arguments: Any) -> Trained:
    """A model of a text, trained with Adam on one sample."""
    return Trained(Model(text=text).report(1).walk, Training("adam", **arguments), 1)


def test_weights_of_a_block_that_is_called_twice_count_once() -> None:
    assert sorted(path for path, _ in count(SHARED).weights) == [
        *("dense/bias", "dense/kernel", "pair/dense/bias", "pair/dense/kernel"),
    ]


def test_weights_of_a_frozen_block_have_no_gradient_and_no_state() -> None:
    assert sorted(path for path, _ in count(FROZEN).weights) == ["dense/bias", "dense/kernel"]
