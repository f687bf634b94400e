"""Tensors that an operator is given instead of fed: the weights and constants of an ONNX file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from shapecalc.diagnostics.errors import Refusal
from shapecalc.dims import Dim, Shape
from shapecalc.dims.known import MAX_ITEMS
from shapecalc.layers.arguments.kind import Kind
from shapecalc.layers.arguments.numbers import LARGEST
from shapecalc.layers.arguments.plain import as_yaml, convert_fraction
from shapecalc.layers.onnx.dtypes import DTYPES
from shapecalc.layers.values import Tensor

_UNBOUNDED = (math.inf, -math.inf)
_KEYS = ("shape", "dtype", "values")


class Given(NamedTuple):
    """A constant tensor: its shape and dtype, and its numbers in row-major order where they are few."""

    shape: tuple[int, ...]
    dtype: str
    values: tuple[Any, ...] | None = None

    @property
    def tensor(self) -> Tensor:
        """The tensor as a rule sees it: nothing is computed with numbers without bound."""
        is_bounded = self.values is None or not any(value in _UNBOUNDED for value in self.values)
        return Tensor(Shape(self.shape), self.dtype, False, None, self.values if is_bounded else None)


class GivenKind(Kind):
    """A number, a nested list of numbers, or `{shape, dtype, values}` of which `values` may be left out."""

    name = "tensor"

    def read(self, value: object, owner: type) -> Any:
        if isinstance(value, Mapping):
            return self._read_mapping(value)
        shape, items = _flatten(value)
        dtype = _find_dtype(items)
        return Given(shape, dtype, tuple(items))

    def _read_mapping(self, value: Mapping[Any, Any]) -> Given:
        for key in value:
            if key not in _KEYS:
                raise Refusal(f"takes {', '.join(_KEYS)}, not {as_yaml(key)}", code="SC204")
        dtype = value.get("dtype", "float32")
        if dtype not in DTYPES:
            raise Refusal(f"has the dtypes of ONNX, not {as_yaml(dtype)}", code="SC407")
        items = None
        shape = value.get("shape")
        if "values" in value:
            own_shape, items = _flatten(value["values"])
            if shape is None:
                shape = own_shape
        if not isinstance(shape, (list, tuple)) or not all(_is_size(size) for size in shape):
            raise Refusal(f"has a `shape` of whole numbers, got {as_yaml(shape)}", code="SC204")
        if items is not None and len(items) != math.prod(shape):
            raise Refusal(f"has {math.prod(shape)} numbers by its shape, got {len(items)}", code="SC205")
        return Given(tuple(shape), str(dtype), None if items is None else tuple(items))

    def write(self, value: Any, owner: type) -> Any:
        given: Given = value
        if given.values is None:
            return {"shape": list(given.shape), "dtype": given.dtype}
        return {"shape": list(given.shape), "dtype": given.dtype, "values": list(given.values)}

    def schema(self, owner: type) -> dict[str, Any]:
        return {"type": ["number", "boolean", "string", "array", "object"]}


def _is_size(size: object) -> bool:
    return isinstance(size, int) and not isinstance(size, bool) and size in range(LARGEST + 1)


def _flatten(value: object) -> tuple[tuple[int, ...], list[Any]]:
    """The shape and the numbers of a nested list. Raises Refusal."""
    if isinstance(value, (list, tuple)):
        parts = [_flatten(item) for item in value]
        shapes = {shape for shape, _ in parts}
        if len(shapes) > 1:
            raise Refusal(f"must be lists of equal length, got {as_yaml(value)}", code="SC204")
        items = [item for _, inner in parts for item in inner]
        if len(items) > MAX_ITEMS:
            raise Refusal(f"lists at most {MAX_ITEMS:,} numbers", code="SC602")
        return (len(parts), *(shapes.pop() if shapes else ())), items
    number = convert_fraction(value)
    if isinstance(number, (bool, int, float, Dim, str)):
        return (), [number]
    raise Refusal(f"must be a number or a list of numbers, got {as_yaml(value)}", code="SC204")


def _find_dtype(items: list[Any]) -> str:
    """The dtype of a list in a spec: whole numbers and sizes are int64, as in ONNX."""
    if items and all(isinstance(item, bool) for item in items):
        return "bool"
    if any(isinstance(item, str) for item in items):
        return "string"
    return "float32" if any(isinstance(item, float) for item in items) else "int64"
