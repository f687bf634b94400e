"""On a terminal of ASCII all signs are ASCII."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shapecalc.render.plain import write_in_ascii

ROOT = Path(__file__).parents[2]
COMMANDS = [
    "summary specs/models/vit_b_16.yaml --columns macs,flops,activations,weights --depth 2",
    "summary specs/models/unet.yaml --set size=64,128 --plot",
    "summary specs/tutorial/many_to_many.yaml --output-format markdown",
    "run specs/tutorial/many_to_many.yaml --input zeros",
    "diff specs/models/resnet50.yaml specs/models/resnet50_torchvision.yaml",
    "explain specs/tutorial/many_to_many.yaml",
    "explain SC412",
    "solve specs/models/unet.yaml --for size --max-macs 50G",
    "sweep specs/models/unet.yaml --set size=64,128",
    "check specs/reject/lstm_after_lstm.yaml",
    "layers",
    "layers LSTM",
    "layers --coverage",
    "convert specs/tutorial/many_to_many.yaml --to mermaid",
]


@pytest.mark.parametrize("words", COMMANDS)
def test_nothing_is_an_escape(words: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "80"}
    command = [sys.executable, "-m", "shapecalc", *words.split()]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    text = (done.stdout + done.stderr).decode("ascii")
    assert text
    assert "\\u" not in text
    assert "\\x" not in text


def test_columns_stay_in_line() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "shapecalc", "diff", "specs/models/resnet50.yaml", "specs/models/vgg16.yaml"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False, text=True)
    rows = [line for line in done.stdout.split("\n") if line[:1] in ("|", "+")]
    assert len({len(row) for row in rows}) == 1
    assert " d Params " in rows[1]


def test_what_has_no_sign_stays() -> None:
    assert write_in_ascii("3 \u00d7 4 \u2192 \u00e9") == "3 x 4 -> \u00e9"
