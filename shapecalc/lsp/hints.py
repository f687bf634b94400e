"""Inlay hints: shapes and parameters at the ends of the lines on which layers begin, as `annotate` writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shapecalc.analysis.annotations import list_annotations
from shapecalc.lsp.stale import map_lines

if TYPE_CHECKING:
    from shapecalc.lsp.documents import OpenFiles, Snapshot


class Hint(NamedTuple):
    """A text to show at an offset."""

    offset: int
    text: str


def list_hints(files: OpenFiles, file: str, start: int, end: int) -> list[Hint]:
    """The hints between two offsets of a file.

    Where the text cannot be read as it is being typed, they are the last ones of the lines that stayed the same.
    """
    snapshot, view = files.snapshot(file), files.find_walked(file)
    if snapshot is None or view is None:
        return []
    hints = _make_hints(view)
    if view is not snapshot:
        lines = map_lines(view.source, snapshot.source)
        hints = [Hint(offset, hint.text) for hint in hints if (offset := lines.move(hint.offset)) is not None]
    return [hint for hint in hints if start <= hint.offset <= end]


def _make_hints(snapshot: Snapshot) -> list[Hint]:
    """All hints of a version; a line that has its annotation as a comment needs none."""
    hints = []
    for line, comment, _ in [] if snapshot.report is None else list_annotations(snapshot.report):
        text = snapshot.source.lines[line - 1].rstrip()
        if not text.endswith(comment):
            hints.append(Hint(snapshot.source.find_offset(line, 1) + len(text), comment.removeprefix("# ")))
    return hints
