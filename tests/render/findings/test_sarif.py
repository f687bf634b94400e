"""Findings as SARIF."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shapecalc.diagnostics import Diagnostic, Span, error
from shapecalc.render.findings.sarif import sarif
from tests.render.findings.samples import ALL, FIRST, NOTE


def run_of(*diagnostics: Diagnostic) -> Any:
    log = json.loads(sarif(diagnostics))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return run


def test_sarif_results() -> None:
    results = run_of(*ALL)["results"]
    assert results[0] == {
        "ruleId": "SC412",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "td: needs a time axis, got (None, 5)\nhelp: set `return_sequences: true`"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "specs/a.yaml"},
                    "region": {"startLine": 6, "startColumn": 5, "endColumn": 20},
                }
            }
        ],
        "relatedLocations": [
            {
                "id": 0,
                "physicalLocation": {
                    "artifactLocation": {"uri": "specs/a.yaml"},
                    "region": {"startLine": 5, "startColumn": 5, "endColumn": 9},
                },
                "message": {"text": "returns its last step only"},
            }
        ],
        "fixes": [
            {
                "description": {"text": "set `return_sequences: true`"},
                "artifactChanges": [
                    {
                        "artifactLocation": {"uri": "specs/a.yaml"},
                        "replacements": [
                            {
                                "deletedRegion": {"startLine": 5, "startColumn": 20, "endLine": 5, "endColumn": 20},
                                "insertedContent": {"text": ", x: true"},
                            }
                        ],
                    }
                ],
            }
        ],
    }
    assert results[1]["level"] == "note"
    assert "locations" not in results[2]
    assert results[3]["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "c%2Cd%3A%C3%A9%20f.yaml"}}},
    ]


def test_sarif_rules_are_the_codes_that_were_found() -> None:
    run = run_of(*ALL, FIRST)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["SC412", "SC503", "SC601", "SC608"]
    assert rules[0]["shortDescription"] == {"text": "Missing time axis"}
    assert rules[1]["defaultConfiguration"] == {"level": "note"}
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert run_of()["results"] == []


def test_sarif_paths_are_uris() -> None:
    def uri(file: str) -> str:
        (result,) = run_of(NOTE._replace(span=Span(file, 1, 1, 2)))["results"]
        return str(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])

    assert uri("/abs/a b.yaml") == "file:///abs/a%20b.yaml"
    assert uri("sub\\a.yaml") == "sub/a.yaml"
    assert uri("bad\ud800.yaml") == "bad%3F.yaml"


@given(st.text(), st.text(), st.text())
def test_any_text_gives_a_result(subject: str, message: str, file: str) -> None:
    found = error("SC201", message, Span(file, 1, 1, 2), subject=subject, help=message)
    assert run_of(found)["results"][0]["ruleId"] == "SC201"
