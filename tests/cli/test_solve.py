"""`shapecalc solve`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shapecalc.analysis.amounts import FORMS
from tests.cli.conftest import Command

SPEC = """\
name: reader
args: {units: 64, depth: 2}
input: [T, 3]
layers:
  - LSTM: {units: $units, return_sequences: true}
    repeat: $depth
  - Dense: {units: 1}
"""


@pytest.fixture
def reader(tmp_path: Path) -> str:
    (tmp_path / "reader.yaml").write_text(SPEC)
    return "reader.yaml"


def test_the_answer_from_a_formula(shapecalc: Command, reader: str) -> None:
    assert shapecalc("solve", reader, "--for", "units", "--max-params", "1M") == (
        0,
        "reader: units = 287 is the largest with params <= 1,000,000\n"
        "\n"
        "  units     params\n"
        "    287    994,456\n"
        "    288  1,001,377\n"
        "\n"
        "  params = 12*units**2 + 21*units + 1\n"
        "  From the formulas: no larger units keeps to the limits and to what the model assumes.\n",
        "",
    )


def test_the_answer_by_inference_with_two_limits(shapecalc: Command, reader: str) -> None:
    options = ("--for", "depth", "--max-params", "1M", "--max-weights", "2MiB", "--set", "T=8")
    assert shapecalc("solve", reader, *options).out == (
        "reader: depth = 16 is the largest with params <= 1,000,000 and weights <= 2,097,152 bytes (2.0 MiB)\n"
        "\n"
        "  depth   params    weights\n"
        "     16  512,833  2,051,332\n"
        "     17  545,857  2,183,428\n"
        "\n"
        "  By inference, value by value: the 228 values above were tried too.\n"
        "  Bytes: KiB, MiB and GiB are 1024; KB, MB and GB are 1024 in totals, as in Keras, and 1000 in limits.\n"
    )


def test_a_largest_value_that_may_be(shapecalc: Command, reader: str) -> None:
    assert shapecalc("solve", reader, "--for", "units", "--max-params", "1M", "--max", "9").out == (
        "reader: units = 9 is the largest with params <= 1,000,000\n"
        "\n"
        "  units  params\n"
        "      9   1,162\n"
        "\n"
        "  params = 12*units**2 + 21*units + 1\n"
        "  From the formulas: no larger units keeps to the limits and to what the model assumes.\n"
    )


def test_a_multiple_of_a_step(shapecalc: Command, reader: str) -> None:
    options = ("--for", "units", "--max-params", "1M", "--step", "64")
    assert shapecalc("solve", reader, *options).out.split("\n")[:5] == [
        "reader: units = 256 is the largest multiple of 64 with params <= 1,000,000",
        "",
        "  units     params",
        "    256    791,809",
        "    320  1,235,521",
    ]
    code, _, err = shapecalc("solve", reader, *options, "--max", "63")
    assert (code, err) == (
        1,
        "error[SC507] no multiple of 64 is from 1 to 63\n  = help: give a smaller `--step`, or a larger `--max`\n",
    )


def test_the_batch(shapecalc: Command, reader: str) -> None:
    options = ("--for", "batch", "--max-memory", "1GiB", "--set", "T=100")
    for more in ((), ("--training", "adam")):
        code, out, err = shapecalc("solve", reader, *options, *more, "--output-format", "json")
        assert (code, err) == (0, "")
        (answer,) = json.loads(out)["models"]
        (limit,) = answer["limits"]
        assert (answer["for"], answer["next"]) == ("batch", answer["value"] + 1)
        assert limit["count"] <= 2**30 < limit["next_count"]
        memory = ("--batch", str(answer["value"]), "--set", "T=100", *more, "--output-format", "json")
        _, out, _ = shapecalc("summary", reader, "--columns", "memory", *memory)
        assert json.loads(out)["models"][0]["memory"]["peak"] == limit["count"]


def test_json(shapecalc: Command, reader: str) -> None:
    options = ("--for", "T", "--max-memory", "1MiB", "--output-format", "json")
    code, out, err = shapecalc("solve", reader, *options)
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "schema_version": 1,
        "models": [
            {
                "name": "reader",
                "file": "reader.yaml",
                "for": "T",
                "value": 1653,
                "next": 1654,
                "step": 1,
                "method": "formula",
                "tried": 0,
                "limits": [
                    {
                        "quantity": "memory",
                        "limit": 1048576,
                        "count": 1048324,
                        "next_count": 1048836,
                        "formulas": ["512*T + 201988"],
                    }
                ],
            }
        ],
        "diagnostics": [],
    }


def test_no_answer_is_a_finding(shapecalc: Command, reader: str) -> None:
    code, out, err = shapecalc("solve", reader, "--for", "units", "--max-params", "5")
    assert (code, out) == (1, "")
    assert err == "error[SC507] no `units` from 1 on has params <= 5\n  = help: raise the limit\n"
    code, out, _ = shapecalc("solve", reader, "--for", "units", "--max-params", "5", "--output-format", "json")
    assert (code, json.loads(out)["models"]) == (1, [])
    assert [one["code"] for one in json.loads(out)["diagnostics"]] == ["SC507"]


def test_a_name_that_is_not_there(shapecalc: Command, reader: str) -> None:
    code, _, err = shapecalc("solve", reader, "--for", "unit", "--max-params", "5")
    assert (code, err) == (
        1,
        "error[SC210] --for: the model has no argument or size `unit`\n  = help: did you mean `units`?\n",
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--for", "units"), "solve needs a limit: --max-params, --max-macs, --max-weights, --max-memory or --device"),
        (("--max-params", "1M"), "--for is missing"),
        (("--for", "units", "--max-params", "1Q"), f"--max-params: `1Q` is no amount: {FORMS}"),
        (("--for", "units", "--max-macs", "x"), f"--max-macs: `x` is no amount: {FORMS}"),
        (("--for", "units", "--max-macs", "1", "--min", "3", "--max", "2"), "--max: 2 is less than --min, 3"),
        (("--for", "T", "--max-macs", "1", "--set", "T=2"), "--set gives `T` a value, and --for asks for one"),
        (
            ("--for", "batch", "--max-memory", "1", "--batch", "2"),
            "--batch gives the batch size a value, and --for asks for one",
        ),
        (
            ("--for", "units", "--max-params", "1M", "--step", "0"),
            "--step must be a whole number of at least 1, got `0`",
        ),
    ],
)
def test_wrong_options(shapecalc: Command, reader: str, options: tuple[str, ...], message: str) -> None:
    code, out, err = shapecalc("solve", reader, *options)
    assert (code, out) == (2, "")
    assert err.startswith(f"error[SC608] {message}")


def test_a_spec_that_is_not_there(shapecalc: Command) -> None:
    code, _, err = shapecalc("solve", "no.yaml", "--for", "x", "--max-params", "1")
    assert (code, err) == (2, "error[SC601] cannot read no.yaml: No such file or directory\n")


def test_standard_input_and_a_setting_for_runs(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.shapecalc]\nmax-memory = "1KiB"\n')
    code, out, _ = shapecalc("solve", "-", "--for", "units", "--max-params", "1M", stdin=SPEC)
    assert (code, out.split("\n")[0]) == (0, "reader: units = 287 is the largest with params <= 1,000,000")
