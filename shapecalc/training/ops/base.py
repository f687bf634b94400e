"""What all operations share: their operands, some of which are constants, and the dtype that PyTorch computes in."""

from __future__ import annotations

from typing import Any

from shapecalc.dims import Shape
from shapecalc.layers.dtypes import find_result_type as find_wide_result_type
from shapecalc.layers.ops.base import Operation
from shapecalc.training.array import Array, make_array


def is_number(value: Any) -> bool:
    """Whether a constant is a plain number: PyTorch computes with it without an array of it."""
    return value is not None and not isinstance(value, tuple)


def fill_operands(cfg: Operation, *fed: Array | None) -> tuple[Array, ...]:
    """The operands in order: arrays of the constants that the arguments give, and for the rest the arrays fed."""
    rest = iter([array for array in fed if array is not None])
    constants = (getattr(cfg, name) for name in cfg.operands)
    return tuple(next(rest) if constant is None else make_constant(constant) for constant in constants)


def make_constant(value: Any) -> Array:
    """An array of a number or of nested lists of numbers."""
    shape: list[int] = []
    numbers = [value]
    while isinstance(numbers[0], tuple):
        shape.append(len(numbers[0]))
        numbers = [number for part in numbers for number in part]
    dtype = "bool" if all(isinstance(number, bool) for number in numbers) else "int32"
    dtype = "float32" if any(isinstance(number, float) for number in numbers) else dtype
    return make_array("constant", Shape(shape), dtype)


def promote(*arrays: Array) -> str:
    """The dtype of a result in PyTorch: a number does not widen it, unless it is of another kind."""
    wide = [array.dtype for array in arrays if array.ndim] or [array.dtype for array in arrays]
    kinds = {_kind(dtype) for dtype in wide}
    other = [array.dtype for array in arrays if not array.ndim and _kind(array.dtype) > max(kinds)]
    return find_wide_result_type(*wide, *other)


def _kind(dtype: str) -> int:
    """The order in which kinds of numbers take one another in: truth values, whole numbers, floating ones."""
    return 0 if dtype == "bool" else 2 if "float" in dtype else 1
