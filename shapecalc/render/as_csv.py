"""Reports as CSV (RFC 4180), a row for each layer."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import csv_cell
from shapecalc.dims import Size, to_json
from shapecalc.render.columns import COLUMNS, shape_text
from shapecalc.render.summary_options import SummaryOptions

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row

LAYER_FIELDS = ("file", "model", "layer", "type", "inputs", "output_shape", "params", "trainable", "non_trainable")


def csv_text(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Rows with a header; None is empty."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(_escape_cell, header))
    writer.writerows(map(_escape_cell, row) for row in rows)
    return text.getvalue()


def _escape_cell(value: Any) -> Any:
    return csv_cell(value) if isinstance(value, str) else value


def summary_csv(reports: Iterable[Report], options: SummaryOptions | None = None) -> str:
    """A row for each layer of each model, inputs and every call of a shared layer too; `depth` opens blocks, whose
    layers go by their path. Nothing is folded.
    """
    options = options or SummaryOptions()
    added = [name for name in options.columns if name not in LAYER_FIELDS]
    rows = (_list_cells(report, row, added, options) for report in reports for row in _open(report.rows, options.depth))
    return csv_text((*LAYER_FIELDS, *added), rows)


def _open(rows: Iterable[Row], depth: int) -> Iterator[Row]:
    for row in rows:
        yield row
        if depth > 1 and row.inferred.inner:
            yield from _open(row.rows, depth - 1)


def _list_cells(report: Report, row: Row, added: Sequence[str], options: SummaryOptions) -> tuple[Any, ...]:
    counts = (row.params, row.trainable, row.params - row.trainable)
    cells = (report.file, report.name, row.path + row.name, row.type, " ".join(row.inputs), shape_text(row))
    return (*cells, *map(to_json, counts), *(_write_value(COLUMNS[name].value(row, options)) for name in added))


def _write_value(value: Size | str) -> Any:
    """A size as a number or formula; the lines of a text on one, with `; ` between."""
    return value.replace("\n", "; ") if isinstance(value, str) else to_json(value)
