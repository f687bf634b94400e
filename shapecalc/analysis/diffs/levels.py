"""The graphs of a model, one inside another: the layers of each, and where what a layer is fed is made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from shapecalc.analysis.report import Report, Row
from shapecalc.inference.walk import Source
from shapecalc.layers.catalogue import automatic_name

_NUMBERED = re.compile(r"(?:_\d+)?(?:@\d+)?")
"""What stands behind an automatic name, or behind the name of a layer that is called again."""


class Place(NamedTuple):
    """A layer, or an output of one: the graph, the index of its node and the position of the output."""

    level: Level
    node: int
    output: int = 0

    @property
    def row(self) -> Row:
        row = self.level.find_row(self.node)
        assert row is not None
        return row


class Level:
    """One graph with a row for each layer. `outer` is the row of the block that it is, in the graph around it.

    `partners` says which layer of the other model each node is; `depth` is how many levels may be opened, this one
    included.
    """

    __slots__ = ("_inside", "depth", "names", "outer", "partners", "rounds", "rows", "walk")

    def __init__(self, rows: list[Row], depth: int, outer: tuple[Level, Row] | None = None) -> None:
        self.depth = depth
        self.outer = outer
        self.walk = rows[0].walk if rows else None
        # The inputs of a block are what it is fed.
        self.rows = [row for row in rows if outer is None or row.node.entry is not None]
        self.partners: dict[int, Place] = {}
        self.rounds: dict[str, list[Row]] = {}
        for row in self.rows:
            base, slash, _ = row.name.rpartition("/")
            if slash:
                self.rounds.setdefault(base, []).append(row)
        self.names: tuple[str, ...] = () if outer is None else (*outer[0].names, plain_name(outer[1]))
        self._inside: dict[int, Level | None] = {}

    def inside(self, row: Row) -> Level | None:
        """The graph of a row that is a block, where it is opened."""
        index = row.node.index
        if index not in self._inside:
            opened = row.inferred.walk is not None and self.depth > 1
            self._inside[index] = Level(row.rows, self.depth - 1, (self, row)) if opened else None
        return self._inside[index]

    def find_row(self, node: int) -> Row | None:
        """The row of a node; None for an input of a block."""
        offset = self.rows[0].node.index if self.rows else node + 1
        return self.rows[node - offset] if node >= offset else None

    def list_sources(self, row: Row) -> list[Source]:
        """What a row is fed: outputs of nodes in this graph."""
        return row.walk.sources_of(row.node)

    def is_last_round(self, row: Row) -> bool:
        """Whether a row is the last round of a repeat: the name of the repeat stands for it."""
        base, slash, _ = row.name.rpartition("/")
        return bool(slash) and self.rounds[base][-1] is row

    def resolve(self, source: Source) -> Place:
        """The layer that makes an output, out of this graph or within one of its blocks."""
        level, (node, output) = self, source
        while True:
            row = level.find_row(node)
            if row is None:
                if level.outer is None:
                    return Place(level, node, output)
                level, block = level.outer
                node, output = level.list_sources(block)[node]
                continue
            inside = level.inside(row)
            if inside is None:
                return Place(level, node, output)
            assert inside.walk is not None
            node, output = list(inside.walk.output_sources().values())[output]
            level = inside


def open_report(report: Report, depth: int) -> Level:
    """The graph of a model itself."""
    return Level(report.rows, depth)


def list_leaves(level: Level, row: Row) -> Iterator[tuple[Level, Row]]:
    """The layers of a row that is opened, at any depth, each in its graph; else the row."""
    inside = level.inside(row)
    if inside is None:
        yield level, row
        return
    for inner in inside.rows:
        yield from list_leaves(inside, inner)


def chosen_name(row: Row) -> str | None:
    """The name that somebody gave to a layer; None where it is automatic, or looks like it. Rounds share a name."""
    base = row.name.rpartition("/")[0] or row.name
    if row.node.layer is not None and row.node.layer.is_opaque:
        return base  # another layer may stand in its place under its name
    automatic = automatic_base(row)
    if row.node.entry is None:
        base = base.replace("input_layer", automatic, 1)  # as Keras calls it
    rest = base[len(automatic) :] if base.startswith(automatic) else None
    return None if rest is not None and _NUMBERED.fullmatch(rest) else base


def plain_name(row: Row) -> str:
    """The name of a layer without the numbers that automatic names have, and without its round."""
    return chosen_name(row) or automatic_base(row)


def automatic_base(row: Row) -> str:
    """What the automatic name of a layer begins with."""
    return "input" if row.node.entry is None else automatic_name(row.type.removeprefix("ops.").rpartition(".")[2])
