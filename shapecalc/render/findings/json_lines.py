"""Findings as JSON, a line each, for what reads line by line."""

from __future__ import annotations

import json
from collections.abc import Iterable

from shapecalc.diagnostics import Diagnostic, json_escapes
from shapecalc.render.as_json import SCHEMA_VERSION
from shapecalc.render.findings.json import json_rows


def json_lines(diagnostics: Iterable[Diagnostic]) -> str:
    """A line for each finding: what stands in the `diagnostics` of a JSON document, led by the schema's version."""
    rows = json_rows(diagnostics)
    return "".join(json_escapes(json.dumps({"schema_version": SCHEMA_VERSION, **row})) + "\n" for row in rows)
