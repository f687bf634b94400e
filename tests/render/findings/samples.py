"""Findings of every kind that the formats must show: with a place, with a file alone, with neither."""

from __future__ import annotations

from shapecalc.diagnostics import Edit, Fix, Label, Span, error, note, warning

FIRST = error(
    "SC412",
    "needs a time axis, got (None, 5)",
    Span("specs/a.yaml", 6, 5, 20),
    subject="td",
    labels=(Label(Span("specs/a.yaml", 5, 5, 9), "returns its last step only"),),
    help=Fix("set `return_sequences: true`", (Edit("specs/a.yaml", 5, 20, 5, 20, ", x: true"),)),
    notes=("a note",),
    label="here",
)
NOTE = note("SC503", "assumed T == U", Span("b.yaml", 1, 1, 1))
NOWHERE = error("SC608", '100% wrong, <no> & "none"\n')
FILE = warning("SC601", "gone", Span("c,d:é f.yaml", 0, 0, 0))
ALL = [FIRST, NOTE, NOWHERE, FILE]
