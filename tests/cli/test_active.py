"""`active` in the commands that hold a model to numbers, compare it, sweep it and write it anew."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.specs.test_active import MODEL

EXPECTED = MODEL.replace("PART", "$heard / $experts") + "expect: {active_params: WANTED, active_macs: 512*T}\n"


def test_what_is_expected_of_it(shapecalc: Command) -> None:
    spec = "model.yaml"
    Path(spec).write_text(EXPECTED.replace("WANTED", "528"))
    assert shapecalc("check", spec).code == 0
    Path(spec).write_text(EXPECTED.replace("WANTED", "529"))
    refused = shapecalc("check", spec)
    assert refused.code == 1
    assert "error[SC501] expected active_params 529, got 528 (-1)\n" in refused.out
    assert shapecalc("check", spec, "--update-expect").code == 0
    assert Path(spec).read_text() == EXPECTED.replace("WANTED", "528")


def test_a_layer_has_no_active_parameters(shapecalc: Command) -> None:
    spec = "model.yaml"
    Path(spec).write_text(MODEL.replace("PART", "0.25") + "expect: {layers: {always: {active_params: 272}}}\n")
    assert "error[SC109] the expectation of a layer has no key `active_params`\n" in shapecalc("check", spec).out


@pytest.mark.parametrize("part", ["0.25", "1"])
def test_they_are_compared_where_a_part_is_active(shapecalc: Command, part: str) -> None:
    spec = "model.yaml"
    Path(spec).write_text(MODEL.replace("PART", part if part == "1" else "$heard / $experts"))
    said = shapecalc("diff", spec, "--set", "heard=2,4").out
    totals = json.loads(shapecalc("diff", spec, "--set", "heard=2,4", "--output-format", "json").out)["diffs"][0][
        "totals"
    ]
    if part == "1":
        assert "Active" not in said
        assert "active_params" not in totals
    else:
        assert re.search(r"Active params +528 +784 +\+256\n", said)
        assert re.search(r"Active MACs +512\*T +768\*T +256\*T\n", said)
        assert totals["active_params"] == {"old": 528, "new": 784, "delta": 256}


def test_they_are_swept(shapecalc: Command) -> None:
    spec = "model.yaml"
    Path(spec).write_text(MODEL.replace("PART", "$heard / $experts"))
    swept = shapecalc("sweep", spec, "--set", "heard=1..3", "--set", "T=1", "--measure", "active_params,active_macs")
    assert [line.split(",")[-2:] for line in swept.out.splitlines()] == [
        ["active_params", "active_macs"], ["400", "384"], ["528", "512"], ["656", "640"],
    ]  # fmt: skip


def test_a_spec_whose_blocks_are_opened_says_that_all_are_active(shapecalc: Command) -> None:
    spec = "model.yaml"
    Path(spec).write_text(MODEL.replace("PART", "$heard / $experts"))
    written = shapecalc("convert", spec, "--to", "yaml", "--set", "heard=4", "--set", "T=3")
    assert "note[SC616] the spec counts all 1,296 parameters as active\n" in written.err
    assert "active:" not in written.out
    assert "SC616" not in shapecalc("convert", spec, "--to", "yaml", "--set", "heard=8", "--set", "T=3").err
