"""Networks of keras.applications in as many lines as a person would need."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shapecalc.formats.flat_model import FlatModel
from tests.formats.folding import applications
from tests.formats.folding.converted import written
from tests.work import at_most


@pytest.mark.parametrize(
    ("network", "lines", "params"),
    [
        (applications.convmixer, 23, 602_890),
        (applications.resnet50, 42, 25_636_712),
        (applications.mobilenet_v2, 46, 3_538_984),
        (applications.densenet121, 45, 8_062_504),
        (applications.vgg16, 17, 138_357_544),
    ],
)
def test_lines_of_a_network(network: Callable[[], FlatModel], lines: int, params: int) -> None:
    flat = network()
    result = written(flat)
    assert result.report.params == params
    assert len(result.text.splitlines()) <= lines
    assert result.names.keys() == flat.layers.keys()
    assert max(map(len, result.text.splitlines())) <= 100


def test_resnet50_reads_as_its_authors_would_have_it() -> None:
    result = written(applications.resnet50())
    assert result.names["conv3_block1_0_conv"] != result.names["conv3_block1_1_conv"]
    by_path = {row.path + row.name: row.params for block in result.report.rows for row in block.rows or [block]}
    assert by_path.get(result.names["conv3_block1_0_conv"]) == 256 * 512 + 512


def test_folding_takes_as_much_work_as_there_is_to_fold() -> None:
    flat = applications.resnet50()
    written(flat)
    with at_most(4_000_000):
        written(flat)
