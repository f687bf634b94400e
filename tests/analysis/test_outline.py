"""What stands on one line of a summary: equal rounds, shared layers, blocks opened."""

from __future__ import annotations

import pytest

from shapecalc.analysis.outline import is_straight, list_lines
from tests.specs.analysed import clean

TWO_KINDS = """\
input: [16]
blocks:
  Layer:
    args: {units: required}
    layers:
      - Dense: {units: $units}
      - ReLU
layers:
  - Layer: {units: $u}
    repeat: {u: [8, 8, 8, 4]}
"""
SIAMESE = """\
inputs: {left: [6, 8], right: [9, 8], more: [4, 6, 8]}
layers:
  - Dense: {units: 4, name: first}
    from: left
  - reuse: {layer: first, name: second}
    from: right
  - TimeDistributed: {layer: {reuse: first}}
    from: more
  - Dense: {units: 2, name: head}
    from: second
outputs: [first, head, time_distributed]
"""


def lines_of(text: str, depth: int = 1, unfold: bool = False) -> list[tuple[int, str]]:
    return [(line.level, line.name) for line in list_lines(clean(text), depth, unfold)]


def test_only_what_is_equal_and_next_to_each_other_is_folded() -> None:
    # The first round is fed 16 features, the others 8, and the last makes 4 of them.
    assert lines_of(TWO_KINDS) == [(0, "layer/0"), (0, "layer/1 ... x 2"), (0, "layer/3")]


def test_a_folded_block_is_opened_once() -> None:
    assert lines_of(TWO_KINDS, 2) == [
        (0, "layer/0"), (1, "dense"), (1, "re_lu"),
        (0, "layer/1 ... x 2"), (1, "dense"), (1, "re_lu"),
        (0, "layer/3"), (1, "dense"), (1, "re_lu"),
    ]  # fmt: skip


def test_unfolded_every_round_stands_alone() -> None:
    assert lines_of(TWO_KINDS, 1, unfold=True) == [(0, f"layer/{i}") for i in range(4)]


def test_two_repeats_of_one_type_stay_two() -> None:
    text = "input: [8]\nlayers:\n  - Dense: {units: 8}\n    repeat: 3\n  - Dense: {units: 8}\n    repeat: 2\n"
    assert lines_of(text) == [(0, "dense/0 ... x 3"), (0, "dense_1/0 ... x 2")]


def test_rounds_that_differ_in_what_training_changes_are_not_equal() -> None:
    text = "input: [8]\nlayers:\n  - Dense: {units: 8, trainable: $t}\n    repeat: {t: [false, true, true]}\n"
    assert lines_of(text) == [(0, "dense/0"), (0, "dense/1 ... x 2")]


def test_a_shared_layer_is_one_line_with_all_its_calls() -> None:
    lines = list_lines(clean(SIAMESE))
    assert [(line.name, line.sources) for line in lines if line.row.node.entry is not None] == [
        ("first", "first(left), second(right), in time_distributed"),
        ("time_distributed", "more"),
        ("head", "second"),
    ]
    assert [line.is_borrowed for line in lines if line.row.node.entry is not None] == [False, True, False]


def test_a_round_that_is_called_again_is_not_folded() -> None:
    text = (
        "input: [8]\nlayers:\n  - Dense: {units: 8}\n    repeat: 4\n  - reuse: {layer: dense/1, name: again}\n"
        "    from: dense/3\n"
    )
    lines = [line for line in list_lines(clean(text)) if line.row.node.entry is not None]
    assert [(line.name, line.sources) for line in lines] == [
        ("dense/0", "input"),
        ("dense/1", "dense/1(dense/0), again(dense/3)"),
        ("dense/2 ... x 2", "dense/1"),
    ]


@pytest.mark.parametrize(("depth", "straight"), [(1, True), (2, False)])
def test_what_is_opened_says_whether_connections_matter(depth: int, straight: bool) -> None:
    text = "input: [8]\nblocks: {B: {layers: [{Dense: {units: 8}}, {Add: {}, from: [prev, input]}]}}\nlayers: [B]\n"
    assert is_straight(list_lines(clean(text), depth)) == straight


def test_all_rounds_of_an_entry_are_one_reference() -> None:
    report = clean(
        "input: [4]\nlayers:\n  - Dense: {units: 4, name: a}\n    repeat: 5\n"
        "  - Concatenate:\n    from: [input, a/*]\n  - Concatenate:\n    from: [prev, a/0, a/1, a/2]\n"
    )
    connected = [line.sources for line in list_lines(report)]
    assert connected[-2:] == ["input, a/*", "concatenate, a/0, a/1, a/2"]
