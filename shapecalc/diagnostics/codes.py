"""The register of codes. Loaded by `explain CODE` and by SARIF alone: no other command reads so much text."""

from __future__ import annotations

from shapecalc.diagnostics.pages import agreement, arguments, files, graph, shapes, text
from shapecalc.diagnostics.pages.page import Page

__all__ = ["CODES", "Page"]

CODES: dict[str, Page] = {
    code: page for module in (text, arguments, graph, shapes, agreement, files) for code, page in module.PAGES.items()
}
