"""What is wrong at the nodes of a document, added to a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.diagnostics import Diagnostic, Fault, Fix, Label, error

if TYPE_CHECKING:
    from shapecalc.document.nodes import Document, Node


class Findings:
    """Adds findings at the nodes of one document to a list: the document's own, a graph's or a report's."""

    __slots__ = ("diagnostics", "document")

    def __init__(self, document: Document, diagnostics: list[Diagnostic]) -> None:
        self.document = document
        self.diagnostics = diagnostics

    def __len__(self) -> int:
        return len(self.diagnostics)

    def error(
        self,
        code: str,
        message: str,
        node: Node | None,
        *,
        subject: str = "",
        help: str | Fix | None = None,
        labels: tuple[Label, ...] = (),
    ) -> None:
        """Add an error at a node; None is what stands in no file, such as a value of `--set`.

        A file that is no text to read takes no edits. Edits that take a comment away are not safe.
        """
        if isinstance(help, Fix):
            from shapecalc.document.fixes import loses_comment

            if self.document.places:
                help = help.help
            elif help.safe and loses_comment(self.document.lines, help):
                help = help._replace(safe=False)
        span = None if node is None else self.document.span(node)
        self.diagnostics.append(error(code, message, span, subject=subject, help=help, labels=labels))

    def add(self, fault: Fault) -> None:
        """Add the findings that were raised because a value could not be read."""
        self.diagnostics.extend(fault.diagnostics)
