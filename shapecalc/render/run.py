"""A forward pass as text, Markdown, CSV and JSON: what was inferred beside what was computed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.diagnostics import Diagnostic, clean, json_escapes, sentence
from shapecalc.diagnostics.text import markdown as escaped
from shapecalc.dims import Shape, count_text, to_json
from shapecalc.render import columns as shown
from shapecalc.render.as_csv import csv_text
from shapecalc.render.as_json import document, head_json, layer_json, shape_json
from shapecalc.render.as_markdown import markdown_table
from shapecalc.render.layout import Heading
from shapecalc.render.table import Terminal, paint, table_text, write_footnotes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shapecalc.analysis.report import Report
    from shapecalc.analysis.verify import RowRun, Run

MAX_PRINTED = 200  # values; a larger output is shown by its corners
_PIECE = 1 << 14  # values of a piece of JSON: as numbers and text of Python they take a megabyte or two

_HEADERS = ("Layer (type)", "Inferred Shape", "Computed Shape", "Inferred #", "Allocated #", "OK")
_CSV_FIELDS = (
    "file", "model", "layer", "type", "output_shape", "computed_shape", "params", "allocated_params", "agrees",
)  # fmt: skip


def run_text(report: Report, run: Run, notes: Sequence[str], terminal: Terminal) -> str:
    """Title, notes on the input, the table, the verdict, the outputs."""
    headings = [
        Heading(header, right=index in (3, 4), style="cyan" if index == 0 else "green")
        for index, header in enumerate(_HEADERS)
    ]
    table = table_text(headings, [_list_cells(row) for row in run.rows], terminal, 1)
    lines = [
        paint(f'Model: "{shown.model_name(report)}"', "bold", terminal),
        *write_footnotes((f" {clean(note)}" for note in notes), terminal),
        table,
        verdict(run),
    ]
    for name, array in run.outputs.items():
        lines += ["", paint(_write_output_title(name, array), "bold", terminal), array_text(array)]
    return "\n".join(lines) + "\n"


def verdict(run: Run) -> str:
    """Whether rule and forward agree, in a line."""
    differing = sum(not row.agrees for row in run.rows)
    if differing:
        return f" {differing} of {len(run.rows)} layers differ"
    return " Inferred and computed shapes and parameters agree in every layer"


def array_text(array: NDArray[Any]) -> str:
    """Values as NumPy prints them, large arrays by their corners."""
    text = np.array2string(array, threshold=MAX_PRINTED, max_line_width=100, precision=6)
    return "\n".join(map(sentence, text.split("\n"))) if array.dtype.kind in "OU" else text


def _write_output_title(name: str, array: NDArray[Any]) -> str:
    return clean(f"{name} {Shape(array.shape)} {array.dtype}")


def _list_cells(row: RowRun) -> tuple[str, ...]:
    return (
        shown.layer_text(row.row),
        shown.shape_text(row.row),
        _write_computed(row),
        count_text(row.row.params),
        count_text(row.allocated),
        "yes" if row.agrees else "NO",
    )


def _write_computed(row: RowRun) -> str:
    shapes = [str(Shape(shape)) for shape in row.computed]
    return shapes[0] if len(shapes) == 1 else f"[{', '.join(shapes)}]"


def run_markdown(report: Report, run: Run, notes: Sequence[str]) -> str:
    """A heading, the table, the verdict, the outputs in code blocks."""
    parts = [f"### {escaped(shown.model_name(report))}", *map(escaped, notes)]
    right = [index in (3, 4) for index in range(len(_HEADERS))]
    parts.append(markdown_table(_HEADERS, right, [_list_cells(row) for row in run.rows]).rstrip())
    parts.append(verdict(run).strip() + ".")
    for name, array in run.outputs.items():
        parts.append(f"**{escaped(_write_output_title(name, array))}**\n\n```\n{array_text(array)}\n```")
    return "\n\n".join(parts) + "\n"


def run_csv(report: Report, run: Run) -> str:
    """A row for each layer."""
    return csv_text(_CSV_FIELDS, (_list_csv_cells(report, row) for row in run.rows))


def _list_csv_cells(report: Report, row: RowRun) -> tuple[Any, ...]:
    cells = (report.file, report.name, row.row.name, row.row.type, shown.shape_text(row.row), _write_computed(row))
    return (*cells, to_json(row.row.params), row.allocated, "true" if row.agrees else "false")


def run_json(
    report: Report | None, run: Run | None, notes: Sequence[str], diagnostics: Iterable[Diagnostic]
) -> Iterator[str]:
    """The model of `summary` with `computed_shape`, `allocated_params` and `agrees` for each layer, the outputs,
    and `weight_file`: how many weights were found, which by order and shape alone, which are missing or no layer's.

    In pieces: as one text the values of an output take ten times the memory that the array does.
    """
    if report is None or run is None:
        yield document([], diagnostics)
        return
    here = secrets.token_hex(16)  # stands for the values of an output, and cannot stand anywhere else
    model = head_json(report) | {
        "layers": [_list_layer(row) for row in run.rows],
        "notes": list(notes),
        "weight_file": run.weight_file,
        "outputs": {
            name: {"shape": list(array.shape), "dtype": str(array.dtype), "values": here}
            for name, array in run.outputs.items()
        },
    }
    first, *rest = document([model], diagnostics).split(json.dumps(here))
    yield first
    for array, text in zip(run.outputs.values(), rest, strict=True):
        yield from values_json(array)
        yield text


def values_json(array: NDArray[Any]) -> Iterator[str]:
    """The nested lists of an array as JSON, in pieces that join to what `json.dumps` would give."""
    if array.size <= _PIECE:
        yield json_escapes(json.dumps(_list_values(array), allow_nan=False))
        return
    step = _PIECE * len(array) // array.size
    yield "["
    for start in range(0, len(array), max(1, step)):
        yield ", " if start else ""
        if step:
            yield json_escapes(json.dumps(_list_values(array[start : start + step]), allow_nan=False))[1:-1]
        else:
            yield from values_json(array[start])
    yield "]"


def _list_layer(row: RowRun) -> dict[str, Any]:
    shapes = [shape_json(Shape(shape)) for shape in row.computed]
    return layer_json(row.row) | {
        "computed_shape": shapes[0] if len(shapes) == 1 else shapes,
        "allocated_params": row.allocated,
        "agrees": row.agrees,
    }


def _list_values(array: NDArray[Any]) -> Any:
    """Nested lists; JSON has no word for what is not finite, so it is text: `nan`, `inf`, `-inf`."""
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        mixed = array.astype(object)
        mixed[~np.isfinite(array)] = [str(value) for value in array[~np.isfinite(array)]]
        return mixed.tolist()
    return array.tolist()
