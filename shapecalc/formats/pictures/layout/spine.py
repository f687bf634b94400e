"""Which links make the straight columns of a picture, and which go around them."""

from __future__ import annotations

from shapecalc.formats.pictures.layout.layers import Layers, Link, Net

_MAX_NODES = 12_000
"""Sets of nodes are whole numbers of so many bits; what has more nodes has hardly a picture to be looked at."""


def list_straight_links(layers: Layers, inputs: int, outputs: int) -> list[list[Link]]:
    """For each gap the links along which two items may stand in one column: the best ones for both of their ends.

    Best is what leads on; then what begins or ends here, such as a mask, a learned table or an output; what skips a
    part of the graph, such as a residual connection, goes around it.
    """
    skips = _find_skips(layers.count, layers.nets)
    fed, feeding = [False] * layers.count, [False] * layers.count
    for net in layers.nets:
        feeding[net.source] = True
        for target, _ in net.targets:
            fed[target] = True
    first = layers.count - outputs
    if inputs:
        fed[0] = True  # the first input and the first output of a frame are on its main way
    if outputs:
        feeding[first] = True
    goes_on = [
        {target for target, _ in net.targets if layers.ranks[target] > layers.ranks[net.source] + 1}
        for net in layers.nets
    ]
    skipping = [bool(far) and all((number, target) in skips for target in far) for number, far in enumerate(goes_on)]

    def rate(link: Link) -> int:
        to_gap, from_gap = link.lower >= layers.count, link.upper >= layers.count
        if to_gap and from_gap:
            return 0
        if (link.net, link.lower) in skips or (to_gap and skipping[link.net]):
            return 3
        return (not fed[layers.nets[link.net].source]) + (not to_gap and not feeding[link.lower])

    straight = []
    for links in layers.links:
        rates = [rate(link) for link in links]
        best_below: dict[int, int] = {}
        best_above: dict[int, int] = {}
        for link, rated in zip(links, rates, strict=True):
            best_below[link.upper] = min(rated, best_below.get(link.upper, rated))
            best_above[link.lower] = min(rated, best_above.get(link.lower, rated))
        straight.append(
            [
                link
                for link, rated in zip(links, rates, strict=True)
                if rated == best_below[link.upper] == best_above[link.lower]
            ]
        )
    return straight


def _find_skips(count: int, nets: list[Net]) -> set[tuple[int, int]]:
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
