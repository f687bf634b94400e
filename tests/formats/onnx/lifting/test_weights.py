"""Lifted models with the numbers of their files give what ONNX Runtime and PyTorch gave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shapecalc.analysis.report import Report
from shapecalc.analysis.verify import run_model
from shapecalc.cli.session import Session
from tests.cli.conftest import Command
from tests.cli.conftest import shapecalc as shapecalc

RUNS = Path(__file__).parents[1] / "runs"
LAYERS = {
    "convolutions": {"DepthwiseConv2D", "GlobalAveragePooling2D", "Dense", "ReLU", "MaxPooling2D"},
    "decoder": {"Embedding", "LayerNormalization", "Dense", "Activation", "Softmax"},
    "gated": {"SimpleRNN", "GRU"},
    "pyramid": {"Conv2D"},
    "self_attention": {"Softmax"},
    "tagger": {"Bidirectional", "Dense"},
}
"""Layers of Keras that must be among those of a lifted model."""


def run_lifted(name: str, x: NDArray[Any]) -> tuple[Report, NDArray[Any]]:
    """The report of a file's lifted model, and its output with the file's numbers."""
    session = Session()
    report = session.report(str(RUNS / f"{name}.onnx"))
    assert report is not None
    assert report.spec.held is not None
    assert {f"{row.name}/{weight}" for row in report.rows for weight, _ in row.weights} <= set(report.spec.held(None))
    run = run_model(report, {next(iter(report.inputs)): x})
    assert run.diagnostics == []
    return report, next(iter(run.outputs.values()))


@pytest.mark.parametrize("name", LAYERS)
def test_outputs_are_those_of_the_runtime(name: str) -> None:
    with np.load(RUNS / f"{name}.npz") as recorded:
        report, y = run_lifted(name, recorded["x"])
        assert {row.type for row in report.rows} >= LAYERS[name]
        assert np.abs(y - recorded["y"]).max() <= 1e-6 * np.abs(recorded["y"]).max()


@pytest.mark.parametrize("name", ["tagger", "gated"])
def test_recurrent_nets_are_those_of_pytorch(name: str) -> None:
    with np.load(RUNS / f"{name}.npz") as recorded:
        assert np.abs(run_lifted(name, recorded["x"])[1] - recorded["torch"]).max() < 1e-6


def test_a_spec_and_its_weights_give_the_same(shapecalc: Command, tmp_path: Path) -> None:
    spec = tmp_path / "tagger.yaml"
    result = shapecalc("convert", str(RUNS / "tagger.onnx"), "--to", "yaml", "--out", str(spec))
    assert result.code == 0
    assert f"the weights of the file are in {tmp_path / 'tagger.npz'}" in result.err
    assert spec.read_text("utf-8").splitlines()[-3:] == [
        "  - Bidirectional: {layer: {LSTM: {units: 5, return_sequences: true}}, name: lstm_LSTM}",
        "  - Bidirectional: {layer: {LSTM: {units: 5, return_sequences: true}}, name: lstm_LSTM_1}",
        "  - Dense: {units: 3, name: dense_MatMul}",
    ]
    with np.load(RUNS / "tagger.npz") as recorded:
        np.save(tmp_path / "x.npy", recorded["x"])
        words = "--weights", str(tmp_path / "tagger.npz"), "--input", str(tmp_path / "x.npy")
        ran = shapecalc("run", str(spec), *words, "--save", str(tmp_path / "y.npz"))
        assert ran.code == 0
        with np.load(tmp_path / "y.npz") as saved:
            assert np.abs(next(iter(saved.values())) - recorded["torch"]).max() < 1e-6
