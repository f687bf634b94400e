"""Inlay hints: shape and parameters at the end of each layer's line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shapecalc.dims import add_up, count_text
from shapecalc.document.edits import locate
from shapecalc.lsp.stale import map_lines
from shapecalc.render.columns import shape_text

if TYPE_CHECKING:
    from shapecalc.analysis.report import Row
    from shapecalc.lsp.documents import OpenFiles, Snapshot


class Hint(NamedTuple):
    """A text to show at an offset."""

    offset: int
    text: str


def list_hints(files: OpenFiles, file: str, start: int, end: int) -> list[Hint]:
    """The hints between two offsets of a file.

    Where the text cannot be read as it is being typed, they are the last ones of the lines that stayed the same.
    """
    snapshot, sound = files.snapshot(file), files.find_sound(file)
    if snapshot is None or sound is None:
        return []
    hints = _list_of(sound)
    if sound is not snapshot:
        lines = map_lines(sound.source, snapshot.source)
        hints = [Hint(offset, hint.text) for hint in hints if (offset := lines.move(hint.offset)) is not None]
    return [hint for hint in hints if start <= hint.offset <= end]


def _list_of(snapshot: Snapshot) -> list[Hint]:
    """All hints of a version that is sound."""
    document = snapshot.document
    if document is None:
        return []
    source = snapshot.source
    ends: list[tuple[int, int, str]] = []
    for entry, rows in snapshot.rows.items():
        if rows[0].file != snapshot.file:
            continue
        key = locate(document, entry.key)
        whole = locate(document, entry.args) if entry.args is not None else key
        ends.append((key.line, source.find_offset(whole.end_line, whole.end_column), write_hint(rows)))
    lines = [line for line, _, _ in ends]
    hints = []
    for line, offset, text in ends:
        if lines.count(line) == 1:
            offset = len(source.text[: source.find_line_end(source.find_offset(line, 1))].rstrip())
        hints.append(Hint(offset, text))
    return sorted(hints)


def write_hint(rows: list[Row]) -> str:
    """`(None, 5, 5)  140 params`; of several rounds the last shape, and the parameters of all."""
    return f"{shape_text(rows[-1])}  {count_text(add_up(row.params for row in rows))} params"
