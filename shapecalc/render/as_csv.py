"""Reports as CSV (RFC 4180), a row for each layer."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import csv_cell
from shapecalc.dims import to_json
from shapecalc.render.columns import Column, list_columns, shape_text
from shapecalc.render.sorting import sort_rows
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
    options = options._replace(columns=tuple(added))
    rows = (cells for report in reports for cells in _list_rows(report, options))
    return csv_text((*LAYER_FIELDS, *added), rows)


def _list_rows(report: Report, options: SummaryOptions) -> Iterator[tuple[Any, ...]]:
    columns = list_columns(report, options)
    return (_list_cells(report, row, columns, options) for row in _open(report.rows, options.depth, options))


def _open(rows: Sequence[Row], depth: int, options: SummaryOptions) -> Iterator[Row]:
    for row in sort_rows(rows, options):
        yield row
        if depth > 1 and row.inferred.inner:
            yield from _open(row.parts, depth - 1, options)


def _list_cells(report: Report, row: Row, added: Sequence[Column], options: SummaryOptions) -> tuple[Any, ...]:
    counts = (row.params, row.trainable, row.params - row.trainable)
    cells = (report.file, report.name, row.path + row.name, row.type, " ".join(row.inputs), shape_text(row))
    return (*cells, *map(to_json, counts), *(column.write_data(row, options) for column in added))
