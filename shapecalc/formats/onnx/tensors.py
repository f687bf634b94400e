"""The numbers of an ONNX tensor, without NumPy: of small ones, which say what is to be done."""

from __future__ import annotations

import math
import struct
from typing import Any

from shapecalc.diagnostics import shorten
from shapecalc.formats.onnx.messages import EXTERNAL, Tensor
from shapecalc.formats.onnx.wire import WireError, load, read_varints
from shapecalc.layers.onnx.dtypes import NAMES

_FORMATS = {
    "float32": "f", "uint8": "B", "int8": "b", "uint16": "H", "int16": "h", "int32": "i", "int64": "q", "bool": "?",
    "float16": "e", "float64": "d", "uint32": "I", "uint64": "Q",
}  # fmt: skip
"""How `struct` reads a number of a dtype."""


def dtype_of(data_type: int) -> str:
    """The name of a dtype. Raises WireError for a number that the standard has not."""
    if data_type not in NAMES:
        raise WireError(f"the dtype {data_type} is not one of ONNX")
    return NAMES[data_type]


def count_items(tensor: Tensor) -> int:
    """How many numbers a tensor holds. Raises WireError for an axis below 0."""
    if any(size < 0 for size in tensor.dims):
        raise WireError(f"the tensor `{shorten(tensor.name)}` has an axis below 0")
    return math.prod(tensor.dims)


_BITS = {"complex64": 64, "complex128": 128, "bfloat16": 16, "float6e2m3": 6, "float6e3m2": 6, "string": 8}
"""Bits that a number takes, for dtypes whose name does not begin with how many."""


def require_size(tensor: Tensor) -> None:
    """Demands that a tensor has as many bytes in the file as its shape says. Raises WireError."""
    dtype, count = dtype_of(tensor.data_type), count_items(tensor)
    if dtype == "string":
        is_sound = len(tensor.string_data) == count
    elif tensor.raw_data is not None:
        is_sound = len(tensor.raw_data) == count_bytes(dtype, count)
    elif tensor.float_data and dtype == "float32":
        is_sound = sum(len(chunk) for _, chunk in tensor.float_data) == 4 * count
    else:  # a number of these fields may take any number of bytes, but for none
        held = (tensor.float_data, tensor.double_data, tensor.int32_data, tensor.int64_data, tensor.uint64_data)
        is_sound = any(held) or not count
    if not is_sound:
        raise make_error(tensor, count)


def count_bytes(dtype: str, count: int) -> int:
    """Bytes that so many numbers of a dtype take in a file; of texts, one each at least."""
    return -(-count * _count_bits(dtype) // 8)


def _count_bits(dtype: str) -> int:
    if dtype in _BITS:
        return _BITS[dtype]
    if dtype in _FORMATS:
        return 8 * struct.calcsize(f"<{_FORMATS[dtype]}")
    return next(bits for sign, bits in (("float8", 8), ("4", 4), ("2", 2)) if sign in dtype)


def read_items(tensor: Tensor) -> tuple[Any, ...] | None:
    """The numbers of a tensor in row-major order; None of one in another file, or of a dtype that Python has not.

    Raises WireError where the file holds fewer or more than the shape says.
    """
    dtype, count = dtype_of(tensor.data_type), count_items(tensor)
    if tensor.data_location == EXTERNAL:
        return None
    if dtype == "string":
        items: tuple[Any, ...] = tuple(bytes(text).decode("utf-8", "replace") for text in tensor.string_data)
    elif tensor.raw_data is not None:
        form = "H" if dtype == "bfloat16" else _FORMATS.get(dtype)
        if form is None:
            return None
        if len(tensor.raw_data) != count * struct.calcsize(f"<{form}"):
            raise make_error(tensor, count)
        items = struct.unpack(f"<{count}{form}", load(tensor.raw_data))
        if dtype == "bfloat16":
            items = tuple(map(_widen, items))
    else:
        listed = _read_listed(tensor, dtype)
        if listed is None:
            return None
        items = listed
    if len(items) != count:
        raise make_error(tensor, count)
    return items


def make_error(tensor: Tensor, count: int) -> WireError:
    """The error of a tensor that has not as many numbers as its shape says."""
    return WireError(f"the tensor `{shorten(tensor.name)}` has {count:,} numbers by its shape, and the file has others")


def _read_listed(tensor: Tensor, dtype: str) -> tuple[Any, ...] | None:
    """The numbers of a tensor in the field of its dtype."""
    if dtype == "float32":
        return _unpack(tensor.float_data, "f", 4)
    if dtype == "float64":
        return _unpack(tensor.double_data, "d", 8)
    if dtype == "int64":
        return _unpack_varints(tensor.int64_data)
    if dtype in ("uint32", "uint64"):
        return tuple(number & ((1 << 64) - 1) for number in _unpack_varints(tensor.uint64_data))
    numbers = _unpack_varints(tensor.int32_data)
    if dtype == "bool":
        return tuple(map(bool, numbers))
    if dtype == "float16":
        return tuple(struct.unpack("<e", struct.pack("<H", number & 0xFFFF))[0] for number in numbers)
    if dtype == "bfloat16":
        return tuple(map(_widen, numbers))
    return numbers if dtype in ("int32", "int16", "int8", "uint16", "uint8") else None


def _widen(bits: int) -> float:
    """The number that the bits of a bfloat16 mean: they are the first half of a float32."""
    number: float = struct.unpack("<f", struct.pack("<I", (bits & 0xFFFF) << 16))[0]
    return number


def _unpack(chunks: Any, form: str, size: int) -> tuple[Any, ...]:
    data = b"".join(load(chunk) for _, chunk in chunks)
    return struct.unpack(f"<{len(data) // size}{form}", data[: len(data) // size * size])


def _unpack_varints(chunks: Any) -> tuple[int, ...]:
    return tuple(number for _, chunk in chunks for number in read_varints(chunk))


def shorten_float(value: float) -> float:
    """A float32 as the shortest number that means it: 0.01 for 0.009999999776482582."""
    for digits in range(6, 10):
        short = float(f"{value:.{digits}g}")
        try:
            if struct.pack("<f", short) == struct.pack("<f", value):
                return short
        except OverflowError:
            break
    return value
