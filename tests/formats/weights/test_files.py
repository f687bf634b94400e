"""Files that Keras 3 and Keras 2 wrote of one model: matched to a spec whose layers have other names."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report
from shapecalc.analysis.verify import run_model
from shapecalc.formats.weights.match import match_weights
from shapecalc.formats.weights.read import open_weights
from shapecalc.model.load import Library
from tests.cli.conftest import Command
from tests.cli.conftest import shapecalc as shapecalc

DATA = Path(__file__).parent / "data"
ENDINGS = ("weights.h5", "keras", "h5")


def spec() -> Report:
    report = analyse(Library().parse((DATA / "files.yaml").read_text("utf-8"), "files.yaml"))
    assert report.ok
    return report


def unpacked(folder: Path, version: int, ending: str) -> Path:
    path = folder / f"model.{ending}"
    path.write_bytes(gzip.decompress((DATA / f"keras{version}.{ending}.gz").read_bytes()))
    return path


def record(version: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"keras{version}.json").read_text("utf-8"))
    return found


def in_keras_order(report: Report) -> list[str]:
    """The paths of the weights in the order of `model.weights`: of the branches, the deeper layer comes first."""
    rows = {row.name: [f"{row.name}/{path}" for path, _ in row.weights] for row in report.rows}
    rows["left"], rows["right_1"] = rows["right_1"], rows["left"]
    return [path for paths in rows.values() for path in paths]


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_weight_finds_its_place(tmp_path: Path, version: int, ending: str) -> None:
    report = spec()
    paths = in_keras_order(report)
    assert len(paths) == len(record(version)["weights"])
    with open_weights(str(unpacked(tmp_path, version, ending))) as file:
        match = match_weights(report, file)
        assert match.is_complete
        firsts = {path: float(file.weights[name].read().flat[0]) for path, name in match.names.items()}
        arrays = {path: file.weights[name].read() for path, name in match.names.items()}
    numbers = {path: first if path == "normalization/count" else 100 * first for path, first in firsts.items()}
    assert {path: round(number) for path, number in numbers.items()} == {path: at + 1 for at, path in enumerate(paths)}
    run = run_model(report, {"input": np.ones((1, 5, 4), "float32")}, arrays)
    assert run.outputs["output"].ravel().tolist() == pytest.approx(record(version)["output"], abs=1e-5)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_models_file_brings_its_weights_along(shapecalc: Command, tmp_path: Path, version: int, ending: str) -> None:
    unpacked(tmp_path, version, ending)
    result = shapecalc("run", f"model.{ending}", "--input", "ones", "--output-format", "json")
    assert result.code == 0
    (model,) = json.loads(result.out)["models"]
    assert f"48 weights of model.{ending} found by name" in model["notes"]
    (output,) = model["outputs"].values()
    assert np.ravel(output["values"]).tolist() == pytest.approx(record(version)["output"], abs=1e-5)
    piped = shapecalc("run", "-", "--input", "ones", stdin=(tmp_path / f"model.{ending}").read_bytes())
    assert " 48 weights of standard input found by name\n" in piped.out


@pytest.mark.parametrize("ending", ENDINGS)
def test_other_weights_than_the_models_own_are_found_by_its_names(
    shapecalc: Command, tmp_path: Path, ending: str
) -> None:
    unpacked(tmp_path, 3, "keras")
    weights = unpacked(tmp_path, 3, ending).rename(tmp_path / "other")
    unpacked(tmp_path, 3, "keras")
    result = shapecalc("run", "model.keras", "--input", "ones", "--weights", weights.name)
    assert (result.code, result.err) == (0, "")
    assert "found by name" not in result.out  # it is said where a weight was found otherwise


def test_convert_writes_the_names_that_run_reads(shapecalc: Command, tmp_path: Path) -> None:
    unpacked(tmp_path, 3, "keras")
    shapecalc("convert", "model.keras", "--to", "yaml", "--out", "model.yaml", "--names", "names.json")
    result = shapecalc(
        "run", "model.yaml", "--input", "ones", "--weights", "model.keras", "--names", "names.json",
        "--output-format", "json",
    )  # fmt: skip
    assert (result.code, result.err) == (0, "")
    (model,) = json.loads(result.out)["models"]
    assert model["notes"] == []
    (output,) = model["outputs"].values()
    assert np.ravel(output["values"]).tolist() == pytest.approx(record(3)["output"], abs=1e-5)
