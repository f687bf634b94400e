"""What is said below a message, and what a finding is known by."""

from __future__ import annotations

import pytest

from shapecalc.diagnostics import Diagnostic, Span, error
from shapecalc.render.findings.details import list_details, list_fingerprints, write_head
from tests.render.findings.samples import FILE, FIRST, NOWHERE


def test_details() -> None:
    assert list_details(FIRST) == [
        "help: set `return_sequences: true`",
        "note: a note",
        "specs/a.yaml:5:5: returns its last step only",
    ]
    assert list_details(FILE) == []


def test_the_head_names_the_place_in_a_file_without_lines() -> None:
    assert write_head(FIRST) == "td: needs a time axis, got (None, 5)"
    assert write_head(FIRST._replace(span=Span("m.keras", 0, 0, 0, "layers/2"))) == (
        "layers/2: td: needs a time axis, got (None, 5)"
    )


def test_a_fingerprint_stays_when_lines_move() -> None:
    moved = FIRST._replace(span=Span("specs/a.yaml", 99, 1, 2), labels=(), help="another", severity="warning")
    assert list_fingerprints([FIRST]) == list_fingerprints([moved])
    unclosed = [error("SC101", f"the `{{` of line {line}, column 3 is not closed") for line in (3, 4)]
    assert list_fingerprints(unclosed[:1]) == list_fingerprints(unclosed[1:])
    assert len(set(list_fingerprints(unclosed))) == 2


@pytest.mark.parametrize(
    "other",
    [
        FIRST._replace(code="SC411"),
        FIRST._replace(subject="other"),
        FIRST._replace(message="other"),
        FIRST._replace(span=Span("specs/b.yaml", 6, 5, 20)),
        FIRST._replace(span=None),
    ],
)
def test_what_differs_has_another_fingerprint(other: Diagnostic) -> None:
    assert list_fingerprints([FIRST]) != list_fingerprints([other])


def test_findings_above_do_not_change_a_fingerprint() -> None:
    assert list_fingerprints([NOWHERE, FIRST])[1] == list_fingerprints([FIRST])[0]
