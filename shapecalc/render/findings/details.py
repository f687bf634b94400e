"""What is said of a finding below its message, and what it is known by from one run to the next."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable

from shapecalc.diagnostics import Diagnostic

_NUMBER_OF_LINE = re.compile(r"\b(lines?) \d+")


def write_head(finding: Diagnostic) -> str:
    """The message, led by the layer that it speaks of, and by the place in a file that has no lines."""
    place = f"{finding.span.place}: " if finding.span and finding.span.place else ""
    return place + finding.sentence


def list_details(finding: Diagnostic) -> list[str]:
    """The help, the notes and the other places of a finding, a line each, not yet made safe for a notation."""
    lines = [f"help: {finding.help}"] if finding.help else []
    lines += [f"note: {note}" for note in finding.notes]
    return lines + [f"{label.span.where}: {label.text}" for label in finding.labels]


def list_fingerprints(findings: Iterable[Diagnostic]) -> list[str]:
    """A text for each finding, no two alike, that stays the same when the lines of the file move.

    It is made of the code, the file, the layer and the message; a number tells equal findings apart.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    fingerprints = []
    for finding in findings:
        file = finding.span.file if finding.span else ""
        key = (finding.code, file, finding.subject, _NUMBER_OF_LINE.sub(r"\1", finding.message))
        seen[key] += 1
        fingerprints.append(hashlib.sha256(json.dumps([*key, seen[key]]).encode()).hexdigest()[:32])
    return fingerprints
