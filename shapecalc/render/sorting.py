"""Lines and rows in the order of one of their columns: numbers from the largest down, words by the alphabet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from shapecalc.analysis.outline import Line
from shapecalc.dims import Size, Unranked, add_up, prod
from shapecalc.dims.dim import leaves
from shapecalc.dims.division import substitute
from shapecalc.render.columns import COLUMNS, Column
from shapecalc.render.summary_options import SummaryOptions

if TYPE_CHECKING:
    from shapecalc.analysis.report import Row

_TYPICAL = 1_000
"""What a size that is no number counts as, so that formulas have an order."""

Key: TypeAlias = tuple[int, float | int, str]

OWN_COLUMNS: dict[str, Column] = {
    "name": Column("Layer", lambda row, options: row.name),
    "type": Column("Type", lambda row, options: row.type),
    "shape": Column("Output Shape", lambda row, options: _count_elements(row), str),
    "params": Column("Param #", lambda row, options: row.params, str),
    "inputs": Column("Connected to", lambda row, options: ", ".join(row.inputs)),
}
"""The columns that every table has."""

SORTABLE = OWN_COLUMNS | COLUMNS
"""The columns by the name that `--sort` takes."""


def _count_elements(row: Row) -> Size:
    """The numbers in all outputs; none where not even the number of axes is known."""
    return add_up(prod(shape) for shape in row.shapes if not isinstance(shape, Unranked))


def sort_lines(lines: Sequence[Line], options: SummaryOptions) -> list[Line]:
    """The lines in the order that is asked for, those within a block below it in the same order."""
    if options.sort is None:
        return list(lines)
    column = SORTABLE[options.sort]
    families: list[tuple[Line, list[Line]]] = []
    for line in lines:
        if families and line.level > families[0][0].level:
            families[-1][1].append(line)
        else:
            families.append((line, []))
    families.sort(key=lambda family: _make_key(column, _sum_calls(column, family[0], options)))
    return [line for head, within in families for line in (head, *sort_lines(within, options))]


def sort_rows(rows: Sequence[Row], options: SummaryOptions) -> list[Row]:
    """Rows of one graph in the order that is asked for."""
    if options.sort is None:
        return list(rows)
    column = SORTABLE[options.sort]
    return sorted(rows, key=lambda row: _make_key(column, column.value(row, options)))


def _sum_calls(column: Column, line: Line, options: SummaryOptions) -> Size | str:
    """What a line shows: sizes of all rounds and calls, words of the first."""
    if column.text is None:
        return column.value(line.row, options)
    return line.rounds * add_up(column.value(call, options) for call in line.calls)  # type: ignore[misc]


def _make_key(column: Column, value: Size | str) -> Key:
    """What orders a value; whole numbers that are text, such as those of lines, grow."""
    if isinstance(value, str):
        return (0, int(value), "") if value.isdecimal() else (1, 0, value.casefold())
    number = substitute(value, dict.fromkeys(leaves(value), _TYPICAL)) if not isinstance(value, int) else value
    return (0, -number, "") if isinstance(number, int) else (1, 0, str(number))
