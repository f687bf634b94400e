"""Products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.formats.onnx.writing.base import Value, WeightView, writer
from shapecalc.formats.onnx.writing.ops.base import countable
from shapecalc.layers.dtypes import find_product_type, find_result_type

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _factors(nodes: Nodes, tensors: tuple[Value, ...], dtype: str) -> list[Value]:
    return [countable(nodes, nodes.cast(x, dtype)) if not x.is_float else nodes.cast(x, dtype) for x in tensors]


@writer("ops.matmul")
def matmul(nodes: Nodes, cfg: Any, weight: WeightView, x1: Value, x2: Value) -> Value:
    return nodes.matmul(*_factors(nodes, (x1, x2), find_product_type(x1.dtype, x2.dtype)))


@writer("ops.dot")
def dot(nodes: Nodes, cfg: Any, weight: WeightView, x1: Value, x2: Value) -> Value:
    """The last axis of the first with the last but one of the second."""
    left, right = _factors(nodes, (x1, x2), find_result_type(x1.dtype, x2.dtype))
    if right.ndim <= 2:
        return nodes.matmul(left, right)
    here, there = _LETTERS[: left.ndim], _LETTERS[left.ndim : left.ndim + right.ndim]
    there = there[:-2] + here[-1] + there[-1]
    return nodes.einsum(f"{here},{there}->{here[:-1]}{there[:-2]}{there[-1]}", left, right)


@writer("ops.einsum")
def einsum(nodes: Nodes, cfg: Any, weight: WeightView, operands: tuple[Value, ...]) -> Value:
    dtype = find_product_type(*(x.dtype for x in operands))
    return nodes.einsum(cfg.subscripts, *_factors(nodes, operands, dtype))
