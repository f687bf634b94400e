"""A table of which every text fits, as rich would make it: importing rich takes a fifth of the time of a summary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shapecalc.render.layout import Heading


class _Box(NamedTuple):
    """The signs of each kind of line, from left to right: its end, its filling, where columns meet, its other end."""

    top: str
    head: str
    below: str
    row: str
    between: str
    bottom: str


_HEAVY = _Box("┏━┳┓", "┃ ┃┃", "┡━╇┩", "│ ││", "├─┼┤", "└─┴┘")
_ASCII = _Box("+-++", "| ||", "+-++", "| ||", "+-++", "+-++")


def draw_table(
    headings: Sequence[Heading], rows: Sequence[tuple[str, ...]], widths: Sequence[int], *, is_ascii: bool
) -> str:
    """The table; each column has a width, and texts of one line that take as many places as they have letters."""
    box = _ASCII if is_ascii else _HEAVY
    cells = [f" %{'' if heading.right else '-'}{width}s " for heading, width in zip(headings, widths, strict=True)]
    template, between = _join(cells, box.row), f"\n{_rule(widths, box.between)}\n"
    lines = [
        _rule(widths, box.top),
        _join(cells, box.head) % tuple(heading.text for heading in headings),
        _rule(widths, box.below),
        *([between.join([template % row for row in rows])] if rows else []),
        _rule(widths, box.bottom),
    ]
    return "\n".join(lines)


def _rule(widths: Sequence[int], signs: str) -> str:
    """A line between rows."""
    return _join([signs[1] * (width + 2) for width in widths], signs)


def _join(cells: Sequence[str], signs: str) -> str:
    return signs[0] + signs[2].join(cells) + signs[3]
