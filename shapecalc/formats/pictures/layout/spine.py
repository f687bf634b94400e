"""Which links make the straight columns of a picture, and which go around them."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.formats.pictures.layout.layers import Layers, Link, Net

_MAX_NODES = 12_000
"""Sets of nodes are whole numbers of so many bits; what has more nodes has hardly a picture to be looked at."""


def list_straight_links(
    layers: Layers, skips: set[tuple[int, int]], entries: Sequence[int], outputs: int
) -> list[list[Link]]:
    """For each gap the links along which two items may stand in one column: the best ones for both of their ends.

    `entries` are the nodes where the main way begins; in a frame it ends at the first of its `outputs`.
    """
    judge = _Judge(layers, skips, entries, outputs)
    straight = []
    for links in layers.links:
        rates = [judge.rate(link) for link in links]
        below: dict[int, int] = {}
        above: dict[int, int] = {}
        for link, rated in zip(links, rates, strict=True):
            below[link.upper] = min(rated, below.get(link.upper, rated))
            above[link.lower] = min(rated, above.get(link.lower, rated))
        rated_links = zip(links, rates, strict=True)
        straight.append([link for link, rated in rated_links if rated == below[link.upper] == above[link.lower]])
    return straight


class _Judge:
    """What is known of nodes and tensors, to tell the main way from what comes to it or goes from it."""

    def __init__(self, layers: Layers, skips: set[tuple[int, int]], entries: Sequence[int], outputs: int) -> None:
        self.layers = layers
        self.skips = skips
        self.fed = [False] * layers.count
        """Whether a node has anything above it."""
        self.led = [False] * layers.count
        """Whether the main way leads to a node."""
        self.feeding = [False] * layers.count
        for node in entries:
            self.led[node] = True
        for net in sorted(layers.nets, key=lambda net: net.source):
            self.feeding[net.source] = True
            for target, _ in net.targets:
                self.fed[target] = True
                self.led[target] = self.led[target] or self.led[net.source]
        if outputs:
            self.feeding[layers.count - outputs] = True
        for node in entries if outputs else ():
            self.fed[node] = True
        ranks = layers.ranks
        far = [[target for target, _ in net.targets if ranks[target] > ranks[net.source] + 1] for net in layers.nets]
        self.skipping = [
            bool(targets) and all((number, target) in skips for target in targets) for number, targets in enumerate(far)
        ]
        self.ending = [bool(targets) and not any(self.feeding[target] for target in targets) for targets in far]

    def rate(self, link: Link) -> int:
        """How far a link is from being on the main way: 0 is on it.

        What comes from elsewhere, what begins here, such as a mask or a learned table, and what ends here, such as an
        output, stand aside. What skips a part of the graph, such as a residual connection, goes around it.
        """
        count = self.layers.count
        if link.lower >= count and link.upper >= count:
            return 0
        if (link.net, link.lower) in self.skips or (link.lower >= count and self.skipping[link.net]):
            return 4
        source = self.layers.nets[link.net].source
        ends = self.ending[link.net] if link.lower >= count else not self.feeding[link.lower]
        return (not self.led[source]) + (not self.fed[source]) + ends


def find_skips(count: int, nets: list[Net]) -> set[tuple[int, int]]:
    """Edges besides which another way leads from the source to the target: the numbers of the tensor and the target."""
    if count > _MAX_NODES:
        return {
            (number, target) for number, net in enumerate(nets) if len(net.targets) > 1 for target, _ in net.targets[1:]
        }
    sources: list[dict[int, None]] = [{} for _ in range(count)]
    for net in nets:
        for target, _ in net.targets:
            sources[target][net.source] = None
    above = [0] * count
    """The nodes above each one, as bits."""
    skipped: set[tuple[int, int]] = set()
    for node in range(count):
        around = 0
        for source in sources[node]:
            around |= above[source]
        skipped |= {(source, node) for source in sources[node] if around >> source & 1}
        above[node] = around
        for source in sources[node]:
            above[node] |= 1 << source
    return {
        (number, target)
        for number, net in enumerate(nets)
        for target, _ in net.targets
        if (net.source, target) in skipped
    }
