"""Operators that sum, compare or order along axes. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from typing import Any, ClassVar

from shapecalc.dims import Shape, Size, known, require_at_least, unknown
from shapecalc.layers.arguments import arg
from shapecalc.layers.onnx.base import (
    Operator,
    count_axes,
    give,
    give_many,
    index_by_name,
    known_of,
    list_numbers,
    make_operator,
    place_axes,
    place_axis,
    rule,
    whole_numbers,
)
from shapecalc.layers.values import Inferred, Tensor


class Reduce(Operator):
    """One number out of all along some axes; by default all axes."""

    type_name = "onnx.Reduce"
    ports = ("data", "axes?")
    numbers = ("axes",)
    keepdims = arg.flag(True, doc="Leave an axis of 1 where one was.")
    noop_with_empty_axes = arg.flag(doc="No axes means none, not all.")
    fold: ClassVar[Any] = None


@rule(Reduce)
def reduce(cfg: Reduce, data: Tensor, axes: Tensor | None = None) -> Inferred:
    listed = () if axes is None else whole_numbers(axes)
    ndim = data.shape.ndim
    if listed is None:
        left = ndim if cfg.keepdims else ndim - count_axes(axes)
        return give([unknown() for _ in range(left)], data.dtype)
    every = () if cfg.noop_with_empty_axes else tuple(range(ndim))
    positions = place_axes(listed, ndim) if listed else every
    sizes = _drop(data.shape, positions, keep=cfg.keepdims)
    return give(sizes, data.dtype, _fold_numbers(cfg, data, positions))


def _drop(shape: Shape, positions: tuple[int, ...], *, keep: bool) -> list[Size]:
    """The sizes that are left: with `keep`, 1 where an axis was."""
    if keep:
        return [1 if axis in positions else size for axis, size in enumerate(shape)]
    return [size for axis, size in enumerate(shape) if axis not in positions]


def _fold_numbers(cfg: Reduce, data: Tensor, positions: tuple[int, ...]) -> known.Known | None:
    """The one number that all known ones come to."""
    fold, array = type(cfg).fold, known_of(data)
    if fold is None or array is None or not array.items or len(positions) != len(array.shape):
        return None
    total = array.items[0]
    for item in array.items[1:]:
        total = fold(total, item)
    return known.Known((1,) * len(array.shape) if cfg.keepdims else (), (total,))


def _make(name: str, fold: Any = None) -> type[Operator]:
    doc = f"https://onnx.ai/onnx/operators/onnx__{name}.html"
    return make_operator(name, Reduce, doc, fold=fold and staticmethod(fold))


class ArgMax(Operator):
    """Where the greatest number along an axis stands. https://onnx.ai/onnx/operators/onnx__ArgMax.html"""

    type_name = "onnx.ArgMax"
    ports = ("data",)
    axis = arg.axis(0, doc="The axis.")
    keepdims = arg.flag(True, doc="Leave an axis of 1 where it was.")
    select_last_index = arg.flag(doc="The last of equal ones.")


class ArgMin(ArgMax):
    """Where the least number along an axis stands. https://onnx.ai/onnx/operators/onnx__ArgMin.html"""

    type_name = "onnx.ArgMin"


@rule(ArgMax, ArgMin)
def arg_max(cfg: ArgMax, data: Tensor) -> Inferred:
    axis = place_axis(cfg.axis, data.shape.ndim)
    return give(_drop(data.shape, (axis,), keep=cfg.keepdims), "int64")


class Along(Operator):
    """The same shape: each number by those along an axis."""

    type_name = "onnx.Along"
    ports = ("input",)
    axis = arg.axis(-1, doc="The axis.")


class Exponential(Along):
    """The base of softmax and its like."""

    type_name = "onnx.Exponential"
    flatten = arg.flag(doc="Take the axis and all after it for one, as it was before version 13.")


class Softmax(Exponential):
    """Exponentials that sum to 1 along an axis. https://onnx.ai/onnx/operators/onnx__Softmax.html"""

    type_name = "onnx.Softmax"


class LogSoftmax(Exponential):
    """The logarithm of softmax. https://onnx.ai/onnx/operators/onnx__LogSoftmax.html"""

    type_name = "onnx.LogSoftmax"


class Hardmax(Exponential):
    """1 for the first greatest along an axis, else 0. https://onnx.ai/onnx/operators/onnx__Hardmax.html"""

    type_name = "onnx.Hardmax"


class LpNormalization(Along):
    """Numbers over their norm along an axis. https://onnx.ai/onnx/operators/onnx__LpNormalization.html"""

    type_name = "onnx.LpNormalization"
    p = arg.count(2, doc="Which norm.")


@rule(Softmax, LogSoftmax, Hardmax, LpNormalization)
def along(cfg: Along, input: Tensor) -> Inferred:
    place_axis(cfg.axis, max(input.shape.ndim, 1))
    return give(input.shape, input.dtype)


class CumSum(Operator):
    """Sums up to each number along an axis. https://onnx.ai/onnx/operators/onnx__CumSum.html"""

    type_name = "onnx.CumSum"
    ports = ("x", "axis")
    numbers = ("axis",)
    exclusive = arg.flag(doc="Leave out the number itself.")
    reverse = arg.flag(doc="From the end.")


class CumProd(CumSum):
    """Products up to each number along an axis. https://onnx.ai/onnx/operators/onnx__CumProd.html"""

    type_name = "onnx.CumProd"


@rule(CumSum, CumProd)
def cumulate(cfg: CumSum, x: Tensor, axis: Tensor) -> Inferred:
    return give(x.shape, x.dtype)


class TopK(Operator):
    """The greatest or least numbers along an axis, and where they stood. https://onnx.ai/onnx/operators/onnx__TopK.html"""

    type_name = "onnx.TopK"
    ports = ("X", "K")
    numbers = ("K",)
    axis = arg.axis(-1, doc="The axis.")
    largest = arg.flag(True, doc="The greatest, else the least.")
    sorted = arg.flag(True, doc="In order.")


@rule(TopK)
def top_k(cfg: TopK, X: Tensor, K: Tensor) -> Inferred:
    axis = place_axis(cfg.axis, X.shape.ndim)
    counts = list_numbers(K)
    count = counts[0] if counts else unknown()
    size = X.shape[axis]
    if known.is_told(count) and known.is_told(size):
        require_at_least(size, count, f"takes {count} of {size}", arg="K", code="SC205")
    shape = X.shape.replace(axis, count)
    return give_many(Tensor(shape, X.dtype, False), Tensor(shape, "int64", False))


TYPES = index_by_name(
    ArgMax, ArgMin, Softmax, LogSoftmax, Hardmax, LpNormalization, CumSum, CumProd, TopK,
    _make("ReduceSum", known.add), _make("ReduceProd", known.multiply), _make("ReduceMax", known.greatest),
    _make("ReduceMin", known.least), _make("ReduceMean"), _make("ReduceL1"), _make("ReduceL2"),
    _make("ReduceLogSum"), _make("ReduceLogSumExp"), _make("ReduceSumSquare"),
)  # fmt: skip
