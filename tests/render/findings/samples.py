"""Findings of every kind that the formats must show: with a place, with a file alone, with neither."""

from __future__ import annotations

from shapecalc.diagnostics import Diagnostic, Label, Span

FIRST = Diagnostic(
    "SC412",
    "error",
    "td",
    "needs a time axis, got (None, 5)",
    Span("specs/a.yaml", 6, 5, 20),
    labels=(Label(Span("specs/a.yaml", 5, 5, 9), "returns its last step only"),),
    help="set `return_sequences: true`",
    notes=("a note",),
    label="here",
)
NOTE = Diagnostic("SC503", "note", "", "assumed T == U", Span("b.yaml", 1, 1, 1))
NOWHERE = Diagnostic("SC608", "error", "", '100% wrong, <no> & "none"\n')
FILE = Diagnostic("SC601", "warning", "", "gone", Span("c,d:é f.yaml", 0, 0, 0))
ALL = [FIRST, NOTE, NOWHERE, FILE]
