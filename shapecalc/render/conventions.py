"""Parameters by Keras's and by PyTorch's convention, side by side, as text, Markdown or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import clean
from shapecalc.diagnostics.text import markdown as escaped
from shapecalc.dims import Size, add_up, at_least, count_text, to_json
from shapecalc.render.as_markdown import markdown_table
from shapecalc.render.columns import model_name
from shapecalc.render.folding import PAGE_WIDTH, fit_column_widths, fold_under, set_row

if TYPE_CHECKING:
    from shapecalc.analysis.conventions import Comparison, Difference
    from shapecalc.analysis.report import Report

_INDENT = "  "
_HEAD = ("layer", "type", "Keras", "PyTorch", "why")


def _sum_rows(rows: Sequence[Comparison]) -> tuple[Size, Size, Size]:
    """Parameters of Keras and of PyTorch, and PyTorch's buffers."""
    return (
        add_up(row.params for row in rows),
        add_up(row.torch_params for row in rows),
        add_up(row.buffers for row in rows),
    )


def _write_reason(difference: Difference) -> str:
    """`+ 4*units = 20: PyTorch adds a second bias`, `- 2,816 in 11 layers: ...`."""
    fewer = at_least(0, difference.params)
    sign, size = ("-", -difference.params) if fewer else ("+", difference.params)
    number = count_text(size) + (f" in {difference.layers} layers" if difference.layers > 1 else "")
    shown = number if difference.formula in ("", number) else f"{difference.formula} = {number}"
    return f"{sign} {shown}: {difference.why}"


def _list_cells(rows: Sequence[Comparison]) -> list[tuple[str, str, str, str, str]]:
    """A line for each row and each of its differences, the total last."""
    cells: list[tuple[str, str, str, str, str]] = []
    for row in rows:
        reasons = [_write_reason(each) for each in row.differences] or [""]
        path = row.row.path + row.row.name
        cells.append((path, row.row.type, count_text(row.params), count_text(row.torch_params), reasons[0]))
        cells += [("", "", "", "", reason) for reason in reasons[1:]]
    keras, torch, _ = _sum_rows(rows)
    return [*cells, ("total", "", count_text(keras), count_text(torch), "")]


def _write_notes(rows: Sequence[Comparison]) -> list[str]:
    buffers = _sum_rows(rows)[2]
    if buffers == 0:
        return []
    return [f"PyTorch's buffers hold {count_text(buffers)} numbers besides, and a count of batches for each layer"]


def text(report: Report, rows: Sequence[Comparison], width: int = PAGE_WIDTH) -> str:
    """The comparison as it stands in a terminal or a chat, folded at `width` columns."""
    lines = [_HEAD, *_list_cells(rows)]
    widths = fit_column_widths(lines, width - len(_INDENT))
    right = (False, False, True, True, False)
    shown = [f"{model_name(report)} as PyTorch counts it"]
    shown += [_INDENT + line for cells in lines for line in set_row(cells, widths, right)]
    for note in _write_notes(rows):
        shown += fold_under(_INDENT, note, width)
    return "\n".join(map(clean, shown)) + "\n"


def markdown(report: Report, rows: Sequence[Comparison]) -> str:
    """The comparison as a section with a table."""
    table = markdown_table(_HEAD, (False, False, True, True, False), _list_cells(rows))
    notes = "".join(f"\n> {note}\n" for note in _write_notes(rows))
    return f"### {escaped(model_name(report))} as PyTorch counts it\n\n{table}{notes}"


def data(report: Report, rows: Sequence[Comparison]) -> dict[str, Any]:
    """The comparison for scripts."""
    keras, torch, buffers = _sum_rows(rows)
    return {
        "name": report.name,
        "file": report.file,
        "convention": "torch",
        "totals": {"keras": to_json(keras), "torch": to_json(torch), "torch_buffers": to_json(buffers)},
        "layers": [
            {
                "name": row.row.path + row.row.name,
                "type": row.row.type,
                "keras": to_json(row.params),
                "torch": to_json(row.torch_params),
                "torch_buffers": to_json(row.buffers),
                "why": [
                    {
                        "params": to_json(each.params),
                        "formula": each.formula,
                        "layers": each.layers,
                        "reason": each.why,
                    }
                    for each in row.differences
                ],
            }
            for row in rows
        ],
    }
