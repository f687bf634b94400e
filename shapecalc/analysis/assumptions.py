"""What had to be taken for granted of sizes that are not numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row
    from shapecalc.dims import Relation
    from shapecalc.layers.values import Inferred


def assumptions(report: Report) -> list[Diagnostic]:
    """A note for each assumption: at the expression that needs it, else at the first layer that does."""
    found: dict[str, Diagnostic] = {}
    if report.walk is not None:
        graph = report.walk.graph
        for relation, node in graph.assumed.items():
            found.setdefault(str(relation), _note(relation, "", graph.document.span(node)))
    for row in report.rows:
        for owner, relation in _of_row(row):
            text = str(relation)
            if text not in found:
                entry = owner.node.entry
                span = owner.walk.graph.document.span(entry.key) if entry is not None else None
                found[text] = _note(relation, owner.path + owner.name, span)
    return list(found.values())


def _note(relation: Relation, subject: str, span: Span | None) -> Diagnostic:
    help = "give equal sizes one name, or numbers" if relation.op == "==" else "keep to it when the size gets its value"
    return Diagnostic("SC503", "note", subject, f"assumes {relation}", span, help=help)


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
