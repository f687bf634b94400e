"""GitHub Actions: whether the program runs in it, and the summary of the job that its page shows."""

from __future__ import annotations

import os
from collections.abc import Iterable

from shapecalc.diagnostics import Diagnostic, shorten, warning

MAX_SUMMARY = 2**20
"""Bytes of a step's summary; GitHub shows nothing of a longer one."""


def is_in_actions() -> bool:
    """Whether the environment is that of a step of GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def append_summary(findings: Iterable[Diagnostic], verdict: str) -> list[Diagnostic]:
    """Adds the findings to the job's summary, as many as it has room for; a warning where it cannot be written."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return []
    from shapecalc.render.findings.summary import findings_summary

    try:
        with open(path, "ab") as file:
            text = findings_summary(findings, verdict, MAX_SUMMARY - file.tell())
            file.write(text.encode("utf-8", "backslashreplace"))
    except OSError as failure:
        message = f"cannot add to the job's summary {shorten(path)}: {failure.strerror or failure}"
        return [warning("SC607", message)]
    return []
