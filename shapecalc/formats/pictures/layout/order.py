"""The order of items within their layers, such that few edges cross."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.formats.pictures.layout.layers import Layers, Link

_SWEEPS, _FEW_SWEEPS = 12, 4
_MANY = 5_000
"""A graph of so many links is sorted fewer times."""
_LOOKED_AT = 60_000
"""Links looked at while two neighbours are exchanged wherever that helps: enough for pictures that people look at."""


def order_layers(layers: Layers) -> None:
    """Sorts each layer by where its neighbours stand, down and up again, and keeps the best order seen."""
    _Sorter(layers).sort()


class _Sorter:
    """Positions of items, and the links at each: for an item, pairs of a neighbour and the pins of the link."""

    def __init__(self, layers: Layers) -> None:
        self.layers = layers
        self.place = [0] * len(layers.widths)
        self.above: list[list[Link]] = [[] for _ in layers.widths]
        self.below: list[list[Link]] = [[] for _ in layers.widths]
        for links in layers.links:
            for link in links:
                self.above[link.lower].append(link)
                self.below[link.upper].append(link)
        self.number_all()

    def number_all(self) -> None:
        for row in self.layers.rows:
            self.number(row)

    def number(self, row: Sequence[int]) -> None:
        for position, item in enumerate(row):
            self.place[item] = position

    def sort(self) -> None:
        rows = self.layers.rows
        best, least = [list(row) for row in rows], self.count_all()
        idle = 0
        sweeps = _SWEEPS if sum(map(len, self.layers.links)) < _MANY else _FEW_SWEEPS
        for sweep in range(sweeps):
            if (least == 0 and sweep > 0) or idle > 3:
                break
            down = sweep % 2 == 0
            for row in rows[1:] if down else reversed(rows[:-1]):
                self.sort_row(row, down)
            self.exchange_neighbours()
            crossings = self.count_all()
            idle += 1
            if crossings < least or (sweep == 0 and crossings == least):
                best, least, idle = [list(row) for row in rows], crossings, 0
        rows[:] = best
        self.number_all()

    def sort_row(self, row: list[int], down: bool) -> None:
        """Sorts one layer by the mean place of what is above, or below; an item without any keeps its place."""
        if len(row) < 2:
            return
        linked = self.above if down else self.below
        means = {item: self.measure_mean(linked[item], down) for item in row if linked[item]}
        # At the same place the line of a tensor that goes on stands to the right of what it is fed to.
        movable = sorted(means, key=lambda item: (means[item], item >= self.layers.count))
        rest = iter(movable)
        row[:] = [next(rest) if item in means else item for item in row]
        self.number(row)

    def measure_mean(self, links: list[Link], down: bool) -> float:
        if down:
            return sum(self.place[link.upper] + self.fraction(link.upper, link.leaves) for link in links) / len(links)
        return sum(self.place[link.lower] + self.fraction(link.lower, link.enters or 0) for link in links) / len(links)

    def fraction(self, item: int, pin: int) -> float:
        """A pin as a part of its item's place, less than half to either side."""
        return pin / (self.layers.widths[item] + 1) * 0.9

    def count_all(self) -> int:
        return sum(map(self.count_crossings, self.layers.links))

    def count_crossings(self, links: list[Link]) -> int:
        """How often links cross between two layers: pairs that are in one order above and in another below."""
        if len(links) < 2:
            return 0
        ends = sorted(
            (
                self.place[link.upper] + self.fraction(link.upper, link.leaves),
                self.place[link.lower] + self.fraction(link.lower, link.enters or 0),
            )
            for link in links
        )
        return _count_inversions([end[1] for end in ends])

    def exchange_neighbours(self) -> None:
        """Exchanges two neighbours wherever fewer lines cross then."""
        budget = _LOOKED_AT
        changed = True
        while changed and budget > 0:
            changed = False
            for row in self.layers.rows:
                for position in range(len(row) - 1):
                    left, right = row[position], row[position + 1]
                    budget -= 1 + len(self.above[left]) * len(self.above[right])
                    budget -= len(self.below[left]) * len(self.below[right])
                    if budget < 0:
                        return
                    if self.gain(left, right) > 0:
                        row[position : position + 2] = [right, left]
                        self.place[left], self.place[right] = position + 1, position
                        changed = True

    def gain(self, left: int, right: int) -> int:
        """How many crossings fewer there are if two neighbours change places."""
        gained = 0
        for links, is_above in ((self.above, True), (self.below, False)):
            lefts = [self.far_end(link, is_above) for link in links[left]]
            rights = [self.far_end(link, is_above) for link in links[right]]
            for one in lefts:
                for other in rights:
                    gained += (one > other) - (one < other)
        return gained

    def far_end(self, link: Link, is_above: bool) -> float:
        if is_above:
            return self.place[link.upper] + self.fraction(link.upper, link.leaves)
        return self.place[link.lower] + self.fraction(link.lower, link.enters or 0)


def _count_inversions(values: list[float]) -> int:
    """Pairs of which the first is the greater, by a binary indexed tree."""
    ranks = {value: rank for rank, value in enumerate(sorted(set(values)), 1)}
    tree = [0] * (len(ranks) + 1)
    inversions = 0
    for seen, value in enumerate(values):
        rank = ranks[value]
        at = rank
        not_greater = 0
        while at:
            not_greater += tree[at]
            at &= at - 1
        inversions += seen - not_greater
        at = rank
        while at < len(tree):
            tree[at] += 1
            at += at & -at
    return inversions
