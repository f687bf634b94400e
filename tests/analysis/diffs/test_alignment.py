"""Two sequences laid side by side."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.diffs.alignment import MAX_EDITS, Pairs, align, increasing, pair_best

WORDS = st.lists(st.integers(0, 4), max_size=12)


def require_valid(pairs: Pairs, old: list[int], new: list[int]) -> None:
    """Pairs are of equal items and in order on both sides."""
    assert all(old[position] == new[other] for position, other in pairs)
    assert all(pair[0] < after[0] and pair[1] < after[1] for pair, after in pairwise(pairs))


def longest(old: list[int], new: list[int]) -> int:
    """The length of the longest common subsequence, by its definition."""

    @cache
    def rest(position: int, other: int) -> int:
        if position == len(old) or other == len(new):
            return 0
        if old[position] == new[other]:
            return 1 + rest(position + 1, other + 1)
        return max(rest(position + 1, other), rest(position, other + 1))

    return rest(0, 0)


@settings(deadline=None)
@given(WORDS, WORDS)
def test_equal_items_in_order(old: list[int], new: list[int]) -> None:
    pairs = align(old, new)
    require_valid(pairs, old, new)
    assert bool(pairs) == bool(set(old) & set(new))
    assert len(pairs) <= longest(old, new)


@settings(deadline=None)
@given(st.lists(st.integers(0, 1), max_size=12), st.lists(st.integers(0, 1), max_size=12))
def test_the_most_where_nothing_stands_once(old: list[int], new: list[int]) -> None:
    doubled, other = [*old, *old], [*new, *new]
    assert len(align(doubled, other)) <= longest(doubled, other)
    scores = pair_best(len(old), len(new), lambda position, at: int(old[position] == new[at]))
    require_valid(scores, old, new)
    assert len(scores) == longest(old, new)


def test_one_item_more() -> None:
    old = [1, 2, 2, 2, 2, 3]
    for place in range(len(old) + 1):
        assert len(align(old, [*old[:place], 9, *old[place:]])) == len(old)
        assert len(align([*old[:place], 2, *old[place:]], old)) == len(old)


@pytest.mark.parametrize("size", [MAX_EDITS, 4 * MAX_EDITS])
def test_long_sequences_that_differ_everywhere(size: int) -> None:
    old, new = [position % 2 for position in range(size)], [position % 3 for position in range(size)]
    pairs = align(old, new)
    require_valid(pairs, old, new)
    assert len(pairs) > size // 3


def test_the_longest_chain() -> None:
    assert increasing([(0, 5), (1, 1), (2, 2), (3, 0), (4, 3)]) == [(1, 1), (2, 2), (4, 3)]
    assert increasing([]) == []
