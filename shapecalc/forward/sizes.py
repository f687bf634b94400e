"""Sizes of a config as numbers: every symbol of a model has a value before the model is run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapecalc.dims import Size


def number(size: Size) -> int:
    """The size as an int. Raises TypeError for a symbol."""
    if not isinstance(size, int):
        raise TypeError(f"{size} has no value, and a run needs one")
    return size


def numbers(sizes: Iterable[Size]) -> tuple[int, ...]:
    """The sizes as ints."""
    return tuple([number(size) for size in sizes])
