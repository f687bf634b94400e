"""A graph in one column, edges to what is further down in lanes on the right: where layers would be too wide."""

from __future__ import annotations

from heapq import heappop, heappush

from shapecalc.formats.pictures.layout.graph import Edge, Point
from shapecalc.formats.pictures.layout.layers import spread_ports
from shapecalc.formats.pictures.layout.scene import Inside, Scene

_LANE = 10
_BEFORE, _AFTER, _STRAIGHT = 10, 30, 28


def stack(scene: Scene) -> Inside:
    """The nodes one under the other; a tensor goes straight down to the next one or around, in a lane of its own.

    Below a node the edges that leave it come first, then those that enter the next one: so none share a stretch.
    """
    return _Column(scene).finish()


class _Column:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.right = max((shape.width for shape in scene.shapes), default=0) // 2
        self.middles = [0] * scene.count
        for first, count in ((0, scene.graph.inputs), (scene.count - scene.graph.outputs, scene.graph.outputs)):
            for position in range(count):  # the pins of the frame, side by side
                self.middles[first + position] = position * 2 * _LANE
                self.right = max(self.right, self.middles[first + position])
        self.pins = spread_ports(scene.shapes, [*range(scene.count)], scene.nets)
        self.entrances = self.spread_entrances()

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

    def finish(self) -> Inside:
        scene = self.scene
        inputs, outputs = scene.graph.inputs, scene.graph.outputs
        nodes = range(inputs, scene.count - outputs)
        levels = [[*range(inputs)], *([node] for node in nodes), [*range(scene.count - outputs, scene.count)]]
        self.level = {node: level for level, nodes in enumerate(levels) for node in nodes}
        leaving: dict[int, list[int]] = {}
        arriving: dict[int, list[int]] = {}
        around: dict[int, set[int]] = {}
        """The levels to which each tensor goes around."""
        for number, net in enumerate(scene.nets):
            ends = {self.level[arrival[0]] for arrival in self.list_arrivals(number) if not self.is_straight(arrival)}
            if ends:
                around[number] = ends
                leaving.setdefault(self.level[net.source], []).append(number)
                for end in ends:
                    arriving.setdefault(end - 1, []).append(number)
        lanes = self.choose_lanes(around)
        tops, out, into = [0] * scene.count, {}, {}
        y = 0
        for level, row in enumerate(levels):
            for node in row:
                tops[node] = y
            y += max((scene.shapes[node].height for node in row), default=0)
            bottom = y
            if level + 1 == len(levels) or (not row and level == 0) or not levels[level + 1]:
                continue
            for number in leaving.get(level, ()):
                out[number] = y = y + _LANE
            y += _BEFORE
            for number in arriving.get(level, ()):
                into[number, level + 1] = y = y + _LANE
            y = max(y + _AFTER - _BEFORE, bottom + _STRAIGHT)
        ways: list[tuple[Edge, list[Point]]] = []
        for number, net in enumerate(scene.nets):
            x = self.middles[net.source] + self.pins[net.source, net.port]
            start = (x, tops[net.source] + scene.shapes[net.source].height)
            for arrival in self.list_arrivals(number):
                target, slot, _ = arrival
                enters = self.middles[target] + self.entrances[arrival]
                way = [start]
                if not self.is_straight(arrival):
                    lane, along = self.right + (2 + lanes[number]) * _LANE, into[number, self.level[target]]
                    way += [(x, out[number]), (lane, out[number]), (lane, along), (enters, along)]
                ways.append((scene.edge(net, target, slot), [*way, (enters, tops[target])]))
        return scene.put_together(self.middles, tops, ways)

    def list_arrivals(self, number: int) -> list[tuple[int, int, int]]:
        return [(target, slot, number) for target, slot in self.scene.nets[number].targets]

    def is_straight(self, arrival: tuple[int, int, int]) -> bool:
        """Whether a tensor goes straight down to the next node."""
        target, _, number = arrival
        net = self.scene.nets[number]
        leaves = self.middles[net.source] + self.pins[net.source, net.port]
        is_next = self.level[target] == self.level[net.source] + 1
        return is_next and leaves == self.middles[target] + self.entrances[arrival]

    def choose_lanes(self, around: dict[int, set[int]]) -> dict[int, int]:
        """A lane for each tensor that goes around: the first one that is free where it begins."""
        lanes: dict[int, int] = {}
        free: list[int] = []
        busy: list[tuple[int, int]] = []
        for number in sorted(around, key=lambda number: self.level[self.scene.nets[number].source]):
            begins = self.level[self.scene.nets[number].source]
            while busy and busy[0][0] - 1 < begins:
                heappush(free, heappop(busy)[1])
            lanes[number] = heappop(free) if free else len(busy)
            heappush(busy, (max(around[number]), lanes[number]))
        return lanes
