"""Bars: of what differs between values, and of where the parameters, MACs and bytes of one model sit."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from shapecalc.analysis.outline import Line, list_lines
from shapecalc.dims import Size, add_up, symbols
from shapecalc.render.columns import COLUMNS, SHARED_OUT, Column, line_text
from shapecalc.render.shares import share_text
from shapecalc.render.summary_options import SummaryOptions

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report

PAGE = 80
"""Columns of a page where there is no terminal."""
MOST_BARS = 12
"""Most layers that one chart draws; the others are counted in its last line."""

_BLOCKS = " ▏▎▍▌▋▊▉█"
_LONGEST = 50
_LEAST = 8

_PARAMS = SHARED_OUT["params%"]._replace(header="Params")
_CHARTS = ("params", "macs", "memory")
"""The columns that are drawn of every model."""


def draw_chart(labels: Sequence[str], numbers: Sequence[int], texts: Sequence[str], width: int, plain: bool) -> str:
    """A line for each number: its label, a bar, its text. A label that leaves a bar no room stands above it."""
    most, texts_width = max(numbers, default=0), max(map(len, texts), default=0)
    column = max(map(len, labels), default=0)
    if width - column - texts_width - 4 < _LEAST:
        short = [label for label in labels if width - len(label) - texts_width - 4 >= _LEAST]
        column = max(map(len, short), default=0)
    room = max(_LEAST, min(_LONGEST, width - column - texts_width - 4))
    lines = []
    for label, number, text in zip(labels, numbers, texts, strict=True):
        above, label = (f" {label}\n", "") if len(label) > column else ("", label)
        bar = _draw_bar(number, most, room, plain)
        lines.append(f"{above} {label:<{column}} {bar:<{room}} {text:>{texts_width}}")
    return "\n".join(lines)


def _draw_bar(number: int, most: int, room: int, plain: bool) -> str:
    """A bar as long as `number` is of `most`, to an eighth of a character."""
    if plain:
        return "#" * (number * room // max(most, 1))
    whole, rest = divmod(number * room * 8 // max(most, 1), 8)
    return "█" * whole + (_BLOCKS[rest] if rest else "")


def draw_model(report: Report, options: SummaryOptions, width: int | None, plain: bool) -> str:
    """A chart for parameters, MACs and memory, and for each column of sizes that is asked for: the layers that take the
    most, equal rounds together, those of an open block on their own.
    """
    listed = list_lines(report, options.depth, options.unfold)
    inputs = [Line(0, (row,)) for row in report.rows if row.node.entry is None and report.is_chain]
    lines = _list_ends([*inputs, *listed])
    names = [*_CHARTS, *(name for name in options.columns if name not in _CHARTS and name not in SHARED_OUT)]
    columns = [_PARAMS if name == "params" else COLUMNS[name] for name in names]
    charts = [_draw_column(column, lines, report, options, width or PAGE, plain) for column in columns if column.right]
    return "\n".join(chart for chart in charts if chart)


def _list_ends(lines: Sequence[Line]) -> list[tuple[str, int, Line]]:
    """The lines that no other is within: path, rounds of all blocks around, line."""
    ends = []
    around: list[tuple[str, int]] = []
    for position, line in enumerate(lines):
        del around[line.level :]
        path = "".join(f"{name}/" for name, _ in around) + line_text(line)
        if position + 1 < len(lines) and lines[position + 1].level > line.level:
            around.append((line.name, line.rounds))
            continue
        if line.level == 0 or line.row.node.entry is not None:  # what a block is fed is counted outside
            ends.append((path, prod(rounds for _, rounds in around), line))
    return ends


def _draw_column(
    column: Column,
    lines: Sequence[tuple[str, int, Line]],
    report: Report,
    options: SummaryOptions,
    width: int,
    plain: bool,
) -> str:
    """The chart of one column; nothing where no layer has any of it, and a sentence where the sum is no number."""
    assert column.text is not None
    whole = add_up(column.value(row, options) for row in report.rows)  # type: ignore[misc]
    if not isinstance(whole, int):
        names = ", ".join(sorted(symbols(whole)))
        return f"{column.header}: no bars, it depends on {names or 'a size that is not known'}\n"
    sizes = [(path, _measure(column, line, rounds, options)) for path, rounds, line in lines]
    numbers = [(path, size) for path, size in sizes if isinstance(size, int) and size > 0]
    if not numbers:
        return ""
    numbers.sort(key=lambda pair: -pair[1])
    drawn, rest = numbers[:MOST_BARS], numbers[MOST_BARS:]
    if rest:
        drawn = [*drawn, (f"{len(rest)} more", sum(size for _, size in rest))]
    texts = [(column.text(size), share_text(size, whole)) for _, size in drawn]
    widths = [max(len(pair[at]) for pair in texts) for at in (0, 1)]
    cells = [f"{share:>{widths[1]}} {text:>{widths[0]}}" for text, share in texts]
    paths, counts = [path for path, _ in drawn], [size for _, size in drawn]
    return f"{column.header}\n{draw_chart(paths, counts, cells, width, plain)}\n"


def _measure(column: Column, line: Line, rounds: int, options: SummaryOptions) -> Size:
    """What a line takes, in all rounds of what is around it."""
    return rounds * line.rounds * add_up(column.value(call, options) for call in line.calls)  # type: ignore[misc]
