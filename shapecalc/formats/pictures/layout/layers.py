"""A graph in layers: its nodes, and where an edge passes a layer by, a gap between them that is kept free for it."""

from __future__ import annotations

from typing import NamedTuple

from shapecalc.formats.pictures.layout.graph import BOX_MARGIN, PIN_GAP


class TooWide(Exception):
    """A graph has too many edges side by side to be laid out in layers."""


class Budget:
    """The work that a whole picture may take, frames included. What would take more is laid out in one column."""

    def __init__(self, gaps: int = 30_000, pairs: int = 150_000) -> None:
        self.gaps = gaps
        """Layers that edges pass by, counted for each tensor."""
        self.pairs = pairs
        """Tensors that are side by side between two layers, counted two by two."""

    def spend(self, gaps: int, pairs: int) -> None:
        """Raises TooWide where so much is not left."""
        if gaps > self.gaps or pairs > self.pairs:
            raise TooWide
        self.gaps -= gaps
        self.pairs -= pairs


class Net(NamedTuple):
    """A tensor, as output `port` of node `source`, and all that it is fed to: nodes with the input of each."""

    source: int
    port: int
    targets: list[tuple[int, int]]


class Link(NamedTuple):
    """A piece of an edge, from an item to one in the next layer. `leaves` and `enters` are its pins.

    A pin is counted from the item's middle; None where the pin of a box goes wherever its edge comes from.
    """

    upper: int
    lower: int
    net: int
    slot: int
    leaves: int
    enters: int | None


class Shape(NamedTuple):
    """A node's width, and for a frame, whose pins are fixed, where they are, counted from its middle."""

    width: int
    height: int
    tops: list[int] | None = None
    bottoms: list[int] | None = None


class Layers:
    """Items in layers: a node has its own number, the numbers from `count` on are gaps for edges that go further down.

    A tensor that is fed to nodes in several layers goes down in one line, from which they branch off.
    """

    def __init__(self, shapes: list[Shape], ranks: list[int], nets: list[Net], budget: Budget) -> None:
        """Raises TooWide."""
        self.count = len(shapes)
        self.nets = nets
        self.widths = [shape.width for shape in shapes]
        self.ranks = list(ranks)
        self.rows: list[list[int]] = [[] for _ in range(max(ranks, default=-1) + 1)]
        self.links: list[list[Link]] = [[] for _ in self.rows]
        """The links below each layer."""
        self.lines: list[list[int]] = [[] for _ in nets]
        """The gaps of each tensor, from top to bottom."""
        for node, rank in enumerate(ranks):
            self.rows[rank].append(node)
        ports = spread_ports(shapes, ranks, nets)
        budget.spend(sum(max(ranks[target] for target, _ in net.targets) - ranks[net.source] - 1 for net in nets), 0)
        for number, net in enumerate(nets):
            self.add_net(number, net, shapes, ports[net.source, net.port])
        budget.spend(0, sum(len({link.net for link in links}) ** 2 for links in self.links))

    def add_net(self, number: int, net: Net, shapes: list[Shape], leaves: int) -> None:
        """Adds the gaps and links of one tensor."""
        above = net.source
        by_rank: dict[int, list[tuple[int, int]]] = {}
        for target in net.targets:
            by_rank.setdefault(self.ranks[target[0]], []).append(target)
        last = max(by_rank)
        for rank in range(self.ranks[net.source] + 1, last + 1):
            links = self.links[rank - 1]
            seen = set()
            for node, slot in by_rank.get(rank, ()):
                tops = shapes[node].tops
                enters = tops[slot] if tops is not None else None
                if (node, enters) not in seen:
                    seen.add((node, enters))
                    links.append(Link(above, node, number, slot, leaves, enters))
            if rank < last:
                gap = len(self.widths)
                self.widths.append(0)
                self.ranks.append(rank)
                self.rows[rank].append(gap)
                self.lines[number].append(gap)
                links.append(Link(above, gap, number, 0, leaves, 0))
                above, leaves = gap, 0


def widen(width: int, pins: int) -> int:
    """The width of a box that has room for so many arrows on one side."""
    return max(width, 2 * BOX_MARGIN + (pins - 1) * PIN_GAP)


def spread_ports(shapes: list[Shape], ranks: list[int], nets: list[Net]) -> dict[tuple[int, int], int]:
    """Where each tensor leaves its node, counted from the middle.

    Of a box those for the next layer leave in the middle, evenly, and those that go further down to the right of them.
    """
    pins: dict[tuple[int, int], int] = {}
    near: dict[int, list[int]] = {}
    far: dict[int, list[int]] = {}
    for net in nets:
        bottoms = shapes[net.source].bottoms
        if bottoms is not None:
            pins[net.source, net.port] = bottoms[net.port]
        else:
            is_near = min(ranks[target] for target, _ in net.targets) == ranks[net.source] + 1
            (near if is_near else far).setdefault(net.source, []).append(net.port)
    for node in near.keys() | far.keys():
        middle, aside = sorted(near.get(node, ())), sorted(far.get(node, ()))
        if not middle:
            middle, aside = aside, []
        half = shapes[node].width // 2
        places = len(middle) + 1
        for position, port in enumerate(middle):
            pins[node, port] = 2 * half * (position + 1) // places - half
        start = pins[node, middle[-1]]
        for position, port in enumerate(aside):
            pins[node, port] = start + (half - start) * (position + 1) // (len(aside) + 1)
    return pins
