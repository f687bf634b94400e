"""Old versions of operators: what they leave out is put in, and what no later version has is refused."""

from __future__ import annotations

from typing import Any

import pytest

from shapecalc.diagnostics import Fault
from shapecalc.formats.onnx.messages import Node
from shapecalc.formats.onnx.versions import complete_arguments, place_inputs


def make_node(operator: str, *fed: str, given: tuple[str, ...] = ("y",)) -> Node:
    node = Node()
    node.op_type, node.input, node.output = operator, list(fed), list(given)
    return node


def complete(node: Node, opset: int, **arguments: Any) -> dict[str, Any]:
    complete_arguments(node, opset, arguments)
    return arguments


@pytest.mark.parametrize("operator", ["Softmax", "LogSoftmax", "Hardmax"])
def test_softmax_takes_an_axis_and_all_after_it_for_one_before_version_13(operator: str) -> None:
    assert complete(make_node(operator, "x"), 12) == {"axis": 1, "flatten": True}
    assert complete(make_node(operator, "x"), 12, axis=2) == {"axis": 2, "flatten": True}
    assert complete(make_node(operator, "x"), 13) == {}


def test_split_cuts_into_as_many_equal_parts_as_it_gives() -> None:
    node = make_node("Split", "x", given=("a", "b", "c"))
    assert complete(node, 13) == {"num_outputs": 3, "even": True}
    assert complete(node, 18, num_outputs=3) == {"num_outputs": 3, "even": False}
    assert complete(node, 11, split=[1, 2, 3]) == {"split": [1, 2, 3]}
    assert complete(make_node("Split", "x", "lengths"), 13) == {}


def test_resize_has_no_region_and_other_modes_in_version_10() -> None:
    node = make_node("Resize", "x", "scales")
    assert place_inputs(node, 10) == ["x", "", "scales"]
    assert complete(node, 10) == {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    assert place_inputs(make_node("Resize", "x", "", "scales"), 11) == ["x", "", "scales"]


def test_dft_has_another_axis_by_default_before_version_20() -> None:
    assert complete(make_node("DFT", "x"), 17) == {"axis": 1}
    assert complete(make_node("DFT", "x"), 20) == {}


def test_the_first_scan_has_a_batch_in_front() -> None:
    assert complete(make_node("Scan", "", "h", "x"), 8, directions=[1]) == {
        "batched": True,
        "scan_input_directions": [1],
    }


@pytest.mark.parametrize(
    ("node", "arguments", "message"),
    [
        (
            make_node("BatchNormalization", "x"),
            {"spatial": 0},
            "normalises each place by itself (`spatial` is 0), which later versions have not",
        ),
        (
            make_node("Scan", "lengths", "h", "x"),
            {},
            "scans as many steps of each sample as `sequence_lens` says, which later versions have not",
        ),
    ],
)
def test_what_no_later_version_has_is_refused(node: Node, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(Fault) as refused:
        complete_arguments(node, 8, dict(arguments))
    (finding,) = refused.value.diagnostics
    assert (finding.code, finding.message) == ("SC609", message)


def test_the_usual_batch_normalisation_needs_no_word() -> None:
    assert complete(make_node("BatchNormalization", "x"), 7, spatial=1) == {}
