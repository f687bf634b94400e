"""The networks of the tutorial: what each promises holds, and a forward pass says the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.expect import check_expectations
from shapecalc.analysis.report import Report
from shapecalc.analysis.verify import Run, run_model, sample_inputs
from shapecalc.analysis.warnings import list_warnings
from shapecalc.formats.arrays import read_npz
from shapecalc.model.load import Library
from tests.specs.analysed import clean

TUTORIAL = Path(__file__).parents[2] / "specs" / "tutorial"
SPECS = sorted(path.stem for path in TUTORIAL.glob("*.yaml"))


def opened(name: str) -> Report:
    return analyse(Library().open(str(TUTORIAL / f"{name}.yaml")))


def forward(report: Report) -> Run:
    return run_model(report, sample_inputs(report, "random", batch=1))


@pytest.mark.parametrize("name", SPECS)
def test_it_is_clean_and_meets_its_expectations(name: str) -> None:
    report = opened(name)
    assert report.diagnostics + check_expectations(report) + list_warnings(report) == []
    assert report.spec.expect is not None
    assert report.spec.description.endswith(".")
    assert report.name == name


@pytest.mark.parametrize("name", SPECS)
def test_a_forward_pass_agrees(name: str) -> None:
    run = forward(opened(name))
    assert run.diagnostics == []
    assert all(row.agrees for row in run.rows)
    assert all(np.isfinite(array).all() for array in run.outputs.values())


def test_every_network_of_the_tutorial_is_there() -> None:
    numbers = {name: (opened(name).params, [str(t.shape) for t in opened(name).outputs.values()]) for name in SPECS}
    assert {name: (str(params), shapes) for name, (params, shapes) in numbers.items()} == {
        "class_of_every_step": ("31390", ["(None, 15, 30)"]),
        "clip_classifier": ("30245", ["(None, 5)"]),
        "conv_on_every_frame": ("1792", ["(None, 10, 297, 297, 64)"]),
        "dense_on_named_sizes": ("10*p + 10", ["(None, m, o, 10)"]),
        "dialog_bits": ("20806", ["(None, 20, 6)"]),
        "encoder_decoder_repeat": ("13832", ["(None, 5, 8)"]),
        "encoder_decoder_states": ("718173", ["(None, T, 93)"]),
        "many_to_many": ("146", ["(None, 5, 1)"]),
        "many_to_many_dense": ("146", ["(None, 5, 1)"]),
        "many_to_one": ("170", ["(None, 5)"]),
        "multi_label": ("44610", ["(None, 10)"]),
        "one_to_many": ("809", ["(None, 5, 1)"]),
        "one_to_one": ("146", ["(None, 1)"]),
        "sequence_labelling": ("1085641", ["(None, T, 9)"]),
        "simple_rnn_every_step": ("40400", ["(None, 700, 200)"]),
        "time_distributed_or_dense": ("532", ["(None, 10, 1)", "(None, 10, 1)"]),
        "time_distributed_twice": ("424", ["(None, 10, 32)"]),
    }


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("one_to_one", [("lstm", "(None, 5)", 140), ("dense", "(None, 1)", 6)]),
        ("many_to_one", [("lstm", "(None, 5)", 140), ("dense", "(None, 5)", 30)]),
        ("many_to_many", [("lstm", "(None, 5, 5)", 140), ("time_distributed", "(None, 5, 1)", 6)]),
        ("many_to_many_dense", [("lstm", "(None, 5, 5)", 140), ("dense", "(None, 5, 1)", 6)]),
    ],
)
def test_the_numbers_this_project_started_from(name: str, rows: list[tuple[str, str, int]]) -> None:
    report = opened(name)
    assert [(row.name, str(row.shapes[0]), row.params) for row in report.rows[1:]] == rows


@pytest.mark.parametrize("input", ["[5, 1]", "[10, 20]", "[3, 4, 6]"])
def test_dense_in_time_distributed_equals_dense_bit_for_bit(input: str) -> None:
    plain = clean(f"input: {input}\nlayers:\n  - Dense: {{units: 7, name: a}}\n")
    wrapped = clean(f"input: {input}\nlayers:\n  - TimeDistributed: {{layer: {{Dense: {{units: 7}}}}, name: a}}\n")
    inputs = sample_inputs(plain, "random", seed=3)
    random = np.random.default_rng(4)
    features = int(input.strip("[]").split(",")[-1])
    kernel, bias = random.standard_normal((features, 7)), random.standard_normal(7)
    kernel, bias = kernel.astype(np.float32), bias.astype(np.float32)
    one = run_model(plain, inputs, {"a/kernel": kernel, "a/bias": bias})
    other = run_model(wrapped, inputs, {"a/dense/kernel": kernel, "a/dense/bias": bias})
    assert one.diagnostics == other.diagnostics == []
    assert one.outputs["output"].dtype == np.float32
    assert np.array_equal(one.outputs["output"], other.outputs["output"])
    assert np.abs(one.outputs["output"] - (inputs["input"] @ kernel + bias)).max() < 1e-5


@pytest.mark.parametrize(
    ("name", "fed"), [("one_to_one", (5, 1, 1)), ("many_to_one", (1, 5, 1)), ("many_to_many", (1, 5, 1))]
)
def test_weights_trained_in_keras_give_the_sequence_back(name: str, fed: tuple[int, ...]) -> None:
    sequence = np.array([0.0, 0.2, 0.4, 0.6, 0.8], np.float32)
    report = opened(name)
    weights = read_npz(str(TUTORIAL / "weights" / f"{name}.npz"), "SC606")
    assert {key: array.shape for key, array in weights.items()} == {
        f"{row.name}/{path}": weight.shape for row in report.rows for path, weight in row.weights
    }
    run = run_model(report, {"input": sequence.reshape(fed)}, weights)
    assert run.diagnostics == []
    assert [round(float(value), 1) for value in run.outputs["output"].flat] == [0.0, 0.2, 0.4, 0.6, 0.8]
    untrained = run_model(report, {"input": sequence.reshape(fed)})
    assert np.abs(untrained.outputs["output"].flat - sequence).max() > 0.1
