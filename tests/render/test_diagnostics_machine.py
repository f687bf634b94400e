"""Diagnostics for logs and programs."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shapecalc.diagnostics import Diagnostic, Edit, Label, Span, error, note, warning
from shapecalc.render.findings.junit import junit
from shapecalc.render.findings.lines import concise, github, json_rows
from shapecalc.render.findings.sarif import sarif

FIRST = error(
    "SC412",
    "needs a time axis, got (None, 5)",
    Span("specs/a.yaml", 6, 5, 20),
    subject="td",
    labels=(Label(Span("specs/a.yaml", 5, 5, 9), "returns its last step only"),),
    help="set `return_sequences: true`",
    notes=("a note",),
    label="here",
    edits=(Edit("specs/a.yaml", 5, 20, 5, 20, ", x: true"),),
)
NOTE = note("SC503", "assumed T == U", Span("b.yaml", 1, 1, 1))
NOWHERE = error("SC608", '100% wrong, <no> & "none"\n')
FILE = warning("SC601", "gone", Span("c,d:é f.yaml", 0, 0, 0))
ALL = [FIRST, NOTE, NOWHERE, FILE]


def test_concise() -> None:
    assert concise(ALL).splitlines() == [
        "specs/a.yaml:6:5: error[SC412] td: needs a time axis, got (None, 5)",
        "b.yaml:1:1: note[SC503] assumed T == U",
        'error[SC608] 100% wrong, <no> & "none"\\n',
        "c,d:é f.yaml: warning[SC601] gone",
    ]
    assert concise([]) == ""


def test_github() -> None:
    assert github(ALL).splitlines() == [
        "::error file=specs/a.yaml,line=6,col=5,endColumn=20,title=SC412"
        "::td: needs a time axis, got (None, 5)%0Ahelp: set `return_sequences: true`",
        "::notice file=b.yaml,line=1,col=1,endColumn=2,title=SC503::assumed T == U",
        '::error title=SC608::100%25 wrong, <no> & "none"\\n',
        "::warning file=c%2Cd%3Aé f.yaml,title=SC601::gone",
    ]


def test_json_rows() -> None:
    first, _, nowhere, file = json_rows(ALL)
    assert first == {
        "code": "SC412",
        "severity": "error",
        "file": "specs/a.yaml",
        "line": 6,
        "column": 5,
        "end": 20,
        "subject": "td",
        "message": "needs a time axis, got (None, 5)",
        "label": "here",
        "help": "set `return_sequences: true`",
        "labels": [
            {"file": "specs/a.yaml", "line": 5, "column": 5, "end": 9, "text": "returns its last step only"},
        ],
        "notes": ["a note"],
        "edits": [
            {"file": "specs/a.yaml", "line": 5, "column": 20, "end_line": 5, "end_column": 20, "text": ", x: true"},
        ],
    }
    assert [nowhere[key] for key in ("file", "line", "column", "end", "help")] == [None] * 5
    assert [file[key] for key in ("file", "line", "column", "end")] == ["c,d:é f.yaml", None, None, None]


def test_junit() -> None:
    second = FIRST._replace(message="again", help=None)
    assert junit([FIRST, second, NOTE, NOWHERE], files=["clean.yaml", "b.yaml"]) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<testsuites>\n"
        '  <testsuite name="shapecalc" tests="4" failures="2" errors="0" skipped="0">\n'
        '    <testcase classname="shapecalc" name="clean.yaml"/>\n'
        '    <testcase classname="shapecalc" name="b.yaml">\n'
        "      <system-out>b.yaml:1:1: note[SC503] assumed T == U</system-out>\n"
        "    </testcase>\n"
        '    <testcase classname="shapecalc" name="specs/a.yaml">\n'
        '      <failure type="SC412" message="td: needs a time axis, got (None, 5) (and 1 more)">'
        "specs/a.yaml:6:5: error[SC412] td: needs a time axis, got (None, 5)\n"
        "  help: set `return_sequences: true`\n"
        "specs/a.yaml:6:5: error[SC412] td: again</failure>\n"
        "    </testcase>\n"
        '    <testcase classname="shapecalc" name="shapecalc">\n'
        '      <failure type="SC608" message="100% wrong, &lt;no&gt; &amp; &quot;none&quot;\\n">'
        "error[SC608] 100% wrong, &lt;no&gt; &amp; &quot;none&quot;\\n</failure>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>"
    )


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
def test_any_text_gives_well_formed_output(subject: str, message: str, file: str) -> None:
    found = error("SC201", message, Span(file, 1, 1, 2), subject=subject, help=message)
    assert "\n" not in concise([found])
    assert "\n" not in github([found])
    assert ElementTree.fromstring(junit([found])).find(".//failure") is not None
    assert run_of(found)["results"][0]["ruleId"] == "SC201"
    assert json.loads(json.dumps(json_rows([found])))[0]["message"] == message
