"""A graph laid out in layers: ranks, an order that few edges cross, columns, lanes."""

from __future__ import annotations

from shapecalc.formats.pictures.layout.columns import place_columns
from shapecalc.formats.pictures.layout.graph import Edge, Point
from shapecalc.formats.pictures.layout.lanes import LANE, Wire, route
from shapecalc.formats.pictures.layout.layers import Budget, Layers, Link
from shapecalc.formats.pictures.layout.lines import tidy_lines
from shapecalc.formats.pictures.layout.order import order_layers
from shapecalc.formats.pictures.layout.pins import spread_pins
from shapecalc.formats.pictures.layout.ranks import rank_nodes
from shapecalc.formats.pictures.layout.scene import Inside, Scene, straighten
from shapecalc.formats.pictures.layout.spine import find_skips, list_straight_links

_STRAIGHT = 28
"""The height of a gap in which no edge turns."""
_BEFORE, _AFTER = 12, 20
"""The height above the first lane of a gap, and below its last: room for an arrow's head."""


def lay_out_in_layers(scene: Scene, entries: set[str], budget: Budget) -> Inside:
    """Raises TooWide where that would take more work than is left."""
    graph = scene.graph
    begins = [0] if graph.inputs else [scene.numbers[key] for key in entries]
    ranks = rank_nodes(
        scene.count,
        [(net.source, target) for net in scene.nets for target, _ in net.targets],
        graph.inputs,
        graph.outputs,
        begins,
    )
    layers = Layers(scene.shapes, ranks, scene.nets, budget)
    order_layers(layers)
    skips = find_skips(layers.count, layers.nets)
    middles = place_columns(layers, list_straight_links(layers, skips, begins, graph.outputs))
    tidy_lines(layers, middles, skips)
    return _Router(scene, layers, middles).finish()


class _Router:
    """Sets the layers under each other as the lanes between them need, and notes the way of every link."""

    def __init__(self, scene: Scene, layers: Layers, middles: list[int]) -> None:
        self.scene = scene
        self.layers = layers
        self.middles = middles
        self.tops = [0] * len(layers.widths)
        self.heights = [shape.height for shape in scene.shapes] + [0] * (len(layers.widths) - len(scene.shapes))
        self.ways: dict[tuple[int, int, int], list[Point]] = {}
        """The way from a tensor's source down to an item, by the item, its input and the tensor."""

    def finish(self) -> Inside:
        y = 0
        for row, links in zip(self.layers.rows, self.layers.links, strict=True):
            y = self.set_row(row, y)
            if row is not self.layers.rows[-1]:
                y = self.route_below(links, y)
        count = self.layers.count
        edges: list[tuple[Edge, list[Point]]] = []
        for number, net in enumerate(self.layers.nets):
            for target, slot in net.targets:
                way = self.ways[target, slot, number]
                edges.append((self.scene.edge(net, target, slot), [*way, (way[-1][0], self.tops[target])]))
        return self.scene.put_together(self.middles[:count], self.tops[:count], edges)

    def set_row(self, row: list[int], y: int) -> int:
        """Sets the tops of one layer; gives its bottom. Boxes are in line by their middles, frames by their tops."""
        boxes = [self.heights[item] for item in row if self.heights[item] and not self.is_frame(item)]
        tallest = max(boxes, default=0)
        for item in row:
            self.tops[item] = y if self.is_frame(item) else y + (tallest - self.heights[item]) // 2
        return y + max([self.heights[item] for item in row], default=0)

    def is_frame(self, item: int) -> bool:
        return item < self.layers.count and self.scene.shapes[item].tops is not None

    def route_below(self, links: list[Link], y: int) -> int:
        """Notes the ways of all links of a gap that begins at `y`; gives where the next layer begins."""
        enters = self.choose_pins(links)
        by_net: dict[int, list[int]] = {}
        for position, link in enumerate(links):
            by_net.setdefault(link.net, []).append(position)
        wires = []
        for positions in by_net.values():
            link = links[positions[0]]
            top = self.middles[link.upper] + link.leaves
            wires.append(Wire(top, tuple(enters[position] for position in positions)))
        lanes, turns = route(wires)
        below = y + (_BEFORE + (lanes - 1) * LANE + _AFTER if lanes else _STRAIGHT)
        for positions, wire, ways in zip(by_net.values(), wires, turns, strict=True):
            for position, way in zip(positions, ways, strict=True):
                link = links[position]
                if link.upper < self.layers.count:
                    points = [(wire.top, self.tops[link.upper] + self.heights[link.upper])]
                else:
                    points = list(self.ways[link.upper, 0, link.net])
                x = wire.top
                for lane, turn in way:
                    level = y + _BEFORE + lane * LANE
                    points += [(x, level), (turn, level)]
                    x = turn
                self.ways[link.lower, link.slot, link.net] = straighten([*points, (x, below)])
        return below

    def choose_pins(self, links: list[Link]) -> list[int]:
        """Where each link enters the item below."""
        enters = [0] * len(links)
        floating: dict[int, list[int]] = {}
        for position, link in enumerate(links):
            if link.enters is not None:
                enters[position] = self.middles[link.lower] + link.enters
            elif self.layers.widths[link.lower] == 0:
                enters[position] = self.middles[link.lower]
            else:
                floating.setdefault(link.lower, []).append(position)
        for item, positions in floating.items():
            width = self.layers.widths[item]
            sources = [self.middles[links[position].upper] + links[position].leaves for position in positions]
            for position, pin in zip(
                positions, spread_pins(self.middles[item] - width // 2, width, sources), strict=True
            ):
                enters[position] = pin
        return enters
