"""Networks that Keras has in as many lines as a person would need."""

from __future__ import annotations

import pytest

from shapecalc.formats.keras.reading.read import read_keras
from tests.formats.folding.converted import written
from tests.formats.folding.convmixer import convmixer
from tests.formats.keras.test_networks import convert, paths_of, rows_by_path
from tests.golden.networks import read_network
from tests.work import at_most

LINES = {
    "ResNet50": 42, "MobileNetV2": 46, "DenseNet121": 45, "EfficientNetB0": 75, "InceptionV3": 115, "VGG16": 17,
    "ConvNeXtTiny": 45, "Xception": 49, "NASNetMobile": 230,
}  # fmt: skip


@pytest.mark.parametrize("name", LINES)
def test_lines_of_a_network(name: str) -> None:
    lines = convert(name).text.splitlines()
    assert len(lines) <= LINES[name]
    assert max(map(len, lines)) <= 100


def test_lines_of_a_convmixer() -> None:
    flat = convmixer()
    result = written(flat)
    assert result.report.params == 602_890
    assert len(result.text.splitlines()) <= 23
    assert result.names.keys() == flat.layers.keys()


def test_resnet50_reads_as_its_authors_would_have_it() -> None:
    result = convert("ResNet50")
    paths, rows = paths_of(result), dict(rows_by_path(result.report.rows))
    assert paths["conv3_block1_0_conv"] != paths["conv3_block1_1_conv"]
    assert rows[paths["conv3_block1_0_conv"]].params == 256 * 512 + 512


def test_folding_takes_as_much_work_as_there_is_to_fold() -> None:
    flat = read_keras(read_network("ResNet50").json, "model.json")
    written(flat)
    with at_most(4_000_000):
        written(flat)
