"""How weights start: Keras's initializers by name. https://keras.io/api/layers/initializers/"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_FLOOR = 1e-12


def initial(initializer: Any, shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """A starting array of `shape`; `initializer` is a name or (name, ((argument, value), ...)).

    A `seed` among the arguments takes the place of the run's own.
    """
    name, pairs = initializer if isinstance(initializer, tuple) else (initializer, ())
    arguments = dict(pairs)
    seed = arguments.pop("seed", None)
    if seed is not None:
        random = np.random.default_rng(abs(int(seed)))
    return _INITIALIZERS[name](shape, random, **arguments)


def fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """How many inputs and outputs a weight joins: the last two axes, times the window in front of them."""
    if len(shape) < 2:
        size = float(shape[0]) if shape else 1.0
        return size, size
    receptive = math.prod(shape[:-2])
    return float(shape[-2] * receptive), float(shape[-1] * receptive)


def _truncated(shape: tuple[int, ...], random: np.random.Generator, mean: float, stddev: float) -> Array:
    """Normal values, those beyond two standard deviations drawn again."""
    values = np.asarray(random.standard_normal(shape, dtype=np.float32))
    outside = np.abs(values) > 2
    while outside.any():
        values[outside] = random.standard_normal(int(outside.sum()), dtype=np.float32)
        outside = np.abs(values) > 2
    return _moved(values, stddev, mean)


def _moved(values: Array, scale: float, offset: float) -> Array:
    """scale * values + offset in place: a large weight is drawn in float32 and never stands in memory twice."""
    values *= np.float32(scale)
    values += np.float32(offset)
    return values


def variance_scaling(
    shape: tuple[int, ...],
    random: np.random.Generator,
    scale: float = 1.0,
    mode: str = "fan_in",
    distribution: str = "truncated_normal",
) -> Array:
    """Values whose variance is scale / fan. He et al., 2015; Glorot & Bengio, 2010."""
    fan_in, fan_out = fans(shape)
    variance = scale / max(_FLOOR, {"fan_in": fan_in, "fan_out": fan_out}.get(mode, (fan_in + fan_out) / 2))
    if distribution == "uniform":
        limit = math.sqrt(3 * variance)
        return _uniform(shape, random, -limit, limit)
    if distribution == "untruncated_normal":
        return _normal(shape, random, 0.0, math.sqrt(variance))
    # A normal cut at two deviations keeps 0.8796 of its deviation.
    return _truncated(shape, random, 0.0, math.sqrt(variance) / 0.87962566103423978)


def orthogonal(shape: tuple[int, ...], random: np.random.Generator, gain: float = 1.0) -> Array:
    """Orthonormal rows or columns. Saxe et al., 2014."""
    rows, columns = math.prod(shape[:-1]), shape[-1]
    factor, triangle = np.linalg.qr(random.standard_normal((max(rows, columns), min(rows, columns))))
    factor = factor * np.sign(np.diag(triangle))
    return np.asarray(gain * (factor.T if rows < columns else factor).reshape(shape))


def identity(shape: tuple[int, ...], random: np.random.Generator, gain: float = 1.0) -> Array:
    """Ones on the diagonal of a matrix."""
    return gain * np.eye(shape[0], shape[1])


def _scaled(scale: float, mode: str, distribution: str) -> Callable[..., Array]:
    def start(shape: tuple[int, ...], random: np.random.Generator) -> Array:
        return variance_scaling(shape, random, scale, mode, distribution)

    return start


def _constant(shape: tuple[int, ...], random: np.random.Generator, value: float = 0.0) -> Array:
    return np.full(shape, value)


def _normal(shape: tuple[int, ...], random: np.random.Generator, mean: float = 0.0, stddev: float = 0.05) -> Array:
    return _moved(np.asarray(random.standard_normal(shape, dtype=np.float32)), stddev, mean)


def _truncated_normal(
    shape: tuple[int, ...], random: np.random.Generator, mean: float = 0.0, stddev: float = 0.05
) -> Array:
    return _truncated(shape, random, mean, stddev)


def _uniform(shape: tuple[int, ...], random: np.random.Generator, minval: float = -0.05, maxval: float = 0.05) -> Array:
    return _moved(np.asarray(random.random(shape, dtype=np.float32)), maxval - minval, minval)


def _forget_gate_ones(shape: tuple[int, ...], random: np.random.Generator, others: Any) -> Array:
    """The bias of an LSTM's gates (input, forget, cell, output): the forget gate's ones, as `others` says elsewhere."""
    units = shape[0] // 4
    value = np.array(initial(others, shape, random))
    value[units : 2 * units] = 1
    return value


_INITIALIZERS: dict[str, Callable[..., Array]] = {
    "zeros": lambda shape, random: np.zeros(shape),
    "ones": lambda shape, random: np.ones(shape),
    "constant": _constant,
    "identity": identity,
    "forget_gate_ones": _forget_gate_ones,
    "orthogonal": orthogonal,
    "random_normal": _normal,
    "random_uniform": _uniform,
    "truncated_normal": _truncated_normal,
    "variance_scaling": variance_scaling,
    "glorot_uniform": _scaled(1.0, "fan_avg", "uniform"),
    "glorot_normal": _scaled(1.0, "fan_avg", "truncated_normal"),
    "he_uniform": _scaled(2.0, "fan_in", "uniform"),
    "he_normal": _scaled(2.0, "fan_in", "truncated_normal"),
    "lecun_uniform": _scaled(1.0, "fan_in", "uniform"),
    "lecun_normal": _scaled(1.0, "fan_in", "truncated_normal"),
}
