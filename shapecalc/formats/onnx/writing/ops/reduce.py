"""Sums, extremes, orders and running totals."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from shapecalc.dims import prod
from shapecalc.formats.onnx.writing.activations import softmax
from shapecalc.formats.onnx.writing.base import NoForm, Value, WeightView, writer
from shapecalc.formats.onnx.writing.core import all_of, any_of
from shapecalc.formats.onnx.writing.ops.base import all_axes, as_float, countable

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes


def _reduction(kind: str, *, floating: bool) -> Callable[..., Value]:
    def write(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
        x = as_float(nodes, x) if floating else countable(nodes, x)
        return nodes.reduce(kind, x, all_axes(cfg.axis, x.ndim), keepdims=cfg.keepdims)

    return write


for _name, _kind, _floating in (
    ("sum", "ReduceSum", False),
    ("prod", "ReduceProd", False),
    ("mean", "ReduceMean", True),
    ("logsumexp", "ReduceLogSumExp", True),
):
    writer(f"ops.{_name}")(_reduction(_kind, floating=_floating))


@writer("ops.var", "ops.std")
def spread(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    x = as_float(nodes, x)
    axes = all_axes(cfg.axis, x.ndim)
    deviation = nodes.op("Sub", x, nodes.reduce("ReduceMean", x, axes, keepdims=True))
    variance = nodes.reduce("ReduceMean", nodes.op("Mul", deviation, deviation), axes, keepdims=cfg.keepdims)
    return nodes.op("Sqrt", variance) if cfg.type_name == "ops.std" else variance


@writer("ops.any", "ops.all")
def truth(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    x, axes = nodes.cast(x, "bool"), all_axes(cfg.axis, x.ndim)
    y = (any_of if cfg.type_name == "ops.any" else all_of)(nodes, x, axes)
    return nodes.unsqueeze(y, *sorted(axes)) if cfg.keepdims else y


@writer("ops.max", "ops.min")
def extreme(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    kind = "Max" if cfg.type_name == "ops.max" else "Min"
    wide = countable(nodes, x)
    y = nodes.reduce(f"Reduce{kind}", wide, all_axes(cfg.axis, x.ndim), keepdims=cfg.keepdims)
    return y if cfg.initial is None else nodes.op(kind, y, nodes.like(cfg.initial, y))


@writer("ops.argmax", "ops.argmin")
def find_extreme(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    kind = "ArgMax" if cfg.type_name == "ops.argmax" else "ArgMin"
    wide = countable(nodes, x)
    wide = nodes.cast(wide, "float64") if wide.dtype == "int64" else wide
    if cfg.axis is None:
        flat = nodes.op(kind, nodes.reshape(wide, (prod(x.shape),)), axis=0, keepdims=0)
        return nodes.reshape(flat, (1,) * x.ndim) if cfg.keepdims else flat
    return nodes.op(kind, wide, axis=cfg.axis % x.ndim, keepdims=int(cfg.keepdims))


@writer("ops.count_nonzero")
def count_nonzero(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    counted = nodes.cast(nodes.cast(x, "bool"), "int32")
    return nodes.reduce("ReduceSum", counted, all_axes(cfg.axis, x.ndim))


@writer("ops.cumsum", "ops.cumprod")
def accumulate(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    dtype = nodes.results[0].dtype or "float32"
    x = countable(nodes, nodes.cast(x, dtype))
    flat = nodes.reshape(x, (prod(x.shape),)) if cfg.axis is None else x
    axis = 0 if cfg.axis is None else cfg.axis % x.ndim
    if cfg.type_name == "ops.cumsum":
        return nodes.op("CumSum", flat, nodes.constant(axis, "int64"))
    return _running_product(nodes, flat, axis)


def _running_product(nodes: Nodes, x: Value, axis: int) -> Value:
    """Products from the start of an axis on, one step after another."""
    rows = nodes.unsqueeze(nodes.move(x, axis, 0), 0)
    start = nodes.full(1, (1, *rows.shape[2:]), x.dtype)

    def step(before: list[Value], entries: list[Value]) -> tuple[Sequence[Value], Sequence[Value]]:
        after = nodes.op("Mul", before[0], entries[0])
        return [after], [after]

    _, (products,) = nodes.scan(step, [start], [rows])
    return nodes.move(nodes.squeeze(products, 0), 0, axis)


@writer("ops.softmax")
def softmax_op(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    return softmax(nodes, as_float(nodes, x), _axes_of(cfg, x))


def _axes_of(cfg: Any, x: Value) -> Any:
    return tuple(range(x.ndim)) if cfg.axis is None else cfg.axis


@writer("ops.log_softmax")
def log_softmax(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    x, axes = as_float(nodes, x), _axes_of(cfg, x)
    if isinstance(axes, int) or len(axes) == 1:
        return nodes.op("LogSoftmax", x, axis=axes if isinstance(axes, int) else axes[0])
    return nodes.op("Sub", x, nodes.reduce("ReduceLogSumExp", x, axes, keepdims=True))


@writer("ops.norm")
def norm(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    x, along = as_float(nodes, x), all_axes(cfg.axis, x.ndim)
    if len(along) == 2 and cfg.ord not in (None, "fro"):
        return _norm_matrices(nodes, cfg, x, along)
    if cfg.ord in (None, "fro", 2):
        return nodes.reduce("ReduceL2", x, along, keepdims=cfg.keepdims)
    size = nodes.op("Abs", x)
    if math.isinf(cfg.ord):
        return nodes.reduce("ReduceMax" if cfg.ord > 0 else "ReduceMin", size, along, keepdims=cfg.keepdims)
    if cfg.ord == 0:
        counted = nodes.cast(nodes.cast(size, "bool"), x.dtype)
        return nodes.reduce("ReduceSum", counted, along, keepdims=cfg.keepdims)
    powers = nodes.op("Pow", size, nodes.like(cfg.ord, x))
    total = nodes.reduce("ReduceSum", powers, along, keepdims=cfg.keepdims)
    return nodes.op("Pow", total, nodes.like(1 / cfg.ord, x))


def _norm_matrices(nodes: Nodes, cfg: Any, x: Value, along: list[int]) -> Value:
    """The greatest or least sum of the sizes along rows or columns."""
    if cfg.ord in ("nuc", 2, -2):
        raise NoForm(f"`ord: {cfg.ord}` needs singular values, which no operator of ONNX computes", "use `ord: fro`")
    summed, kept = along if abs(cfg.ord) == 1 else along[::-1]
    sums = nodes.reduce("ReduceSum", nodes.op("Abs", x), [summed], keepdims=True)
    y = nodes.reduce("ReduceMax" if cfg.ord > 0 else "ReduceMin", sums, [kept], keepdims=True)
    return y if cfg.keepdims else nodes.squeeze(y, *sorted(along))


@writer("ops.normalize")
def normalize(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    x, least = as_float(nodes, x), 1e-7 if cfg.epsilon is None else cfg.epsilon
    axes = all_axes(cfg.axis, x.ndim)
    if cfg.order == 2:
        length = nodes.reduce("ReduceL2", x, axes, keepdims=True)
    else:
        powers = nodes.op("Pow", nodes.op("Abs", x), nodes.like(cfg.order, x))
        total = nodes.reduce("ReduceSum", powers, axes, keepdims=True)
        length = nodes.op("Pow", total, nodes.like(1 / cfg.order, x))
    return nodes.op("Div", x, nodes.op("Max", length, nodes.like(least, x)))


@writer("ops.top_k")
def top_k(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> tuple[Value, ...]:
    """Of equal values the first comes first."""
    values, places = nodes.ops("TopK", countable(nodes, x), nodes.ints([cfg.k]), outputs=2, axis=-1)
    return nodes.cast(values, x.dtype), nodes.cast(places, "int32")


@writer("ops.sort")
def sort(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    return nodes.cast(_order(nodes, cfg, x)[0], x.dtype)


@writer("ops.argsort")
def argsort(nodes: Nodes, cfg: Any, weight: WeightView, x: Value) -> Value:
    return nodes.cast(_order(nodes, cfg, x)[1], "int32")


def _order(nodes: Nodes, cfg: Any, x: Value) -> list[Value]:
    """The numbers in rising order along an axis, and their places."""
    wide = countable(nodes, x)
    if cfg.axis is None:
        wide = nodes.reshape(wide, (prod(x.shape),))
    axis = 0 if cfg.axis is None else cfg.axis % x.ndim
    result = [wide.tensor._replace(values=None), wide.tensor._replace(dtype="int64", values=None)]
    return nodes.place("TopK", (wide, nodes.sizes([wide.shape[axis]])), result, {"axis": axis, "largest": 0})
