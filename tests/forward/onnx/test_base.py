"""Operators of ONNX in a spec: what they are given, what they are refused for, and what the node tests leave out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shapecalc.analysis.verify import Run, run_model
from shapecalc.diagnostics import Fault
from tests.analysis.test_verify import report_of


def run(entry: str, *inputs: NDArray[Any]) -> Run:
    """A run of one operator on arrays."""
    lines = [
        f"  x{number}: {{batch_shape: {list(array.shape)}, dtype: {array.dtype.name}}}"
        for number, array in enumerate(inputs)
    ]
    feed = ", ".join(f"x{number}" for number in range(len(inputs)))
    head = "inputs:\n" + "\n".join(lines) + f"\nlayers:\n  - {entry}\n    from: [{feed}]\n"
    report = report_of(head)
    return run_model(report, {f"x{number}": array for number, array in enumerate(inputs)})


def compute(entry: str, *inputs: NDArray[Any]) -> Any:
    """The numbers of the first output."""
    ran = run(entry, *inputs)
    assert ran.agrees, [finding.message for finding in ran.diagnostics]
    return next(iter(ran.outputs.values())).tolist()


def refuse(entry: str, *inputs: NDArray[Any]) -> str:
    """The code and the message of a refusal."""
    with pytest.raises(Fault) as refused:
        run(entry, *inputs)
    finding = refused.value.diagnostics[0]
    return f"{finding.code} {finding.message}"


X = np.array([[1.0, -2.0, 3.0]], np.float32)
IMAGE = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)


def test_constants_are_arguments() -> None:
    assert compute("onnx.Add: {B: [1, 2, 3]}", X) == [[2, 0, 6]]


def test_a_weight_starts_with_the_numbers_that_a_spec_says() -> None:
    entry = "onnx.Mul: {B: {shape: [3], dtype: float32, values: [1, 10, 100]}}"
    ran = run(entry, X)
    assert next(iter(ran.outputs.values())).tolist() == [[1, -20, 300]]
    assert [array.tolist() for array in ran.weights.values()] == [[1, 10, 100]]
    assert ran.agrees


def test_a_weight_without_numbers_is_drawn() -> None:
    ran = run("onnx.MatMul: {B: {shape: [3, 4], dtype: float32}}", X)
    (weight,) = ran.weights.values()
    assert next(iter(ran.outputs.values())) == pytest.approx(X @ weight)
    assert np.abs(weight).max() > 0.1


def test_positions_without_numbers_are_refused() -> None:
    entry = "onnx.Gather: {indices: {shape: [100], dtype: int64}, axis: 1}"
    assert refuse(entry, X) == "SC606 cannot be computed: the numbers of `indices` are not said"


def test_a_quantised_weight_is_asked_for_in_its_own_dtype() -> None:
    ran = run("onnx.MatMulInteger: {B: {shape: [3, 2], dtype: int8, values: [1, 2, 3, 4, 5, 6]}}", X.astype(np.int8))
    assert next(iter(ran.outputs.values())).tolist() == [[10, 12]]
    assert [array.dtype for array in ran.weights.values()] == [np.int8]


@pytest.mark.parametrize(
    ("entry", "argument"),
    [
        ("onnx.Resize: {scales: [1.0, 1.0, 2.0, 2.0], coordinate_transformation_mode: sideways}",
         "coordinate_transformation_mode"),
        ("onnx.Resize: {scales: [1.0, 1.0, 2.0, 2.0], nearest_mode: sideways}", "nearest_mode"),
        ("onnx.RNN: {W: {shape: [1, 2, 4]}, R: {shape: [1, 2, 2]}, activations: [sideways]}", "activations"),
    ],
)  # fmt: skip
def test_what_the_standard_does_not_name_is_refused(entry: str, argument: str) -> None:
    x = IMAGE[0] if "RNN" in entry else IMAGE
    assert refuse(entry, x) == f"SC205 cannot be computed: `{argument}` is 'sideways'"


@pytest.mark.parametrize("argument", ["mode", "padding_mode"])
def test_a_grid_is_sampled_as_the_standard_names_it(argument: str) -> None:
    grid = np.zeros((1, 2, 2, 2), np.float32)
    said = refuse(f"onnx.GridSample: {{{argument}: sideways}}", IMAGE, grid)
    assert said == f"SC205 cannot be computed: `{argument}` is 'sideways'"


def test_numbers_dropped_as_in_training_are_refused() -> None:
    said = refuse("onnx.Dropout: {ratio: 0.5, training_mode: true}", X)
    assert said == "SC206 cannot be computed: it drops numbers at random, as in training"


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a*)*", "(a|b+)*c{2}", "(a|a)*b", "a*a*a*a*b"])
def test_patterns_that_take_for_ever_are_refused(pattern: str) -> None:
    text = np.array(["a" * 60])
    report = report_of(
        f"input: {{batch_shape: [1], dtype: string}}\nlayers:\n  - onnx.RegexFullMatch: {{pattern: '{pattern}'}}\n"
    )
    with pytest.raises(Fault) as refused:
        run_model(report, {"input": text})
    assert refused.value.diagnostics[0].code == "SC618"


def test_nan_goes_through_pooling() -> None:
    x = IMAGE.copy()
    x[0, 0, 1, 1] = np.nan
    ran = run("onnx.MaxPool: {kernel_shape: [2, 2], strides: [2, 2]}", x)
    y, places = (
        (np.asarray(array) for array in list(ran.outputs.values())[:2])
        if len(ran.outputs) > 1
        else (next(iter(ran.outputs.values())), None)
    )
    assert np.isnan(y[0, 0, 0, 0])
    assert np.isfinite(y.reshape(-1)[1:]).all()
    assert places is None or places.shape == y.shape


@pytest.mark.parametrize("name", ["Identity", "Dropout", "Softmax", "LSTM", "Add"])
def test_an_operator_is_not_the_layer_of_the_same_name(name: str) -> None:
    from shapecalc.forward.base import _FORWARDS, has_forward
    from shapecalc.layers.onnx.index import find

    operator = find(f"onnx.{name}")
    assert operator is not None
    assert has_forward(operator)
    __import__("shapecalc.forward.block")
    assert _FORWARDS[f"onnx.{name}"] is not _FORWARDS.get(name)
