"""Windows, with which frames of a signal are weighted: those that scipy.signal.get_window knows without parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from shapecalc.forward.base import Array

_COSINES = {
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
    "nuttall": (0.3635819, 0.4891775, 0.1365995, 0.0106411),
    "flattop": (0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
    "boxcar": (1.0,),
}
"""Windows that are sums of cosines: the share of each, whose signs alternate."""


def make_window(window: Any, length: int, periodic: bool) -> Array:
    """The values of a window by name, or those that are given.

    A periodic window is the symmetric one that is longer by one, without its last value.
    """
    if isinstance(window, tuple):
        return np.asarray(window, np.float64)
    if length == 1:
        return np.ones(1)
    span = length + 1 if periodic else length
    steps = np.arange(span) - (span - 1) / 2
    if window in _COSINES:
        turns = np.arange(span) / (span - 1)
        terms = [(-1) ** k * share * np.cos(2 * np.pi * k * turns) for k, share in enumerate(_COSINES[window])]
        return np.asarray(sum(terms))[:length]
    return np.asarray(_SHAPES[window](steps, span))[:length]


def _measure_from_middle(steps: Array, span: int) -> Array:
    """The distance of each value from the middle; the ends are at 1."""
    return np.asarray(np.abs(steps) * 2 / (span - 1))


def _make_barthann(steps: Array, span: int) -> Array:
    x = _measure_from_middle(steps, span)
    return np.asarray(0.62 - 0.24 * x + 0.38 * np.cos(np.pi * x))


def _make_bohman(steps: Array, span: int) -> Array:
    x = _measure_from_middle(steps, span)
    return np.where(x < 1, (1 - x) * np.cos(np.pi * x) + np.sin(np.pi * x) / np.pi, 0.0)


def _make_parzen(steps: Array, span: int) -> Array:
    x = np.abs(steps) * 2 / span
    return np.where(np.abs(steps) <= (span - 1) / 4, 1 - 6 * x**2 * (1 - x), 2 * (1 - x) ** 3)


def _make_taylor(steps: Array, span: int, lobes: int = 4, level: float = 30.0) -> Array:
    """Taylor's window: `lobes` nearly level lobes `level` decibels below the main one, 1 in the middle."""
    a = np.arccosh(10 ** (level / 20)) / np.pi
    m = np.arange(1, lobes)
    widening = lobes**2 / (a**2 + (lobes - 0.5) ** 2)
    factors = []
    for index in m:
        others = m[m != index]
        top = np.prod(1 - index**2 / widening / (a**2 + (m - 0.5) ** 2))
        factors.append((-1) ** (index + 1) * top / (2 * np.prod(1 - index**2 / others**2)))

    def evaluate_at(positions: Array) -> Array:
        return np.asarray(1 + 2 * np.cos(2 * np.pi * np.multiply.outer(positions, m) / span) @ np.asarray(factors))

    return np.asarray(evaluate_at(steps) / evaluate_at(np.zeros(())))


def _make_tukey(steps: Array, span: int, tapered: float = 0.5) -> Array:
    x = _measure_from_middle(steps, span)
    return np.where(x <= 1 - tapered, 1.0, 0.5 + 0.5 * np.cos(np.pi * (x - 1 + tapered) / tapered))


_SHAPES: dict[str, Callable[[Array, int], Array]] = {
    "barthann": _make_barthann,
    "bartlett": lambda steps, span: 1 - _measure_from_middle(steps, span),
    "bohman": _make_bohman,
    "cosine": lambda steps, span: np.cos(np.pi * steps / span),
    "exponential": lambda steps, span: np.exp(-np.abs(steps)),
    "lanczos": lambda steps, span: np.sinc(_measure_from_middle(steps, span)),
    "parzen": _make_parzen,
    "taylor": _make_taylor,
    "triang": lambda steps, span: 1 - 2 * np.abs(steps) / (span + span % 2),
    "tukey": _make_tukey,
}
