"""The ways of edges between two layers: down, along a lane, down again; no two tensors share a stretch."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import count
from typing import NamedTuple

LANE = 10
"""The distance of two lanes."""
_NEAR = 6
"""Lines that are this near to each other look like one."""


class Wire(NamedTuple):
    """A tensor in one gap: where it comes from above, and where it leaves below."""

    top: int
    bottoms: tuple[int, ...]


class Routed(NamedTuple):
    """The number of lanes, and for each wire and each of its bottoms the turns: a lane, and where to go along it."""

    lanes: int
    turns: list[list[list[tuple[int, int]]]]


class _Way:
    """A stretch along a lane. `enters` is where a wire comes down to it, `leaves` where it goes on down from it."""

    def __init__(self, wire: int, enters: int, leaves: list[int]) -> None:
        self.wire = wire
        self.enters = enters
        self.leaves = sorted(leaves)
        self.left = min(enters, self.leaves[0])
        self.right = max(enters, self.leaves[-1])
        self.lane = 0

    def count_crossings_above(self, other: _Way) -> int:
        """How often the two cross if this one's lane is the upper one."""
        down = bisect_left(self.leaves, other.right) - bisect_right(self.leaves, other.left)
        return down + (self.left < other.enters < self.right)

    def must_be_above(self, other: _Way) -> bool:
        """Whether the two would share a stretch of a column if this one were the lower."""
        nearest = bisect_right(other.leaves, self.enters - _NEAR)
        return nearest < len(other.leaves) and other.leaves[nearest] < self.enters + _NEAR

    def is_near(self, other: _Way) -> bool:
        """Whether the two need different lanes."""
        return self.left <= other.right + _NEAR and other.left <= self.right + _NEAR


def route(wires: list[Wire]) -> Routed:
    """The lanes of wires between two layers."""
    ways = [
        _Way(number, wire.top, [x for x in wire.bottoms if x != wire.top])
        for number, wire in enumerate(wires)
        if any(x != wire.top for x in wire.bottoms)
    ]
    first: dict[int, _Way] = {}
    """Of a wire that turns twice, the way to the column where it goes from its first lane to its second."""
    while (tangled := _find_tangle(ways)) is not None:
        column = _find_free_column(tangled, wires, [*ways, *first.values()])
        first[tangled.wire] = _Way(tangled.wire, tangled.enters, [column])
        ways[ways.index(tangled)] = _Way(tangled.wire, column, tangled.leaves)
        ways.append(first[tangled.wire])
    lanes = _choose_lanes(ways, first)
    second = {way.wire: way for way in ways if first.get(way.wire) is not way}
    turns: list[list[list[tuple[int, int]]]] = []
    for number, wire in enumerate(wires):
        start = [(first[number].lane, first[number].leaves[0])] if number in first else []
        turns.append([[] if x == wire.top else [*start, (second[number].lane, x)] for x in wire.bottoms])
    return Routed(lanes, turns)


def _list_below(ways: list[_Way]) -> list[set[int]]:
    """For each way the numbers of those that must be below it."""
    leaving: dict[int, list[int]] = {}
    for number, way in enumerate(ways):
        for x in way.leaves:
            leaving.setdefault(x // _NEAR, []).append(number)
    below: list[set[int]] = []
    for way in ways:
        cell = way.enters // _NEAR
        near = [number for at in (cell - 1, cell, cell + 1) for number in leaving.get(at, ())]
        below.append({number for number in near if ways[number].wire != way.wire and way.must_be_above(ways[number])})
    return below


def _find_tangle(ways: list[_Way]) -> _Way | None:
    """A way that would have to be above itself: above one that must be above it, and so on."""
    below = _list_below(ways)
    above: list[set[int]] = [set() for _ in ways]
    for number, others in enumerate(below):
        for other in others:
            above[other].add(number)
    waits = [len(others) for others in above]
    free = [number for number, count in enumerate(waits) if not count]
    for number in free:  # grows
        for other in below[number]:
            waits[other] -= 1
            if not waits[other]:
                free.append(other)
    if len(free) == len(ways):
        return None
    # Each of the rest has one of them above it: upwards from any, one comes again.
    number, seen = next(number for number, count in enumerate(waits) if count), set()
    while number not in seen:
        seen.add(number)
        number = min(other for other in above[number] if waits[other])
    return ways[number]


def _find_free_column(way: _Way, wires: list[Wire], ways: list[_Way]) -> int:
    """A place near its middle where no wire goes down."""
    taken = {x for wire in wires for x in (wire.top, *wire.bottoms)}
    taken |= {x for other in ways for x in (other.enters, *other.leaves)}
    closed = {x + off for x in taken for off in range(1 - _NEAR, _NEAR)}
    middle = (way.left + way.right) // 2
    return next(x for step in count() for x in (middle - step, middle + step) if x not in closed)


def _choose_lanes(ways: list[_Way], first: dict[int, _Way]) -> int:
    """Sets the lane of each way, from the top one down, so that few cross; gives the number of lanes."""
    below = _list_below(ways)
    numbers = {id(way): number for number, way in enumerate(ways)}
    second = {way.wire: number for number, way in enumerate(ways) if first.get(way.wire) is not way}
    for wire, way in first.items():
        below[numbers[id(way)]].add(second[wire])
    near: list[list[int]] = [[] for _ in ways]
    costs: list[dict[int, int]] = [{} for _ in ways]
    """How many crossings more there are if a way is above another than if it is below."""
    for number, way in enumerate(ways):
        for other in range(number):
            if way.is_near(ways[other]):
                near[number].append(other)
                near[other].append(number)
                more = way.count_crossings_above(ways[other]) - ways[other].count_crossings_above(way)
                if more > 0:
                    costs[number][other] = more
                elif more < 0:
                    costs[other][number] = -more
    waits = [0] * len(ways)
    for others in below:
        for other in others:
            waits[other] += 1
    cost = [sum(more.values()) for more in costs]
    rest = dict.fromkeys(range(len(ways)))
    least = [0] * len(ways)
    """The uppermost lane that is left for each way."""
    while rest:
        number = min((number for number in rest if not waits[number]), key=lambda number: cost[number])
        del rest[number]
        lane = ways[number].lane = least[number]
        for other in near[number]:
            least[other] = max(least[other], lane + 1)
            cost[other] -= costs[other].get(number, 0)
        for other in below[number]:
            least[other] = max(least[other], lane + 1)
            waits[other] -= 1
    return max((way.lane for way in ways), default=-1) + 1
