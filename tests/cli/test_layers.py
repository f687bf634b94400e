"""`shapecalc layers`."""

from __future__ import annotations

import json

import pytest

from shapecalc.layers.catalogue import CATALOGUE, FAMILIES, find
from tests.cli.conftest import Command


def test_the_catalogue_by_family(shapecalc: Command) -> None:
    code, out, err = shapecalc("layers")
    assert (code, err) == (0, "")
    assert [line for line in out.split("\n") if line and not line.startswith(" ")] == list(FAMILIES)
    assert [line.split()[0] for line in out.split("\n") if line.startswith("  ")] == list(CATALOGUE)


def test_the_catalogue_for_scripts(shapecalc: Command) -> None:
    data = json.loads(shapecalc("layers", "--output-format", "json").out)
    assert {one["type"]: one["family"] for one in data["layers"]} == CATALOGUE
    assert "### recurrent\n\n| Type | What it does |\n" in shapecalc("layers", "--output-format", "markdown").out


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_type_has_a_page(shapecalc: Command, name: str) -> None:
    layer_type = find(name)
    assert layer_type is not None
    code, out, _ = shapecalc("layers", name, "--output-format", "json")
    (page,) = json.loads(out)["layers"]
    assert (code, page["type"], page["family"]) == (0, name, CATALOGUE[name])
    assert [one["name"] for one in page["arguments"]] == list(layer_type.args)
    assert all(one["doc"] for one in page["arguments"])
    assert page["doc"]
    text = shapecalc("layers", name).out
    assert text.startswith(f"{name} ({CATALOGUE[name]})\n")
    assert (page["example"] is None) == (name == "Lambda")
    assert ("\nExample\n" in text) == (name != "Lambda")


def test_the_page_of_dense(shapecalc: Command) -> None:
    out = shapecalc("layers", "Dense").out
    assert "Takes: inputs\nMask: passed on\n" in out
    assert "\n  units " in out
    assert (
        "  params  kernel  features × units\n          bias    units\n          total   units*(features + 1)\n" in out
    )
    assert out.endswith(
        "Example\n    input: [10, 4]\n    layers:\n      - Dense: {units: 8}\n"
        "    dense: (None, 10, 8), 40 params, 320 MACs\n"
    )


def test_an_unknown_type(shapecalc: Command) -> None:
    assert shapecalc("layers", "Danse") == (
        2, "", "error[SC201] there is no layer type `Danse`\n  = help: did you mean `Dense`?\n",
    )  # fmt: skip
    assert "did you mean `MaxPooling2D`?" in shapecalc("layers", "MaxPool2D").err
