"""Diagnostics as SARIF 2.1.0 (OASIS, 2020), which code scanning services read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote

from shapecalc import __version__
from shapecalc.diagnostics import Diagnostic, Span, json_escapes, sarif_message, split_lines
from shapecalc.diagnostics.codes import CODES, Page
from shapecalc.render.findings.details import list_fingerprints, write_head

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "SRCROOT"
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_AROUND = 2
"""Lines above and below a finding that are shown with it."""
_LONGEST = 1_000
"""Characters of a snippet; a longer one is left out."""


class _Files(NamedTuple):
    """The lines of files, and the folder that their names start from."""

    sources: Mapping[str, list[str]]
    root: str | None


def sarif(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, list[str]] | None = None, root: str | None = None
) -> str:
    """The log of one run, as JSON text; its rules are the codes that were found.

    `sources` has the lines of files for snippets; `root` is the folder that relative names of files start from.
    """
    findings = list(diagnostics)
    files = _Files(sources or {}, root)
    codes = sorted({diagnostic.code for diagnostic in findings})
    run: dict[str, object] = {
        "tool": {
            "driver": {"name": "shapecalc", "version": __version__, "rules": [_make_rule(code) for code in codes]}
        },
        "automationDetails": {"id": "shapecalc/check/"},
        "columnKind": "unicodeCodePoints",
        "results": [
            _make_result(finding, codes.index(finding.code), fingerprint, files)
            for finding, fingerprint in zip(findings, list_fingerprints(findings), strict=True)
        ],
    }
    if root is not None:
        run["originalUriBaseIds"] = {_ROOT: {"uri": _write_uri(root.rstrip("/") + "/")}}
    return json_escapes(json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2))


def _make_rule(code: str) -> dict[str, object]:
    page = CODES.get(code)
    if page is None:
        return {"id": code}
    return {
        "id": code,
        "name": "".join(word[:1].upper() + word[1:] for word in re.findall(r"\w+", page.title)),
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.checks},
        "help": {"text": _write_help(page)},
        "defaultConfiguration": {"level": page.severity},
    }


def _write_help(page: Page) -> str:
    return f"{page.why}\n\nExample:\n{page.example}\n\nFix: {page.fix}"


def _make_result(finding: Diagnostic, rule: int, fingerprint: str, files: _Files) -> dict[str, object]:
    lines = [sarif_message(write_head(finding))]
    if finding.help:
        lines.append(f"help: {sarif_message(finding.help)}")
    lines += [f"note: {sarif_message(note)}" for note in finding.notes]
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": "\n".join(lines)},
        "partialFingerprints": {"shapecalcFinding/v1": fingerprint},
    }
    if finding.span:
        result["locations"] = [{"physicalLocation": _make_place(finding.span, files)}]
    if finding.labels:
        result["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _make_place(label.span, files),
                "message": {"text": sarif_message(label.text)},
            }
            for number, label in enumerate(finding.labels)
        ]
    if fixes := _list_fixes(finding, files):
        result["fixes"] = fixes
    return result


def _list_fixes(finding: Diagnostic, files: _Files) -> list[dict[str, object]]:
    """The change of files that does what the help says, as SARIF has it: one fix, or none."""
    changes: dict[str, list[dict[str, object]]] = {}
    for edit in finding.edits:
        region = {"startLine": edit.line, "startColumn": edit.column}
        region |= {"endLine": edit.end_line, "endColumn": edit.end_column}
        replacement: dict[str, object] = {"deletedRegion": region}
        if edit.text:
            replacement["insertedContent"] = {"text": edit.text}
        changes.setdefault(edit.file, []).append(replacement)
    if not changes:
        return []
    artifacts = [
        {"artifactLocation": _make_artifact(file, files), "replacements": replacements}
        for file, replacements in changes.items()
    ]
    return [{"description": {"text": sarif_message(finding.help or "")}, "artifactChanges": artifacts}]


def _make_place(span: Span, files: _Files) -> dict[str, object]:
    """A place in a file, with what stands there and the lines around it where these are known."""
    place: dict[str, object] = {"artifactLocation": _make_artifact(span.file, files)}
    if not span.line:
        return place
    end = max(span.end, span.column + 1)
    region: dict[str, object] = {"startLine": span.line, "startColumn": span.column, "endColumn": end}
    place["region"] = region
    lines = files.sources.get(span.file, [])
    if span.line <= len(lines):
        _add_snippet(region, lines[span.line - 1][span.column - 1 : end - 1])
        first, last = max(span.line - _AROUND, 1), min(span.line + _AROUND, len(lines))
        context: dict[str, object] = {"startLine": first, "endLine": last}
        _add_snippet(context, "\n".join(lines[first - 1 : last]))
        if "snippet" in context:
            place["contextRegion"] = context
    return place


def _add_snippet(region: dict[str, object], text: str) -> None:
    """Adds to a region what stands there, letter by letter, unless that is long or would steer who prints it."""
    if text and len(text) <= _LONGEST and all(line.isprintable() for line in split_lines(text)):
        region["snippet"] = {"text": text}


def _make_artifact(file: str, files: _Files) -> dict[str, str]:
    artifact = {"uri": _write_uri(file)}
    if files.root is not None and not _is_absolute(file):
        artifact["uriBaseId"] = _ROOT
    return artifact


def _is_absolute(file: str) -> bool:
    return file.startswith("/") or _DRIVE.match(file) is not None


def _write_uri(file: str) -> str:
    path = file.replace("\\", "/")
    if _DRIVE.match(file):
        return f"file:///{quote(path, safe='/:', errors='replace')}"
    return ("file://" if path.startswith("/") else "") + quote(path, errors="replace")
