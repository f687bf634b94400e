"""What changed between two models, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shapecalc.analysis.diffs.folding import fold
from shapecalc.diagnostics import clean
from shapecalc.render.diffs import words
from shapecalc.render.folding import LEAST_WIDTH, fit_column_widths, set_row
from shapecalc.render.table import MAX_RICH_ROWS, measure_table, paint, table_of_changes, write_footnotes

if TYPE_CHECKING:
    from shapecalc.analysis.diffs.files import FileChange, FolderDiff
    from shapecalc.analysis.diffs.models import Diff, Total
    from shapecalc.analysis.numeric import OutputPair
    from shapecalc.render.table import Terminal

_NAME_WIDTH = 30
"""Columns for names on a terminal that has not room for all."""
_ENDLESS = 10_000
_LEFT_OUT = ((2,), (2, 5))
"""The columns that go there: shapes, or the old count of a file; then memory, or the MACs of a file."""


def file_text(
    change: FileChange, numbers: Sequence[OutputPair] | None, terminal: Terminal, unfold: bool = False
) -> str:
    """What became of one file."""
    if change.diff is not None:
        return diff_text(change.diff, numbers, terminal, unfold)
    title = paint(clean(change.report.file), "bold", terminal)
    return "\n".join([title, f" {words.write_change(change)}", *_write_totals(change.totals, terminal)]) + "\n"


def folders_text(diff: FolderDiff, terminal: Terminal, unfold: bool = False) -> str:
    """A line for each file that differs, then the layers of those that changed."""
    changes = diff.changes
    lines = [paint(clean(words.write_title(diff.folders, diff.settings)), "bold", terminal)]
    rows = [words.list_file_cells(change) for change in changes if change.kind != "equal"]
    if rows:
        lines.append(_write_table(words.FILE_HEADERS, words.FILE_RIGHT, rows, terminal))
    lines += write_footnotes([f" {words.write_folders_verdict(changes, diff.broken)}"], terminal)
    for change in changes:
        if change.diff is not None and change.diff.differs:
            lines += ["", paint(clean(change.path), "bold", terminal), *_write_layers(change.diff, terminal, unfold)]
    if rows:
        lines += write_footnotes([f" {words.FOOTER}"], terminal)
    return "\n".join(lines) + "\n"


def diff_text(diff: Diff, numbers: Sequence[OutputPair] | None, terminal: Terminal, unfold: bool = False) -> str:
    """The layers that differ, the totals of both models, and how far their outputs are apart."""
    title = clean(words.write_title((diff.old.file, diff.new.file), diff.settings))
    lines = [paint(title, "bold", terminal), *_write_layers(diff, terminal, unfold)]
    notes = [f" {words.FOOTER}", *(f" {clean(line)}" for line in words.write_numbers(numbers))]
    return "\n".join([*lines, *_write_totals(diff.totals, terminal), *write_footnotes(notes, terminal)]) + "\n"


def _write_layers(diff: Diff, terminal: Terminal, unfold: bool) -> list[str]:
    """The table of what differs, and how many layers do."""
    rows = [words.list_cells(line) for line in fold(diff, unfold)]
    lines = [_write_table(words.HEADERS, words.RIGHT, rows, terminal)] if rows else []
    outputs = [f" {clean(line)}" for line in diff.outputs]
    return lines + write_footnotes([*outputs, f" {words.write_verdict(diff)}"], terminal)


def _write_table(headers: Sequence[str], right: Sequence[bool], rows: list[tuple[str, ...]], terminal: Terminal) -> str:
    """The table; where the terminal has no room for it, what changed stands below the name, and some columns go."""
    if len(rows) > MAX_RICH_ROWS:  # lines within cells would be laid out one by one
        rows = [tuple(cell.replace("\n", "; ") for cell in row) for row in rows]
    width = terminal.width
    if width is None or measure_table(headers, rows) <= width:
        return table_of_changes(headers, right, rows, terminal)
    for left_out in _LEFT_OUT:
        kept = [at for at in range(len(headers) - 1) if at not in left_out]
        others = [at for at in kept if at != 1]
        if measure_table(_pick(headers, others), (_pick(row, others) for row in rows)) <= width - _NAME_WIDTH:
            break
    rows = [(row[0], _join_lines(row[1], row[-1]), *_pick(row, kept[2:])) for row in rows]
    return table_of_changes(_pick(headers, kept), [right[at] for at in kept], rows, terminal)


def _pick(cells: Sequence[str], kept: Sequence[int]) -> list[str]:
    return [cells[at] for at in kept]


def _join_lines(name: str, changes: str) -> str:
    return "\n".join([name, *(line for line in changes.split("\n") if line)])


def _write_totals(totals: Sequence[Total], terminal: Terminal) -> list[str]:
    """The totals of both models, in columns."""
    rows = words.list_total_cells(totals)
    widths = fit_column_widths(rows, max(terminal.width - 1, LEAST_WIDTH) if terminal.width else _ENDLESS)
    return [f" {line}" for cells in rows for line in set_row(cells, widths, (False, True, True, True))]
