"""Models of Keras that people wrote by hand, in `tests/formats/by_hand`, beside what `convert` writes of Keras's own.

`SHAPECALC_UPDATE=1` writes `tests/formats/converted` anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shapecalc.formats.folding.verify import is_same_model
from shapecalc.formats.folding.write import Written
from shapecalc.formats.keras.reading.read import read_keras
from tests.formats.folding.converted import TESTS, report_of, written
from tests.formats.keras.test_examples import EXAMPLES
from tests.formats.keras.test_networks import convert

BY_HAND, CONVERTED = TESTS / "formats" / "by_hand", TESTS / "formats" / "converted"

TWINS = {
    "conv_mixer": "vision.conv_mixer", "convnext_tiny": "ConvNeXtTiny", "densenet121": "DenseNet121",
    "mobilenet_v1": "MobileNet", "mobilenet_v2": "MobileNetV2", "resnet50": "ResNet50", "resnet50_v2": "ResNet50V2",
    "transformer": "text.transformer_of_two_blocks", "unet": "vision.unet_biomedical", "vgg16": "VGG16",
    "xception": "Xception",
}  # fmt: skip
"""By the name of the file: a network of keras.applications, or one of the recorded examples."""

LONGER = 1.3
"""What `convert` may write for each line by hand."""


def convert_twin(name: str) -> Written:
    recorded = TWINS[name]
    if recorded not in EXAMPLES:
        return convert(recorded)
    return written(read_keras(EXAMPLES[recorded]["json"], "model.json"))


def lines_of(path: Path) -> int:
    return len(path.read_text().splitlines())


@pytest.mark.parametrize("name", TWINS)
def test_what_is_converted_is_the_same_model_as_by_hand_and_about_as_long(name: str) -> None:
    result = convert_twin(name)
    if os.environ.get("SHAPECALC_UPDATE"):
        (CONVERTED / f"{name}.yaml").write_text(result.text)
    assert result.text == (CONVERTED / f"{name}.yaml").read_text()
    by_hand = report_of((BY_HAND / f"{name}.yaml").read_text())
    assert [finding.sentence for finding in by_hand.diagnostics + result.report.diagnostics] == []
    assert is_same_model(by_hand, result.report)
    assert lines_of(CONVERTED / f"{name}.yaml") <= LONGER * lines_of(BY_HAND / f"{name}.yaml")


def test_every_twin_has_both_files() -> None:
    for folder in (BY_HAND, CONVERTED):
        assert {path.stem for path in folder.iterdir()} == {*TWINS}
