"""What had to be taken for granted of sizes that are not numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Diagnostic, Span, note
from shapecalc.dims.implied import essential

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row
    from shapecalc.dims import Relation
    from shapecalc.layers.values import Inferred


def assumptions(report: Report) -> list[Diagnostic]:
    """A note for each assumption that does not follow from others: at the expression or first layer that needs it."""
    found: dict[Relation, tuple[str, Span | None]] = {}
    if report.walk is not None:
        graph = report.walk.graph
        for relation, node in graph.assumed.items():
            found.setdefault(relation, ("", graph.document.span(node)))
    for row in report.rows:
        for owner, relation in _of_row(row):
            if relation not in found:
                entry = owner.node.entry
                span = owner.walk.graph.document.span(entry.key) if entry is not None else None
                found[relation] = owner.path + owner.name, span
    said = essential(found)
    notes: dict[str, Diagnostic] = {}
    for relation, (subject, span) in found.items():
        text = said.get(str(relation))
        if text is not None:
            notes.setdefault(text, _note(text, relation.op == "==" and text == str(relation), subject, span))
    return list(notes.values())


def _note(text: str, equal: bool, subject: str, span: Span | None) -> Diagnostic:
    help = "give equal sizes one name, or numbers" if equal else "keep to it when the size gets its value"
    return note("SC503", f"assumes {text}", span, subject=subject, help=help)


def _of_row(row: Row) -> Iterator[tuple[Row, Relation]]:
    """Its own assumptions and those of layers within; rows of a block speak for themselves."""
    rows = row.rows if row.inferred.inner else []
    for inner in rows:
        yield from _of_row(inner)
    for relation in _of_call(row.inferred) if not rows else row.inferred.assumes:
        yield row, relation


def _of_call(inferred: Inferred) -> Iterator[Relation]:
    yield from inferred.assumes
    for part in inferred.inner:
        yield from _of_call(part.inferred)
