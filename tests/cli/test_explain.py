"""`shapecalc explain`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from shapecalc.diagnostics.codes import CODES
from tests.cli.conftest import Command

MODELS = Path(__file__).parents[2] / "specs" / "models"


def test_a_layer(shapecalc: Command, spec: Path) -> None:
    code, out, err = shapecalc("explain", spec.name, "lstm")
    assert (code, err) == (0, "")
    assert out.startswith("lstm (LSTM)")
    assert "4*units*(features + units + 1)" in out
    assert "time_distributed" not in out


def test_all_layers(shapecalc: Command, spec: Path) -> None:
    out = shapecalc("explain", spec.name).out
    assert "the same 6 weights of `dense` serve all 5 steps" in out
    assert [line.split(" ")[0] for line in out.split("\n") if line[:1].isalpha()] == ["lstm", "time_distributed"]


def test_a_layer_of_a_block_by_path(shapecalc: Command) -> None:
    text = "input: [4]\nblocks: {B: {layers: [{Dense: {units: 2}}]}}\nlayers: [B: {name: part}]\n"
    assert shapecalc("explain", "-", "part/dense", stdin=text).out.startswith("dense (Dense)")


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.yaml")), ids=lambda path: str(path.stem))
def test_every_model_that_ships_is_explained(shapecalc: Command, path: Path) -> None:
    code, out, err = shapecalc("explain", str(path))
    assert (code, err) == (0, "")
    assert out


def test_a_block_that_needs_numbers_is_explained_with_numbers(shapecalc: Command) -> None:
    text = "input: [3, C]\nblocks: {B: {inputs: {x: [T, F]}, layers: [ops.multiply: {x2: $F ** -0.5}]}}\nlayers: [B]\n"
    code, out, err = shapecalc("explain", "-", "--set", "C=4", stdin=text)
    assert (code, err) == (0, "")
    assert "output  (None, 3, 4)" in out


def test_json_and_markdown(shapecalc: Command, spec: Path) -> None:
    data = json.loads(shapecalc("explain", spec.name, "lstm", "--output-format", "json").out)
    assert [layer["params"]["total"] for layer in data["models"][0]["layers"]] == [140]
    assert "| kernel | features × 4*units |" in shapecalc("explain", spec.name, "--output-format", "markdown").out


def test_an_unknown_layer_is_a_usage_error(shapecalc: Command, spec: Path) -> None:
    assert shapecalc("explain", spec.name, "lst") == (
        2,
        "",
        "error[SC608] there is no layer `lst` in many_to_many.yaml; did you mean `lstm`?\n"
        "  = help: `shapecalc explain --help` lists what it takes\n",
    )


def test_a_broken_spec(shapecalc: Command) -> None:
    code, out, err = shapecalc("explain", "-", stdin="input: [4]\nlayers: [Danse]")
    assert (code, out) == (1, "")
    assert "error[SC201]" in err


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_page(shapecalc: Command, code: str) -> None:
    page = CODES[code]
    result, out, _ = shapecalc("explain", code.lower())
    assert result == 0
    assert out.startswith(f"{code}: {page.title} ({page.severity})\n\nChecks: ")
    assert all(f"    {line}".rstrip() in out for line in page.example.split("\n"))


def test_a_page_as_json_and_markdown(shapecalc: Command) -> None:
    data = json.loads(shapecalc("explain", "SC412", "--output-format", "json").out)
    assert data["codes"][0]["code"] == "SC412"
    assert shapecalc("explain", "SC412", "--output-format", "markdown").out.startswith("### SC412: ")


def test_an_unknown_code(shapecalc: Command) -> None:
    code, _, err = shapecalc("explain", "SC999")
    assert code == 2
    assert err.startswith("error[SC608] there is no code SC999")


def test_a_file_that_is_called_like_a_code(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "sc412").write_text("input: [4]\nlayers: [{Dense: {units: 2}}]")
    assert shapecalc("explain", "sc412").out.startswith("dense (Dense)")


SKIPPED = (
    "args: {on: false}\ninput: [4]\nlayers:\n  - Dense: {units: 3}\n    if: $on\n  - Dense: {units: 3}\n    repeat: 0\n"
)


@pytest.mark.parametrize("output_format", ["full", "markdown"])
def test_a_model_whose_entries_are_all_skipped(shapecalc: Command, output_format: str) -> None:
    assert shapecalc("explain", "-", "--output-format", output_format, stdin=f"name: bare\n{SKIPPED}") == (
        0,
        "bare has no layer: its entries are skipped, and what it is fed leaves it as output (None, 4)\n",
        "",
    )


def test_long_lists_of_layers_are_whole(shapecalc: Command) -> None:
    layers = "".join(f"  - Dense: {{units: 2, name: layer{number}}}\n" for number in range(30))
    _, _, err = shapecalc("explain", "-", "none_of_them", stdin=f"input: [4]\nlayers:\n{layers}")
    assert "the layers are input, layer0, layer1" in err
    assert "layer28, layer29" in err


def test_the_json_of_a_layer_has_these_keys(shapecalc: Command) -> None:
    text = "input: [6, 8]\nlayers:\n  - MultiHeadAttention: {num_heads: 2, key_dim: 4}\n    from: [prev, prev]\n"
    data = json.loads(shapecalc("explain", "-", "--output-format", "json", stdin=text).out)
    (layer,) = data["models"][0]["layers"]
    assert [*layer] == ["name", "type", "place", "outputs", "params", "macs", "workspace", "kept", "where", "notes"]
    assert [[*layer[key]] for key in ("params", "macs", "workspace", "kept")] == [
        ["weights", "formula", "total"],
        ["products", "formula", "total"],
        ["products", "formula", "total"],
        ["pieces", "formula", "total"],
    ]
    assert [*layer["macs"]["products"][0]] == ["name", "factors", "numbers", "total"]


def test_the_text_of_a_layer_has_its_memory(shapecalc: Command) -> None:
    text = "input: [6, 8]\nlayers:\n  - MultiHeadAttention: {num_heads: 2, key_dim: 4}\n    from: [prev, prev]\n"
    heads = [line.split()[0] for line in shapecalc("explain", "-", stdin=text).out.splitlines() if line[2:3] != " "]
    assert heads == ["multi_head_attention", "output", "params", "macs", "memory", "where", "note"]


def test_the_json_of_a_broken_spec_holds_its_findings_and_nothing_else_is_printed(shapecalc: Command) -> None:
    code, out, err = shapecalc("explain", "-", "--output-format", "json", stdin="input: [4]\nlayers: [Danse]")
    assert (code, err) == (1, "")
    assert [finding["code"] for finding in json.loads(out)["diagnostics"]] == ["SC201"]


def test_markdown_says_what_the_names_are(shapecalc: Command, spec: Path) -> None:
    lines = shapecalc("explain", spec.name, "lstm", "--output-format", "markdown").out.splitlines()
    assert lines[-3] == "where `units = 5`, `time = 5`, `features = 1`"


def test_colour_marks_layers_heads_and_totals(shapecalc: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "input: [5, 1]\nlayers:\n  - LSTM: {units: 5}\n"
    plain = shapecalc("explain", "-", stdin=text).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    coloured = shapecalc("explain", "-", stdin=text).out
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain
    for piece in ("\x1b[1mlstm (LSTM)\x1b[0m", "\x1b[36mparams\x1b[0m", "\x1b[32m140\x1b[0m"):
        assert piece in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert shapecalc("explain", "-", stdin=text).out == plain
