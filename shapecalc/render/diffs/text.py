"""What changed between two models, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shapecalc.analysis.diffs.folding import fold
from shapecalc.diagnostics import clean
from shapecalc.render.diffs import words
from shapecalc.render.folding import set_row
from shapecalc.render.table import paint, table_of_changes, write_footnotes

if TYPE_CHECKING:
    from shapecalc.analysis.diffs.files import FileChange
    from shapecalc.analysis.diffs.models import Diff, Total
    from shapecalc.analysis.numeric import OutputPair
    from shapecalc.render.table import Terminal


def file_text(
    change: FileChange, numbers: Sequence[OutputPair] | None, terminal: Terminal, unfold: bool = False
) -> str:
    """What became of one file."""
    if change.diff is not None:
        return diff_text(change.diff, numbers, terminal, unfold)
    title = paint(clean(change.report.file), "bold", terminal)
    return "\n".join([title, f" {words.write_change(change)}", *_write_totals(change.totals)]) + "\n"


def folders_text(
    title: str, changes: Sequence[FileChange], broken: Sequence[str], terminal: Terminal, unfold: bool = False
) -> str:
    """A line for each file that differs, then the layers of those that changed."""
    lines = [paint(clean(title), "bold", terminal)]
    rows = [words.list_file_cells(change) for change in changes if change.kind != "equal"]
    if rows:
        lines.append(table_of_changes(words.FILE_HEADERS, words.FILE_RIGHT, rows, terminal))
    lines.append(f" {words.write_folders_verdict(changes, broken)}")
    for change in changes:
        if change.diff is not None and change.diff.differs:
            lines += ["", paint(clean(change.path), "bold", terminal), *_write_layers(change.diff, terminal, unfold)]
    if rows:
        lines += write_footnotes([f" {words.FOOTER}"], terminal)
    return "\n".join(lines) + "\n"


def diff_text(diff: Diff, numbers: Sequence[OutputPair] | None, terminal: Terminal, unfold: bool = False) -> str:
    """The layers that differ, the totals of both models, and how far their outputs are apart."""
    lines = [paint(clean(words.write_title(diff)), "bold", terminal), *_write_layers(diff, terminal, unfold)]
    notes = [f" {words.FOOTER}", *(f" {clean(line)}" for line in words.write_numbers(numbers))]
    return "\n".join([*lines, *_write_totals(diff.totals), *write_footnotes(notes, terminal)]) + "\n"


def _write_layers(diff: Diff, terminal: Terminal, unfold: bool) -> list[str]:
    """The table of what differs, and how many layers do."""
    rows = [words.list_cells(line) for line in fold(diff, unfold)]
    lines = [table_of_changes(words.HEADERS, words.RIGHT, rows, terminal)] if rows else []
    lines += [f" {clean(line)}" for line in diff.outputs]
    return [*lines, f" {words.write_verdict(diff)}"]


def _write_totals(totals: Sequence[Total]) -> list[str]:
    """The totals of both models, in columns."""
    rows = words.list_total_cells(totals)
    widths = [max(len(cells[column]) for cells in rows) for column in range(4)]
    return [f" {line}" for cells in rows for line in set_row(cells, widths, (False, True, True, True))]
