"""The page of a code as text and Markdown."""

from __future__ import annotations

from textwrap import fill, indent
from typing import TYPE_CHECKING

from shapecalc.render.folding import PAGE_WIDTH

if TYPE_CHECKING:
    from shapecalc.diagnostics.codes import Page


def page_text(code: str, page: Page, width: int = PAGE_WIDTH) -> str:
    """The page for a terminal, folded at `width` columns; the example stands as it is."""
    parts = [
        f"{code}: {page.title} ({page.severity})",
        _write_paragraph("Checks", page.checks, width),
        _write_paragraph("Why", page.why, width),
        "Example:\n" + indent(page.example, "    "),
        _write_paragraph("Fix", page.fix, width),
    ]
    return "\n\n".join(parts) + "\n"


def _write_paragraph(head: str, text: str, width: int) -> str:
    return fill(f"{head}: {text}", width)


def page_markdown(code: str, page: Page) -> str:
    """The page as a Markdown section."""
    language = "console" if page.example.startswith("$ ") else "yaml"
    return (
        f"### {code}: {page.title}\n\n**Severity:** {page.severity}\n\n**Checks:** {page.checks}\n\n"
        f"**Why:** {page.why}\n\n```{language}\n{page.example}\n```\n\n**Fix:** {page.fix}\n"
    )
