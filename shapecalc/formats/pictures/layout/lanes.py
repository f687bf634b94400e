"""The ways of edges between two layers: down, along a lane, down again; no two tensors share a stretch."""

from __future__ import annotations

from typing import NamedTuple

from shapecalc.formats.pictures.layout.layers import TooWide

LANE = 10
"""The distance of two lanes."""
_NEAR = 6
"""Lines that are this near to each other look like one."""
_MAX_WAYS = 400
"""Edges that turn in one gap; their lanes are compared two by two."""


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
        self.leaves = leaves
        self.left = min(enters, *leaves)
        self.right = max(enters, *leaves)
        self.lane = 0

    def count_crossings_above(self, other: _Way) -> int:
        """How often the two cross if this one's lane is the upper one."""
        down = sum(other.left < x < other.right for x in self.leaves)
        return down + (self.left < other.enters < self.right)

    def must_be_above(self, other: _Way) -> bool:
        """Whether the two would share a stretch of a column if this one were the lower."""
        return self.wire != other.wire and any(abs(self.enters - x) < _NEAR for x in other.leaves)

    def is_near(self, other: _Way) -> bool:
        """Whether the two need different lanes."""
        return self.left <= other.right + _NEAR and other.left <= self.right + _NEAR


def route(wires: list[Wire]) -> Routed:
    """Raises TooWide where too many wires turn."""
    ways = [
        _Way(number, wire.top, [x for x in wire.bottoms if x != wire.top])
        for number, wire in enumerate(wires)
        if any(x != wire.top for x in wire.bottoms)
    ]
    if len(ways) > _MAX_WAYS:
        raise TooWide
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


def _find_tangle(ways: list[_Way]) -> _Way | None:
    """A way that would have to be above itself: above one that must be above it, and so on."""
    above = {id(way): [other for other in ways if other is not way and other.must_be_above(way)] for way in ways}
    left = list(ways)
    while True:
        names = {id(way) for way in left}
        rest = [way for way in left if any(id(other) in names for other in above[id(way)])]
        if len(rest) == len(left):
            break
        left = rest
    if not left:
        return None
    # Each of those that are left has one above it: upwards from any of them, one comes again.
    names = {id(way) for way in left}
    way, seen = left[0], set()
    while id(way) not in seen:
        seen.add(id(way))
        way = next(other for other in above[id(way)] if id(other) in names)
    return way


def _find_free_column(way: _Way, wires: list[Wire], ways: list[_Way]) -> int:
    """A place near its middle where no wire goes down."""
    taken = {x for wire in wires for x in (wire.top, *wire.bottoms)}
    taken |= {x for other in ways for x in (other.enters, *other.leaves)}
    middle = (way.left + way.right) // 2
    step = 0
    while True:
        for x in (middle - step, middle + step):
            if all(abs(x - other) >= _NEAR for other in taken):
                return x
        step += 1


def _choose_lanes(ways: list[_Way], first: dict[int, _Way]) -> int:
    """Sets the lane of each way, from the top one down, so that few cross; gives the number of lanes."""
    rest = list(ways)
    cost: dict[int, int] = {}
    waits: dict[int, int] = {}
    for way in ways:
        others = [other for other in ways if other is not way and other.is_near(way)]
        cost[id(way)] = sum(_weigh(way, other) for other in others)
        waits[id(way)] = sum(_is_above(other, way, first) for other in ways if other is not way)
    placed: list[_Way] = []
    while rest:
        free = [way for way in rest if waits[id(way)] == 0]
        way = min(free, key=lambda way: cost[id(way)])
        rest.remove(way)
        for other in rest:
            if other.is_near(way):
                cost[id(other)] -= _weigh(other, way)
            waits[id(other)] -= _is_above(way, other, first)
        blocking = [other.lane for other in placed if other.is_near(way) or _is_above(other, way, first)]
        way.lane = max(blocking, default=-1) + 1
        placed.append(way)
    return max((way.lane for way in ways), default=-1) + 1


def _is_above(way: _Way, other: _Way, first: dict[int, _Way]) -> bool:
    return way.must_be_above(other) or (way.wire == other.wire and first.get(way.wire) is way)


def _weigh(way: _Way, other: _Way) -> int:
    """How many crossings more there are if `way` is the upper one; none fewer."""
    return max(way.count_crossings_above(other) - other.count_crossings_above(way), 0)
