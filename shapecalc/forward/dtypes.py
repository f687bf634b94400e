"""The dtype that operands of several dtypes give: Keras's rules, where NumPy's would widen to float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def name_dtype(array: Array) -> str:
    """The dtype as rules call it; text is `string`, however long."""
    return "string" if array.dtype.kind in "USO" else array.dtype.name


def find_result_dtype(*arrays: Array) -> np.dtype[Any]:
    """The dtype of a result: the widest floating one if there is any, else the least integer type that holds all.

    Keras makes uint32 where that is uint64. Raises ValueError for no arrays.
    """
    dtypes = [array.dtype for array in arrays]
    floats = [dtype for dtype in dtypes if dtype.kind == "f"]
    common = np.result_type(*(floats or dtypes))
    if common.kind == "f" and not floats:
        return np.dtype(np.float32)
    return np.dtype(np.uint32) if common == np.uint64 else common


def cast_alike(*arrays: Array) -> list[Array]:
    """The arrays in the one dtype that they give."""
    dtype = find_result_dtype(*arrays)
    return [array.astype(dtype, copy=False) for array in arrays]


def cast_to_join(*arrays: Array) -> list[Array]:
    """The arrays in the dtype of all side by side: as they are where their dtypes are equal."""
    return list(arrays) if len({array.dtype for array in arrays}) == 1 else cast_alike(*arrays)


def cast_factors(*arrays: Array) -> list[Array]:
    """The arrays in the dtype of a sum of their products: those of int8 add up in int32."""
    if all(array.dtype == np.int8 for array in arrays):
        return [array.astype(np.int32) for array in arrays]
    return cast_alike(*arrays)


def cast_to_float(array: Array) -> Array:
    """The array as it is if it is floating, else in float32."""
    return array if array.dtype.kind == "f" else array.astype(np.float32)
