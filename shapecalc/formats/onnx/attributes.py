"""The attributes of a node as arguments of its operator."""

from __future__ import annotations

import math
from typing import Any

from shapecalc.diagnostics import shorten
from shapecalc.dims.known import MAX_ITEMS
from shapecalc.formats.folding.listing import Infinity
from shapecalc.formats.onnx.messages import Attribute, Tensor
from shapecalc.formats.onnx.tensors import count_items, dtype_of, read_items, shorten_float
from shapecalc.formats.onnx.wire import TooManyError, WireError
from shapecalc.layers.arguments.words import FlagKind
from shapecalc.layers.onnx.base import Operator
from shapecalc.layers.onnx.dtypes import is_float
from shapecalc.layers.onnx.given import GivenKind

_FLOAT, _INT, _STRING, _TENSOR, _GRAPH, _FLOATS, _INTS, _STRINGS = range(1, 9)
_MOST = 100_000
"""Values of an attribute: the longest, of the words that a vectorizer counts, are lists of some thousands."""
_FEW = 64
"""Numbers of a constant that are followed where it is no instruction to its operator."""

_RENAMED = {("Pad", "value"): "constant_value", ("TopK", "k"): "K"}
"""Attributes of old versions of operators that are ports of another name now, by operator."""
_OF_DTYPES = ("to", "dtype", "output_dtype")
"""Attributes that are the number of a dtype."""


def read_attribute(operator: type[Operator], name: str, attribute: Attribute) -> tuple[str, Any]:
    """The argument that an attribute of the operator `name` is, and its value. Raises WireError."""
    key = _RENAMED.get((name, attribute.name), attribute.name)
    value = _read_value(attribute)
    if key in _OF_DTYPES and isinstance(value, int):
        return "output_dtype" if key == "dtype" else key, dtype_of(value)
    argument = operator.args.get(key)
    if argument is not None and isinstance(argument.kind, FlagKind) and isinstance(value, int):
        return key, bool(value)
    if argument is not None and isinstance(argument.kind, GivenKind) and isinstance(value, list) and not value:
        return key, {"shape": [0], "dtype": "int64", "values": []}
    if argument is not None and isinstance(argument.kind, GivenKind) and isinstance(value, float):
        unbounded = {"shape": [], "dtype": "float32", **({} if math.isnan(value) else {"values": [Infinity(value)]})}
        return key, value if math.isfinite(value) else unbounded
    return key, value


def _read_value(attribute: Attribute) -> Any:
    kind = attribute.kind
    if max(len(attribute.ints), len(attribute.floats), len(attribute.strings)) > _MOST:
        raise TooManyError(f"more than {_MOST:,} values of the attribute `{shorten(attribute.name)}`")
    if kind == _FLOAT:
        return shorten_float(attribute.f)
    if kind == _INT:
        return attribute.i
    if kind == _STRING:
        return _decode(attribute.s)
    if kind == _FLOATS:
        return [shorten_float(value) for value in attribute.floats]
    if kind == _INTS:
        return list(attribute.ints)
    if kind == _STRINGS:
        return [_decode(text) for text in attribute.strings]
    if kind == _TENSOR and attribute.t is not None:
        return write_constant(attribute.t, most=MAX_ITEMS)
    raise WireError(f"the attribute `{shorten(attribute.name)}` is of a kind that is not read: {kind}")


def _decode(text: Any) -> str:
    return "" if text is None else bytes(text).decode("utf-8", "replace")


def write_constant(tensor: Tensor, most: int = _FEW) -> dict[str, Any]:
    """A constant as an operator takes it: its shape and dtype, and its numbers where they are few."""
    dtype = dtype_of(tensor.data_type)
    given: dict[str, Any] = {"shape": list(tensor.dims), "dtype": dtype}
    if count_items(tensor) <= most:
        items = read_items(tensor)
        if items is not None and all(isinstance(item, str) or not math.isnan(item) for item in items):
            given["values"] = [_shorten(item) if is_float(dtype) else item for item in items]
    return given


def _shorten(item: float) -> float:
    return shorten_float(item) if math.isfinite(item) else Infinity(item)
