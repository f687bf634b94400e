"""What becomes of dtypes between layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.formats.onnx.writing.base import Value

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.base import Layer


def cast_floats(nodes: Nodes, x: Value, cfg: Layer) -> Value:
    """Floating numbers in the layer's own precision, as Keras casts them; others as they are."""
    return nodes.cast(x, cfg.compute_dtype) if x.is_float else x


def as_bool(nodes: Nodes, mask: Value) -> Value:
    """A mask as truth values."""
    return nodes.cast(mask, "bool")
