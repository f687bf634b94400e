"""Findings as SARIF."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shapecalc.diagnostics import Diagnostic, Span, error
from shapecalc.diagnostics.codes import CODES
from shapecalc.render.findings.details import list_fingerprints
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
        "message": {
            "text": "td: needs a time axis, got (None, 5)\nhelp: set `return_sequences: true`\nnote: a note",
        },
        "partialFingerprints": {"shapecalcFinding/v1": list_fingerprints([FIRST])[0]},
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
    assert [rule["name"] for rule in rules][:2] == ["MissingTimeAxis", "AssumptionAboutSizes"]
    assert rules[1]["defaultConfiguration"] == {"level": "note"}
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert run_of()["results"] == []


def test_sarif_paths_are_uris() -> None:
    def uri(file: str) -> str:
        (result,) = run_of(NOTE._replace(span=Span(file, 1, 1, 2)))["results"]
        return str(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])

    assert uri("/abs/a b.yaml") == "file:///abs/a%20b.yaml"
    assert uri("sub\\a.yaml") == "sub/a.yaml"
    assert uri("C:\\work\\a b.yaml") == "file:///C:/work/a%20b.yaml"
    assert uri("bad\ud800.yaml") == "bad%3F.yaml"


def test_sarif_names_of_rules_are_those_of_types() -> None:
    found = [error(code, "m") for code in CODES]
    names = [rule["name"] for rule in run_of(*found)["tool"]["driver"]["rules"]]
    assert all(re.fullmatch("([A-Z][A-Za-z0-9]*)+", name) for name in names)
    assert len(set(names)) == len(CODES)


def test_sarif_says_where_relative_names_start() -> None:
    outside = NOTE._replace(span=Span("/else/b.yaml", 1, 1, 2))
    log = json.loads(sarif([FIRST, outside], root="/work here/repo"))
    (run,) = log["runs"]
    assert run["originalUriBaseIds"] == {"SRCROOT": {"uri": "file:///work%20here/repo/"}}
    assert run["automationDetails"] == {"id": "shapecalc/check/"}
    inside, absolute = (result["locations"][0]["physicalLocation"]["artifactLocation"] for result in run["results"])
    assert inside == {"uri": "specs/a.yaml", "uriBaseId": "SRCROOT"}
    assert absolute == {"uri": "file:///else/b.yaml"}
    (related,) = run["results"][0]["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"] == inside
    (fix,) = run["results"][0]["fixes"]
    assert fix["artifactChanges"][0]["artifactLocation"] == inside


def test_sarif_shows_what_stands_there() -> None:
    lines = [f"line {number}" for number in range(1, 7)]
    (result,) = json.loads(sarif([FIRST], {"specs/a.yaml": lines}))["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 6, "startColumn": 5, "endColumn": 20, "snippet": {"text": " 6"}}
    assert place["contextRegion"] == {"startLine": 4, "endLine": 6, "snippet": {"text": "line 4\nline 5\nline 6"}}


def test_sarif_shows_no_text_that_is_long_or_steers_a_terminal() -> None:
    def place(line: str) -> Any:
        (result,) = json.loads(sarif([NOTE], {"b.yaml": [line]}))["runs"][0]["results"]
        return result["locations"][0]["physicalLocation"]

    assert place("a: 1")["region"]["snippet"] == {"text": "a"}
    assert place("a: \u202e")["region"]["snippet"] == {"text": "a"}
    assert "contextRegion" not in place("a: \u202e")
    assert "snippet" not in place("\x1b[31m")["region"]
    assert "contextRegion" not in place("a" * 1_001)
    assert "snippet" not in place("")["region"]


def test_sarif_names_the_place_in_a_file_without_lines() -> None:
    found = error("SC615", "holds code", Span("m.keras", 0, 0, 0, "layers/2"), subject="lam")
    (result,) = run_of(found)["results"]
    assert result["message"] == {"text": "layers/2: lam: holds code"}
    assert result["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "m.keras"}}}]


@given(st.text(), st.text(), st.text())
def test_any_text_gives_a_result(subject: str, message: str, file: str) -> None:
    found = error("SC201", message, Span(file, 1, 1, 2), subject=subject, help=message)
    assert run_of(found)["results"][0]["ruleId"] == "SC201"
