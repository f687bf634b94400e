"""What changed between two models, as Markdown for the comment of a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shapecalc.analysis.diffs.folding import fold
from shapecalc.diagnostics.text import markdown as escaped
from shapecalc.render.as_markdown import markdown_table
from shapecalc.render.diffs import words

if TYPE_CHECKING:
    from shapecalc.analysis.diffs.models import Diff
    from shapecalc.analysis.numeric import OutputPair


def diff_markdown(diff: Diff, numbers: Sequence[OutputPair] | None, unfold: bool = False) -> str:
    """A heading, the verdict, the totals, the layers that differ."""
    parts = [f"### {escaped(words.write_title(diff))}", escaped(words.write_verdict(diff))]
    if diff.differs:
        head, *totals = words.list_total_cells(diff.totals)
        parts.append(markdown_table(head, (False, True, True, True), totals).rstrip())
        if rows := [words.list_cells(line) for line in fold(diff, unfold)]:
            parts.append(markdown_table(words.HEADERS, words.RIGHT, rows).rstrip())
        if diff.outputs:
            parts.append("\n".join(f"- {escaped(line)}" for line in diff.outputs))
        parts.append(escaped(words.FOOTER))
    if numbers is not None:
        head_line, *lines = words.write_numbers(numbers)
        parts.append("\n".join([escaped(head_line), "", *(f"- {escaped(line)}" for line in lines)]))
    return "\n\n".join(parts) + "\n"
