"""Published models by name: `shapecalc models`, and every command where no file has the name."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest

from shapecalc.document.shipped import list_models
from tests.cli.conftest import Command

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in (ROOT / "specs" / "models").glob("*.yaml"))


def test_the_models_that_ship_are_those_of_the_folder() -> None:
    assert list_models() == NAMES


def test_the_list_has_the_counts(shapecalc: Command) -> None:
    code, out, err = shapecalc("models")
    assert (code, err) == (0, "")
    lines = [line for line in out.split("\n") if line.startswith("│")]
    assert [line.split()[1] for line in lines] == NAMES
    assert ["lenet5", "61,706", "416,520", "(None, 32, 32, 1)"] in [
        [cell.strip() for cell in line.strip("│").split("│")] for line in lines
    ]
    assert "of the model types bert, camembert, deepseek_v3" in out


def test_the_list_for_scripts(shapecalc: Command) -> None:
    models = json.loads(shapecalc("models", "--output-format", "json").out)["models"]
    assert [model["name"] for model in models] == NAMES
    (mixture,) = (model for model in models if model["name"] == "mixtral_8x7b")
    assert mixture["totals"]["params"] == 46_702_792_704
    assert mixture["totals"]["active_params"] == 12_879_925_248
    assert mixture["inputs"] == [{"name": "tokens", "shape": [None, "T"]}]
    rows = list(csv.DictReader(StringIO(shapecalc("models", "--output-format", "csv").out)))
    assert [row["name"] for row in rows] == NAMES
    assert [int(row["params"]) for row in rows] == [model["totals"]["params"] for model in models]
    assert "| lenet5 | 61,706 | 416,520 | (None, 32, 32, 1) |" in shapecalc("models", "--output-format", "markdown").out


@pytest.mark.parametrize("name", NAMES)
def test_the_spec_that_is_printed_is_the_model(shapecalc: Command, name: str) -> None:
    text = shapecalc("models", name).out
    assert "file:" not in text
    result = shapecalc("check", "-", stdin=text)
    assert "error" not in result.out
    named, printed = (
        json.loads(out)["models"][0]
        for out in (
            shapecalc("summary", name, "--output-format", "json").out,
            shapecalc("summary", "-", "--output-format", "json", stdin=text).out,
        )
    )
    assert named["file"] == name
    assert {**printed, "file": name, "layers": None} == {**named, "layers": None}


def test_a_page_in_markdown(shapecalc: Command) -> None:
    out = shapecalc("models", "lenet5", "--output-format", "markdown").out
    assert out.startswith("### lenet5\n\nLeNet-5, which read the digits")
    assert "```yaml\nname: lenet5\n" in out


def test_a_name_that_is_none(shapecalc: Command) -> None:
    code, out, err = shapecalc("models", "lenet_5")
    assert (code, out) == (2, "")
    assert err == "error[SC601] there is no published model `lenet_5`\n  = help: did you mean `lenet5`?\n"
    assert "help: `shapecalc models` lists them" in shapecalc("models", "../pyproject").err


@pytest.mark.parametrize(
    "words",
    [
        "summary lenet5",
        "check lenet5 --run",
        "explain lenet5 conv2d",
        "run lenet5 --input zeros",
        "convert lenet5 --to keras-python",
        "convert lenet5 --to dot",
        "convert lenet5 --to yaml",
        "annotate lenet5",
        "sweep gpt2_small --set depth=1,2",
        "solve gpt2_small --for depth --max-params 1G",
        "diff lenet5 alexnet",
        "diff gpt2_small --set depth=1,2",
        "check llama_3_8b lenet5",
        "summary mixtral_8x7b lenet5 --columns macs",
    ],
)
def test_every_command_takes_a_name(shapecalc: Command, words: str) -> None:
    result = shapecalc(*words.split())
    assert (result.code, "error" in result.err) == (0, False)
    assert result.out


def test_a_file_of_the_name_goes_first(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "lenet5").write_text("input: [4]\nlayers: [{Dense: {units: 2}}]\n")
    out = shapecalc("summary", "lenet5", "--output-format", "concise").out
    assert out == "lenet5: 10 params (40 B), 8 MACs, output (None, 2)\n"
    assert "61,706" in shapecalc("models", "lenet5", "--output-format", "markdown").out


def test_a_name_that_is_misspelt(shapecalc: Command, tmp_path: Path) -> None:
    said = "error[SC601] cannot read gpt2_smal: No such file or directory\n  = help: did you mean `gpt2_small`?\n"
    assert shapecalc("summary", "gpt2_smal") == (2, "", said)
    assert said.replace("\n", "") in shapecalc("diff", "gpt2_smal", "lenet5").err.replace("\n", "")
    (tmp_path / "gpt2_smal.yaml").write_text("input: [4]\nlayers: [Flatten]\n")
    assert "did you mean `gpt2_smal.yaml`?" in shapecalc("summary", "gpt2_smal").err


@pytest.mark.parametrize("words", ["annotate lenet5 --write", "check lenet5 --update-expect --add peak_activation"])
def test_nothing_is_written(shapecalc: Command, tmp_path: Path, words: str) -> None:
    path = ROOT / "specs" / "models" / "lenet5.yaml"
    before = path.read_text("utf-8")
    result = shapecalc(*words.split())
    assert "SC607" in result.out + result.err
    assert path.read_text("utf-8") == before
    assert list(tmp_path.iterdir()) == []
