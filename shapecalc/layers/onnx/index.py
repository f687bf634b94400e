"""The index of ONNX's operators: which module holds `onnx.NAME`."""

from __future__ import annotations

from importlib import import_module

from shapecalc.layers.onnx.base import Operator

_MODULES = (
    "elementwise",
    "shape",
    "parts",
    "windows",
    "linear",
    "reduce",
    "normalization",
    "recurrent",
    "attention",
    "signal",
    "text",
    "control",
    "image",
    "quantization",
    "entries",
)


def find(type_name: str) -> type[Operator] | None:
    """The class of `onnx.NAME`; None where no such operator is known."""
    for module in _MODULES:
        operator: type[Operator] | None = import_module(f"shapecalc.layers.onnx.{module}").TYPES.get(type_name)
        if operator is not None:
            return operator
    return None
