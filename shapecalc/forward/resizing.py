"""Images resized along one axis at a time, by the kernels that Keras's TensorFlow backend uses.

Every method is a few taps for each output entry: which inputs, and with what weights. Pixels are squares whose centres
lie at half numbers. The kernels: Keys, "Cubic convolution interpolation for digital image processing", 1981; Duchon,
"Lanczos filtering in one and two dimensions", 1979.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Taps = tuple[Array, Array]

_CUBIC_STEPS = 1024


def resize(x: Array, axis: int, size: int, method: str, antialias: bool = False) -> Array:
    """`x` with `size` entries along `axis`. Floating values come out as float32 at least, nearest ones as they are."""
    before = x.shape[axis]
    if before == size:
        return x
    if method == "nearest":
        places = np.floor((np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(before / size))
        return np.asarray(np.take(x, np.minimum(places.astype(np.intp), before - 1), axis=axis))
    indices, weights = find_taps(before, size, method, antialias)
    shape = [1] * x.ndim
    shape[axis] = size
    total: Array | None = None
    for places, factors in zip(indices.T, weights.T.astype(np.float32), strict=True):
        part = np.take(x, places, axis=axis) * factors.reshape(shape)
        total = part if total is None else np.add(total, part, out=total)
    assert total is not None
    return total


def find_taps(before: int, size: int, method: str, antialias: bool) -> Taps:
    """For each of `size` outputs the inputs it is made of, and their weights: two arrays (size, taps)."""
    scale = before / size
    if method == "area":
        return _sample_area(before, size, scale)
    if method == "bicubic" and not antialias:
        return _sample_bicubic(before, size, scale)
    kernel, radius = _KERNELS[method]
    if method == "bilinear" and not antialias:
        return _sample_kernel(before, size, scale, kernel, radius, 1.0, clamp=True)
    return _sample_kernel(before, size, scale, kernel, radius, max(scale, 1.0) if antialias else 1.0, clamp=False)


def _sample_kernel(
    before: int,
    size: int,
    scale: float,
    kernel: Callable[[Array], Array],
    radius: float,
    stretch: float,
    *,
    clamp: bool,
) -> Taps:
    """A kernel laid over the inputs around each output's centre; its weights sum to one.

    An input outside counts as zero, or with `clamp` is the entry at the edge.
    """
    centres = (np.arange(size) + 0.5) * scale
    reach = math.ceil(2 * radius * stretch) + 1
    first = np.ceil(centres - radius * stretch - 0.5).astype(np.intp)
    places = first[:, None] + np.arange(reach)
    weights = kernel((places + 0.5 - centres[:, None]) / stretch)
    inside = (places >= 0) & (places < before)
    weights = weights if clamp else np.where(inside, weights, 0.0)
    return np.clip(places, 0, before - 1), weights / weights.sum(axis=1, keepdims=True)


def _sample_bicubic(before: int, size: int, scale: float) -> Taps:
    """Keys's kernel, its argument rounded to 1/1024 as TensorFlow's table has it."""
    spots = (np.arange(size) + 0.5) * scale - 0.5
    floors = np.floor(spots)
    offsets = np.rint((spots - floors) * _CUBIC_STEPS) / _CUBIC_STEPS
    places = floors[:, None].astype(np.intp) + np.arange(-1, 3)
    weights = _weigh_by_keys(np.arange(-1, 3) - offsets[:, None])
    weights = np.where((places >= 0) & (places < before), weights, 0.0)
    return np.clip(places, 0, before - 1), weights / weights.sum(axis=1, keepdims=True)


def _sample_area(before: int, size: int, scale: float) -> Taps:
    """The mean over the stretch of inputs that each output covers."""
    starts = np.arange(size) * scale
    ends = starts + scale
    reach = math.ceil(scale) + 1
    places = np.floor(starts).astype(np.intp)[:, None] + np.arange(reach)
    overlap = np.minimum(ends[:, None], places + 1) - np.maximum(starts[:, None], places)
    return np.clip(places, 0, before - 1), np.maximum(overlap, 0.0) / scale


def _weigh_by_triangle(x: Array) -> Array:
    return np.maximum(0.0, 1.0 - np.abs(x))


def _weigh_by_keys(x: Array) -> Array:
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return np.where(x < 1.0, near, np.where(x < 2.0, far, 0.0))


def _make_lanczos(radius: float) -> Callable[[Array], Array]:
    def kernel(x: Array) -> Array:
        return np.where(np.abs(x) < radius, np.sinc(x) * np.sinc(x / radius), 0.0)

    return kernel


_KERNELS: dict[str, tuple[Callable[[Array], Array], float]] = {
    "bilinear": (_weigh_by_triangle, 1.0),
    "bicubic": (_weigh_by_keys, 2.0),
    "lanczos3": (_make_lanczos(3.0), 3.0),
    "lanczos5": (_make_lanczos(5.0), 5.0),
}


def cast_back(values: Array, dtype: np.dtype[Any]) -> Array:
    """Resized values in the dtype of the image: integers are rounded, and held within their range."""
    if values.dtype == dtype:
        return values
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return np.clip(np.rint(values), limits.min, limits.max).astype(dtype)
    return values.astype(dtype)
