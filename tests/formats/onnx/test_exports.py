"""What Keras, PyTorch and transformers export: shapes of all tensors, MACs, numbers, and the layers they become."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapecalc.analysis.analyse import Settings
from shapecalc.analysis.report import Report
from shapecalc.analysis.verify import run_model
from shapecalc.cli.session import Session
from shapecalc.dims import bind
from shapecalc.formats.flat_model import FlatModel
from shapecalc.formats.onnx.messages import Model
from shapecalc.formats.onnx.wire import read_message
from tests.cli.conftest import Command
from tests.cli.conftest import shapecalc as shapecalc

FOLDER = Path(__file__).parent / "exports"
RECORDS: dict[str, dict[str, Any]] = json.loads(lzma.decompress((FOLDER.parent / "exports.xz").read_bytes()))
NAMES = sorted(RECORDS)


def path_of(name: str) -> str:
    return str(FOLDER / f"{name}.onnx")


def report_of(
    name: str, run: dict[str, Any] | None = None, *, exact: bool = False
) -> tuple[Report, Session, FlatModel]:
    """The report of a file, with its open axes as they were in a run."""
    session = Session(wants_exact=exact)
    flat = session.content(path_of(name))
    assert isinstance(flat, FlatModel)
    if run is not None:
        session.settings = Settings(bindings_of(flat, run))
    report = session.report(path_of(name))
    assert report is not None
    return report, session, session.written[path_of(name)].flat


def bindings_of(flat: FlatModel, run: dict[str, Any]) -> dict[str, int]:
    """The sizes that the open axes of a model had in a run."""
    pairs = [pair for given, sizes in zip(flat.inputs, run["inputs"].values(), strict=True)
             for pair in zip(given.axes or (), sizes, strict=True)]  # fmt: skip
    return {name: size for name, size in pairs if isinstance(name, str)}


def list_shapes(name: str, report: Report, flat: FlatModel) -> dict[str, list[Any]]:
    """The shapes of all tensors by their names in the file."""
    graph = read_message(Model, memoryview(Path(path_of(name)).read_bytes())).graph
    assert graph is not None
    layers = {place: layer for layer, place in flat.places.items()}
    rows = {row.name: row for row in report.rows}
    shapes: dict[str, list[Any]] = {}
    for position, node in enumerate(graph.node):
        row = rows.get(layers.get(node.name or f"graph.node[{position}]", ""))
        if row is not None:
            shapes |= {output: list(shape) for output, shape in zip(node.output, row.shapes, strict=False)}
    return shapes


@pytest.mark.parametrize("name", NAMES)
def test_every_tensor_has_the_shape_that_the_runtime_computes(name: str) -> None:
    open_report, _, open_flat = report_of(name, exact=True)
    formulas = list_shapes(name, open_report, open_flat)
    for run in RECORDS[name]["runs"]:
        report, session, flat = report_of(name, run, exact=True)
        assert [finding for finding in session.diagnostics if finding.severity == "error"] == []
        shapes, sizes = list_shapes(name, report, flat), bindings_of(flat, run)
        for tensor, shape in run["shapes"].items():
            if tensor in shapes:
                assert shapes[tensor] == shape
                assert [bind(size, sizes) for size in formulas[tensor]] == shape
        assert len(shapes) > 0.4 * len(run["shapes"])


@pytest.mark.parametrize("name", NAMES)
def test_multiply_accumulates_are_those_of_the_runtimes_shapes(name: str) -> None:
    for run in RECORDS[name]["runs"]:
        if run["macs"] is None:
            continue
        for exact in (True, False):
            report, _, _ = report_of(name, run, exact=exact)
            batch = report.walk.samples if report.walk is not None else 1
            assert report.macs * (batch if exact else next(iter(run["inputs"].values()))[0]) == run["macs"]


def test_pytorch_counts_the_same() -> None:
    runs = [run for record in RECORDS.values() for run in record["runs"] if "macs of torch" in run]
    assert len(runs) >= 24
    assert [run["macs"] for run in runs] == [run["macs of torch"] for run in runs]


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_outputs_are_those_of_the_runtime(name: str, exact: bool) -> None:
    session = Session(wants_exact=exact)
    report = session.report(path_of(name))
    assert report is not None
    assert report.spec.held is not None
    with np.load(FOLDER / f"{name}.npz") as saved:
        fed = [saved[key] for key in saved if not key.startswith("y:")]
        wanted = [saved[key] for key in saved if key.startswith("y:")]
    run = run_model(report, dict(zip(report.inputs, fed, strict=True)))
    assert run.diagnostics == []
    for output, expected in zip(run.outputs.values(), wanted, strict=True):
        assert np.abs(output - expected).max() <= 1e-4 * max(1, np.abs(expected).max())


@pytest.mark.parametrize(
    "name",
    [
        "torch_attention_to_the_past",
        "torch_encoder_layer_captured",
        "torch_gpt2",
        "torch_vit",
        "keras_tensorflow_gru",
    ],
)
def test_a_spec_with_the_weights_beside_it_gives_the_same(shapecalc: Command, tmp_path: Path, name: str) -> None:
    spec, x = tmp_path / "model.yaml", tmp_path / "x.npy"
    assert shapecalc("convert", path_of(name), "--to", "yaml", "--out", str(spec)).code == 0
    with np.load(FOLDER / f"{name}.npz") as saved:
        (fed,) = [saved[key] for key in saved if not key.startswith("y:")]
        (wanted,) = [saved[key] for key in saved if key.startswith("y:")]
    np.save(x, fed)
    words = "--weights", str(tmp_path / "model.npz"), "--input", str(x), "--save", str(tmp_path / "y.npz")
    result = shapecalc("run", str(spec), *words)
    assert (result.code, result.err) == (0, "")
    with np.load(tmp_path / "y.npz") as found:
        assert np.abs(next(iter(found.values())) - wanted).max() <= 1e-4 * max(1, np.abs(wanted).max())


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_those_of_the_model(name: str) -> None:
    """A normalisation may be part of a convolution, and a constant of one number counts as one."""
    report, _, _ = report_of(name)
    assert report.params in range(RECORDS[name]["params"] - 40, RECORDS[name]["params"] + 40) or name in DIFFERENT


DIFFERENT = {
    "keras_tensorflow_attention_open": "the exporter has put its three kernels in twice",
    "torch_gpt2": "the table of words stands in it twice, once turned",
    "torch_tied": "the table of words stands in it twice, once turned",
}
"""Files that hold other numbers than the model has parameters, and why."""

LIFTED = {
    name: [tuple(layer) for layer in RECORDS[f"keras_tensorflow_{name}"]["layers"]]
    for name in ("lstm_twice", "lstm_open", "lstm_both_ways", "functions")
} | {"many_to_many": [("LSTM", 140), ("Dense", 6)], "steps": [("Dense", 8), ("Dense", 18)]}
"""What Keras says of the layers of models that become these again; TimeDistributed of a Dense is a Dense."""


@pytest.mark.parametrize("name", LIFTED)
def test_a_file_of_keras_becomes_the_layers_that_it_was_made_of(name: str) -> None:
    report, _, flat = report_of(f"keras_tensorflow_{name}")
    assert [(row.type, row.params) for row in report.rows if row.params] == LIFTED[name]
    assert not any(type_name.startswith("onnx.") for type_name, _ in flat.layers.values())


def test_layers_of_pytorch_with_attention_become_layers() -> None:
    _, _, crossing = report_of("torch_crossing")
    (call,) = crossing.calls
    assert crossing.layers[call.layer] == ("MultiHeadAttention", {"num_heads": 2, "key_dim": 4})
    assert call.feed == {"query": ("x", 0, 0), "value": ("memory", 0, 0)}
    _, _, encoder = report_of("torch_encoder_layer_captured")
    names = [encoder.layers[call.layer][0] for call in encoder.calls]
    normalised = ["Add", "LayerNormalization"]
    assert names == ["MultiHeadAttention", *normalised, "Dense", "ReLU", "Dense", *normalised]
