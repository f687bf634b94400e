"""A graph made ready for a layout: its nodes numbered, what stands in frames measured, and the parts put together."""

from __future__ import annotations

from typing import NamedTuple

from shapecalc.formats.pictures.layout.graph import BOX_MARGIN, OUTSIDE, PIN_GAP, Box, Edge, Graph, Line, Point
from shapecalc.formats.pictures.layout.layers import Net, Shape

PADDING = 14
"""Between a frame and what stands in it."""


class Inside(NamedTuple):
    """A graph laid out: its size, where a frame around it has its pins, and its parts, from its corner on."""

    width: int
    height: int
    tops: list[int]
    bottoms: list[int]
    boxes: list[Box]
    lines: list[Line]


class Scene:
    """The nodes of a graph by number: first the inputs of the frame, as points, then the nodes, last its outputs."""

    def __init__(self, graph: Graph, frame: str, insides: dict[str, Inside]) -> None:
        self.graph = graph
        self.frame = frame
        self.insides = insides
        self.keys = [OUTSIDE] * graph.inputs + [node.key for node in graph.nodes] + [OUTSIDE] * graph.outputs
        self.count = graph.inputs + len(graph.nodes) + graph.outputs
        self.numbers = {node.key: number for number, node in enumerate(graph.nodes, graph.inputs)}
        self.nets = self.list_nets()
        self.shapes = self.list_shapes()

    def list_nets(self) -> list[Net]:
        """The tensors, in the order in which their edges come."""
        nets: dict[tuple[int, int], Net] = {}
        first = self.count - self.graph.outputs
        for edge in dict.fromkeys(self.graph.edges):
            source = edge.port if edge.source == OUTSIDE else self.numbers[edge.source]
            target = first + edge.slot if edge.target == OUTSIDE else self.numbers[edge.target]
            net = nets.get((source, edge.port))
            if net is None:
                net = nets[source, edge.port] = Net(source, edge.port, [])
            net.targets.append((target, edge.slot))
        return list(nets.values())

    def list_shapes(self) -> list[Shape]:
        """The sizes of nodes, a box being as wide as its arrows need."""
        above, below = [0] * self.count, [0] * self.count
        for net in self.nets:
            below[net.source] += 1
            for target in {target for target, _ in net.targets}:
                above[target] += 1
        shapes = [Shape(0, 0)] * self.count
        for number, node in enumerate(self.graph.nodes, self.graph.inputs):
            inside = self.insides.get(node.key)
            if inside is None:
                pins = max(above[number], below[number])
                width = max(node.width, 2 * BOX_MARGIN + (pins - 1) * PIN_GAP)
                shapes[number] = Shape(width + width % 2, node.height)
                continue
            width = max(node.width, inside.width + 2 * PADDING)
            width += width % 2
            left = (width - inside.width) // 2 - width // 2
            tops, bottoms = [left + x for x in inside.tops], [left + x for x in inside.bottoms]
            shapes[number] = Shape(width, node.height + inside.height, tops, bottoms)
        return shapes

    def edge(self, net: Net, target: int, slot: int) -> Edge:
        """The edge of a tensor to one of its targets."""
        return Edge(self.keys[net.source], net.port, self.keys[target], slot)

    def put_together(self, middles: list[int], tops: list[int], ways: list[tuple[Edge, list[Point]]]) -> Inside:
        """The graph laid out, given the middle and the top of each node and the ways of the edges."""
        boxes: list[Box] = []
        lines = [Line(self.frame, edge, tuple(straighten(points))) for edge, points in ways]
        for number, node in enumerate(self.graph.nodes, self.graph.inputs):
            shape = self.shapes[number]
            x, y = middles[number] - shape.width // 2, tops[number]
            inside = self.insides.get(node.key)
            head = node.height if inside is not None else 0
            boxes.append(Box(node.key, x, y, shape.width, shape.height, head, 0))
            if inside is not None:
                left, top = x + (shape.width - inside.width) // 2, y + head
                boxes += [box._replace(x=box.x + left, y=box.y + top, level=box.level + 1) for box in inside.boxes]
                lines += [
                    line._replace(points=tuple((a + left, b + top) for a, b in line.points)) for line in inside.lines
                ]
        points = [(x, y) for x, y, shape in zip(middles, tops, self.shapes, strict=True) if not shape.height]
        points += [point for line in lines for point in line.points]
        left = min([box.x for box in boxes] + [x for x, _ in points], default=0)
        right = max([box.x + box.width for box in boxes] + [x for x, _ in points], default=0)
        bottom = max([box.y + box.height for box in boxes] + [y for _, y in points], default=0)
        inputs, outputs = self.graph.inputs, self.graph.outputs
        above = PADDING if self.frame != OUTSIDE and not inputs else 0
        below = PADDING if self.frame != OUTSIDE and not outputs else 0
        first = self.count - outputs
        return Inside(
            right - left,
            above + bottom + below,
            [x - left for x in middles[:inputs]],
            [x - left for x in middles[first:]],
            [box._replace(x=box.x - left, y=box.y + above) for box in boxes],
            [line._replace(points=tuple((x - left, y + above) for x, y in line.points)) for line in lines],
        )


def straighten(points: list[Point]) -> list[Point]:
    """The same way without the points at which it does not turn."""
    kept: list[Point] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and (kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]):
            kept.pop()
        kept.append(point)
    return kept
