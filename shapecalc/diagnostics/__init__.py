"""Where something stands, what is wrong with it, and how to say so."""

from __future__ import annotations

from shapecalc.diagnostics.model import Diagnostic, Fault, Label, Severity, Span, sort_key, split_lines
from shapecalc.diagnostics.suggest import did_you_mean
from shapecalc.diagnostics.text import clean, shorten

__all__ = [
    "Diagnostic",
    "Fault",
    "Label",
    "Severity",
    "Span",
    "clean",
    "did_you_mean",
    "shorten",
    "sort_key",
    "split_lines",
]
