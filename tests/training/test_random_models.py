"""What random chains and graphs keep for the backward pass, held against what Keras on PyTorch was seen to keep.

`python -m tests.training.compare --record --seed 1 --count 200` draws them anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from shapecalc.analysis.analyse import analyse
from shapecalc.dims import add_up
from shapecalc.training.graph import train
from tests.layering import parse

_ROWS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "random_models.json").read_text("utf-8"))
_TOGETHER = 20


@pytest.mark.parametrize("first", range(0, len(_ROWS), _TOGETHER))
def test_a_model_keeps_what_keras_keeps(first: int) -> None:
    failed = []
    for row in _ROWS[first : first + _TOGETHER]:
        text = yaml.safe_dump(row["spec"], sort_keys=False)
        walked = analyse(parse(text)).walk
        assert walked is not None
        kept = add_up(storage.bytes for storage in train(walked, row["batch"]).saved)
        if kept != row["bytes"]:
            failed.append(f"batch {row['batch']}: {kept} bytes, Keras keeps {row['bytes']}\n{text}")
    assert not failed, "\n".join(failed)
