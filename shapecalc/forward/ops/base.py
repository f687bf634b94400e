"""What the forwards of operations share: constants in the place of tensors, and the dtype that operands give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.dtypes import find_result_dtype

if TYPE_CHECKING:
    from shapecalc.layers.ops.base import Operation

Operand = Any
"""An array, or a Python number."""


def name_class(name: str) -> str:
    """The class of the operation `name`: `true_divide` is OpsTrueDivide."""
    return "Ops" + "".join(word.capitalize() for word in name.replace(".", "_").split("_"))


def list_operands(cfg: Operation, *fed: Array | None) -> list[Operand]:
    """The operands in order: constants from the arguments, and what was fed for the rest. A list is 32 bits wide."""
    rest = iter([array for array in fed if array is not None])
    given = [getattr(cfg, name) for name in cfg.operands]
    return [next(rest) if value is None else _make_array(value) for value in given]


def _make_array(value: Any) -> Operand:
    """A list of numbers as an array of 32 bits; a number as it is."""
    if not isinstance(value, tuple):
        return value
    array = np.asarray(value)
    narrow = {"i": np.int32, "f": np.float32}.get(array.dtype.kind)
    return array if narrow is None else array.astype(narrow)


def cast_operands(*values: Operand) -> list[Array]:
    """All operands in the dtype of the result. A Python number takes the dtype of the arrays."""
    arrays = [value for value in values if isinstance(value, np.ndarray | np.generic)]
    numbers = [value for value in values if not isinstance(value, np.ndarray | np.generic)]
    dtype = find_result_dtype(*(np.asarray(array) for array in arrays)) if arrays else np.dtype(bool)
    if dtype.kind != "f" and any(isinstance(number, float) for number in numbers):
        dtype = np.dtype(np.float32)
    elif dtype.kind == "b" and any(not isinstance(number, bool) for number in numbers):
        dtype = np.dtype(np.int32)
    return [np.asarray(value).astype(dtype, copy=False) for value in values]
