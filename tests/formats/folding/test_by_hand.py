"""Folded specs beside those that people wrote: `specs/models` laid flat, and what is made of it again.

`SHAPECALC_UPDATE=1` writes `tests/formats/folded` anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shapecalc.formats.flat_model import flatten
from tests.formats.folding.converted import TESTS, flat_of, report_of, written

FOLDED = TESTS / "formats" / "folded"
BY_HAND = TESTS.parent / "specs" / "models"
NAMES = (
    "alexnet", "densenet121", "efficientnet_b0", "inception_v3", "mobilenet_v1", "mobilenet_v2", "resnet50",
    "resnet50_torchvision", "unet", "vgg16", "vit_b_16", "xception", "yolov8_backbone",
)  # fmt: skip
LONGER = 1.3


def lines_by_hand(path: Path) -> int:
    """How many lines say what the model is: no description, no expectations."""
    count, told = 0, True
    for line in path.read_text().splitlines():
        if line[:1] not in (" ", "#", ""):
            told = line.partition(":")[0] not in ("description", "expect")
        count += told and bool(line.strip())
    return count


@pytest.mark.parametrize("name", NAMES)
def test_a_folded_spec_is_about_as_long_as_one_by_hand(name: str) -> None:
    flat = flat_of(BY_HAND / f"{name}.yaml")
    assert flat is not None
    result = written(flat)
    if os.environ.get("SHAPECALC_UPDATE"):
        (FOLDED / f"{name}.yaml").write_text(result.text)
    assert result.text == (FOLDED / f"{name}.yaml").read_text()
    assert len(result.text.splitlines()) <= LONGER * lines_by_hand(BY_HAND / f"{name}.yaml")


@pytest.mark.parametrize("name", NAMES)
def test_what_was_folded_and_laid_flat_again_folds_again(name: str) -> None:
    text = (FOLDED / f"{name}.yaml").read_text()
    report = report_of(text)
    assert [one.sentence for one in report.diagnostics] == []
    again = written(flatten(report))
    assert len(again.text.splitlines()) <= 1.1 * len(text.splitlines())
    assert again.report.params == report.params


def test_every_folded_spec_is_of_a_model_by_hand() -> None:
    assert {path.stem for path in FOLDED.glob("*.yaml")} == {*NAMES}
