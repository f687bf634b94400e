"""Where items stand from left to right: in straight columns, centred above and below what they belong to.

After Brandes and Köpf, Fast and simple horizontal coordinate assignment, 2001: four layouts, each as far to one side as
it can be, and the mean of the middle two.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from itertools import accumulate, pairwise
from math import ceil, floor, inf

from shapecalc.formats.pictures.layout.layers import Layers, Link

_BOXES, _BOX_AND_LINE, _LINES = 28, 16, 12
"""The least distance of two boxes, of a box and a line, of two lines."""


def place_columns(layers: Layers, straight: list[list[Link]]) -> list[int]:
    """The middle of each item, from 0 on; `straight` are the links that may make columns, by layer."""
    if not layers.widths:
        return []
    four = [_Aligned(layers, straight, down, left).place() for down in (True, False) for left in (True, False)]
    spans = [
        (
            min(x - width / 2 for x, width in zip(xs, layers.widths, strict=True)),
            max(x + width / 2 for x, width in zip(xs, layers.widths, strict=True)),
        )
        for xs in four
    ]
    narrowest = min(spans, key=lambda span: span[1] - span[0])
    for number, (xs, span) in enumerate(zip(four, spans, strict=True)):
        left = number % 2 == 0
        move = narrowest[0] - span[0] if left else narrowest[1] - span[1]
        four[number] = [x + move for x in xs]
    middles = [sum(sorted(xs)[1:3]) / 2 for xs in zip(*four, strict=True)]
    leftmost = min(x - width / 2 for x, width in zip(middles, layers.widths, strict=True))
    return [floor(x - leftmost + 0.5) for x in middles]


def find_distance(layers: Layers, left: int, right: int) -> float:
    """The least distance between the middles of two neighbours."""
    lines = (left >= layers.count) + (right >= layers.count)
    between = (_BOXES, _BOX_AND_LINE, _LINES)[lines]
    return (layers.widths[left] + layers.widths[right]) / 2 + between


class _Aligned:
    """One of the four: items are set in line with the middle one of their neighbours above (or below)."""

    def __init__(self, layers: Layers, straight: list[list[Link]], down: bool, left: bool) -> None:
        self.layers = layers
        self.straight = straight
        self.down = down
        self.sign = 1 if left else -1
        rows = layers.rows if down else layers.rows[::-1]
        self.rows = rows if left else [row[::-1] for row in rows]
        self.spot = [0] * len(layers.widths)
        for row in self.rows:
            for position, item in enumerate(row):
                self.spot[item] = position
        self.root = list(range(len(layers.widths)))
        self.shift = [0] * len(layers.widths)
        """How far an item stands from the first one of its column."""

    def place(self) -> list[float]:
        neighbours = self.list_neighbours()
        crossed = self.find_crossed()
        aligned = [False] * len(self.root)
        for row in self.rows[1:]:
            free = 0
            for item in row:
                near = neighbours[item]
                if not near:
                    continue
                middle = (len(near) - 1) / 2
                for number in range(floor(middle), ceil(middle) + 1):
                    other, shift = near[number]
                    if self.spot[other] >= free and (other, item) not in crossed and not aligned[other]:
                        self.root[item] = self.root[other]
                        self.shift[item] = self.shift[other] + shift
                        free = self.spot[other] + 1
                        aligned[other] = True
                        break
        return self.place_roots()

    def list_neighbours(self) -> list[list[tuple[int, int]]]:
        """For each item those with which it may be in line, in their order, and how far it is shifted then."""
        neighbours: list[dict[int, int]] = [{} for _ in self.root]
        for links in self.straight:
            for link in links:
                shift = self.sign * (link.leaves - (link.enters or 0))
                if self.down:
                    neighbours[link.lower].setdefault(link.upper, shift)
                else:
                    neighbours[link.upper].setdefault(link.lower, -shift)
        return [sorted(near.items(), key=lambda one: self.spot[one[0]]) for near in neighbours]

    def find_crossed(self) -> set[tuple[int, int]]:
        """Links that cross a line within: this one stays straight."""
        count = self.layers.count
        crossed = set()
        for links in self.layers.links:
            inner = [
                (self.spot[link.upper], self.spot[link.lower])
                for link in links
                if link.upper >= count and link.lower >= count
            ]
            if not inner or len(inner) == len(links):
                continue
            crosses = _find_crossing(inner)
            for link in links:
                outer = link.upper < count or link.lower < count
                if outer and crosses(self.spot[link.upper], self.spot[link.lower]):
                    crossed.add((link.upper, link.lower) if self.down else (link.lower, link.upper))
        return crossed

    def place_roots(self) -> list[float]:
        """Each column as far to one side as its neighbours let it, then as near as it can be to the next."""
        after: dict[int, dict[int, float]] = {}
        waiting = [0] * len(self.root)
        for row in self.rows:
            for left, right in pairwise(row):
                near, far = self.root[left], self.root[right]
                distance = find_distance(self.layers, left, right) + self.shift[left] - self.shift[right]
                below = after.setdefault(near, {})
                if far not in below:
                    waiting[far] += 1
                below[far] = max(below.get(far, -inf), distance)
        roots = [item for item, root in enumerate(self.root) if item == root]
        xs = [0.0] * len(self.root)
        ready = [root for root in roots if not waiting[root]]
        for root in ready:  # grows
            for far, distance in after.get(root, {}).items():
                xs[far] = max(xs[far], xs[root] + distance)
                waiting[far] -= 1
                if not waiting[far]:
                    ready.append(far)
        for root in reversed(ready):
            if root in after:
                xs[root] = max(xs[root], min(xs[far] - distance for far, distance in after[root].items()))
        return [self.sign * (xs[root] + shift) for root, shift in zip(self.root, self.shift, strict=True)]


def _find_crossing(inner: list[tuple[int, int]]) -> Callable[[int, int], bool]:
    """A function that says whether a link between two spots crosses one of these."""
    inner.sort()
    uppers = [upper for upper, _ in inner]
    rightmost = [-1, *accumulate((lower for _, lower in inner), max)]
    """Of those that begin left of a spot, the one that ends farthest to the right."""
    leftmost = [*reversed([*accumulate((lower for _, lower in reversed(inner)), min)]), inf]

    def crosses(upper: int, lower: int) -> bool:
        return rightmost[bisect_left(uppers, upper)] > lower or leftmost[bisect_right(uppers, upper)] < lower

    return crosses
