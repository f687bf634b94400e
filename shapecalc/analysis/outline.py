"""A report as a table shows it: blocks as a tree, equal rounds of a repeat as one line, a shared layer once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row
    from shapecalc.dims import Size
    from shapecalc.layers.values import Inferred


class Line(NamedTuple):
    """The content of one line. `calls` are the rows of a shared layer's calls, or the one row.

    `rounds` says how many equal rounds of a repeat it stands for; `borrowers` name the layers that have it within.
    """

    level: int
    calls: tuple[Row, ...]
    rounds: int = 1
    borrowers: tuple[str, ...] = ()

    @property
    def row(self) -> Row:
        return self.calls[0]

    @property
    def name(self) -> str:
        """`encoder`, or `encoder/0 ... x 12`."""
        return f"{self.row.name} ... x {self.rounds}" if self.rounds > 1 else self.row.name

    @property
    def sources(self) -> str:
        """What it is fed, as references; for a shared layer call by call: `first(left), second(right)`."""
        if len(self.calls) == 1 and not self.borrowers:
            return ", ".join(_fold_inputs(self.row))
        calls = [f"{call.name}({', '.join(call.inputs)})" for call in self.calls]
        return ", ".join([*calls, *(f"in {name}" for name in self.borrowers)])

    @property
    def is_borrowed(self) -> bool:
        """Whether all the weights it uses are another layer's."""
        return bool(self.row.inferred.inner) and self.row.params == 0 and any(_list_borrowed(self.row.inferred))


def _fold_inputs(row: Row) -> list[str]:
    """What a row is fed; the rounds of a repeat are one: `gated/0.skip, gated/1.skip, ...` is `gated/*.skip`."""
    inputs = row.inputs
    if len(inputs) < 3:
        return inputs
    names = {node.name for node in row.walk.graph.nodes}
    folded: list[str] = []
    for reference in inputs:
        name, slash, rest = reference.partition("/")
        number, dot, port = rest.partition(".")
        whole = f"{name}/*{dot}{port}"
        if slash and number.isdecimal() and folded and folded[-1] == whole:
            continue
        rounds = [other for other in inputs if other.startswith(f"{name}/") and other.endswith(f"{dot}{port}")]
        every = rounds == [f"{name}/{position}{dot}{port}" for position in range(len(rounds))]
        every = every and f"{name}/{len(rounds)}" not in names
        folded.append(whole if slash and number == "0" and len(rounds) > 2 and every else reference)
    return folded


def list_lines(report: Report, depth: int = 1, unfold: bool = False) -> list[Line]:
    """The lines of a report. `depth` opens blocks to that level; `unfold` gives each round of a repeat its line.

    Inputs have a line only where the layers above and below are no chain.
    """
    return list(_fold_rows(report.rows, 0, depth, unfold))


def is_straight(lines: list[Line]) -> bool:
    """Whether every graph that is shown is a chain, so that a column of connections says nothing."""
    return all(walked.graph.is_chain() for walked in {id(line.row.walk): line.row.walk for line in lines}.values())


def _fold_rows(rows: list[Row], level: int, depth: int, unfold: bool) -> Iterator[Line]:
    chain = bool(rows) and rows[0].walk.graph.is_chain()
    again, borrowers = _find_shared(rows) if not chain else ({}, {})
    for rounds in group_rounds(rows, unfold):
        row = rounds[0]
        if (chain and row.node.entry is None) or row.reused:
            continue
        calls = (row, *again.get(row.name, ()))
        yield Line(level, calls, len(rounds), tuple(borrowers.get(row.name, ())))
        if level + 1 < depth and row.inferred.inner:
            yield from _fold_rows(row.parts, level + 1, depth, unfold)


def group_rounds(rows: list[Row], unfold: bool = False) -> Iterator[list[Row]]:
    """The rows of a graph, equal rounds of a repeat together, in one list; each alone where they are unfolded."""
    chain = bool(rows) and rows[0].walk.graph.is_chain()
    again, borrowers = _find_shared(rows) if not chain else ({}, {})
    position = 0
    while position < len(rows):
        row, first = rows[position], position
        position += 1
        if not unfold and "/" in row.name:
            while position < len(rows) and _is_next_round(row, rows[position], again, borrowers):
                position += 1
        yield rows[first:position]


def _find_shared(rows: list[Row]) -> tuple[dict[str, list[Row]], dict[str, list[str]]]:
    """The further calls of each shared layer, by its name, and the layers that have it within."""
    again: dict[str, list[Row]] = {}
    borrowers: dict[str, list[str]] = {}
    for row in rows:
        if row.reused:
            again.setdefault(row.node.weights_of, []).append(row)
        elif row.inferred.inner:
            for name in _list_borrowed(row.inferred):
                borrowers.setdefault(name, []).append(row.name)
    return again, borrowers


def _list_borrowed(inferred: Inferred) -> Iterator[str]:
    """The layers of its own graph that a layer has within; what a block reuses in itself is not among them."""
    if inferred.walk is None:
        for part in inferred.inner:
            if part.reused:
                yield part.name
            else:
                yield from _list_borrowed(part.inferred)


def _is_next_round(row: Row, other: Row, again: dict[str, list[Row]], borrowers: dict[str, list[str]]) -> bool:
    """Whether a row is a further round of the same repeat, equal but for its weights' values."""
    base = row.name.rpartition("/")[0]
    alike = other.name.rpartition("/")[0] == base and other.node.entry is row.node.entry
    alike = alike and row.reused == other.reused and (not row.reused or row.node.weights_of == other.node.weights_of)
    shared = any(each.name in names for each in (row, other) for names in (again, borrowers))
    return alike and not shared and (other.inferred is row.inferred or _list_shown(other) == _list_shown(row))


def _list_shown(row: Row) -> tuple[object, ...]:
    """The values that a table shows of a row, besides its name and what it is fed."""
    inferred = row.inferred
    sizes: tuple[Size, ...] = (inferred.params, inferred.trainable_params, inferred.total_macs, inferred.layers)
    return (row.type, tuple(inferred.outputs.items()), *sizes)
