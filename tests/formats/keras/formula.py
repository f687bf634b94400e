"""Arrays that depend on a name and a shape alone: the same weights and inputs in Keras and here."""

from __future__ import annotations

import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

_AROUND_ONE = ("gamma", "moving_variance", "scale", "variance")
"""Weights by which something is multiplied or divided."""


def uniform(name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Numbers from -1 to 1, the same on every machine: whole numbers are mixed, then divided."""
    mixed = np.arange(math.prod(shape), dtype=np.uint64) + np.uint64(zlib.crc32(name.encode()))
    for _ in range(2):
        mixed = ((mixed >> np.uint64(16)) ^ mixed) * np.uint64(0x45D9F3B) & np.uint64(0xFFFFFFFF)
    mixed ^= mixed >> np.uint64(16)
    return (mixed.astype(np.float64) / 2**31 - 1).reshape(shape)


def weight(path: str, position: int, name: str, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    """The weight of a layer at that path, by its place among the layer's weights, and the name that Keras gives it."""
    numbers = uniform(f"{path} {position}", shape)
    if not dtype.startswith(("float", "bfloat")):
        return np.zeros(shape, dtype)
    if name in _AROUND_ONE:
        return (1 + 0.2 * numbers).astype("float32")
    if name == "embeddings" or len(shape) < 2:
        return (0.5 * numbers).astype("float32")
    return (numbers * math.sqrt(3 / math.prod(shape[:-1]))).astype("float32")


def sample(name: str, shape: tuple[int, ...], dtype: str, high: int, words: list[str]) -> NDArray[Any]:
    """An input: text out of `words`, whole numbers from 0 and below `high`, else numbers from -1 to 1."""
    numbers = uniform(name, shape)
    places = (numbers + 1) / 2
    if dtype == "string":
        return np.asarray(np.array(words)[(places * len(words)).astype(int)])
    if dtype == "bool":
        return np.asarray(places < 0.7)
    if not dtype.startswith(("float", "bfloat")):
        return np.asarray(places * high, dtype=dtype)
    floats: NDArray[Any] = numbers.astype(dtype)
    return floats


def digest(array: NDArray[Any]) -> list[float]:
    """A few numbers that stand for an output: three means, of which one is weighted, and three entries."""
    flat = np.asarray(array, dtype=np.float64).reshape(-1)
    if not flat.size:
        return []
    weighted = float((flat * uniform("digest", flat.shape)).mean())
    entries = [float(flat[place]) for place in (0, flat.size // 2, flat.size - 1)]
    return [float(flat.mean()), float(np.abs(flat).mean()), weighted, *entries]
