"""Memory of a thread's own that one call leaves to the next."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from shapecalc.forward.base import Array

KEPT = 1 << 23
"""Bytes of the largest buffer that a thread keeps."""

GATHERED, BORDERED, PRODUCTS, SPREAD, WIDE = range(5)
"""The slots: of convolutions copies of a block and the input with its borders; of Winograd's the transformed kernel and
tiles, and the input filled up to whole tiles.
"""


class _Buffers(threading.local):
    def __init__(self) -> None:
        self.by_slot: dict[int, Array] = {}


_BUFFERS = _Buffers()


def borrow_scratch(slot: int, shape: Sequence[int], dtype: np.dtype[Any]) -> Array:
    """An array of this thread's, of any content, good until the slot is asked for again: never to be returned.

    Fresh memory of this size costs as much as what is computed in it: the system clears each page as it is touched.
    """
    size = math.prod(shape) * dtype.itemsize
    if size > KEPT:
        return np.empty(shape, dtype)
    kept = _BUFFERS.by_slot
    if slot not in kept or kept[slot].size < size:
        kept.pop(slot, None)  # goes before its successor comes, so that both are never there at once
        kept[slot] = np.empty(size, np.uint8)
    return kept[slot][:size].view(dtype).reshape(shape)
