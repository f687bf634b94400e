"""A graph in one column, edges to what is further down in lanes on the right: where layers would be too wide."""

from __future__ import annotations

from heapq import heappop, heappush

from shapecalc.formats.pictures.layout.graph import Edge, Point
from shapecalc.formats.pictures.layout.layers import spread_ports
from shapecalc.formats.pictures.layout.scene import Inside, Scene

_LANE = 10
_BETWEEN, _AFTER, _STRAIGHT = 10, 20, 28


def stack(scene: Scene) -> Inside:
    """The nodes one under the other; a tensor goes straight down to the next one or around, in a lane of its own.

    Below a node the edges that leave it come first, then those that enter the next one: so none share a stretch.
    """
    return _Column(scene).finish()


class _Column:
    """The nodes in levels: the inputs of the frame side by side, each node alone, the outputs of the frame."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        first, last = scene.graph.inputs, scene.count - scene.graph.outputs
        self.rows = [[*range(first)], *([node] for node in range(first, last)), [*range(last, scene.count)]]
        self.level = {node: level for level, row in enumerate(self.rows) for node in row}
        self.middles = [0] * scene.count
        for pins in (self.rows[0], self.rows[-1]):
            for position, node in enumerate(pins):
                self.middles[node] = position * 2 * _LANE
        self.right = max([shape.width // 2 for shape in scene.shapes] + self.middles, default=0)
        self.pins = spread_ports(scene.shapes, [*range(scene.count)], scene.nets)
        self.entrances = self.spread_entrances()
        self.around = self.list_around()
        self.tops = [0] * scene.count
        self.leaving: dict[int, int] = {}
        """Where each tensor that goes around turns into its lane."""
        self.entering: dict[tuple[int, int], int] = {}
        """Where it turns out of it again, by the level that it goes to."""

    def spread_entrances(self) -> dict[tuple[int, int, int], int]:
        """Where each tensor enters each node: evenly along its top, the first one on the left."""
        arriving: dict[int, list[tuple[int, int, int]]] = {}
        for number, net in enumerate(self.scene.nets):
            for target, slot in net.targets:
                arriving.setdefault(target, []).append((target, slot, number))
        entrances = {}
        for target, arrivals in arriving.items():
            shape = self.scene.shapes[target]
            for position, arrival in enumerate(arrivals):
                even = shape.width * (position + 1) // (len(arrivals) + 1) - shape.width // 2
                entrances[arrival] = even if shape.tops is None else shape.tops[arrival[1]]
        return entrances

    def list_around(self) -> dict[int, set[int]]:
        """The levels to which each tensor goes around, where there are any."""
        around = {}
        for number in range(len(self.scene.nets)):
            arrivals = self.list_arrivals(number)
            levels = {self.level[arrival[0]] for arrival in arrivals if not self.is_straight(arrival)}
            if levels:
                around[number] = levels
        return around

    def finish(self) -> Inside:
        self.set_rows()
        lanes = self.choose_lanes()
        ways: list[tuple[Edge, list[Point]]] = []
        for number, net in enumerate(self.scene.nets):
            x = self.middles[net.source] + self.pins[net.source, net.port]
            start = (x, self.tops[net.source] + self.scene.shapes[net.source].height)
            for arrival in self.list_arrivals(number):
                target, slot, _ = arrival
                enters = self.middles[target] + self.entrances[arrival]
                way = [start]
                if not self.is_straight(arrival):
                    lane = self.right + (2 + lanes[number]) * _LANE
                    leaving, entering = self.leaving[number], self.entering[number, self.level[target]]
                    way += [(x, leaving), (lane, leaving), (lane, entering), (enters, entering)]
                ways.append((self.scene.edge(net, target, slot), [*way, (enters, self.tops[target])]))
        return self.scene.put_together(self.middles, self.tops, ways)

    def set_rows(self) -> None:
        """Sets one level under the other, with room between for what leaves the upper one and enters the lower."""
        leaving: dict[int, list[int]] = {}
        entering: dict[int, list[int]] = {}
        for number, levels in self.around.items():
            leaving.setdefault(self.level[self.scene.nets[number].source], []).append(number)
            for level in levels:
                entering.setdefault(level, []).append(number)
        y = 0
        for level, row in enumerate(self.rows):
            if level > 0 and self.rows[level - 1] and row:
                bottom = y
                for number in leaving.get(level - 1, ()):
                    self.leaving[number] = y = y + _LANE
                y += _BETWEEN
                for number in entering.get(level, ()):
                    self.entering[number, level] = y = y + _LANE
                y = max(y + _AFTER, bottom + _STRAIGHT)
            for node in row:
                self.tops[node] = y
            y += max((self.scene.shapes[node].height for node in row), default=0)

    def list_arrivals(self, number: int) -> list[tuple[int, int, int]]:
        return [(target, slot, number) for target, slot in self.scene.nets[number].targets]

    def is_straight(self, arrival: tuple[int, int, int]) -> bool:
        """Whether a tensor goes straight down to the next node."""
        target, _, number = arrival
        net = self.scene.nets[number]
        leaves = self.middles[net.source] + self.pins[net.source, net.port]
        is_next = self.level[target] == self.level[net.source] + 1
        return is_next and leaves == self.middles[target] + self.entrances[arrival]

    def choose_lanes(self) -> dict[int, int]:
        """A lane for each tensor that goes around: the first one that is free where it begins."""
        lanes: dict[int, int] = {}
        free: list[int] = []
        busy: list[tuple[int, int]] = []
        for number in sorted(self.around, key=lambda number: self.level[self.scene.nets[number].source]):
            begins = self.level[self.scene.nets[number].source]
            while busy and busy[0][0] - 1 < begins:
                heappush(free, heappop(busy)[1])
            lanes[number] = heappop(free) if free else len(busy)
            heappush(busy, (max(self.around[number]), lanes[number]))
        return lanes
