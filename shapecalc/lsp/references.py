"""Find references: every place where a name stands for the same thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.lsp.definitions import Location
from shapecalc.lsp.elsewhere import list_elsewhere
from shapecalc.lsp.symbols import find_occurrence

if TYPE_CHECKING:
    from shapecalc.lsp.documents import OpenFiles


def list_references(files: OpenFiles, file: str, offset: int, with_declaration: bool = True) -> list[Location]:
    """The places of the name at an offset, in other open files too, where it is declared among them or not."""
    snapshot = files.snapshot(file)
    occurrence = find_occurrence(snapshot.occurrences, snapshot.document, offset) if snapshot is not None else None
    if snapshot is None or occurrence is None:
        return []
    places = [
        Location(each.document.file, each.start, each.end)
        for each in sorted(snapshot.occurrences, key=lambda each: (each.document.file, each.start))
        if each.symbol == occurrence.symbol and (with_declaration or not each.is_declaration)
    ]
    return places + [
        Location(other.file, each.start, each.end) for other, each in list_elsewhere(files, snapshot, occurrence)
    ]
