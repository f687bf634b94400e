"""The dtypes of ONNX by their numbers. https://onnx.ai/onnx/api/mapping.html"""

from __future__ import annotations

NAMES: dict[int, str] = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string", 9: "bool",
    10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128", 16: "bfloat16",
    17: "float8e4m3fn", 18: "float8e4m3fnuz", 19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4",
    23: "float4e2m1", 24: "float8e8m0", 25: "uint2", 26: "int2", 27: "float6e2m3", 28: "float6e3m2",
}  # fmt: skip
DTYPES = tuple(NAMES.values())

PLAIN = ("int16", "int32", "int64", "uint16", "uint32", "uint64", "bool", "string")
"""The dtypes of what is no weight: positions, sizes, masks, words. Narrower whole numbers are quantised weights."""


def is_float(dtype: str | None) -> bool:
    """Whether a dtype is of floating numbers."""
    return dtype is not None and dtype.startswith(("float", "bfloat"))
