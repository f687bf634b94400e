"""Assumptions that follow from others are not said, and those that are said ask for the same."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from shapecalc.dims import Relation, Size, floor_div, symbol
from shapecalc.dims.implied import drop_implied
from tests.specs.analysed import said_of

T = symbol("T")
SIZES = st.builds(
    lambda scale, shift, divisors: _divided(scale * T + shift, divisors),
    st.integers(1, 3),
    st.integers(0, 5),
    st.lists(st.sampled_from([2, 3, 4]), max_size=2),
)


def _divided(size: Size, divisors: list[int]) -> Size:
    for divisor in divisors:
        size = floor_div(size, divisor)
    return size


RELATIONS = st.one_of(
    st.builds(lambda size, least: Relation(size, ">=", least), SIZES, st.integers(1, 9)),
    st.builds(lambda n: Relation(floor_div(T, n) * n, "==", T), st.sampled_from([2, 3, 4, 8])),
    st.builds(
        lambda n, m: Relation(floor_div(T, n), "==", m * floor_div(T, n * m)),
        st.sampled_from([2, 4]),
        st.sampled_from([2, 3]),
    ),
    st.builds(lambda n: Relation(T, "%", n), st.sampled_from([2, 3, 4, 6])),
)


def holds(text: str, value: int) -> bool:
    """Whether a text about T is true of a value."""
    words = re.sub(r"\bT\b", str(value), text)
    return bool(eval(words, {"__builtins__": {}}))


@given(st.lists(RELATIONS, min_size=1, max_size=6))
def test_what_is_said_asks_for_the_same_as_all_that_is_assumed(relations: list[Relation]) -> None:
    relations = [one for one in relations if one.holds({"T": 10**6}) is not None]
    said = set(drop_implied(relations).values())
    for value in range(1, 120):
        assert all(one.holds({"T": value}) for one in relations) == all(holds(text, value) for text in said), said


def test_many_pools_and_skips_say_one_bound_and_one_remainder() -> None:
    text = (
        "input: [S, S, 1]\nlayers:\n"
        "  - Conv2D: {filters: 1, kernel_size: 3, padding: same, name: a}\n  - MaxPooling2D\n"
        "  - Conv2D: {filters: 1, kernel_size: 3, padding: same, name: b}\n  - MaxPooling2D\n"
        "  - Conv2D: {filters: 1, kernel_size: 3, name: c}\n"
        "  - ZeroPadding2D\n  - UpSampling2D\n  - Add:\n    from: [prev, b]\n"
        "  - UpSampling2D\n  - Add:\n    from: [prev, a]\n"
    )
    assert [line.partition(" | ")[0] for line in said_of(text)] == [
        "7:5 SC503 c: assumes S >= 12",
        "10:5 SC503 add: assumes S % 4 == 0",
    ]


def test_equal_names_share_their_bounds() -> None:
    text = (
        "inputs: {a: [T, 4], b: [U, 4]}\nlayers:\n  - Conv1D: {filters: 4, kernel_size: 3, name: c}\n    from: a\n"
        "  - Conv1D: {filters: 4, kernel_size: 3, name: d}\n    from: b\n  - Add:\n    from: [c, d]\n"
        "  - MaxPooling1D: {pool_size: 4}\n"
    )
    assert [line.partition(" | ")[0] for line in said_of(text)] == [
        "7:5 SC503 add: assumes T == U",
        "9:5 SC503 max_pooling1d: assumes T >= 6",
    ]
