"""What the operations share: constants in the place of tensors, and the dtype that operands give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.formats.onnx.writing.base import NoForm, Value, number_type
from shapecalc.layers.dtypes import find_result_type

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes

_COMPARED = ("bool", "int32", "int64", "float32", "float64", "string")


def operands(nodes: Nodes, cfg: Any, *fed: Value | None) -> list[Value]:
    """All operands in the dtype of the result; constants from the arguments stand where nothing was fed."""
    rest = iter([value for value in fed if value is not None])
    given = [next(rest) if getattr(cfg, name) is None else getattr(cfg, name) for name in cfg.operands]
    dtype = find_result_type(*(_name_dtype(value) for value in given))
    return [value_of(nodes, value, dtype) for value in given]


def value_of(nodes: Nodes, value: Any, dtype: str) -> Value:
    """A tensor, or a constant, in a dtype."""
    if isinstance(value, Value):
        return nodes.cast(value, dtype)
    array = np.asarray(value)
    if array.dtype == object:
        raise NoForm("an operand is a formula, and the file needs a number", "give its symbols values with `--set`")
    return nodes.array("constant", array.astype(number_type(dtype)))


def _name_dtype(value: Any) -> str:
    """The dtype of an operand; a number has Python's, which takes that of the tensors, a list is 32 bits wide."""
    if isinstance(value, Value):
        return value.dtype
    kind = np.asarray(value).dtype.kind
    if isinstance(value, tuple):
        return {"b": "bool", "i": "int32"}.get(kind, "float32")
    return {"b": "bool", "i": "int"}.get(kind, "float")


def comparable(nodes: Nodes, x: Value) -> Value:
    """A tensor in a dtype that operators which compare take."""
    if x.dtype in _COMPARED:
        return x
    return nodes.cast(x, "float32" if x.is_float else "int64")


def countable(nodes: Nodes, x: Value) -> Value:
    """Truth values and narrow numbers in 32 bits, whole ones without a sign in 64."""
    if x.is_float:
        return nodes.cast(x, "float32") if x.dtype not in ("float32", "float64") else x
    if x.dtype in ("int32", "int64"):
        return x
    return nodes.cast(x, "int64" if x.dtype in ("uint32", "uint64") else "int32")


def all_axes(axis: Any, ndim: int) -> list[int]:
    """Axes counted from the front; all of them where none is named."""
    if axis is None:
        return list(range(ndim))
    return [one % ndim for one in (axis if isinstance(axis, tuple) else (axis,))]


def as_float(nodes: Nodes, x: Value) -> Value:
    """Whole numbers as float32."""
    return x if x.is_float else nodes.cast(x, "float32")
