"""The dtypes that Keras computes in on PyTorch, where none of 64 bits comes of a promotion."""

from __future__ import annotations

from shapecalc.layers.dtypes import find_product_type as find_wide_product_type
from shapecalc.layers.dtypes import find_result_type as find_wide_result_type

_NARROW = {"float64": "float32", "int64": "int32", "uint64": "uint32"}


def find_result_type(*dtypes: str) -> str:
    """The dtype of a result of operands of `dtypes`."""
    dtype = find_wide_result_type(*dtypes)
    return _NARROW.get(dtype, dtype)


def find_product_type(*dtypes: str) -> str:
    """The dtype of a sum of products: those of int8 add up in int32."""
    dtype = find_wide_product_type(*dtypes)
    return _NARROW.get(dtype, dtype)
