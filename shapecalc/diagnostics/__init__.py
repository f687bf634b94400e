"""Where something stands, what is wrong with it, and how to say so."""

from __future__ import annotations

from shapecalc.diagnostics.errors import Refusal
from shapecalc.diagnostics.model import (
    Diagnostic,
    Edit,
    Fault,
    Fix,
    Label,
    Severity,
    Span,
    apply_edits,
    error,
    note,
    sort_key,
    split_lines,
    warning,
)
from shapecalc.diagnostics.suggest import did_you_mean, has_rival
from shapecalc.diagnostics.text import (
    clean,
    csv_cell,
    dot,
    github_message,
    github_property,
    json_escapes,
    mermaid,
    sarif_message,
    sentence,
    short_words,
    shorten,
    xml,
    yaml_escapes,
)

__all__ = [
    "Diagnostic",
    "Edit",
    "Fault",
    "Fix",
    "Label",
    "Refusal",
    "Severity",
    "Span",
    "apply_edits",
    "clean",
    "csv_cell",
    "did_you_mean",
    "dot",
    "error",
    "github_message",
    "github_property",
    "has_rival",
    "json_escapes",
    "mermaid",
    "note",
    "sarif_message",
    "sentence",
    "short_words",
    "shorten",
    "sort_key",
    "split_lines",
    "warning",
    "xml",
    "yaml_escapes",
]
