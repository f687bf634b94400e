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
    from shapecalc.analysis.diffs.models import Diff, Total
    from shapecalc.analysis.numeric import OutputPair
    from shapecalc.render.table import Terminal


def diff_text(
    diff: Diff, numbers: Sequence[OutputPair] | None, terminal: Terminal, unfold: bool = False, footer: bool = True
) -> str:
    """The layers that differ, the totals of both models, and how far their outputs are apart."""
    lines = [paint(clean(words.write_title(diff)), "bold", terminal)]
    rows = [words.list_cells(line) for line in fold(diff, unfold)]
    if rows:
        lines.append(table_of_changes(words.HEADERS, words.RIGHT, rows, terminal))
    lines += [f" {clean(line)}" for line in diff.outputs]
    lines.append(f" {words.write_verdict(diff)}")
    lines += _write_totals(diff.totals)
    notes = [f" {words.FOOTER}"] if footer else []
    notes += [f" {clean(line)}" for line in words.write_numbers(numbers)]
    return "\n".join([*lines, *write_footnotes(notes, terminal)]) + "\n"


def _write_totals(totals: Sequence[Total]) -> list[str]:
    """The totals of both models, in columns."""
    rows = words.list_total_cells(totals)
    widths = [max(len(cells[column]) for cells in rows) for column in range(4)]
    return [f" {line}" for cells in rows for line in set_row(cells, widths, (False, True, True, True))]
