"""`shapecalc layers`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shapecalc.analysis import coverage
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import CATALOGUE, FAMILIES, family_of, find
from shapecalc.render.catalogue import listing
from tests.cli.conftest import Command


def test_the_catalogue_by_family(shapecalc: Command) -> None:
    code, out, err = shapecalc("layers")
    assert (code, err) == (0, "")
    assert [line for line in out.split("\n") if line and not line.startswith(" ")] == list(FAMILIES)
    assert [line.split()[0] for line in out.split("\n") if line.startswith("  ")] == list(CATALOGUE)


def test_the_catalogue_for_scripts(shapecalc: Command) -> None:
    data = json.loads(shapecalc("layers", "--output-format", "json").out)
    assert {one["type"]: one["family"] for one in data["layers"]} == {name: family_of(name) for name in CATALOGUE}
    assert "### recurrent\n\n| Type | What it does |\n" in shapecalc("layers", "--output-format", "markdown").out


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_type_has_a_page(shapecalc: Command, name: str) -> None:
    layer_type = find(name)
    assert layer_type is not None
    code, out, _ = shapecalc("layers", name, "--output-format", "json")
    (page,) = json.loads(out)["layers"]
    assert (code, page["type"], page["family"]) == (0, name, family_of(name))
    assert [one["name"] for one in page["arguments"]] == list(layer_type.args)
    assert all(one["doc"] for one in page["arguments"])
    assert page["doc"]
    text = shapecalc("layers", name).out
    assert text.startswith(f"{name} ({family_of(name)})\n")
    assert (page["example"] is None) == (page["refused"] == "SC212") == (name == "Lambda")
    assert ("\nExample\n" in text) == ("\nRefused\n" not in text) == (name != "Lambda")


def test_operations_are_one_family_and_stand_last(shapecalc: Command) -> None:
    out = shapecalc("layers").out
    assert FAMILIES[-1] == "ops"
    assert out.count("\nops\n") == 1
    assert all(line.startswith("  ops.") for line in out.split("\nops\n")[1].splitlines())


def test_the_page_of_what_is_refused(shapecalc: Command) -> None:
    help = "write its steps as entries: layers, or `ops.NAME` for a function of keras.ops; a block names them"
    assert shapecalc("layers", "Lambda").out.endswith(
        "Refused\n"
        "  error[SC212] Lambda: runs Python code, which a spec never does\n"
        "    = help: write its steps as entries: layers, or `ops.NAME` for a function\n"
        "      of keras.ops; a block names them\n"
    )
    assert shapecalc("layers", "Lambda", "--output-format", "markdown").out.endswith(
        f"Refused with SC212: runs Python code, which a spec never does. To do: {help}.\n"
    )


def test_the_page_of_an_operation_without_arguments(shapecalc: Command) -> None:
    out = shapecalc("layers", "ops.exp").out
    assert "\n\nArguments: none\n\nFormulas\n" in out
    assert "| Argument |" not in shapecalc("layers", "ops.exp", "--output-format", "markdown").out


def test_coverage(shapecalc: Command) -> None:
    code, out, err = shapecalc("layers", "--coverage")
    header, *lines, blank, totals = out.splitlines()
    assert (code, err, blank) == (0, "", "")
    assert header.split() == ["Type", "Family", "Rule", "Forward", "Golden", "cases", "Chains"]
    rows = [line.split() for line in lines]
    assert [row[0] for row in rows] == list(CATALOGUE)
    assert [row[1] for row in rows] == [family_of(row[0]) for row in rows]
    assert {row[2] for row in rows} == {"yes"}
    assert {row[0] for row in rows if row[3] == "no"} == {"InputLayer", "Lambda"}
    cases = sum(int(row[4]) for row in rows)
    assert cases > 5000
    start = f"{len(rows)} types: {len(rows)} rules, {len(rows) - 2} forwards, {cases:,} golden cases and "
    assert totals.startswith(start)
    assert totals.endswith(" chains recorded from Keras")


def test_coverage_in_other_forms(shapecalc: Command) -> None:
    rows = json.loads(shapecalc("layers", "--coverage", "--output-format", "json").out)["layers"]
    lstm = next(row for row in rows if row["type"] == "LSTM")
    assert (lstm["family"], lstm["rule"], lstm["forward"]) == ("recurrent", True, True)
    assert min(lstm["golden_cases"], lstm["chains"]) >= 1
    markdown = shapecalc("layers", "--coverage", "--output-format", "markdown").out
    assert markdown.startswith(
        "| Type | Family | Rule | Forward | Golden cases | Chains |\n| --- | --- | --- | --- | ---: |"
    )
    assert f"| LSTM | recurrent | yes | yes | {lstm['golden_cases']} | {lstm['chains']} |\n" in markdown


def test_a_type_without_counts_has_none_recorded(
    shapecalc: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    counts = json.loads(Path(coverage.COUNTS).read_text("utf-8"))
    del counts["types"]["Dense"]
    (tmp_path / "coverage.json").write_text(json.dumps(counts), "utf-8")
    monkeypatch.setattr(coverage, "COUNTS", str(tmp_path / "coverage.json"))
    code, out, err = shapecalc("layers", "--coverage")
    assert (code, err) == (0, "")
    assert next(line for line in out.splitlines() if line.startswith("Dense ")).split()[2:] == ["yes", "yes", "0", "0"]


def test_coverage_is_of_all_types(shapecalc: Command) -> None:
    code, out, err = shapecalc("layers", "LSTM", "--coverage")
    assert (code, out) == (2, "")
    assert "--coverage is of all types: leave the type out" in err


def test_the_page_of_dense(shapecalc: Command) -> None:
    out = shapecalc("layers", "Dense").out
    assert "Takes: inputs\nMask: passed on\n" in out
    assert "\n  units " in out
    assert (
        "  params  kernel  features × units\n          bias    units\n          total   units*(features + 1)\n" in out
    )
    assert out.endswith(
        "Example\n    description: Classifier head. 784 * 10 weights and 10 biases.\n    input: [784]\n    layers:\n"
        "      - Dense: {units: 10, activation: softmax}\n    expect: {params: 7850, output: [10]}\n"
        "    dense: (None, 10), 7850 params, 7840 MACs\n"
    )


def test_an_unknown_type(shapecalc: Command) -> None:
    assert shapecalc("layers", "Danse") == (
        2, "", "error[SC201] there is no layer type `Danse`\n  = help: did you mean `Dense`?\n",
    )  # fmt: skip
    assert "did you mean `MaxPooling2D`?" in shapecalc("layers", "MaxPoolin2D").err


def test_a_word_that_is_no_type_is_looked_for(shapecalc: Command) -> None:
    code, out, err = shapecalc("layers", "attention")
    assert (code, err) == (0, "")
    names = [line.split()[0] for line in out.split("\n") if line.startswith("  ")]
    assert {"MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention"} <= set(names)


def test_a_word_is_found_in_what_types_do(shapecalc: Command) -> None:
    assert "  Masking " in shapecalc("layers", "steps").out


def test_a_name_of_another_library_finds_its_counterpart(shapecalc: Command) -> None:
    assert "  Dense " in shapecalc("layers", "linear").out
    assert shapecalc("layers", "MaxPool2d").out.startswith("MaxPooling2D (pooling)\n")
    assert shapecalc("layers", "MaxPool2D").out.startswith("MaxPooling2D (pooling)\n")


def test_what_was_found_for_scripts(shapecalc: Command) -> None:
    found = json.loads(shapecalc("layers", "ConvLSTM", "--output-format", "json").out)["layers"]
    assert [one["type"] for one in found] == ["ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"]


def test_a_slip_in_the_name_of_another_library(shapecalc: Command) -> None:
    assert shapecalc("layers", "Lineer").err == (
        "error[SC201] there is no layer type `Lineer`\n  = help: did you mean `Linear`?\n"
    )


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_the_list_fits_a_terminal(width: int) -> None:
    families: dict[str, list[type[Layer]]] = {}
    for name in CATALOGUE:
        layer_type = find(name)
        assert layer_type is not None
        families.setdefault(family_of(name), []).append(layer_type)
    lines = listing(families, width).split("\n")
    assert max(map(len, lines)) <= max(width, 48)
    assert "".join("\n".join(lines).split()) == "".join(listing(families).split())
