"""The tensors of an ONNX file as arrays."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shapecalc.diagnostics import Fault, error, shorten
from shapecalc.dims import binary_text
from shapecalc.document.files import HeldFile, hold_file
from shapecalc.formats.onnx.external import Place, find_file, find_place, require_within
from shapecalc.formats.onnx.messages import EXTERNAL, SparseTensor, Tensor
from shapecalc.formats.onnx.tensors import count_bytes, count_items, dtype_of, make_error
from shapecalc.formats.onnx.wire import Data, Stretch, WireError, load, read_varints

Array: TypeAlias = NDArray[Any]

_PLAIN = {
    "float32": "<f4", "uint8": "u1", "int8": "i1", "uint16": "<u2", "int16": "<i2", "int32": "<i4", "int64": "<i8",
    "bool": "?", "float16": "<f2", "float64": "<f8", "uint32": "<u4", "uint64": "<u8",
}  # fmt: skip
"""How NumPy reads numbers of a dtype; a file has them with the lowest byte first."""
_BITS = {"uint4": 4, "int4": 4, "float4e2m1": 4, "uint2": 2, "int2": 2}
"""Bits of the numbers of which a byte holds several, the first in its lowest bits."""
_SMALL = {
    "float8e4m3fn": (4, 3, 7),
    "float8e4m3fnuz": (4, 3, 8),
    "float8e5m2": (5, 2, 15),
    "float8e5m2fnuz": (5, 2, 16),
}
"""Bits of the exponent and of the mantissa, and the exponent of 1, of floats in a byte."""


def hold(dtype: str) -> str:
    """The NumPy dtype that the numbers of a dtype of ONNX are read into."""
    if dtype in _PLAIN or dtype.startswith("complex"):
        return dtype
    return "uint8" if dtype in ("uint4", "uint2") else "int8" if dtype in ("int4", "int2") else "float32"


class TensorFile:
    """Reads the tensors of the ONNX file at `path`, and of files beside it, each opened once."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.opened: dict[str, HeldFile] = {}

    def read(self, tensor: Tensor) -> Array:
        """The numbers of a tensor. Raises Fault: SC613, SC614 where they are not within their file, SC617."""
        try:
            return self.read_dense(tensor) if tensor.sparse is None else self.read_sparse(tensor.sparse)
        except WireError as failure:
            raise Fault(error("SC617", f"{shorten(self.path)} is no ONNX file that can be read: {failure}")) from None

    def read_sparse(self, sparse: SparseTensor) -> Array:
        """The full array that a sparse tensor stands for. Raises Fault, WireError."""
        if sparse.values is None or sparse.indices is None:
            raise WireError("a sparse tensor has no values or no indices")
        values, indices = self.read_dense(sparse.values), self.read_dense(sparse.indices)
        count = math.prod(sparse.dims)
        flat = np.zeros(count, values.dtype)
        places = indices
        if indices.ndim == 2:
            places = (
                np.ravel_multi_index(tuple(indices.T), tuple(sparse.dims), mode="clip") if indices.size else indices
            )
        if len(values) != len(places) or (places.size and not 0 <= places.min() <= places.max() < count):
            raise WireError(f"the sparse tensor `{shorten(sparse.values.name)}` has numbers outside its shape")
        flat[places] = values
        return flat.reshape(sparse.dims)

    def read_dense(self, tensor: Tensor) -> Array:
        """The array of a tensor. Raises Fault, WireError."""
        dtype, count = dtype_of(tensor.data_type), count_items(tensor)
        if dtype == "string":
            texts = [bytes(text).decode("utf-8", "replace") for text in tensor.string_data]
            return _shape(np.array(texts, str), tensor, count)
        if tensor.data_location == EXTERNAL:
            return _shape(_decode(self.find_data(tensor), dtype, count), tensor, count)
        if tensor.raw_data is not None:
            return _shape(_decode(tensor.raw_data, dtype, count), tensor, count)
        return _shape(_read_listed(tensor, dtype, count), tensor, count)

    def find_data(self, tensor: Tensor) -> Stretch:
        """The bytes of a tensor that stand in another file, in the same folder or one within. Raises Fault."""
        place = find_place(tensor)
        file = self.open(place, tensor)
        require_within(place, tensor, self.path, len(file))
        return Stretch(file, place.start, place.stop)

    def open(self, place: Place, tensor: Tensor) -> HeldFile:
        """A file in the folder of the model. Raises Fault."""
        name = place.name
        if name in self.opened:
            return self.opened[name]
        path = find_file(place, tensor, self.path)
        try:
            self.opened[name] = hold_file(path)
        except Fault as fault:
            reason = fault.diagnostics[0].message.rpartition(": ")[2]
            message = (
                f"cannot read {shorten(name)}, which has numbers of {shorten(os.path.basename(self.path))}: {reason}"
            )
            raise Fault(error("SC601", message)) from None
        return self.opened[name]


