"""Arguments as other notations are given them."""

from __future__ import annotations

import pytest
import yaml

from shapecalc.formats.flat_model import FlatModel, Input, plain_arguments
from shapecalc.formats.spec_text import flow
from tests.golden.cases import families, load
from tests.layering import layer_of


@pytest.mark.parametrize("family", families())
def test_what_a_layer_was_given_can_be_written_and_read_again(family: str) -> None:
    for kind, cases in load(family).CASES.items():
        for case in cases:
            if not case.get("error"):
                given = flow(plain_arguments(layer_of(kind, case["config"]), kind))
                again = flow(plain_arguments(layer_of(kind, yaml.safe_load(given)), kind))
                assert again == given, f"{kind} {case['config']}"


def test_many_layers_of_one_name_are_told_apart() -> None:
    found = FlatModel("m")
    found.inputs.append(Input("a_2", [1], "float32"))
    assert [found.fresh("a") for _ in range(4)] == ["a", "a_1", "a_3", "a_4"]
    assert found.fresh("a_1") == "a_1_1"
    assert len({found.fresh("a") for _ in range(50_000)}) == 50_000
