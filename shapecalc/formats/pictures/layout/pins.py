"""Where arrows meet the top of a box: straight below where they come from if they can, else evenly between those."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from shapecalc.formats.pictures.layout.graph import BOX_MARGIN

_LEAST = 12
"""The least distance of two arrows that come straight down."""


def spread_pins(left: int, width: int, sources: Sequence[int]) -> list[int]:
    """Where each arrow enters a box, given where it comes from; all different, in the same order."""
    order = sorted(range(len(sources)), key=lambda number: sources[number])
    pins = [0] * len(sources)
    if len(sources) == 1 and not _is_over(left, width, sources[0]):
        return [left + width // 2]
    straight: list[tuple[int, int]] = []
    """Those that come straight down: their position in the order, and where."""
    for position, number in enumerate(order):
        x = sources[number]
        room_before = left + BOX_MARGIN if not straight else straight[-1][1] + _LEAST * (position - straight[-1][0])
        room_after = left + width - BOX_MARGIN - _LEAST * (len(order) - 1 - position)
        needed = left + BOX_MARGIN + _LEAST * position if not straight else room_before
        if _is_over(left, width, x) and needed <= x <= room_after:
            straight.append((position, x))
    bounds = [(-1, left), *straight, (len(order), left + width)]
    for (first, start), (last, end) in pairwise(bounds):
        for position in range(first + 1, last):
            pins[order[position]] = start + (end - start) * (position - first) // (last - first)
        if last < len(order):
            pins[order[last]] = end
    return pins


def _is_over(left: int, width: int, x: int) -> bool:
    return left + BOX_MARGIN <= x <= left + width - BOX_MARGIN
