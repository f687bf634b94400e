"""Sizes at the ratio of others, and equal parts of one, by the rules of ONNX."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.dims.dim import Size, unknown
from shapecalc.dims.known import Item


def keep_ratio(sizes: Sequence[Size], wanted: Sequence[Item], policy: str) -> list[Size]:
    """The wanted sizes at the ratio of the sides that there are: by the least factor, or by the greatest."""
    pairs = list(zip(wanted, sizes, strict=True))
    if not all(isinstance(new, int) and isinstance(old, int) for new, old in pairs):
        return [unknown() for _ in pairs]
    choose = min if policy == "not_larger" else max
    scale = choose(new / old for new, old in pairs)
    return [int(scale * old + 0.5) for _, old in pairs]


def divide_evenly(size: Size, parts: int) -> list[Size] | None:
    """The sizes of equal parts of an axis, of which the last may be less; None where the axis is no number."""
    if not isinstance(size, int):
        return None
    each = -(-size // parts)
    return [max(min(each, size - number * each), 0) for number in range(parts)]
