"""Go to definition: from a name to where it is declared."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.lsp.context import find_word_end, read_context
from shapecalc.lsp.meaning import find_meaning, find_spec
from shapecalc.lsp.names import name_above
from shapecalc.lsp.symbols import find_occurrence

if TYPE_CHECKING:
    from shapecalc.diagnostics import Span
    from shapecalc.lsp.documents import OpenFiles, Snapshot


class Location(NamedTuple):
    """A stretch between two offsets of a file."""

    file: str
    start: int
    end: int


def find_definitions(files: OpenFiles, file: str, offset: int) -> list[Location]:
    """Where the name at an offset is declared; of `prev` what stands above, of a block's file its beginning."""
    snapshot = files.snapshot(file)
    if snapshot is None or snapshot.spec is None:
        return []
    occurrence = find_occurrence(snapshot.occurrences, snapshot.document, offset)
    if occurrence is None:
        return _follow_word(snapshot, offset)
    return [
        Location(each.document.file, each.start, each.end)
        for each in snapshot.occurrences
        if each.symbol == occurrence.symbol and each.is_declaration
    ]


def _follow_word(snapshot: Snapshot, offset: int) -> list[Location]:
    """What a word leads to that is no name."""
    end = find_word_end(snapshot.text, offset, "./-")
    context = read_context(snapshot.text, end)
    meaning = find_meaning(context) if context is not None else None
    spec = find_spec(snapshot.spec, meaning.blocks) if meaning is not None else None
    if context is None or meaning is None or spec is None:
        return []
    word = context.word.strip("\"'")
    name = word.partition(".")[0]
    if meaning.kind == "reference" and name in ("prev", "input"):
        above = name_above(spec, meaning.entry) if name == "prev" else []
        if above:
            return [_locate(snapshot, spec.document.span(above[-1].entry.key))]
        keys = [key for key in spec.node.keys if key.value in ("input", "inputs")]
        return [_locate(snapshot, spec.document.span(key)) for key in keys[:1]]
    if meaning.kind == "block file":
        path = os.path.join(os.path.dirname(snapshot.file), word)
        known = snapshot.library.documents
        return [Location(path, 0, 0)] if path in known else []
    return []


def _locate(snapshot: Snapshot, span: Span) -> Location:
    source = snapshot.source
    return Location(span.file, source.find_offset(span.line, span.column), source.find_offset(span.line, span.end))
