"""What a page says."""

from __future__ import annotations

from typing import NamedTuple

from shapecalc.diagnostics.model import Severity


class Page(NamedTuple):
    """One code: `example` is a short wrong spec, or a command after `$ `; `fix` is the way out."""

    title: str
    checks: str
    why: str
    example: str
    fix: str
    severity: Severity = "error"
