"""Reports and findings as GitHub's Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Diagnostic, clean
from shapecalc.render import columns as shown
from shapecalc.render.full import place

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!])")


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line of a table."""
    return "<br>".join(_SPECIAL.sub(r"\\\1", clean(line)) for line in text.split("\n"))


def markdown_table(header: Sequence[str], right: Sequence[bool], rows: Iterable[Sequence[str]]) -> str:
    """A table; the columns marked in `right` are set to the right."""
    lines = [_line(header), _line(["---:" if side else "---" for side in right])]
    lines += [_line([escaped(cell) for cell in row]) for row in rows]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def summary_markdown(report: Report, depth: int = 1, columns: Sequence[str] = ()) -> str:
    """A heading, the table of layers, the totals as a list."""
    added = [shown.COLUMNS[name] for name in columns]
    chain = report.is_chain
    connected = [] if chain else ["Connected to"]
    header = ["Layer (type)", "Output Shape", "Param #", *connected, *(column.header for column in added)]
    rows = [
        [
            "↳ " * level + shown.layer_text(row),
            shown.shape_text(row),
            shown.count_text(row.params),
            *([] if chain else [", ".join(row.inputs) or "-"]),
            *(column.text(row) for column in added),
        ]
        for level, row in shown.visible_rows(report, depth)
    ]
    right = [False, False, True, *(False for _ in connected), *(column.right for column in added)]
    totals = shown.Totals(report)
    lines = [f"- {label}: {count} ({memory})" for label, count, memory in shown.total_lines(totals)]
    lines += [f"- {line.strip()}" for line in shown.footer(list(columns), totals)]
    return f"### {escaped(report.name)}\n\n{markdown_table(header, right, rows)}\n" + "\n".join(lines) + "\n"


def findings_markdown(diagnostics: Iterable[Diagnostic]) -> str:
    """A table of findings; nothing where there are none."""
    rows = [
        [
            place(found.span) if found.span else "",
            f"{found.severity} {found.code}",
            found.sentence + (f"\nhelp: {found.help}" if found.help else ""),
        ]
        for found in diagnostics
    ]
    return markdown_table(("Place", "Finding", "Message"), (False, False, False), rows) if rows else ""
