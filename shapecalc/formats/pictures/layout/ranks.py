"""Which layer of the picture each node stands in: below all that feeds it."""

from __future__ import annotations

from collections.abc import Sequence


def rank_nodes(
    count: int, edges: Sequence[tuple[int, int]], inputs: int, outputs: int, entries: Sequence[int]
) -> list[int]:
    """The layers of nodes that are numbered from top to bottom; a frame's inputs come first, its outputs last.

    Each node stands as high as it can, but what feeds one node alone, such as a learned table, goes down to it. Those
    of `entries` are the inputs of a model: what they lead to begins at the top, so that towers begin together.
    """
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        above[target].append(source)
        below[source].append(target)
    ranks = [0] * count
    for node in range(inputs, count):
        # What is fed by nothing within a frame stands below the frame's inputs.
        ranks[node] = max((ranks[source] + 1 for source in above[node]), default=min(inputs, 1))
    last = max(ranks, default=0)
    if outputs:
        first = count - outputs
        last = max(max(ranks[:first], default=0) + 1, *ranks[first:])
        ranks[first:] = [last] * outputs
    towers = _find_towers(count, above, entries)
    feeds_one = [len(set(targets)) == 1 for targets in below]
    loose = [False] * count
    for node in range(inputs, count):
        loose[node] = all(loose[source] and feeds_one[source] for source in above[node])
    for node in range(count - outputs - 1, inputs - 1, -1):
        if loose[node] and below[node] and not towers[node]:
            ranks[node] = min(ranks[target] for target in below[node]) - 1
    return ranks


def _find_towers(count: int, above: list[list[int]], entries: Sequence[int]) -> list[bool]:
    """Whether each node is below an input of the model; an input itself is not."""
    towers = [False] * count
    is_entry = [False] * count
    for node in entries:
        is_entry[node] = True
    for node in range(count):
        towers[node] = any(towers[source] or is_entry[source] for source in above[node])
    return towers
