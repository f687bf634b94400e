"""The other names under which Keras exports its layers mean what they mean there, everywhere a type is named."""

from __future__ import annotations

import json

import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.layers.catalogue import ALIASES, CATALOGUE, find
from shapecalc.render.spec_schema import spec_schema
from tests.cli.conftest import Command
from tests.contracts import signatures
from tests.layering import parse

ITSELF = {"GroupQueryAttention"}
"""What Keras's class is called otherwise than its export, which is the one name that users can write."""


def test_the_aliases_are_those_of_keras() -> None:
    recorded = {alias: name for alias, name in signatures.ALIASES.items() if alias not in ITSELF}
    assert recorded == ALIASES
    assert set(signatures.ALIASES) - set(ALIASES) == ITSELF


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_an_alias_is_the_type_of_its_class(alias: str, name: str) -> None:
    assert find(alias) is find(name)
    assert alias not in CATALOGUE
    schema = spec_schema()["definitions"]["entry"]["anyOf"][-1]["properties"]
    assert schema[alias] == schema[name]


def test_a_table_shows_the_class_and_the_automatic_name_is_the_classes() -> None:
    text = (
        "input: [8, 8, 3]\nlayers:\n  - Convolution2D: {filters: 4, kernel_size: 3}\n  - MaxPool2D\n  - MaxPooling2D:\n"
        "      name: last\n  - GlobalAvgPool2D\n"
    )
    report = analyse(parse(text))
    assert [(row.name, row.type) for row in report.rows][1:] == [
        ("conv2d", "Conv2D"),
        ("max_pooling2d", "MaxPooling2D"),
        ("last", "MaxPooling2D"),
        ("global_average_pooling2d", "GlobalAveragePooling2D"),
    ]


def test_a_message_names_the_class() -> None:
    report = analyse(parse("input: [8, 8, 3]\nlayers: [{MaxPool2D: {pool_sizes: 2}}]\n"))
    assert [one.message for one in report.diagnostics] == ["MaxPooling2D has no argument `pool_sizes`"]


def test_a_block_cannot_take_the_name_of_an_alias() -> None:
    text = "input: [8, 8, 3]\nblocks: {MaxPool2D: {layers: [Flatten]}}\nlayers: [MaxPool2D]\n"
    report = analyse(parse(text))
    assert [one.code for one in report.diagnostics] == ["SC309"]


def test_the_page_of_an_alias_is_that_of_its_class(shapecalc: Command) -> None:
    assert shapecalc("layers", "AvgPool1D").out == shapecalc("layers", "AveragePooling1D").out


def test_convert_writes_the_class(shapecalc: Command) -> None:
    spec = "input: [8, 8, 3]\nlayers: [MaxPool2D]\n"
    written = shapecalc("convert", "-", "--to", "keras-json", stdin=spec)
    layers = json.loads(written.out)["config"]["layers"]
    assert [one["class_name"] for one in layers] == ["InputLayer", "MaxPooling2D"]
