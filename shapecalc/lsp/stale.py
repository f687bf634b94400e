"""Offsets of an earlier version of a text in the one that is being typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from shapecalc.lsp.positions import Text


class Moves(NamedTuple):
    """What is the same in two texts: whole lines at their start, and whole lines at their end.

    `head` is the length of the start; the end begins at `tail` in the one, and is `by` characters further in the other.
    """

    head: int
    tail: int
    by: int

    def move(self, offset: int) -> int | None:
        """Where an offset of the one text is in the other; None within the lines that were changed."""
        if offset < self.head:
            return offset
        return offset + self.by if offset >= self.tail else None


def map_lines(old: Text, new: Text) -> Moves:
    """The lines of `old` that are still in `new`."""
    before, after = old.lines, new.lines
    most = min(len(before), len(after))
    first = next((line for line in range(most) if before[line] != after[line]), most)
    same = next((line for line in range(most - first) if before[-1 - line] != after[-1 - line]), most - first)
    head = sum(map(len, before[:first]))
    tail = len(old) - sum(map(len, before[len(before) - same :]))
    return Moves(head, tail, len(new) - len(old))
