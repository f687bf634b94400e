"""Whole numbers in a row, as many as an axis has entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.dims import Shape, Size
from shapecalc.formats.onnx.writing.base import Value
from shapecalc.layers.values import Tensor

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes


def count_up(nodes: Nodes, size: Size) -> Value:
    """The whole numbers from 0, as many as an axis has entries."""
    end = nodes.squeeze(nodes.sizes([size]), 0)
    result = [Tensor(Shape((size,)), "int64", False)]
    return nodes.place("Range", (nodes.constant(0, "int64"), end, nodes.constant(1, "int64")), result, {})[0]
