"""The published models that come with the package: a list with counts, and the page of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import clean
from shapecalc.diagnostics.text import markdown as escaped
from shapecalc.dims import count_text, to_json
from shapecalc.render.as_csv import csv_text
from shapecalc.render.as_json import shape_json, totals_json
from shapecalc.render.as_markdown import markdown_table
from shapecalc.render.columns import Totals
from shapecalc.render.layout import Heading

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.render.table import Terminal

_HEADER = ("Model", "Params", "MACs", "Input")
_RIGHT = (False, True, True, False)
_KEYS = ("name", "params", "active_params", "trainable", "macs", "input")


def list_text(reports: Sequence[Report], model_types: Iterable[str], terminal: Terminal) -> str:
    """A table with a line for each model, and below it the model types whose configs are read."""
    from shapecalc.render.table import table_text, write_footnotes

    headings = [Heading(text, right) for text, right in zip(_HEADER, _RIGHT, strict=True)]
    footer = [
        " `shapecalc summary NAME` shows one, where no file has that name; every other command takes the name too.",
        f" A config of Hugging Face is read as well, of the model types {', '.join(model_types)}.",
    ]
    rows = [_make_cells(report) for report in reports]
    return "\n".join([table_text(headings, rows, terminal, 1), *write_footnotes(footer, terminal), ""])


def list_markdown(reports: Sequence[Report]) -> str:
    return markdown_table(_HEADER, _RIGHT, map(_make_cells, reports))


def list_csv(reports: Sequence[Report]) -> str:
    rows = []
    for report in reports:
        counts = (report.params, report.active.params, report.trainable, report.macs)
        rows.append((report.name, *map(to_json, counts), _write_inputs(report)))
    return csv_text(_KEYS, rows)


def model_data(report: Report, text: str | None = None) -> dict[str, Any]:
    """One model for scripts, with the text of its spec where that is given."""
    data = {
        "name": report.name,
        "description": report.spec.description,
        "totals": totals_json(Totals(report)),
        "inputs": [{"name": name, "shape": shape_json(tensor.shape)} for name, tensor in report.inputs.items()],
    }
    return data if text is None else {**data, "spec": text}


def page_markdown(report: Report, text: str) -> str:
    """The page of one model: what it is, its counts, its spec."""
    head = f"### {escaped(report.name)}\n\n{escaped(report.spec.description)}\n\n"
    return f"{head}{list_markdown([report])}\n```yaml\n{text}```\n"


def _make_cells(report: Report) -> tuple[str, ...]:
    counts = (count_text(report.params), count_text(report.macs))
    return clean(report.name), *counts, clean(_write_inputs(report))


def _write_inputs(report: Report) -> str:
    """The shapes of the inputs, by name where there are several."""
    inputs = report.inputs
    if len(inputs) == 1:
        return str(next(iter(inputs.values())).shape)
    return ", ".join(f"{name} {tensor.shape}" for name, tensor in inputs.items())
