"""The node tests of the standard, lifted: a layer in the place of a node gives the recorded numbers."""

from __future__ import annotations

from collections import Counter

import pytest

from shapecalc.analysis.verify import run_model
from shapecalc.cli.session import Session
from shapecalc.diagnostics import Fault
from shapecalc.formats.flat_model import FlatModel
from shapecalc.formats.onnx.lifting.lift import lift
from shapecalc.formats.onnx.lifting.weights import lift_weights
from shapecalc.formats.onnx.read import read_onnx
from shapecalc.formats.weights.model_file import read_held
from tests.formats.onnx.lifting.building import report_of
from tests.formats.onnx.nodes import REFUSED, RIGHT, WRONG, NodeTest, Verdict, list_tests
from tests.formats.onnx.numbers import compare, list_inputs, read_numbers


def lift_model(model: bytes) -> tuple[FlatModel, FlatModel]:
    """The nodes of a model, and its lifted form. Raises Fault."""
    flat = read_onnx(memoryview(model), "model.onnx")
    return flat, lift(flat, report_of)


def judge(test: NodeTest, model: bytes) -> tuple[set[str], Verdict] | None:
    """The layers that a test is lifted to, and what their numbers come to; None where no node is lifted."""
    try:
        flat, lifted = lift_model(model)
        kinds = {type_name for type_name, _ in lifted.layers.values() if not type_name.startswith("onnx.")}
        if not kinds:
            return None
        fed, wanted = read_numbers()[test.name]
        by_name = dict(zip(list_inputs(test.models[0]), fed, strict=False))
        report = Session().report_of_model(lifted, "model.onnx")
        feed = {name: by_name[lifted.places[name]] for name in report.inputs}
        weights = lift_weights(lifted, read_held(flat, "model.onnx", None))
        run = run_model(report, feed, weights)  # type: ignore[arg-type]
        return kinds, compare(test, list(run.outputs.values()), wanted)
    except Fault as fault:
        return set(), Verdict(REFUSED, fault.diagnostics[0].message)


@pytest.fixture(scope="module")
def verdicts() -> dict[str, tuple[set[str], Verdict]]:
    tests = [test for test in list_tests() if test.name in read_numbers()]
    found = {f"{test.name} {number}": judge(test, model) for test in tests for number, model in enumerate(test.models)}
    return {name: verdict for name, verdict in found.items() if verdict is not None}


def test_no_number_of_a_layer_is_wrong(verdicts: dict[str, tuple[set[str], Verdict]]) -> None:
    wrong = {name: (kinds, verdict.said) for name, (kinds, verdict) in verdicts.items() if verdict.kind == WRONG}
    assert wrong == {}


def test_many_layers_are_tried(verdicts: dict[str, tuple[set[str], Verdict]]) -> None:
    tried = Counter(kind for kinds, verdict in verdicts.values() if verdict.kind == RIGHT for kind in kinds)
    assert sum(tried.values()) > 700
    assert len(tried) > 20
