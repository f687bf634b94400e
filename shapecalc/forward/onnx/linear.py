"""Forwards of layers/onnx/linear.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.onnx.base import as_single, operator, product_memory
from shapecalc.forward.onnx.quantization import dequantize, quantize

if TYPE_CHECKING:
    from shapecalc.layers.onnx.linear import Det, Gemm, MatMul, MatMulInteger, QLinearMatMul


@operator("MatMul", memory=product_memory)
def matmul(cfg: MatMul, A: Array, B: Array) -> Any:
    return multiply(A, B)


def multiply(left: Array, right: Array) -> Array:
    """The matrix product; half precision is computed in single, whole numbers as they are."""
    if left.dtype != np.float16:
        return np.asarray(np.matmul(left, right))
    return np.asarray(np.matmul(as_single(left), as_single(right))).astype(np.float16)


@operator("MatMulInteger")
def matmul_integer(
    cfg: MatMulInteger, A: Array, B: Array, a_zero_point: Array | None, b_zero_point: Array | None
) -> Any:
    return np.matmul(_shift(A, a_zero_point, -1), _shift(B, b_zero_point, 0))


def _shift(array: Array, zero: Array | None, axis: int) -> Array:
    """Quantised numbers as int32, less their zero: one for all, or one for each row (-1) or column (0)."""
    wide = array.astype(np.int32)
    if zero is None:
        return wide
    point = zero.astype(np.int32)
    return np.asarray(wide - (np.expand_dims(point, axis) if point.ndim == 1 and point.size > 1 and axis else point))


@operator("QLinearMatMul")
def qlinear_matmul(
    cfg: QLinearMatMul, a: Array, a_scale: Array, a_zero_point: Array, b: Array, b_scale: Array,
    b_zero_point: Array, y_scale: Array, y_zero_point: Array,
) -> Any:  # fmt: skip
    left, right = dequantize(a, a_scale, a_zero_point, -2), dequantize(b, b_scale, b_zero_point, -1)
    return quantize(np.matmul(left, right), y_scale.astype(np.float64), y_zero_point, y_zero_point.dtype.name, -2)


@operator("Gemm", memory=product_memory)
def gemm(cfg: Gemm, A: Array, B: Array, C: Array | None) -> Any:
    product = multiply(A.T if cfg.transA else A, B.T if cfg.transB else B)
    if cfg.alpha != 1:
        product = (product * A.dtype.type(cfg.alpha)).astype(A.dtype, copy=False)
    if C is None:
        return product
    return (product + (C if cfg.beta == 1 else C * C.dtype.type(cfg.beta))).astype(A.dtype, copy=False)


@operator("Det")
def det(cfg: Det, X: Array) -> Any:
    return np.asarray(np.linalg.det(as_single(X))).astype(X.dtype, copy=False)
