"""Infinities, NaN, and numbers at the ends of float32 give what they give in Keras."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from shapecalc.forward.base import apply
from shapecalc.forward.weights import Weights, WeightStore
from tests.golden.record_extremes import DATA
from tests.layering import layer_of

CASES = json.loads(DATA.read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['type']} {case['config']}")
def test_extreme_numbers_give_what_they_give_in_keras(case: dict[str, Any]) -> None:
    layer = layer_of(case["type"], case["config"])
    feed = tuple(np.array(x, np.float32) for x in case["feed"])
    with np.errstate(all="ignore"):
        (y,) = apply(layer, Weights(WeightStore()), *(feed if len(feed) == 1 else (feed,)))
    np.testing.assert_allclose(y, np.array(case["output"], np.float32), rtol=1e-5, atol=1e-6)
