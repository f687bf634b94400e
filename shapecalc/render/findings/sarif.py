"""Diagnostics as SARIF 2.1.0 (OASIS, 2020), which code scanning services read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

from shapecalc import __version__
from shapecalc.diagnostics import Diagnostic, Span, json_escapes, sarif_message
from shapecalc.diagnostics.codes import CODES, Page

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(diagnostics: Iterable[Diagnostic]) -> str:
    """The log of one run, as JSON text; its rules are the codes that were found."""
    findings = list(diagnostics)
    codes = sorted({diagnostic.code for diagnostic in findings})
    run = {
        "tool": {
            "driver": {"name": "shapecalc", "version": __version__, "rules": [_make_rule(code) for code in codes]}
        },
        "columnKind": "unicodeCodePoints",
        "results": [_make_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in findings],
    }
    return json_escapes(json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2))


def _make_rule(code: str) -> dict[str, object]:
    page = CODES.get(code)
    if page is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.checks},
        "help": {"text": _write_help(page)},
        "defaultConfiguration": {"level": page.severity},
    }


def _write_help(page: Page) -> str:
    return f"{page.why}\n\nExample:\n{page.example}\n\nFix: {page.fix}"


def _make_result(diagnostic: Diagnostic, rule: int) -> dict[str, object]:
    text = sarif_message(diagnostic.sentence)
    if diagnostic.help:
        text += f"\nhelp: {sarif_message(diagnostic.help)}"
    result: dict[str, object] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity,
        "message": {"text": text},
    }
    if diagnostic.span:
        result["locations"] = [{"physicalLocation": _make_place(diagnostic.span)}]
    if diagnostic.labels:
        result["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _make_place(label.span),
                "message": {"text": sarif_message(label.text)},
            }
            for number, label in enumerate(diagnostic.labels)
        ]
    if fixes := _list_fixes(diagnostic):
        result["fixes"] = fixes
    return result


def _list_fixes(diagnostic: Diagnostic) -> list[dict[str, object]]:
    """The change of files that does what the help says, as SARIF has it: one fix, or none."""
    changes: dict[str, list[dict[str, object]]] = {}
    for edit in diagnostic.edits:
        region = {"startLine": edit.line, "startColumn": edit.column}
        region |= {"endLine": edit.end_line, "endColumn": edit.end_column}
        replacement: dict[str, object] = {"deletedRegion": region}
        if edit.text:
            replacement["insertedContent"] = {"text": edit.text}
        changes.setdefault(edit.file, []).append(replacement)
    if not changes:
        return []
    artifacts = [
        {**_make_place(Span(file, 0, 0, 0)), "replacements": replacements} for file, replacements in changes.items()
    ]
    return [{"description": {"text": sarif_message(diagnostic.help or "")}, "artifactChanges": artifacts}]


def _make_place(span: Span) -> dict[str, object]:
    path = quote(span.file.replace("\\", "/"), errors="replace")
    location: dict[str, object] = {"artifactLocation": {"uri": f"file://{path}" if path.startswith("/") else path}}
    if span.line:
        end = max(span.end, span.column + 1)
        location["region"] = {"startLine": span.line, "startColumn": span.column, "endColumn": end}
    return location
