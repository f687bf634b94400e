"""Where something stands, what is wrong with it, and how to say so."""

from __future__ import annotations

from shapecalc.diagnostics.model import Diagnostic, Edit, Fault, Label, Severity, Span, edited, sort_key, split_lines
from shapecalc.diagnostics.suggest import did_you_mean
from shapecalc.diagnostics.text import clean, shorten

__all__ = [
    "Diagnostic",
    "Edit",
    "Fault",
    "Label",
    "Severity",
    "Span",
    "clean",
    "did_you_mean",
    "edited",
    "shorten",
    "sort_key",
    "split_lines",
]
