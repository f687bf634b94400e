"""The dtype that operands of several dtypes give: Keras's rules, where NumPy's would widen to float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def dtype_name(array: Array) -> str:
    """The dtype as rules call it; text is `string`, however long."""
    return "string" if array.dtype.kind in "USO" else array.dtype.name


def result_dtype(*arrays: Array) -> np.dtype[Any]:
    """The dtype of a result: the widest floating one if there is any, else the least integer type that holds all.

    Raises ValueError for no arrays.
    """
    dtypes = [array.dtype for array in arrays]
    floats = [dtype for dtype in dtypes if dtype.kind == "f"]
    found = np.result_type(*(floats or dtypes))
    return np.dtype(np.float32) if found.kind == "f" and not floats else found


def together(*arrays: Array) -> list[Array]:
    """The arrays in the one dtype that they give."""
    dtype = result_dtype(*arrays)
    return [array.astype(dtype, copy=False) for array in arrays]


def floating(array: Array) -> Array:
    """The array as it is if it is floating, else in float32."""
    return array if array.dtype.kind == "f" else array.astype(np.float32)
