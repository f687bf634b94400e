"""Which rounds of a repeat are drawn as one box: those of which nobody can see a difference."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from shapecalc.analysis.outline import group_rounds
from shapecalc.formats.pictures.words import describe
from shapecalc.inference.walk import walk_within

if TYPE_CHECKING:
    from shapecalc.analysis.report import Row
    from shapecalc.inference.walk import Walk


class Rounds:
    """The rows of one graph, to be put together; blocks are open down to `depth`, and the graph is at `level`."""

    def __init__(self, rows: list[Row], level: int, depth: int) -> None:
        self.rows = rows
        self.level = level
        self.depth = depth

    def put_together(self, unfold: bool) -> Iterator[list[Row]]:
        """The rows, equal rounds of a repeat in one list."""
        for rounds in group_rounds(self.rows, unfold):
            yield from self.split(rounds) if len(rounds) > 1 else [rounds]

    def split(self, rounds: list[Row]) -> Iterator[list[Row]]:
        """Equal rounds, apart where they are drawn differently, or where only some of them feed what comes later."""
        within = {row.node.index for row in rounds}
        taps = [{fed for fed in self.fed[row.node.index] if fed[0] not in within} for row in rounds]
        first = 0
        for position in range(1, len(rounds)):
            same = taps[position] >= taps[first] and taps[position - 1] == taps[first]
            if not same or not are_alike(rounds[first], rounds[position], self.level, self.depth):
                yield rounds[first:position]
                first = position
        yield rounds[first:]

    @cached_property
    def fed(self) -> dict[int, set[tuple[int, int]]]:
        """For each node by index what it feeds: a node's index, or that of an output below 0, and by which port."""
        walk = self.rows[0].walk
        fed: dict[int, set[tuple[int, int]]] = {row.node.index: set() for row in self.rows}
        for row in self.rows:
            for source in walk.sources_of(row.node):
                fed[source.node].add((row.node.index, source.position))
        for number, source in enumerate(walk.output_sources().values()):
            fed[source.node].add((-1 - number, source.position))
        return fed


def are_alike(row: Row, other: Row, level: int, depth: int) -> bool:
    """Whether two rounds of the same shapes and counts have the same settings, also within, where that is drawn."""
    if row.inferred is other.inferred and row.node.layer is other.node.layer:
        return True
    if describe(row.node.layer) != describe(other.node.layer):
        return False
    if level >= depth or row.inferred is other.inferred or find_inside(row) is None:
        return True
    inner, others = row.rows, other.rows
    return len(inner) == len(others) and all(
        one.name == two.name
        and one.shapes == two.shapes
        and one.params == two.params
        and are_alike(one, two, level + 1, depth)
        for one, two in zip(inner, others, strict=True)
    )


def find_inside(row: Row) -> Walk | None:
    """The graph of a block, or of one that is wrapped, if its inputs and outputs are those of the row."""
    within = walk_within(row.inferred)
    if within is None:
        return None
    walk: Walk = within[1]
    same_inputs = len(walk.graph.inputs) == len(row.walk.sources_of(row.node))
    same_outputs = len(walk.output_sources()) == len(row.inferred.outputs)
    return walk if same_inputs and same_outputs else None


def name_rounds(rounds: list[Row], names: set[str]) -> str:
    """`encoder` for all rounds of a repeat, `encoder/1 ... 3` for some, the name of a row for it alone."""
    first, last = rounds[0].name, rounds[-1].name
    if len(rounds) == 1:
        return first
    base, _, number = first.rpartition("/")
    is_whole = number == "0" and f"{base}/{len(rounds)}" not in names
    return base if is_whole else f"{first} ... {last.rpartition('/')[2]}"
