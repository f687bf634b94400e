"""Findings as a Code Quality report of GitLab, which shows them in merge requests."""

from __future__ import annotations

import json
from collections.abc import Iterable

from shapecalc.diagnostics import Diagnostic, clean, json_escapes, sentence
from shapecalc.render.findings.details import list_details, list_fingerprints, write_head

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def gitlab(diagnostics: Iterable[Diagnostic]) -> str:
    """A JSON list with an entry for each finding; one without a place stands at the top of the repository."""
    findings = list(diagnostics)
    entries = map(_make_entry, findings, list_fingerprints(findings))
    return json_escapes(json.dumps(list(entries), indent=2))


def _make_entry(finding: Diagnostic, fingerprint: str) -> dict[str, object]:
    span = finding.span
    texts = [write_head(finding), *list_details(finding)]
    return {
        "description": "; ".join(map(sentence, texts)),
        "check_name": finding.code,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": clean(span.file) if span else ".",
            "lines": {"begin": max(span.line, 1) if span else 1},
        },
    }
