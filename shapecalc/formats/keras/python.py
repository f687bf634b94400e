"""A report as Python code that builds the model with Keras: a function for the model and one for each block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.diagnostics import Fault
from shapecalc.formats.keras.code.program import Program
from shapecalc.formats.keras.outgoing import refuse_formulas

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report


def keras_python(report: Report) -> str:
    """The code of a module with `build_model`. Raises Fault with SC609 for what has no form in it."""
    if report.walk is None:
        raise Fault(*report.diagnostics)
    refuse_formulas(report.walk)
    return Program(report).write()
