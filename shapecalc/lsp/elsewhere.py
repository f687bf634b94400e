"""The same name in other open files, which use this one as a block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shapecalc.document.files import real_path

if TYPE_CHECKING:
    from shapecalc.lsp.documents import OpenFiles, Snapshot
    from shapecalc.lsp.symbols import Occurrence


def list_elsewhere(
    files: OpenFiles, snapshot: Snapshot, occurrence: Occurrence
) -> Iterator[tuple[Snapshot, Occurrence]]:
    """Each place of a name in the open files that use the one it is declared in, with the version it is of."""
    real = real_path(snapshot.file)
    for user in files:
        other = files.snapshot(user)
        if other is None or user == snapshot.file:
            continue
        occurrences = other.occurrences
        same = [
            each.symbol
            for each in occurrences
            if real_path(each.document.file) == real
            and each[2:4] == occurrence[2:4]
            and each.symbol.kind == occurrence.symbol.kind
        ]
        for each in occurrences:
            if each.symbol in same[:1] and each.document is other.document:
                yield other, each
