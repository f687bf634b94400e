"""Products of matrices. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, broadcast_shapes, require_same
from shapecalc.layers.arguments import arg
from shapecalc.layers.onnx.base import Operator, index_by_name, rule
from shapecalc.layers.values import Inferred, Tensor


class MatMul(Operator):
    """The product of matrices, or of stacks of them. https://onnx.ai/onnx/operators/onnx__MatMul.html"""

    type_name = "onnx.MatMul"
    ports = ("A", "B")


@rule(MatMul)
def matmul(cfg: MatMul, A: Tensor, B: Tensor) -> Inferred:
    return _multiply(A, B, A.dtype)


def _multiply(left: Tensor, right: Tensor, dtype: str | None) -> Inferred:
    """NumPy's matmul: one axis alone is a row on the left, a column on the right."""
    if not left.shape.ndim or not right.shape.ndim:
        raise ShapeError(f"multiplies matrices, got {left.shape} and {right.shape}", code="SC404")
    rows = left.shape[-2:-1]
    columns = right.shape[-1:] if len(right.shape) > 1 else Shape(())
    inner = right.shape[-2] if len(right.shape) > 1 else right.shape[0]
    message = f"cannot multiply {left.shape} by {right.shape}"
    depth = require_same(left.shape[-1], inner, message, code="SC404")
    stack = broadcast_shapes(left.shape[:-2], right.shape[:-2])
    sizes = (*stack, *rows, *columns)
    return Inferred({"output": Tensor(Shape(sizes), dtype)}, macs={"product": (*sizes, depth)})


class MatMulInteger(Operator):
    """The product of quantised matrices. https://onnx.ai/onnx/operators/onnx__MatMulInteger.html"""

    type_name = "onnx.MatMulInteger"
    ports = ("A", "B", "a_zero_point?", "b_zero_point?")
    numbers = ("a_zero_point", "b_zero_point")


@rule(MatMulInteger)
def matmul_integer(
    cfg: MatMulInteger,
    A: Tensor,
    B: Tensor,
    a_zero_point: Tensor | None = None,
    b_zero_point: Tensor | None = None,
) -> Inferred:
    return _multiply(A, B, "int32")


class QLinearMatMul(Operator):
    """The product of quantised matrices, quantised again. https://onnx.ai/onnx/operators/onnx__QLinearMatMul.html"""

    type_name = "onnx.QLinearMatMul"
    ports = ("a", "a_scale", "a_zero_point", "b", "b_scale", "b_zero_point", "y_scale", "y_zero_point")
    numbers = ("a_scale", "a_zero_point", "b_scale", "b_zero_point", "y_scale", "y_zero_point")


@rule(QLinearMatMul)
def qlinear_matmul(
    cfg: QLinearMatMul, a: Tensor, a_scale: Tensor, a_zero_point: Tensor, b: Tensor, b_scale: Tensor,
    b_zero_point: Tensor, y_scale: Tensor, y_zero_point: Tensor,
) -> Inferred:  # fmt: skip
    return _multiply(a, b, y_zero_point.dtype)


class Gemm(Operator):
    """alpha A B + beta C of two matrices. https://onnx.ai/onnx/operators/onnx__Gemm.html"""

    type_name = "onnx.Gemm"
    ports = ("A", "B", "C?")
    alpha = arg.number(1.0, doc="Factor of the product.")
    beta = arg.number(1.0, doc="Factor of what is added.")
    transA = arg.flag(doc="Transpose the first matrix.")  # noqa: N815
    transB = arg.flag(doc="Transpose the second matrix.")  # noqa: N815


@rule(Gemm)
def gemm(cfg: Gemm, A: Tensor, B: Tensor, C: Tensor | None = None) -> Inferred:
    if A.shape.ndim != 2 or B.shape.ndim != 2:
        raise ShapeError(f"multiplies two matrices, got {A.shape} and {B.shape}", code="SC411")
    rows, depth = A.shape[::-1] if cfg.transA else A.shape
    inner, columns = B.shape[::-1] if cfg.transB else B.shape
    depth = require_same(depth, inner, f"cannot multiply {A.shape} by {B.shape}", code="SC404")
    if C is not None:
        broadcast_shapes((rows, columns), C.shape)
    sizes: tuple[Size, ...] = (rows, columns)
    return Inferred({"output": Tensor(Shape(sizes), A.dtype)}, macs={"B": (*sizes, depth)})


class Det(Operator):
    """The determinant of each matrix. https://onnx.ai/onnx/operators/onnx__Det.html"""

    type_name = "onnx.Det"
    ports = ("X",)


@rule(Det)
def det(cfg: Det, X: Tensor) -> Inferred:
    if len(X.shape) < 2:
        raise ShapeError(f"needs matrices, got {X.shape}", code="SC411")
    require_same(X.shape[-1], X.shape[-2], f"needs square matrices, got {X.shape}", code="SC404")
    return Inferred({"output": Tensor(X.shape[:-2], X.dtype)})


TYPES = index_by_name(MatMul, MatMulInteger, QLinearMatMul, Gemm, Det)
