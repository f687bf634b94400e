"""What is inferred node by node is what the graph of the spec gives."""

from __future__ import annotations

import pytest

from shapecalc.cli.session import Session
from shapecalc.diagnostics import Fault
from shapecalc.formats.flat_model import FlatModel
from shapecalc.formats.onnx.lifting.exact import Exact, infer_nodes, read_walk
from shapecalc.formats.onnx.read import read_onnx
from tests.formats.onnx.lifting.building import report_of
from tests.formats.onnx.nodes import list_tests
from tests.formats.onnx.test_read import RECORDED, path_of


def write(exact: Exact | None) -> object:
    """All that is known of nodes, sizes as text: unknown ones are others each time."""
    if exact is None:
        return None
    nodes = {
        name: (repr(dict(inferred.outputs)), inferred.weights, repr(inferred.macs), repr(inferred.assumes))
        for name, inferred in exact.results.items()
    }
    return repr(exact.inputs), nodes, repr(exact.samples), exact.params, repr(exact.macs)


def require_same(flat: FlatModel) -> bool:
    """Whether the nodes are inferred at all, by both ways or by neither; not where no spec can hold the model."""
    try:
        report = report_of(flat)
    except Fault:
        return False
    walked = read_walk(flat, report.walk) if report.ok and report.walk is not None else None
    found = infer_nodes(flat)
    assert write(found) == write(walked)
    return found is not None


@pytest.mark.parametrize("name", RECORDED)
def test_a_file_is_inferred_as_by_its_spec(name: str) -> None:
    flat = Session().content(path_of(name))
    assert isinstance(flat, FlatModel)
    assert require_same(flat)


def test_the_standards_tests_are_inferred_as_by_their_specs() -> None:
    models = [model for test in list_tests() for model in test.models]
    flats = [flat for model in models if (flat := read(model)) is not None and not flat.blocks]
    assert sum(map(require_same, flats)) > 1_200


def read(model: bytes) -> FlatModel | None:
    try:
        return read_onnx(memoryview(model), "model.onnx")
    except Fault:
        return None
