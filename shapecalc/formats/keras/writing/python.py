"""A report as Python code that builds the model with Keras: a function for the model and one for each block."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Fault, clean
from shapecalc.diagnostics.errors import Refusal
from shapecalc.formats.flat_model import flatten
from shapecalc.formats.keras.writing.code.flat import write_flat_functions
from shapecalc.formats.keras.writing.code.layout import WIDTH
from shapecalc.formats.keras.writing.code.no_form import NoForm
from shapecalc.formats.keras.writing.code.program import Program, assemble
from shapecalc.formats.keras.writing.outgoing import check_report, note_unused

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.diagnostics import Diagnostic


def keras_python(report: Report) -> str:
    """The code of a module with `build_model`. Raises Fault with SC609 for what has no form in it."""
    check_report(report)
    try:
        return Program(report).write()
    except (NoForm, Refusal) as reason:
        helpers: set[str] = set()
        functions = write_flat_functions(flatten(report), helpers)
        said = f"Laid flat, with every value put in: {clean(str(reason))}."
        comment = [f"# {line}\n" for line in textwrap.wrap(said, WIDTH - 2)]
        return assemble(functions, helpers, "".join(comment))


def note_code(report: Report) -> list[Diagnostic]:
    """Notes on the layers that Keras leaves out, of a model that can be laid flat."""
    try:
        return note_unused(flatten(report))
    except Fault:
        return []
