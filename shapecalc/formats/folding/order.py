"""The calls of a flat model in an order in which what belongs together stands together."""

from __future__ import annotations

from collections import Counter
from heapq import heapify, heappop, heappush

from shapecalc.formats.flat_model import Call, Feed, FlatModel, Source

_DEEPER_FIRST = {"Add": True, "Average": True, "Maximum": True, "Minimum": True, "Multiply": False}
"""Merging layers that give the same whichever of two inputs comes first, and whether the one that more calls lead to
does: an entry that is left out stands for its first input, a sum for the long branch, a product for what it scales."""


def order_calls(flat: FlatModel) -> FlatModel:
    """The same model with each call as near as may be before the first one that it feeds; branches are one piece each.

    Inputs that a layer takes either way are put in one order too.
    """
    order = _Order(flat)
    sequence = order.sequence()
    if len(sequence) != len(flat.calls):
        return flat
    ordered = FlatModel(flat.name)
    ordered.inputs, ordered.layers = list(flat.inputs), dict(flat.layers)
    ordered.blocks = {name: order_calls(block) for name, block in flat.blocks.items()}
    moved: dict[tuple[str, int], tuple[str, int]] = {(given.name, 0): (given.name, 0) for given in flat.inputs}
    numbers = {position: number for (_, number), position in order.positions.items()}

    def move(source: Source) -> Source:
        return (*moved[source[0], source[1]], source[2])

    for position in sequence:
        call = flat.calls[position]
        feed: Feed = {
            port: [move(source) for source in order.arrange(call, fed)] if isinstance(fed, list) else move(fed)
            for port, fed in call.feed.items()
        }
        moved[call.layer, numbers[position]] = call.layer, ordered.call(call.layer, feed, call.arguments)
    ordered.outputs = {name: move(source) for name, source in flat.outputs.items()}
    return ordered


class _Order:
    """The calls of a flat model by position. `positions` finds them by their layer and which of its calls they are;
    `depths` says how many calls lead to each at the most."""

    def __init__(self, flat: FlatModel) -> None:
        self.flat = flat
        self.positions: dict[tuple[str, int], int] = {}
        self.depths: list[int] = []
        counts: Counter[str] = Counter()
        for position, call in enumerate(flat.calls):
            self.positions[call.layer, counts[call.layer]] = position
            counts[call.layer] += 1
            self.depths.append(1 + max((self.depth(source) for source in call.sources()), default=0))

    def depth(self, source: Source) -> int:
        """How many calls lead to an output, its own included; none to an input."""
        position = self.positions.get(source[:2])
        return 0 if position is None else self.depths[position]

    def arrange(self, call: Call, fed: list[Source]) -> list[Source]:
        """What a call is fed in the order in which it is to stand."""
        deeper_first = _DEEPER_FIRST.get(self.flat.layers[call.layer][0])
        return fed if deeper_first is None or len(fed) != 2 else sorted(fed, key=self.depth, reverse=deeper_first)

    def sequence(self) -> list[int]:
        """The positions in their new order, found from the end.

        Of the calls all of whose users stand already the next is the one whose furthest user is the nearest: the
        output of a block that two later blocks use comes after all that only the first of these needs. Of branches
        that one call merges the last one follows it, of inputs that it takes either way the one that most lead to.
        """
        users = Counter(source[:2] for call in self.flat.calls for source in {*call.sources()})
        ends = [source[:2] for source in self.flat.outputs.values() if source[:2] in self.positions]
        ready = [(0, -number, self.positions[end]) for number, end in enumerate(ends) if not users[end]]
        heapify(ready)
        furthest: dict[tuple[str, int], int] = {}
        backwards: dict[int, None] = {}
        pushed = len(ready)
        while ready:
            position = heappop(ready)[2]
            if position in backwards:
                continue
            for source in self._by_depth(self.flat.calls[position]):
                furthest.setdefault(source[:2], len(backwards))
                users[source[:2]] -= 1
                if not users[source[:2]] and source[:2] in self.positions:
                    pushed += 1
                    heappush(ready, (-furthest[source[:2]], -pushed, self.positions[source[:2]]))
            backwards[position] = None
        return [*backwards][::-1]

    def _by_depth(self, call: Call) -> list[Source]:
        """What a call is fed, once each; of a call that takes its inputs either way the shallow ones first."""
        fed = [*dict.fromkeys(call.sources())]
        return sorted(fed, key=self.depth) if self.flat.layers[call.layer][0] in _DEEPER_FIRST else fed
