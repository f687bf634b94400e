"""Edges that pass layers by, set right once the boxes stand: near to what they go around, and with few turns."""

from __future__ import annotations

from math import ceil, inf

from shapecalc.formats.pictures.layout.columns import find_distance
from shapecalc.formats.pictures.layout.graph import BOX_MARGIN
from shapecalc.formats.pictures.layout.layers import Layers, Link


def tidy_lines(layers: Layers, middles: list[int], skips: set[tuple[int, int]]) -> None:
    """Moves the gaps kept free for edges within the room they have; boxes stay where they are."""
    lines = _Lines(layers, middles)
    lines.pull(skips)
    lines.straighten()


class _Lines:
    """The gaps of each edge, and where the boxes are to which they lead."""

    def __init__(self, layers: Layers, middles: list[int]) -> None:
        self.layers = layers
        self.middles = middles
        self.spots = {item: spot for row in layers.rows for spot, item in enumerate(row)}
        self.into: dict[int, Link] = {}
        self.out: dict[int, list[Link]] = {}
        for links in layers.links:
            for link in links:
                if link.lower >= layers.count:
                    self.into[link.lower] = link
                if link.upper >= layers.count:
                    self.out.setdefault(link.upper, []).append(link)

    def pull(self, skips: set[tuple[int, int]]) -> None:
        """Moves what goes around something as near to it as it can be, so that it is seen to belong to it."""
        moves: list[tuple[int, int, list[int]]] = []
        for number, net in enumerate(self.layers.nets):
            far = [target for target, _ in net.targets if self.layers.ranks[target] > self.layers.ranks[net.source] + 1]
            if far and all((number, target) in skips for target in far):
                goal = (self.middles[net.source] + self.middles[far[-1]]) // 2
                pieces = self.list_pieces(number)
                moves += [(abs(self.middles[piece[0]] - goal), goal, piece) for piece in pieces]
        for _, goal, piece in sorted(moves):  # the nearest first, which makes room for the next one
            self.move(piece, goal, goal)

    def straighten(self) -> None:
        """Moves what turns both above and below to where it needs to turn only once."""
        for number in range(len(self.layers.nets)):
            for piece in self.list_pieces(number):
                x, above = self.middles[piece[0]], self.into[piece[0]]
                start = self.middles[above.upper] + above.leaves
                ends = self.find_ends(piece[-1])
                if x == start or ends is None or ends[0] <= x <= ends[1]:
                    continue
                if not self.move(piece, *ends, only_within=True):
                    self.move(piece, start, start, only_within=True)

    def find_ends(self, item: int) -> tuple[float, float] | None:
        """From where to where a line goes straight down into the one thing it leads to; None if it leads to several."""
        links = self.out.get(item, [])
        if len(links) != 1:
            return None
        link, width = links[0], self.layers.widths[links[0].lower]
        middle = self.middles[link.lower] + (link.enters or 0)
        if link.enters is not None or not width:
            return middle, middle
        return middle - width // 2 + BOX_MARGIN, middle + width // 2 - BOX_MARGIN

    def list_pieces(self, number: int) -> list[list[int]]:
        """The gaps of a tensor in pieces that are straight, from top to bottom."""
        pieces: list[list[int]] = []
        for item in self.layers.lines[number]:
            if pieces and self.middles[pieces[-1][-1]] == self.middles[item]:
                pieces[-1].append(item)
            else:
                pieces.append([item])
        return pieces

    def move(self, piece: list[int], first: float, last: float, *, only_within: bool = False) -> bool:
        """Moves a piece between two places, or as near to them as there is room; says whether it did."""
        least, most = -inf, inf
        for item in piece:
            row, spot = self.layers.rows[self.layers.ranks[item]], self.spots[item]
            if spot > 0:
                left = row[spot - 1]
                least = max(least, self.middles[left] + ceil(find_distance(self.layers, left, item)))
            if spot + 1 < len(row):
                right = row[spot + 1]
                most = min(most, self.middles[right] - ceil(find_distance(self.layers, item, right)))
        if only_within:
            first, last = max(first, least), min(last, most)
            if first > last:
                return False
        if least > most:
            return False
        nearest = min(max(self.middles[piece[0]], first), last)
        x = int(min(max(nearest, least), most))
        for item in piece:
            self.middles[item] = x
        return True
