"""Changes in few lines."""

from __future__ import annotations

import pytest

from shapecalc.analysis.diffs.folding import fold
from tests.analysis.diffs.compared import compare, list_lines


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        # A change of depth is one line.
        ("{Pair: {}, repeat: 12}; dense 2", "{Pair: {}, repeat: 24}; dense 2", ["changed pair x 12 → x 24"]),
        ("{Pair: {}, repeat: 24}; dense 2", "{Pair: {}, repeat: 12}; dense 2", ["changed pair x 24 → x 12"]),
        ("{Pair: {}, repeat: 2}", "{Pair: {}, repeat: 1}", ["changed pair x 2 → x 1"]),
        ("Pair; dense 2", "{Pair: {}, repeat: 5}; dense 2", ["changed pair x 1 → x 5"]),
        ("dense 3; dense 2", "dense 3; {Pair: {}, repeat: 5}; dense 2", ["added pair x 5"]),
        ("dense 3; {Pair: {}, repeat: 5}; dense 2", "dense 3; dense 2", ["removed pair x 5"]),
        ("{Dense: {units: 3}, repeat: 4}", "{Dense: {units: 3}, repeat: 6}", ["changed dense x 4 → x 6"]),
        (
            "{Pair: {name: a}, repeat: 2}; dense 2",
            "{Pair: {name: b}, repeat: 4}; dense 2",
            ["changed a x 2 → b x 4", "renamed a x 2 → b/0-1"],
        ),
        (
            "{Dense: {units: $f}, repeat: {f: [3, 7, 7, 7]}}; dense 2 b",
            "ReLU; {Dense: {units: $f}, repeat: {f: [7, 7, 7, 9]}}; dense 2 b",
            ["removed dense/0", "added re_lu", "changed dense x 3 → x 4", "changed b: input (None, 7) → (None, 9)"],
        ),
        (
            "ReLU; {Dense: {units: $f}, repeat: {f: [3, 7, 7, 7]}}; dense 2 b",
            "ReLU; {Dense: {units: $f}, repeat: {f: [7, 7, 7, 9]}}; dense 2 b; ReLU",
            [
                "changed dense x 4: 1 of the rounds removed, 1 added",
                "changed b: input (None, 7) → (None, 9)",
                "added re_lu_1",
            ],
        ),
        (
            "{Pair: {units: $f, name: stage}, repeat: {f: [3, 6, 12]}}; dense 2",
            "{Pair: {units: 2 * $f, name: level}, repeat: {f: [3, 6, 12]}}; dense 2",
            [
                "renamed stage x 3 → level x 3",
                "changed level x 3/dense: units 3, 6, 12 → 6, 12, 24, output (None, 3) ... (None, 12) → "
                "(None, 6) ... (None, 24)",
                "changed level x 3/dense_1: input (None, 3) ... (None, 12) → (None, 6) ... (None, 24)",
            ],
        ),
        # Blocks that were moved say what they are fed.
        (
            "{Pair: {}, repeat: 4}; ReLU: {name: a}; dense 8",
            "ReLU: {name: a}; {Pair: {}, repeat: 4}; dense 8",
            ["changed a: fed pair → input", "changed pair/0: fed input → a", "changed dense: fed a → pair"],
        ),
        # What changed alike in the rounds is one line, also where the values differ.
        (
            "{Pair: {units: 8}, repeat: 12}",
            "{Pair: {units: 9}, repeat: 12}",
            [
                "changed pair x 12/dense: units 8 → 9, output (None, 8) → (None, 9)",
                "changed pair x 12/dense_1: input (None, 8) → (None, 9)",
            ],
        ),
        (
            "{Dense: {units: 7, use_bias: $f > 1}, repeat: {f: [1, 2]}}",
            "{Dense: {units: 7, use_bias: $f < 2}, repeat: {f: [1, 2]}}",
            ["changed dense x 2: use_bias false, true → true, false"],
        ),
        (
            "{Dense: {units: $f}, repeat: {f: [4, 4, 4]}}",
            "{Dense: {units: $f}, repeat: {f: [4, 5, 4]}}",
            [
                "changed dense/1: units 4 → 5, output (None, 4) → (None, 5)",
                "changed dense/2: input (None, 4) → (None, 5)",
            ],
        ),
        # Blocks that came, went, or have another name are one line.
        ("dense 3", "dense 3; Pair", ["added pair"]),
        ("dense 6; Long; dense 4", "dense 6; dense 4", ["removed long"]),
        ("Pair: {name: a}; dense 2", "Pair: {name: b}; dense 2", ["renamed a → b"]),
        ("Pair; dense 2", "Other; dense 2", ["renamed pair → other: Pair → Other"]),
        ("{Pair: {name: a}, repeat: 3}; dense 2", "{Pair: {name: b}, repeat: 3}; dense 2", ["renamed a x 3 → b x 3"]),
        (
            "Pair: {name: a}; dense 2",
            "Pair: {name: b, units: 9}; dense 2",
            [
                "renamed a → b",
                "changed b/dense: units 8 → 9, output (None, 8) → (None, 9)",
                "changed b/dense_1: input (None, 8) → (None, 9)",
            ],
        ),
        ("dense 5; Dropout: {rate: 0.5}; dense 6 last", "Long", ["renamed * → long/*"]),
        ("Long", "dense 5; Dropout: {rate: 0.5}; dense 6 last", ["renamed long/* → *"]),
        # What recurs without blocks.
        (
            "; ".join(["dense 3", "ReLU"] * 10),
            "; ".join(["{Dense: {units: 3, use_bias: false}}", "LeakyReLU: {negative_slope: 0.3}"] * 10),
            ["changed dense ... dense_9 x 10: use_bias true → false"],
        ),
    ],
)  # fmt: skip
def test_the_lines(old: str, new: str, lines: list[str]) -> None:
    found = [line for line in list_lines(old, new) if not line.startswith(("added leaky", "removed re_lu"))]
    assert found == lines


def test_every_layer_by_itself() -> None:
    assert list_lines(
        "{Pair: {name: a}, repeat: 2}; dense 2", "{Pair: {name: b}, repeat: 3}; dense 2", unfold=True
    ) == [
        "renamed a/0/dense → b/0/dense",
        "renamed a/0/dense_1 → b/0/dense_1",
        "renamed a/1/dense → b/1/dense",
        "renamed a/1/dense_1 → b/1/dense_1",
        "added b/2/dense",
        "added b/2/dense_1",
    ]


def test_a_block_compared_as_a_whole() -> None:
    (line,) = fold(compare("Pair; dense 2", "Pair: {units: 9}; dense 2", depth=1))
    assert [detail.text for detail in line.details] == ["units 8 → 9"]


def test_counts_are_of_all_rounds() -> None:
    (line,) = fold(compare("{Pair: {}, repeat: 12}; dense 2", "{Pair: {}, repeat: 24}; dense 2"))
    assert line.counts[0] == (0, 12 * (3 * 8 + 8 + 8 * 3 + 3))
    assert (line.rounds, line.shapes, line.type) == ((12, 24), "(None, 3)", "Pair")
