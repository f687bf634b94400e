"""Numbers of few bits. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from shapecalc.dims import Shape
from shapecalc.layers.arguments import arg
from shapecalc.layers.onnx.base import Operator, give, give_many, index_by_name, rule
from shapecalc.layers.onnx.dtypes import DTYPES
from shapecalc.layers.values import Inferred, Tensor

_AXIS = "The axis that scales are for, where there are several."
_BLOCK = "How many numbers in a row have one scale; 0 for all."


class QuantizeLinear(Operator):
    """Numbers over a scale, rounded. https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html"""

    type_name = "onnx.QuantizeLinear"
    ports = ("x", "y_scale", "y_zero_point?")
    numbers = ("y_scale", "y_zero_point")
    axis = arg.axis(1, doc=_AXIS)
    block_size = arg.count(0, doc=_BLOCK, low=0)
    output_dtype = arg.optional(arg.choice(*DTYPES, doc="Dtype, where no zero point says it."))
    precision = arg.count(0, doc="Number of the dtype of the division.", low=0)
    saturate = arg.flag(True, doc="Hold numbers within the dtype's bounds.")


@rule(QuantizeLinear)
def quantize_linear(cfg: QuantizeLinear, x: Tensor, y_scale: Tensor, y_zero_point: Tensor | None = None) -> Inferred:
    dtype = cfg.output_dtype or (y_zero_point.dtype if y_zero_point is not None else "uint8")
    return give(x.shape, dtype)


class DequantizeLinear(Operator):
    """Quantised numbers times their scale. https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html"""

    type_name = "onnx.DequantizeLinear"
    ports = ("x", "x_scale", "x_zero_point?")
    numbers = ("x_scale", "x_zero_point")
    every_weight = True
    axis = arg.axis(1, doc=_AXIS)
    block_size = arg.count(0, doc=_BLOCK, low=0)
    output_dtype = arg.optional(arg.choice(*DTYPES, doc="Dtype, where the scale's is not meant."))


@rule(DequantizeLinear)
def dequantize_linear(
    cfg: DequantizeLinear, x: Tensor, x_scale: Tensor, x_zero_point: Tensor | None = None
) -> Inferred:
    return give(x.shape, cfg.output_dtype or x_scale.dtype)


class DynamicQuantizeLinear(Operator):
    """Numbers quantised by their own bounds. https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html"""

    type_name = "onnx.DynamicQuantizeLinear"
    ports = ("x",)


@rule(DynamicQuantizeLinear)
def dynamic_quantize_linear(cfg: DynamicQuantizeLinear, x: Tensor) -> Inferred:
    one = Shape(())
    return give_many(Tensor(x.shape, "uint8", False), Tensor(one, "float32", False), Tensor(one, "uint8", False))


TYPES = index_by_name(QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear)
