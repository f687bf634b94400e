"""What the operations of layers/ops/reduce.py keep for the backward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.dims import Shape, prod
from shapecalc.layers.ops.base import Operation, locate_axes, locate_axis
from shapecalc.training.activation_functions import softmax as softmax_rows
from shapecalc.training.array import Array, arrange_like, make_array
from shapecalc.training.dtypes import find_result_type
from shapecalc.training.elementwise import divide, make_scalar, select
from shapecalc.training.keeping import infer_again, keeps
from shapecalc.training.lengths import measure_length, normalize_length
from shapecalc.training.reductions import average, reduce
from shapecalc.training.reductions import sort as sort_entries
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import permute, reshape

if TYPE_CHECKING:
    from shapecalc.layers.ops.reduce import (
        Extreme,
        OpsNorm,
        OpsNormalize,
        OpsTopK,
        Reduction,
        Running,
        Softmax,
        Sorting,
    )


@keeps("ops.sum")
def sum_op(cfg: Reduction, tape: Tape, x: Array) -> Array:
    return average(x, locate_axes(cfg.axis, x.ndim), cfg.keepdims, "sum") if cfg.axis != () else x


@keeps("ops.mean")
def mean(cfg: Reduction, tape: Tape, x: Array) -> Array:
    if cfg.axis == ():
        return x
    wide = cast(x, find_result_type(x.dtype, "float32"))
    result = average(wide, locate_axes(cfg.axis, x.ndim), cfg.keepdims)
    return cast(result, x.dtype if "float" in x.dtype else result.dtype)


@keeps("ops.var")
def var(cfg: Reduction, tape: Tape, x: Array) -> Array:
    """The input."""
    if cfg.axis == ():
        return make_array("zeros", x.shape, find_result_type(x.dtype, "float"))
    wide = cast(x, find_result_type(x.dtype, "float32"))
    if wide.needs_grad:
        tape.save(wide)
    result = average(wide, locate_axes(cfg.axis, x.ndim), cfg.keepdims, "variance")
    return cast(result, find_result_type(x.dtype, "float"))


@keeps("ops.std", "ops.logsumexp")
def deviate(cfg: Reduction, tape: Tape, x: Array) -> Array:
    """The input and the result."""
    wide = x if "float" in x.dtype else cast(x, "float32")
    return reduce(tape, wide, locate_axes(cfg.axis, x.ndim), cfg.keepdims, cfg.type_name.removeprefix("ops."))


@keeps("ops.prod")
def product(cfg: Reduction, tape: Tape, x: Array) -> Array:
    """The input and the result; over several axes what comes of each."""
    dtype = find_result_type(x.dtype) if "float" in x.dtype else x.dtype
    if cfg.axis is None:
        return reduce(tape, x, range(x.ndim), False, "product", dtype)
    for axis in sorted(locate_axes(cfg.axis, x.ndim), reverse=True):
        x = reduce(tape, x, (axis,), cfg.keepdims, "product", dtype)
    return x


@keeps("ops.max", "ops.min")
def extreme(cfg: Extreme, tape: Tape, x: Array) -> Array:
    """The input and the result."""
    if cfg.axis == ():
        result = x
    else:
        keepdims = cfg.keepdims and cfg.axis is not None
        result = reduce(tape, x, locate_axes(cfg.axis, x.ndim), keepdims, "extreme")
    if cfg.initial is None:
        return result
    bound = make_scalar(x.dtype) if cfg.type_name == "ops.min" else make_array("bound", result.shape, x.dtype)
    return select(tape, result, bound, "bounded extreme")


@keeps("ops.any", "ops.all", "ops.argmax", "ops.argmin", "ops.count_nonzero")
def find(cfg: Operation, tape: Tape, x: Array) -> Array:
    """Nothing: what comes of it has no gradient."""
    output = infer_again(cfg, (x,)).output
    result = make_array("result", output.shape, output.dtype or "int32")
    if cfg.type_name != "ops.count_nonzero":
        return result
    turned = make_array("result", Shape(output.shape[::-1]), "int32")
    return permute(turned, range(turned.ndim)[::-1])


@keeps("ops.cumsum", "ops.cumprod")
def running(cfg: Running, tape: Tape, x: Array) -> Array:
    """Of products the input and the result; of sums nothing."""
    if cfg.axis is None:
        x = reshape(x, (prod(x.shape),))
    dtype = find_result_type(cfg.dtype or x.dtype)
    needs_grad = x.needs_grad and "float" in dtype
    result = make_array("running", x.shape, dtype, needs_grad, strides=arrange_like(x))
    if needs_grad and cfg.type_name == "ops.cumprod":
        tape.save(x)
        tape.save(result)
    return result


@keeps("ops.softmax", "ops.log_softmax")
def softmax(cfg: Softmax, tape: Tape, x: Array) -> Array:
    """The result."""
    name = cfg.type_name.removeprefix("ops.")
    if cfg.axis is None:
        return reshape(softmax_rows(tape, reshape(x, (prod(x.shape),)), name), x.shape)
    if isinstance(cfg.axis, int):
        return softmax_rows(tape, x, name)
    axes = [axis % x.ndim for axis in cfg.axis]
    order = [*(axis for axis in range(x.ndim) if axis not in axes), *axes]
    turned = permute(x, order)
    kept = turned.shape[: x.ndim - len(axes)]
    rows = reshape(turned, (*kept, prod(turned.shape[len(kept) :])))
    result = reshape(softmax_rows(tape, rows, name), turned.shape)
    return permute(result, [order.index(axis) for axis in range(x.ndim)])


@keeps("ops.norm")
def norm(cfg: OpsNorm, tape: Tape, x: Array) -> Array:
    """The input and the lengths; of a matrix norm what lies between, or the parts of a singular value decomposition."""
    x = cast(x, "float32" if x.dtype == "int64" else find_result_type(x.dtype, "float"))
    axes = locate_axes(cfg.axis, x.ndim)
    return measure_length(tape, x, axes, cfg.ord, cfg.keepdims)


@keeps("ops.normalize")
def normalize(cfg: OpsNormalize, tape: Tape, x: Array) -> Array:
    """The input, and for each vector its length and what it is multiplied or divided by."""
    axes = locate_axes(cfg.axis, x.ndim)
    if cfg.order == 2:
        return normalize_length(tape, x, axes)
    wide = cast(x, find_result_type(x.dtype, "float"))
    length = measure_length(tape, wide, axes, cfg.order, True)
    return divide(tape, x, select(tape, length, make_scalar(length.dtype), "bounded length"), "normalized")


@keeps("ops.top_k")
def top_k(cfg: OpsTopK, tape: Tape, x: Array) -> tuple[Array, ...]:
    """The places of the values, 8 bytes each."""
    shape = Shape((*x.shape[:-1], cfg.k))
    places = make_array("places", shape, "int64")
    if x.needs_grad:
        tape.save(places)
    return make_array("values", shape, x.dtype, x.needs_grad), places


@keeps("ops.sort")
def sort(cfg: Sorting, tape: Tape, x: Array) -> Array:
    """The places of the values, 8 bytes each."""
    locate_axis(cfg.axis, x.ndim)
    return sort_entries(tape, x)[0]


@keeps("ops.argsort")
def argsort(cfg: Sorting, tape: Tape, x: Array) -> Array:
    """As sort, whose gradient nobody asks for."""
    return cast(sort_entries(tape, x)[1], "int32")
