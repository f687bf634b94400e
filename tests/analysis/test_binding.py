"""Values of symbols with which all that a model assumes holds."""

from __future__ import annotations

import pytest

from shapecalc.analysis.binding import find_binding
from tests.analysis.test_verify import report_of

RESHAPED = "input: {{batch_shape: [{sizes}]}}\nlayers:\n  - onnx.Reshape: {{shape: {shape}}}\n"


@pytest.mark.parametrize(
    ("sizes", "shape", "expected"),
    [
        ("T, 4", "[6, 4]", {"T": 6}),
        ("B, T, 4", "[3, 70, 4]", {"B": 3, "T": 70}),
        ("B, T, 4", "[-1, 35, 2]", {"B": 1, "T": 35}),
    ],
)
def test_all_assumptions_hold_of_what_is_found(sizes: str, shape: str, expected: dict[str, int]) -> None:
    report = report_of(RESHAPED.format(sizes=sizes, shape=shape))
    found = find_binding(report)
    assert found is not None
    assert report.walk is not None
    relations = [one for result in report.walk.results if result is not None for one in result.assumes]
    assert relations
    assert all(relation.holds(found) for relation in relations)


def test_nothing_is_found_where_nothing_fits() -> None:
    text = "input: {batch_shape: [T]}\nlayers:\n  - onnx.Reshape: {shape: [2000003, 1]}\n"
    assert find_binding(report_of(text)) is None


def test_nothing_is_looked_for_where_nothing_is_assumed() -> None:
    assert find_binding(report_of("input: {batch_shape: [T]}\nlayers:\n  - onnx.Relu\n")) is None