def read_tensors(tensors: Mapping[str, Tensor], path: str, limit: int | None) -> dict[str, Array]:
    """The arrays of tensors of the ONNX file at `path`. All of them together may take `limit` bytes. Raises Fault."""
    total = sum(count_bytes(dtype_of(tensor.data_type), math.prod(tensor.dims)) for tensor in tensors.values())
    if limit is not None and total > limit:
        message = (
            f"the constants of {shorten(path)} take {binary_text(total)}, more than the {binary_text(limit)} allowed"
        )
        raise Fault(error("SC603", message, help="raise `--max-memory`"))
    file = TensorFile(path)
    return {name: file.read(tensor) for name, tensor in tensors.items()}


def _shape(array: Array, tensor: Tensor, count: int) -> Array:
    if array.size != count:
        raise make_error(tensor, count)
    return array.reshape(tuple(tensor.dims))


def _decode(data: Data, dtype: str, count: int) -> Array:
    """Bytes as numbers. Those of a dtype that NumPy has not are widened. Raises WireError."""
    if len(data) != count_bytes(dtype, count):
        raise WireError(
            f"{count:,} numbers of {dtype} take {count_bytes(dtype, count):,} bytes, and there are {len(data):,}"
        )
    loaded = load(data)
    if dtype in _PLAIN:
        return np.frombuffer(loaded, _PLAIN[dtype])
    if dtype == "bfloat16":
        return _widen_bfloat16(np.frombuffer(loaded, "<u2"))
    return _decode_bytes(np.frombuffer(loaded, np.uint8), dtype, count)


def _widen_bfloat16(bits: Array) -> Array:
    return (bits.astype(np.uint32) << 16).view(np.float32)


def _decode_bytes(data: Array, dtype: str, count: int) -> Array:
    """Numbers of a byte or less. Raises WireError."""
    if dtype in _BITS:
        bits = _BITS[dtype]
        parts = [(data >> shift) & ((1 << bits) - 1) for shift in range(0, 8, bits)]
        whole = np.stack(parts, -1).reshape(-1)[:count]
        return _make_small(whole, dtype, bits)
    if dtype in _SMALL:
        return _decode_float8(data, dtype)
    if dtype == "float8e8m0":
        return np.where(data == 255, np.nan, np.exp2(data.astype(np.float64) - 127)).astype(np.float32)
    raise WireError(f"numbers of {dtype} are not read")


def _make_small(whole: Array, dtype: str, bits: int) -> Array:
    """Whole numbers of few bits, signed where their dtype is; those of float4 by their table."""
    if dtype == "float4e2m1":
        table = [0, 0.5, 1, 1.5, 2, 3, 4, 6]
        return np.array([*table, *(-value for value in table)], np.float32)[whole]
    if dtype.startswith("u"):
        return whole.astype(np.uint8)
    signed = whole.astype(np.int8)
    return np.where(signed >= 1 << (bits - 1), signed - (1 << bits), signed).astype(np.int8)


def _decode_float8(data: Array, dtype: str) -> Array:
    """Floats of a byte, widened. https://onnx.ai/onnx/technical/float8.html"""
    exponents, mantissas, bias = _SMALL[dtype]
    raw = (data >> mantissas) & ((1 << exponents) - 1)
    part = (data & ((1 << mantissas) - 1)) / float(1 << mantissas)
    size = np.where(raw == 0, np.exp2(1.0 - bias) * part, np.exp2(raw.astype(np.float64) - bias) * (1 + part))
    if dtype == "float8e4m3fn":
        size = np.where((data & 127) == 127, np.nan, size)
    elif dtype == "float8e5m2":
        size = np.where(raw == 31, np.where(part == 0, np.inf, np.nan), size)
    else:
        size = np.where(data == 128, np.nan, size)
    return np.where(data & 128, -size, size).astype(np.float32)


def _read_listed(tensor: Tensor, dtype: str, count: int) -> Array:
    """The numbers of a tensor in the field of its dtype. Raises WireError."""
    if dtype in ("float32", "complex64"):
        return np.frombuffer(b"".join(load(chunk) for _, chunk in tensor.float_data), "<f4")
    if dtype in ("float64", "complex128"):
        return np.frombuffer(b"".join(load(chunk) for _, chunk in tensor.double_data), "<f8")
    chunks = tensor.int32_data
    if dtype == "int64":
        chunks = tensor.int64_data
    elif dtype in ("uint32", "uint64"):
        chunks = tensor.uint64_data
    numbers = np.array([number for _, chunk in chunks for number in read_varints(chunk)], np.int64)
    if dtype in ("float16", "bfloat16"):
        bits = numbers.astype(np.uint16)
        return bits.view(np.float16) if dtype == "float16" else _widen_bfloat16(bits)
    if dtype in _PLAIN:
        return numbers.astype(_PLAIN[dtype])
    return _decode_bytes(numbers.astype(np.uint8), dtype, count)
