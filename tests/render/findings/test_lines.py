"""Findings a line each, as GitHub's annotations, as rows of JSON, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from shapecalc.diagnostics import Span, error
from shapecalc.render.findings.concise import concise
from shapecalc.render.findings.csv import findings_csv
from shapecalc.render.findings.github import github
from shapecalc.render.findings.json import json_rows
from shapecalc.render.findings.json_lines import json_lines
from shapecalc.render.findings.markdown import findings_markdown
from tests.render.findings.samples import ALL, FIRST


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
        "::td: needs a time axis, got (None, 5)%0Ahelp: set `return_sequences: true`%0Anote: a note"
        "%0Aspecs/a.yaml:5:5: returns its last step only",
        '::error title=SC608::100%25 wrong, <no> & "none"\\n',
        "::warning file=c%2Cd%3Aé f.yaml,title=SC601::gone",
        "::notice file=b.yaml,line=1,col=1,endColumn=2,title=SC503::assumed T == U",
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
        "place": None,
        "subject": "td",
        "message": "needs a time axis, got (None, 5)",
        "label": "here",
        "help": "set `return_sequences: true`",
        "labels": [
            {
                "file": "specs/a.yaml",
                "line": 5,
                "column": 5,
                "end": 9,
                "place": "",
                "text": "returns its last step only",
            },
        ],
        "notes": ["a note"],
        "edits": [
            {"file": "specs/a.yaml", "line": 5, "column": 20, "end_line": 5, "end_column": 20, "text": ", x: true"},
        ],
        "safe": False,
        "example": False,
    }
    assert [nowhere[key] for key in ("file", "line", "column", "end", "help")] == [None] * 5
    assert [file[key] for key in ("file", "line", "column", "end")] == ["c,d:é f.yaml", None, None, None]


def test_json_lines_are_the_rows_with_a_version() -> None:
    lines = [json.loads(line) for line in json_lines(ALL).splitlines()]
    assert lines == [{"schema_version": 1, **row} for row in json_rows(ALL)]
    assert json_lines([]) == ""


def test_csv_and_markdown_have_notes_and_other_places() -> None:
    (row,) = csv.DictReader(io.StringIO(findings_csv([FIRST])))
    assert (row["help"], row["notes"]) == (
        "set `return_sequences: true`",
        "note: a note; specs/a.yaml:5:5: returns its last step only",
    )
    assert findings_markdown([FIRST]).splitlines()[2] == (
        "| specs/a.yaml:6:5 | error SC412 | td: needs a time axis, got (None, 5)"
        "<br>help: set `return_sequences: true`<br>note: a note"
        "<br>specs/a.yaml:5:5: returns its last step only |"
    )


@given(st.text(), st.text(), st.text())
def test_any_text_stays_on_its_line(subject: str, message: str, file: str) -> None:
    found = error("SC201", message, Span(file, 1, 1, 2), subject=subject, help=message)
    assert "\n" not in concise([found])
    assert "\n" not in github([found])
    assert json_lines([found]).count("\n") == 1
    assert json.loads(json.dumps(json_rows([found])))[0]["message"] == message
