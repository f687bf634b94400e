"""A summary as an HTML table, as notebooks show it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from shapecalc.analysis.outline import is_straight, list_lines
from shapecalc.render import columns as shown

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report


def summary_html(report: Report) -> str:
    """The table of layers, and the totals below it; names are text, whatever is in them."""
    lines = list_lines(report)
    chain = is_straight(lines)
    heads = ["Layer (type)", "Output Shape", "Param #", *([] if chain else ["Connected to"])]
    rows = []
    for line in lines:
        cells = [shown.line_text(line), shown.shapes_text(line), shown.params_text(line)]
        rows.append([*cells, *([] if chain else [line.sources or "-"])])
    body = "".join(f"<tr>{''.join(_write_cell(cell, index) for index, cell in enumerate(row))}</tr>" for row in rows)
    totals = [f"{label}: {count} ({memory})" for label, count, memory in shown.total_lines(shown.Totals(report))]
    return (
        f"<table><caption>{_escape(shown.model_name(report))}</caption>"
        f"<thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>{body}</tbody></table>"
        f"<p>{'<br>'.join(map(_escape, totals))}</p>"
    )


def _write_cell(text: str, index: int) -> str:
    align = ' style="text-align: right"' if index == 2 else ""
    return f"<td{align}>{_escape(text)}</td>"


def _escape(text: str) -> str:
    """Text for HTML: control characters as escapes, each piece of its own direction."""
    from shapecalc.diagnostics import clean

    return f"<bdi>{escape(clean(text))}</bdi>"
