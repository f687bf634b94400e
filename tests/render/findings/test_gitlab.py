"""Findings as GitLab's Code Quality report."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from shapecalc.diagnostics import Span, error
from shapecalc.render.findings.details import list_fingerprints
from shapecalc.render.findings.gitlab import gitlab
from tests.render.findings.samples import ALL, FIRST, NOWHERE


def test_gitlab() -> None:
    entries = json.loads(gitlab(ALL))
    assert entries[0] == {
        "description": "td: needs a time axis, got (None, 5); help: set `return_sequences: true`; note: a note; "
        "specs/a.yaml:5:5: returns its last step only",
        "check_name": "SC412",
        "fingerprint": list_fingerprints(ALL)[0],
        "severity": "major",
        "location": {"path": "specs/a.yaml", "lines": {"begin": 6}},
    }
    assert [entry["severity"] for entry in entries] == ["major", "info", "major", "minor"]
    assert entries[2]["location"] == {"path": ".", "lines": {"begin": 1}}
    assert entries[3]["location"] == {"path": "c,d:é f.yaml", "lines": {"begin": 1}}
    assert gitlab([]) == "[]"


def test_the_fields_are_those_that_gitlab_reads() -> None:
    """https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""
    for entry in json.loads(gitlab(ALL)):
        assert entry.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert not entry["location"]["path"].startswith("./")
        assert entry["location"]["lines"]["begin"] >= 1
        assert re.fullmatch("[0-9a-f]{32}", entry["fingerprint"])


def test_equal_findings_have_fingerprints_of_their_own() -> None:
    entries = json.loads(gitlab([FIRST, NOWHERE, FIRST, FIRST]))
    assert len({entry["fingerprint"] for entry in entries}) == 4


@given(st.text(), st.text(), st.text())
def test_any_text_gives_an_entry(subject: str, message: str, file: str) -> None:
    found = error("SC201", message, Span(file, 1, 1, 2), subject=subject, help=message)
    (entry,) = json.loads(gitlab([found]))
    assert entry["description"].isprintable()
    assert entry["location"]["path"].isprintable()
