"""The dtypes of ONNX in NumPy: those that it has not are held in wider ones, their numbers rounded to what they can be.

https://onnx.ai/onnx/technical/float8.html
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from shapecalc.forward.base import Array

_HELD = {
    "bfloat16": "float32", "float8e4m3fn": "float32", "float8e4m3fnuz": "float32", "float8e5m2": "float32",
    "float8e5m2fnuz": "float32", "float8e8m0": "float32", "float6e2m3": "float32", "float6e3m2": "float32",
    "float4e2m1": "float32", "uint4": "uint8", "int4": "int8", "uint2": "uint8", "int2": "int8",
}  # fmt: skip
"""The NumPy dtype that holds the numbers of one that NumPy has not."""

BOUNDS = {"uint4": (0, 15), "int4": (-8, 7), "uint2": (0, 3), "int2": (-2, 1)}
"""The least and the greatest of whole numbers that NumPy holds in wider ones."""


class Small(NamedTuple):
    """A floating dtype of few bits: those of its exponent and mantissa, the exponent of 1, and its greatest number.

    `infinite` says that it has infinity, `nan` that it has a number that is none, and `zero_signed` that it has -0.
    """

    exponent: int
    mantissa: int
    bias: int
    greatest: float
    infinite: bool = False
    nan: bool = True
    zero_signed: bool = True


SMALL = {
    "bfloat16": Small(8, 7, 127, 3.3895313892515355e38, infinite=True),
    "float8e4m3fn": Small(4, 3, 7, 448.0),
    "float8e4m3fnuz": Small(4, 3, 8, 240.0, zero_signed=False),
    "float8e5m2": Small(5, 2, 15, 57344.0, infinite=True),
    "float8e5m2fnuz": Small(5, 2, 16, 57344.0, zero_signed=False),
    "float6e2m3": Small(2, 3, 1, 7.5, nan=False),
    "float6e3m2": Small(3, 2, 3, 28.0, nan=False),
    "float4e2m1": Small(2, 1, 1, 6.0, nan=False),
}
"""Floating dtypes that NumPy has not."""


def hold(dtype: str) -> str:
    """The NumPy dtype that holds the numbers of a dtype of ONNX."""
    return _HELD.get(dtype, dtype)


def convert(array: Array, dtype: str, *, saturate: bool = True, round_mode: str = "up") -> Array:
    """The numbers of an array in a dtype of ONNX, rounded or cut as it casts."""
    if dtype == "float8e8m0":
        return round_power(array.astype(np.float64), round_mode, saturate=saturate)
    if dtype == "string":
        return write_texts(array)
    if array.dtype.kind in "USO":
        array = read_texts(array, dtype)
    if dtype in SMALL:
        return round_small(array.astype(np.float32), SMALL[dtype], saturate=saturate)
    if dtype in BOUNDS:
        return wrap(array, dtype)
    target = np.dtype(hold(dtype))
    if array.dtype.kind == "f" and target.kind in "iu":
        return cut(array, target)
    return array.astype(target, copy=False)


def settle(array: Array, dtype: str | None) -> Array:
    """An output, rounded where it is computed in a wider dtype than that which it has in ONNX."""
    if dtype not in SMALL or array.dtype.kind != "f":
        return array
    return round_small(array, SMALL[dtype], saturate=False)


def cut(array: Array, target: np.dtype[Any]) -> Array:
    """Floats without their fractions; the way goes by int64, so that -1.0 is the greatest unsigned number."""
    return np.trunc(array).astype(np.int64 if target != np.uint64 else target).astype(target, copy=False)


def wrap(array: Array, dtype: str) -> Array:
    """Whole numbers of a few bits: the lowest of those they had."""
    least, greatest = BOUNDS[dtype]
    span = greatest - least + 1
    whole = np.trunc(array).astype(np.int64) if array.dtype.kind == "f" else array.astype(np.int64)
    return ((whole - least) % span + least).astype(hold(dtype))


def round_small(array: Array, small: Small, *, saturate: bool = True) -> Array:
    """Float32 rounded to the nearest number of a smaller dtype, ties to even; beyond its bounds as ONNX casts."""
    wide = array.astype(np.float64)
    size = np.abs(wide)
    with np.errstate(all="ignore"):
        _, exponents = np.frexp(size)
        lowest = 1 - small.bias
        steps = np.exp2((np.maximum(exponents - 1, lowest) - small.mantissa).astype(np.float64))
        rounded = np.where(np.isfinite(size) & (size > 0), np.rint(size / steps) * steps, size)
    beyond = rounded > small.greatest
    if small.infinite and (not saturate or small.exponent == 8):
        limit = np.inf
    elif saturate or not small.nan:
        limit = small.greatest
    else:
        limit = np.nan
    rounded = np.where(beyond, limit, rounded)
    if not small.nan:
        wide, rounded = np.where(np.isnan(wide), -0.0, wide), np.where(np.isnan(rounded), 0.0, rounded)
    if not small.zero_signed:
        return np.where(rounded == 0, 0.0, np.copysign(rounded, wide)).astype(np.float32)
    return np.copysign(rounded, wide).astype(np.float32)


def round_power(wide: Array, mode: str, *, saturate: bool) -> Array:
    """The sizes of numbers as powers of 2, the next above, below, or the nearest; 0 is the least."""
    size = np.abs(wide)
    with np.errstate(all="ignore"):
        mantissas, exponents = np.frexp(size)  # size = mantissa * 2**exponent, 0.5 <= mantissa < 1
        exponents = exponents - 1
        above = (
            mantissas > 0.5 if mode == "up" else mantissas >= 0.75 if mode == "nearest" else np.zeros(size.shape, bool)
        )
        powers = exponents + above
        beyond = (powers > 127) | np.isinf(size)
        rounded = np.exp2(np.clip(np.where(size == 0, -127, powers), -127, 127).astype(np.float64))
    rounded = np.where(beyond & (not saturate), np.nan, np.where(beyond, 2.0**127, rounded))
    return np.where(np.isnan(wide), np.nan, rounded).astype(np.float32)


def write_texts(array: Array) -> Array:
    """Numbers as texts: floats in the shortest form that reads back."""
    if array.dtype.kind in "USO":
        return array
    texts = [str(item) if array.dtype.kind != "f" else _write_float(item) for item in array.reshape(-1)]
    return np.array(texts, dtype=object).reshape(array.shape).astype(str)


def _write_float(item: Any) -> str:
    return "NaN" if np.isnan(item) else "INF" if item == np.inf else "-INF" if item == -np.inf else str(item)


def read_texts(array: Array, dtype: str) -> Array:
    """Texts as numbers. Raises ValueError for one that is none."""
    floats = np.array([float(str(text)) for text in array.reshape(-1)], dtype=np.float64).reshape(array.shape)
    if hold(dtype).startswith(("int", "uint")):
        return np.array([int(float(str(text))) for text in array.reshape(-1)], dtype=np.int64).reshape(array.shape)
    return floats.astype(np.float32) if dtype in SMALL else floats
