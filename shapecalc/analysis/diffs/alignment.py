"""Two sequences laid side by side: which item of one is which of the other, in order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeAlias

Pairs: TypeAlias = list[tuple[int, int]]
"""Positions in the old and in the new sequence."""

MAX_EDITS = 256
"""Insertions and deletions up to which the best alignment of what has no unique item is looked for."""


def align(old: Sequence[Hashable], new: Sequence[Hashable]) -> Pairs:
    """Pairs of equal items, in order in both; as many as can be, as long as the sequences are not wholly different.

    The time is about linear: items that stand once on both sides divide the sequences, and parts without any are
    searched for a limited number of edits.
    """
    pairs: Pairs = []
    parts = [(0, len(old), 0, len(new))]
    while parts:
        left, right, top, bottom = parts.pop()
        while left < right and top < bottom and old[left] == new[top]:
            pairs.append((left, top))
            left, top = left + 1, top + 1
        while left < right and top < bottom and old[right - 1] == new[bottom - 1]:
            right, bottom = right - 1, bottom - 1
            pairs.append((right, bottom))
        if left == right or top == bottom:
            continue
        anchors = _find_anchors(old, new, left, right, top, bottom)
        if anchors:
            for position, other in [*anchors, (right, bottom)]:
                parts.append((left, position, top, other))
                left, top = position, other
        else:
            edits = _search(old[left:right], new[top:bottom])
            pairs += [(left + position, top + other) for position, other in edits]
    return sorted(pairs)


def _find_anchors(
    old: Sequence[Hashable], new: Sequence[Hashable], left: int, right: int, top: int, bottom: int
) -> Pairs:
    """Items that stand once in both parts, as many as are in order; the first ones of the parts are none."""
    once = _find_single(old, left, right)
    other = _find_single(new, top, bottom)
    return increasing([(position, other[item]) for item, position in once.items() if item in other])


def _find_single(items: Sequence[Hashable], start: int, end: int) -> dict[Hashable, int]:
    """The positions of items that stand once, in order."""
    places: dict[Hashable, int] = {}
    for position in range(start, end):
        item = items[position]
        places[item] = -1 if item in places else position
    return {item: position for item, position in places.items() if position >= 0}


def increasing(pairs: Pairs) -> Pairs:
    """The most pairs whose second positions increase with the first; `pairs` are sorted by the first."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, (_, other) in enumerate(pairs):
        length = bisect_left(ends, other)
        before.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(other)
            last.append(index)
        else:
            ends[length], last[length] = other, index
    chain: Pairs = []
    index = last[-1] if last else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def _search(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    """The longest common subsequence by Myers' search for the fewest edits, or where these are too many a plain one."""
    reached = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(len(old) + len(new), MAX_EDITS) + 1):
        trace.append(dict(reached))
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (diagonal != edits and reached[diagonal - 1] < reached[diagonal + 1])
            position = reached[diagonal + 1] if down else reached[diagonal - 1] + 1
            other = position - diagonal
            while position < len(old) and 0 <= other < len(new) and old[position] == new[other]:
                position, other = position + 1, other + 1
            reached[diagonal] = position
            if position >= len(old) and diagonal == len(old) - len(new):
                return _walk_back(trace, len(old), len(new))
    return _pair_forward(old, new)


def _walk_back(trace: list[dict[int, int]], position: int, other: int) -> Iterator[tuple[int, int]]:
    """The equal items on the way that a search took, from the end."""
    for edits in range(len(trace) - 1, -1, -1):
        reached = trace[edits]
        diagonal = position - other
        down = diagonal == -edits or (diagonal != edits and reached[diagonal - 1] < reached[diagonal + 1])
        before = diagonal + 1 if down else diagonal - 1
        start = reached[before] if edits else 0
        first = start if down or not edits else start + 1
        while position > first:
            position, other = position - 1, other - 1
            yield position, other
        position, other = start, start - before


def _pair_forward(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    """Each old item with the next new one that is equal."""
    places: dict[Hashable, list[int]] = {}
    for other in range(len(new) - 1, -1, -1):
        places.setdefault(new[other], []).append(other)
    least = 0
    for position, item in enumerate(old):
        waiting = places.get(item, [])
        while waiting and waiting[-1] < least:
            waiting.pop()
        if waiting:
            other = waiting.pop()
            least = other + 1
            yield position, other


def pair_best(rows: int, columns: int, score: Callable[[int, int], int]) -> Pairs:
    """The pairs, in order in both, with the greatest sum of scores; a pair whose score is 0 is none.

    Of pairs that are as good, the first are taken.
    """
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    scores = [[score(row, column) for column in range(columns)] for row in range(rows)]
    for row in range(rows - 1, -1, -1):
        for column in range(columns - 1, -1, -1):
            best[row][column] = max(
                best[row + 1][column],
                best[row][column + 1],
                scores[row][column] and scores[row][column] + best[row + 1][column + 1],
            )
    pairs: Pairs = []
    row = column = 0
    while row < rows and column < columns:
        if scores[row][column] and best[row][column] == scores[row][column] + best[row + 1][column + 1]:
            pairs.append((row, column))
            row, column = row + 1, column + 1
        elif best[row][column] == best[row + 1][column]:
            row += 1
        else:
            column += 1
    return pairs
