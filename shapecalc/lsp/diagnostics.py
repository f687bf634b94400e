"""Findings as an editor shows them: each at a stretch of the open file, with related places and edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shapecalc.diagnostics import clean
from shapecalc.document.nodes import MappingNode
from shapecalc.lsp.positions import place_of

if TYPE_CHECKING:
    from shapecalc.diagnostics import Diagnostic, Span
    from shapecalc.document.edits import Place
    from shapecalc.lsp.documents import Snapshot

UNNECESSARY = ("SC213", "SC506")
"""The codes of what can be left out, which editors show faded."""
DEPRECATED = ("SC209",)
"""Those of what is struck through."""


class Related(NamedTuple):
    """Another place that has to do with a finding."""

    file: str
    place: Place
    text: str


class Shown(NamedTuple):
    """A finding with the stretch of the open file, in offsets, where it is shown."""

    finding: Diagnostic
    start: int
    end: int
    message: str
    related: tuple[Related, ...]


def list_shown(snapshot: Snapshot) -> list[Shown]:
    """The findings about a file; nothing for YAML that is no model."""
    if not snapshot.is_spec:
        return []
    return [_show(snapshot, finding) for finding in snapshot.findings]


def write_message(finding: Diagnostic) -> str:
    """The sentence, and below it the help and the notes."""
    lines = [finding.sentence]
    if finding.help:
        lines.append(f"help: {finding.help}")
    lines += [f"note: {note}" for note in finding.notes]
    return "\n".join(map(clean, lines))


def _show(snapshot: Snapshot, finding: Diagnostic) -> Shown:
    span = finding.span
    related = [Related(label.span.file, place_of(label.span), clean(label.text)) for label in finding.labels]
    if span is not None and span.file == snapshot.file and span.line:
        start, end = snapshot.source.find_range(place_of(span))
    else:
        start, end = _find_use(snapshot, span)
        if span is not None and span.line:
            related.insert(0, Related(span.file, place_of(span), "here"))
    return Shown(finding, start, end, write_message(finding), tuple(related))


def _find_use(snapshot: Snapshot, span: Span | None) -> tuple[int, int]:
    """Where a file names the block whose own file a finding is about; else the first line."""
    document = snapshot.document
    blocks = snapshot.spec.node.fields.get("blocks") if snapshot.spec is not None else None
    if span is not None and document is not None and isinstance(blocks, MappingNode) and snapshot.spec is not None:
        for key in blocks.keys:
            block = snapshot.spec.blocks.get(str(key.value))
            if block is not None and block.document.file == span.file:
                return snapshot.source.find_range(place_of(document.span(key)))
    return 0, snapshot.source.find_line_end(0)
