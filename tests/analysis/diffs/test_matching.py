"""Which layer of one model is which of the other."""

from __future__ import annotations

import pytest

from tests.analysis.diffs.compared import compare, list_changes

TEN = "; ".join(["dense 64"] * 10)
TENTH = "dense 64; " * 5


IN_PAIRS = "dense", "dense_1"


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        # Automatic names move on when a layer is put in.
        (TEN, f"{TENTH} Dropout: {{rate: 0.1}}; {TENTH[:-2]}", "added dropout"),
        (TEN, f"{TENTH} dense 64; {TENTH[:-2]}", "added dense_10"),
        (TEN, f"{TENTH} dense 32; {TENTH[:-2]}", "added dense_5, changed dense_5 dense_6"),
        (f"{TENTH} Dropout: {{rate: 0.1}}; {TENTH[:-2]}", TEN, "removed dropout"),
        ("Pair; Pair; Pair", "Pair; Pair; dense 3; Pair", "added dense"),
        ("Pair; dense 3", "Pair; dense 3; Pair", "added pair_1/dense, added pair_1/dense_1"),
        ("dense 4; dense 5; dense 6", "dense 5; dense 6", "removed dense, changed dense_1 dense"),
        # Chosen names count, wherever the layer stands; these two are fed by others.
        ("dense 3 a; dense 3 b; dense 3 c", "dense 3 c; dense 3 a; dense 3 b", "changed c c, changed a a"),
        ("dense 4 a; dense 9", "dense 5 a; dense 9", "changed a a, changed dense dense"),
        ("dense 4 a", "ReLU: {name: a}; dense 4", "changed a a, added dense"),
        # Renamed, alone and with others.
        ("dense 4 a; dense 2", "dense 4 b; dense 2", "renamed a b"),
        ("dense 4; dense 2", "dense 4 b; dense 2", "renamed dense b"),
        ("dense 4 dense_7; dense 2", "dense 4; dense 2", ""),
        ("dense 4 a; dense 2 b", "dense 4 b; dense 2 a", "renamed a b, renamed b a"),
        ("dense 4 a; dense 2", "dense 4 b; dense 4 c; dense 2", "renamed a b, added c"),
        ("dense 4 a; dense 4 b; dense 2", "dense 4 c; dense 2", "renamed a c, removed b"),
        ("dense 4 a; dense 2", "dense 8 b; dense 2", "renamed a b, changed dense dense"),
        ("dense 4 a; dense 2", "dense 4 new; dense 4 b; dense 2 out", "renamed a new, added b, renamed dense out"),
        ("dense 4 query", "ReLU; dense 4 b; dense 8 queries", "added re_lu, renamed query b, added queries"),
        # Blocks under other names, and of another name of their own.
        (
            "Pair: {name: a}; dense 2",
            "Pair: {name: b}; dense 2",
            "renamed a/dense b/dense, renamed a/dense_1 b/dense_1",
        ),
        ("Pair; dense 2", "Other; dense 2", "renamed pair/dense other/dense, renamed pair/dense_1 other/dense_1"),
        ("Pair", "Pair: {units: 9}", "changed pair/dense pair/dense, changed pair/dense_1 pair/dense_1"),
        # Into a block and out of it.
        (
            "dense 5; Dropout: {rate: 0.5}; dense 6 last",
            "Long",
            "renamed dense long/dense, renamed dropout long/dropout, renamed last long/last",
        ),
        (
            "Dropout: {rate: 0.5}; dense 6",
            "dense 6; Long",
            "removed dropout, added long/dense, added long/dropout, added long/last",
        ),
        # Rounds are one after the other whatever their numbers.
        ("{Pair: {}, repeat: 3}", "Pair; Pair; Pair", ""),
        ("{Pair: {}, repeat: 2}", "{Pair: {}, repeat: 3}", "added pair/2/dense, added pair/2/dense_1"),
        (
            "{Pair: {name: a}, repeat: 2}",
            "{Pair: {name: b}, repeat: 2}",
            ", ".join(f"renamed a/{number}/{name} b/{number}/{name}" for number in (0, 1) for name in IN_PAIRS),
        ),
    ],
)
def test_what_became_of_each_layer(old: str, new: str, changes: str) -> None:
    assert ", ".join(list_changes(old, new)) == changes


def test_what_goes_over_a_layer_that_was_put_in_is_fed_the_same() -> None:
    assert not compare("dense 3; dense 3 b", "dense 3; Dropout: {rate: 0.5}; dense 3 b").outputs
    assert list_changes(
        "dense 3 a; dense 3 b; {Add: {name: c}, from: [a, b]}", "dense 3 a; dense 3 b; {Add: {name: c}, from: [b, b]}"
    ) == ["changed c c"]


def test_ten_thousand_layers_take_the_time_of_their_number() -> None:
    small, large = (_count_steps(size) for size in (250, 1000))
    assert large < 6 * small


def _count_steps(size: int) -> int:
    """How many lines of this package run in a comparison of two models of so many layers."""
    import sys

    from shapecalc.analysis.diffs.models import compare_models
    from tests.analysis.diffs.compared import report_of

    old = report_of("; ".join(f"dense {3 + place % 7}" for place in range(size)))
    new = report_of("; ".join(f"dense {3 + place % 5}" for place in range(size)))
    count = 0

    def trace(frame: object, event: str, argument: object) -> object:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        compare_models(old, new)
    finally:
        sys.settrace(before)
    return count
