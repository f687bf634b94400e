"""Calls of one kind in a row, each fed by the one before, as one entry with `repeat`."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from shapecalc.formats.folding.body import Body, Leaf, Slot
from shapecalc.formats.folding.columns import Parameter, is_equal
from shapecalc.formats.folding.cost import LINE
from shapecalc.formats.folding.windows import renumber


def repeat_runs(body: Body, parameters: dict[int, list[Parameter]]) -> bool:
    """Makes runs in a body repeated slots where that is shorter; returns whether it made any.

    `parameters` are the arguments of the blocks.
    """
    last_use, is_closed = body.uses()
    runs: list[tuple[int, int]] = []
    start = 0
    while start < len(body.slots):
        end = start + 1
        if _can_repeat(body.slots[start]):
            while (
                end < len(body.slots) and last_use[end - 1] == end and is_closed[end - 1] and _follows(body, start, end)
            ):
                end += 1
        if end - start > 1:
            runs += [pair for pair in _segments(body, start, end, parameters) if pair[1] - pair[0] > 1]
        start = end
    if runs:
        _replace(body, dict(runs))
    return bool(runs)


def _can_repeat(slot: Slot) -> bool:
    """Whether a slot may be a round: it is there in every instance, and is fed one thing first."""
    firsts = [*slot.feed.values()]
    return (
        not (slot.repeated or slot.pinned)
        and slot.again is None
        and (slot.block is None or len(slot.block.exits) == 1)
        and all(row is not None for row in slot.rows)
        and bool(firsts)
        and not isinstance(firsts[0], list)
    )


def _follows(body: Body, start: int, position: int) -> bool:
    """Whether a slot is the next round: of the same kind, fed the output before it and otherwise what the first is."""
    slot, first = body.slots[position], body.slots[start]
    if slot.kind != first.kind or not _can_repeat(slot):
        return False
    (fed, *others), (_, *same) = slot.refs(), first.refs()
    return fed == (position - 1, 0) and others == same


def _segments(body: Body, start: int, end: int, parameters: dict[int, list[Parameter]]) -> list[tuple[int, int]]:
    """The cheapest way to cut a run into pieces."""
    tables = [_values(slot, parameters) for slot in body.slots[start:end]]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for stop in range(1, len(tables) + 1):
        best.append(min((best[begin][0] + _cost(tables[begin:stop], body.count), begin) for begin in range(stop)))
    pieces, stop = [], len(tables)
    while stop:
        begin = best[stop][1]
        pieces.append((start + begin, start + stop))
        stop = begin
    return pieces[::-1]


def _values(slot: Slot, parameters: dict[int, list[Parameter]]) -> dict[str, list[Any]]:
    """What a call is told, argument by argument, in each instance."""
    if slot.block is not None:
        return {one.name: [one.values[row] for row in slot.rows] for one in parameters.get(id(slot.block), [])}
    keys = dict.fromkeys(key for leaf in slot.rows for key in leaf.arguments if isinstance(leaf, Leaf))
    return {key: [leaf.arguments.get(key) for leaf in slot.rows] for key in keys}


def _cost(tables: list[dict[str, list[Any]]], count: int) -> float:
    """About how many words one entry for these rounds takes."""
    cost = float(LINE + 1)
    keys = dict.fromkeys(key for table in tables for key in table)
    if len(tables) == 1:
        return cost + 2 * len(keys)
    cost += LINE + 2
    for key in keys:
        rounds = [table.get(key, [None] * count) for table in tables]
        if all(_same(values, rounds[0]) for values in rounds):
            cost += 2
        elif all(_same(values, rounds[1]) for values in rounds[2:]) and len(rounds) > 2:
            cost += 5 if isinstance(rounds[0][0], bool) else 7
        elif _is_progression(rounds):
            cost += 6
        elif count > 1:
            cost += 12 + 2 * len(rounds)
        else:
            cost += 4 + 1.5 * len(rounds) + max(0, len(rounds) - 8)
    return cost


def _same(values: list[Any], others: list[Any]) -> bool:
    return all(is_equal(value, other) for value, other in zip(values, others, strict=True))


def _is_progression(rounds: list[list[Any]]) -> bool:
    if any(not isinstance(value, int) or isinstance(value, bool) for values in rounds for value in values):
        return False
    steps = {b - a for before, after in pairwise(rounds) for a, b in zip(before, after, strict=True)}
    return len(steps) == 1 and len(rounds) > 2


def _replace(body: Body, ends: dict[int, int]) -> None:
    """Makes each run, given by where it starts and where it ends, one slot."""
    slots: list[Slot] = []
    moved: dict[int, int] = {}
    position = 0
    while position < len(body.slots):
        slot = body.slots[position]
        end = ends.get(position, position + 1)
        for inner in range(position, end):
            moved[inner] = len(slots)
        if end > position + 1:
            rounds = [[other.rows[instance] for other in body.slots[position:end]] for instance in range(body.count)]
            slot = slot.copy(slot.feed, rounds)
            slot.repeated = True
        slots.append(slot)
        position = end
    renumber(body, slots, moved)
