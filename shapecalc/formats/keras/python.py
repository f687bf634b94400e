"""A report as Python code that builds the model with Keras: a function for the model and one for each block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.formats.keras.code.program import Program

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report


def keras_python(report: Report) -> str:
    """The code of a module with `build_model`. Raises Fault with SC609 for what has no form in it."""
    return Program(report).write()
