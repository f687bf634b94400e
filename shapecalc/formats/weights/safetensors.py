"""A `.safetensors` file: the length of a header, the header in JSON, then the numbers of all arrays end to end.

https://huggingface.co/docs/safetensors
"""

from __future__ import annotations

import json
from functools import partial
from math import prod
from typing import IO, Any

import numpy as np

from shapecalc.formats.json_text import parse_json
from shapecalc.formats.weights.hdf5 import widen
from shapecalc.formats.weights.stored import Array, Refused, StoredWeight

_MOST_HEADER = 32 * 2**20
_MOST_NDIM = 32
_DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip


def is_safetensors(start: bytes, size: int) -> bool:
    """Whether a file of so many bytes that begins like this may be one."""
    return len(start) > 8 and start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= size - 8


def list_arrays(file: IO[bytes], size: int) -> dict[str, StoredWeight]:
    """Every array of an open file of so many bytes, in the order of their numbers. Raises Refused."""
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    if length > min(_MOST_HEADER, size - 8):
        raise Refused("its header is longer than any")
    try:
        header = parse_json(file.read(length).decode("utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise Refused("its header is no JSON") from None
    entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
    begins = {name: _begin(name, entry) for name, entry in entries.items()}
    found = {}
    end = 0
    for name in sorted(begins, key=lambda name: (begins[name], _end(entries[name]))):
        weight = _weight(name, entries[name], file, 8 + length)
        if begins[name] != end:
            raise Refused(f"the numbers of `{name}` do not begin where those before end")
        end = begins[name] + prod(weight.shape) * _item_size(weight.dtype)
        if _end(entries[name]) != end:
            raise Refused(f"`{name}` has other bytes than its shape takes")
        if end > size - 8 - length:
            raise Refused(f"the numbers of `{name}` end behind the file", "SC614")
        found[name] = weight
    return found


def _begin(name: str, entry: Any) -> int:
    """Where the numbers of an array begin. Raises Refused for an entry that is not as it should be."""
    sound = isinstance(entry, dict) and _are_sizes(entry.get("data_offsets")) and _are_sizes(entry.get("shape"))
    if not sound or len(entry["data_offsets"]) != 2 or len(entry["shape"]) > _MOST_NDIM:
        raise Refused(f"the header's entry of `{name}` makes no sense")
    begin: int = entry["data_offsets"][0]
    return begin


def _are_sizes(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 2**63 for value in values)


def _end(entry: dict[str, Any]) -> int:
    end: int = entry["data_offsets"][1]
    return end


def _item_size(dtype: str) -> int:
    return 2 if dtype == "bfloat16" else np.dtype(dtype).itemsize


def _weight(name: str, entry: dict[str, Any], file: IO[bytes], start: int) -> StoredWeight:
    dtype = _DTYPES.get(str(entry.get("dtype")))
    if dtype is None:
        raise Refused(f"`{name}` has the dtype {entry.get('dtype')}, which NumPy has not")
    shape = tuple(entry["shape"])
    return StoredWeight(shape, dtype, partial(_read, file, start + entry["data_offsets"][0], shape, dtype))


def _read(file: IO[bytes], begin: int, shape: tuple[int, ...], dtype: str) -> Array:
    file.seek(begin)
    stored = np.dtype("uint16" if dtype == "bfloat16" else dtype).newbyteorder("<")
    data = file.read(prod(shape) * stored.itemsize)
    array = np.frombuffer(data, stored).reshape(shape)
    return widen(array) if dtype == "bfloat16" else array
