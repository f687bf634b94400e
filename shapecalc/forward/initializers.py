"""How weights start: Keras's initializers by name. https://keras.io/api/layers/initializers/"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_FLOOR = 1e-12

_DRAWN = 1 << 18
"""Numbers that are drawn at a time, so that a large weight is in memory only once."""

_COLUMNS = 128
"""Columns made orthonormal at a time, of a matrix that is not too tall."""


def make_initial(initializer: Any, shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """A starting array of `shape`, to be read only; `initializer` is a name or (name, ((argument, value), ...)).

    A `seed` among the arguments takes the place of the run's own.
    """
    name, pairs = initializer if isinstance(initializer, tuple) else (initializer, ())
    arguments = dict(pairs)
    seed = arguments.pop("seed", None)
    if seed is not None:
        random = np.random.default_rng(abs(int(seed)))
    return _INITIALIZERS[name](shape, random, **arguments)


def count_fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """How many inputs and outputs a weight joins: the last two axes, times the window in front of them."""
    if len(shape) < 2:
        size = float(shape[0]) if shape else 1.0
        return size, size
    receptive = math.prod(shape[:-2])
    return float(shape[-2] * receptive), float(shape[-1] * receptive)


def _draw_truncated(shape: tuple[int, ...], random: np.random.Generator, mean: float, stddev: float) -> Array:
    """Normal values, those beyond two standard deviations drawn again."""
    values = np.asarray(random.standard_normal(shape, dtype=np.float32))
    again = True
    while again:
        again = False
        for part in _split_rows(values.reshape(-1)):
            (outside,) = np.nonzero(np.abs(part) > 2)
            part[outside] = random.standard_normal(outside.size, dtype=np.float32)
            again = again or outside.size > 0
    return _scale_and_shift(values, stddev, mean)


def _split_rows(rows: Array) -> Iterator[Array]:
    """Rows in views of about a megabyte."""
    step = max(1, _DRAWN // max(1, rows[0].size if len(rows) else 1))
    return (rows[start : start + step] for start in range(0, len(rows), step))


def _scale_and_shift(values: Array, scale: float, offset: float) -> Array:
    """scale * values + offset in place: a large weight is drawn in float32 and never stands in memory twice."""
    values *= np.float32(scale)
    values += np.float32(offset)
    return values


def draw_scaled(
    shape: tuple[int, ...],
    random: np.random.Generator,
    scale: float = 1.0,
    mode: str = "fan_in",
    distribution: str = "truncated_normal",
) -> Array:
    """Values whose variance is scale / fan. He et al., 2015; Glorot & Bengio, 2010."""
    fan_in, fan_out = count_fans(shape)
    variance = scale / max(_FLOOR, {"fan_in": fan_in, "fan_out": fan_out}.get(mode, (fan_in + fan_out) / 2))
    if distribution == "uniform":
        limit = math.sqrt(3 * variance)
        return _draw_uniform(shape, random, -limit, limit)
    if distribution == "untruncated_normal":
        return _draw_normal(shape, random, 0.0, math.sqrt(variance))
    # A normal cut at two deviations keeps 0.8796 of its deviation.
    return _draw_truncated(shape, random, 0.0, math.sqrt(variance) / 0.87962566103423978)


def draw_orthogonal(shape: tuple[int, ...], random: np.random.Generator, gain: float = 1.0) -> Array:
    """Orthonormal rows or columns. Saxe et al., 2014."""
    result = np.empty((math.prod(shape[:-1]), shape[-1]), np.float32)
    tall = result.T if result.shape[0] < result.shape[1] else result
    for part in _split_rows(tall):
        part[...] = random.standard_normal(part.shape)
    _orthonormalize(tall)
    result *= np.float32(gain)
    return result.reshape(shape)


def _orthonormalize(tall: Array) -> None:
    """Makes the columns orthonormal in place, a few at a time: their projections on those before are subtracted.

    Rounding brings a little back, so that is done twice, which is enough. Giraud et al., 2005.
    """
    rows, columns = tall.shape
    step = max(1, min(_COLUMNS, _DRAWN * 4 // max(1, rows)))
    for start in range(0, columns, step):
        before, part = tall[:, :start], tall[:, start : start + step]
        for _ in range(2):
            part -= before @ (before.T @ part)
            factor, triangle = np.linalg.qr(part.astype(np.float64))
            np.multiply(factor, np.sign(np.diag(triangle)), out=part, casting="same_kind")


def make_identity(shape: tuple[int, ...], random: np.random.Generator, gain: float = 1.0) -> Array:
    """Ones on the diagonal of a matrix."""
    result = np.eye(shape[0], shape[1], dtype=np.float32)
    result *= np.float32(gain)
    return result


def _make_scaling(scale: float, mode: str, distribution: str) -> Callable[..., Array]:
    def start(shape: tuple[int, ...], random: np.random.Generator) -> Array:
        return draw_scaled(shape, random, scale, mode, distribution)

    return start


def _fill_constant(shape: tuple[int, ...], random: np.random.Generator, value: float = 0.0) -> Array:
    return np.broadcast_to(np.float64(value), shape)


def _draw_normal(shape: tuple[int, ...], random: np.random.Generator, mean: float = 0.0, stddev: float = 0.05) -> Array:
    return _scale_and_shift(np.asarray(random.standard_normal(shape, dtype=np.float32)), stddev, mean)


def _draw_truncated_normal(
    shape: tuple[int, ...], random: np.random.Generator, mean: float = 0.0, stddev: float = 0.05
) -> Array:
    return _draw_truncated(shape, random, mean, stddev)


def _draw_uniform(
    shape: tuple[int, ...], random: np.random.Generator, minval: float = -0.05, maxval: float = 0.05
) -> Array:
    return _scale_and_shift(np.asarray(random.random(shape, dtype=np.float32)), maxval - minval, minval)


def _forget_gate_ones(shape: tuple[int, ...], random: np.random.Generator, others: Any) -> Array:
    """The bias of an LSTM's gates (input, forget, cell, output): the forget gate's ones, as `others` says elsewhere."""
    units = shape[0] // 4
    value = np.array(make_initial(others, shape, random))
    value[units : 2 * units] = 1
    return value


_INITIALIZERS: dict[str, Callable[..., Array]] = {
    "zeros": lambda shape, random: _fill_constant(shape, random, 0.0),
    "ones": lambda shape, random: _fill_constant(shape, random, 1.0),
    "constant": _fill_constant,
    "identity": make_identity,
    "forget_gate_ones": _forget_gate_ones,
    "orthogonal": draw_orthogonal,
    "random_normal": _draw_normal,
    "random_uniform": _draw_uniform,
    "truncated_normal": _draw_truncated_normal,
    "variance_scaling": draw_scaled,
    "glorot_uniform": _make_scaling(1.0, "fan_avg", "uniform"),
    "glorot_normal": _make_scaling(1.0, "fan_avg", "truncated_normal"),
    "he_uniform": _make_scaling(2.0, "fan_in", "uniform"),
    "he_normal": _make_scaling(2.0, "fan_in", "truncated_normal"),
    "lecun_uniform": _make_scaling(1.0, "fan_in", "uniform"),
    "lecun_normal": _make_scaling(1.0, "fan_in", "truncated_normal"),
}
