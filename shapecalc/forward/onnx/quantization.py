"""Forwards of layers/onnx/quantization.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.onnx.base import operator, place_axis
from shapecalc.forward.onnx.dtypes import BOUNDS, SMALL, hold, round_small

if TYPE_CHECKING:
    from shapecalc.layers.onnx.quantization import DequantizeLinear, DynamicQuantizeLinear, QuantizeLinear


def lay_out(values: Array, shape: tuple[int, ...], axis: int, block: int = 0) -> Array:
    """Scales or zeros in a form that broadcasts to a tensor of this shape: one, one each of an axis, or one a block."""
    if block:
        repeated = np.repeat(values, block, axis)
        return repeated[tuple(slice(size) for size in shape)]
    if values.size == 1 and values.ndim <= 1:
        return values.reshape(())
    if values.ndim != 1:
        return values
    position = place_axis(axis, len(shape))
    return values.reshape([-1 if at == position else 1 for at in range(len(shape))])


def dequantize(x: Array, scale: Array, zero: Array | None, axis: int, block: int = 0) -> Array:
    """(x - zero) * scale, in double precision."""
    wide = x.astype(np.float64)
    if zero is not None:
        wide = wide - lay_out(zero.astype(np.float64), x.shape, axis, block)
    return np.asarray(wide * lay_out(scale.astype(np.float64), x.shape, axis, block))


def quantize(
    x: Array, scale: Array, zero: Array | None, dtype: str, axis: int, block: int = 0, *, saturate: bool = True
) -> Array:
    """x / scale + zero, rounded to the nearest whole number, ties to even, held within the dtype's bounds."""
    ratio = x / lay_out(scale, x.shape, axis, block).astype(x.dtype, copy=False)
    if dtype in SMALL:
        return round_small(ratio.astype(np.float32), SMALL[dtype], saturate=saturate)
    whole = np.rint(ratio).astype(np.float64)
    if zero is not None:
        whole = whole + lay_out(zero.astype(np.float64), x.shape, axis, block)
    if dtype in BOUNDS:
        least, greatest = BOUNDS[dtype]
    else:
        bounds = np.iinfo(dtype)
        least, greatest = int(bounds.min), int(bounds.max)
    return np.asarray(np.clip(whole, least, greatest)).astype(hold(dtype))


@operator("QuantizeLinear", dtypes=True)
def quantize_linear(
    cfg: QuantizeLinear, x: Array, y_scale: Array, y_zero_point: Array | None, dtypes: tuple[str, ...] = ()
) -> Any:
    dtype = dtypes[0] if dtypes else "uint8" if y_zero_point is None else y_zero_point.dtype.name
    return quantize(x.astype(np.float32), y_scale, y_zero_point, dtype, cfg.axis, cfg.block_size, saturate=cfg.saturate)


@operator("DequantizeLinear")
def dequantize_linear(cfg: DequantizeLinear, x: Array, x_scale: Array, x_zero_point: Array | None) -> Any:
    wide = dequantize(x, x_scale, x_zero_point, cfg.axis, cfg.block_size)
    return wide.astype(hold(cfg.output_dtype or x_scale.dtype.name))


@operator("DynamicQuantizeLinear")
def dynamic_quantize_linear(cfg: DynamicQuantizeLinear, x: Array) -> Any:
    least, greatest = min(float(x.min(initial=0)), 0.0), max(float(x.max(initial=0)), 0.0)
    scale = np.float32((np.float32(greatest) - np.float32(least)) / np.float32(255))
    scale = np.float32(1) if scale == 0 else scale
    zero = np.uint8(np.clip(np.rint(-np.float32(least) / scale), 0, 255))
    return np.clip(np.rint(x / scale) + zero, 0, 255).astype(np.uint8), scale, zero
