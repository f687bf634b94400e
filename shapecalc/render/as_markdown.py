"""Tables and reports as GitHub's Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from shapecalc.analysis.outline import is_straight, list_lines
from shapecalc.diagnostics.text import markdown as escaped
from shapecalc.render import columns as shown
from shapecalc.render.sorting import sort_lines
from shapecalc.render.summary_options import SummaryOptions

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report


def markdown_table(header: Sequence[str], right: Sequence[bool], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts; the columns marked in `right` are set to the right."""
    return table_of_cells(header, right, ([escaped(cell, in_table=True) for cell in row] for row in rows)) + "\n"


def table_of_cells(header: Sequence[str], right: Sequence[bool], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    marks = ["---:" if side else "---" for side in right]
    return "\n".join([_write_line(header), _write_line(marks), *map(_write_line, rows)])


def _write_line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def summary_markdown(report: Report, options: SummaryOptions | None = None) -> str:
    """A heading, the table of layers, the totals as a list."""
    options = options or SummaryOptions()
    added = shown.list_columns(report, options)
    lines = sort_lines(list_lines(report, options.depth, options.unfold), options)
    connected = [] if is_straight(lines) else ["Connected to"]
    header = ["Layer (type)", "Output Shape", "Param #", *connected, *(column.header for column in added)]
    rows = [
        [
            "↳ " * line.level + shown.line_text(line),
            shown.shapes_text(line),
            shown.params_text(line),
            *([line.sources or "-"] if connected else []),
            *(column.cell(line, options) for column in added),
        ]
        for line in lines
    ]
    right = [False, False, True, *(False for _ in connected), *(column.right for column in added)]
    totals = shown.Totals(report)
    items = [f"- {label}: {count} ({memory})" for label, count, memory in shown.total_lines(totals)]
    notes = [line.strip() for text in shown.write_footer(report, options, totals, lines) for line in text.split("\n")]
    items += [f"- {note}" for note in notes]
    table = markdown_table(header, right, rows)
    return f"### {escaped(shown.model_name(report))}\n\n{table}\n" + "\n".join(items) + "\n"
