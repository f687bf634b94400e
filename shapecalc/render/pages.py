"""The page of a code as text and Markdown."""

from __future__ import annotations

from textwrap import fill, indent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapecalc.diagnostics.codes import Page

_WIDTH = 88


def page_text(code: str, page: Page) -> str:
    """The page for a terminal."""
    parts = [
        f"{code}: {page.title} ({page.severity})",
        _paragraph("Checks", page.checks),
        _paragraph("Why", page.why),
        "Example:\n" + indent(page.example, "    "),
        _paragraph("Fix", page.fix),
    ]
    return "\n\n".join(parts) + "\n"


def _paragraph(head: str, text: str) -> str:
    return fill(f"{head}: {text}", _WIDTH)


def page_markdown(code: str, page: Page) -> str:
    """The page as a Markdown section."""
    language = "console" if page.example.startswith("$ ") else "yaml"
    return (
        f"### {code}: {page.title}\n\n**Severity:** {page.severity}\n\n**Checks:** {page.checks}\n\n"
        f"**Why:** {page.why}\n\n```{language}\n{page.example}\n```\n\n**Fix:** {page.fix}\n"
    )
