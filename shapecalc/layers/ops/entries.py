"""Operations on the entries of axes: counted, taken, padded, repeated, moved. https://keras.io/api/ops/numpy/"""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.errors import Refusal, ShapeError
from shapecalc.dims import (
    Dim,
    Shape,
    Size,
    at_least,
    ceil_div,
    formula,
    prod,
    require_at_least,
    require_same,
)
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.kind import Kind
from shapecalc.layers.arguments.numbers import LARGEST, CountKind
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.base import rule
from shapecalc.layers.dtypes import is_float
from shapecalc.layers.lookups import require_rows
from shapecalc.layers.ops.base import (
    ConstantKind,
    Operation,
    broadcast_operands,
    fill_operands,
    index_by_name,
    locate_axes,
    locate_axis,
    make_output,
    note_numbers,
    optional_dtype,
    refuse_dtype,
    refuse_open_sizes,
)
from shapecalc.layers.ops.slicing import KeyKind, slice_shape
from shapecalc.layers.values import WIDE, Inferred, Tensor


class BoundKind(Kind):
    """A whole number of either sign, or a size that is a symbol."""

    name = "whole number"

    def read(self, value: object, owner: type) -> Any:
        return value if isinstance(value, Dim) else CountKind(None).read(value, owner)

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import whole_schema

        return whole_schema(None)


class OpsArange(Operation):
    """Whole numbers one after another, `start, start + step, ...`, up to and without `stop`; it is fed nothing.

    Output (numbers,), without a batch axis. With `start` alone they run from 0 up to it, as in Python.
    https://keras.io/api/ops/numpy/#arange-function
    """

    type_name = "ops.arange"
    ports = ()
    start: arg.Arg[Size] = arg.Arg(BoundKind(), doc="The first number; without `stop` the end, and 0 is the first.")
    stop: arg.Arg[Size | None] = arg.Arg(BoundKind(), None, "The end, which is not among the numbers.")
    step = arg.optional(arg.count(doc="Step from one number to the next; 1 by default.", low=None))
    dtype = optional_dtype("Dtype of the output; int32 by default.")  # type: ignore[assignment]


@rule(OpsArange)
def arange(cfg: OpsArange) -> Inferred:
    start, stop = (0, cfg.start) if cfg.stop is None else (cfg.start, cfg.stop)
    step = 1 if cfg.step is None else cfg.step
    if step == 0:
        raise ShapeError("step is 0, so there is no end", arg="step", code="SC205", help="count by 1 or more, or back")
    span = stop - start if step in range(LARGEST) else start - stop
    message = f"never reaches {formula(stop)} from {formula(start)} by steps of {step}"
    require_at_least(span, 0, message, arg="stop", help="let the step lead from `start` to `stop`")
    count, dtype = ceil_div(span, abs(step)), cfg.dtype or "int32"
    if dtype not in WIDE or not at_least(count, 1):
        return make_output((count,), dtype)
    last = start + (count - 1) * step
    return note_numbers(make_output((count,), dtype), *((start, last) if step in range(LARGEST) else (last, start)))


class OpsTake(Operation):
    """The entries of an axis that indices name, a constant list or a tensor. https://keras.io/api/ops/numpy/#take-function"""

    type_name = "ops.take"
    ports = ("x", "indices?")
    operands = ("indices",)
    indices: arg.Arg[Any] = arg.Arg(ConstantKind(), None, "A whole number or a list of them; negative from the end.")
    axis = arg.optional(arg.axis(doc="Which axis; by default all values on one."))


@rule(OpsTake)
def take(cfg: OpsTake, x: Tensor, indices: Tensor | None = None) -> Inferred:
    (chosen,) = fill_operands(cfg, indices)
    fixed = _flatten(cfg.indices)
    if (
        is_float(chosen.dtype)
        or chosen.dtype in ("bool", "float")
        or not all(isinstance(entry, int) for entry in fixed)
    ):
        raise ShapeError("needs whole numbers as indices", input="indices", code="SC407", help="cast them to int32")
    axis = None if cfg.axis is None else locate_axis(cfg.axis, x.shape.ndim)
    size = prod(x.shape) if axis is None else x.shape[axis]
    help = "feed it fewer positions, or give the axis {} entries"
    require_rows(chosen, size, "the axis", help, input="indices", back=True)
    for index in fixed:
        message = f"index {index} is beyond an axis of {formula(size)}"
        least = index + 1 if index >= 0 else -index
        require_at_least(size, least, message, arg="indices", help="count from 0, or back from -1")
    if axis is None:
        return make_output(chosen.shape, x.dtype)
    return make_output((*x.shape[:axis], *chosen.shape, *x.shape[axis + 1 :]), x.dtype)


def _flatten(constant: Any) -> list[int]:
    if constant is None:
        return []
    return [number for part in constant for number in _flatten(part)] if isinstance(constant, tuple) else [constant]


class OpsTakeAlongAxis(Operation):
    """For every place its own index along an axis. https://keras.io/api/ops/numpy/#take_along_axis-function"""

    type_name = "ops.take_along_axis"
    ports = ("x", "indices")
    axis = arg.optional(arg.axis(doc="Which axis; by default all values on one."))


@rule(OpsTakeAlongAxis)
def take_along_axis(cfg: OpsTakeAlongAxis, x: Tensor, indices: Tensor) -> Inferred:
    if is_float(indices.dtype) or indices.dtype == "bool":
        refuse_dtype(indices, "whole numbers as indices", "indices")
    if cfg.axis is None:
        indices.shape.axes("indices")
        return make_output(indices.shape, x.dtype)
    if x.shape.ndim != indices.shape.ndim:
        message = f"needs indices with as many axes as {x.shape}, got {indices.shape}"
        raise ShapeError(message, input="indices", code="SC411", help="add axes with `ops.expand_dims`")
    axis = locate_axis(cfg.axis, x.shape.ndim)
    help = "feed it fewer positions, or give the axis {} entries"
    require_rows(indices, x.shape[axis], "the axis", help, input="indices", back=True)
    others = broadcast_operands(
        *(Shape((*shape[:axis], *shape[axis + 1 :])) for shape in (x.shape, indices.shape)), port="indices"
    )
    return make_output((*others[:axis], indices.shape[axis], *others[axis:]), x.dtype)


class OpsGetItem(Operation):
    """x[key], the key written as in Python: `":, -1"`. https://keras.io/api/ops/numpy/#get_item-function

    A key may also be a list with an entry an axis: a position, a slice as text, `...`, or null for a new axis.
    """

    type_name = "ops.get_item"
    ports = ("x",)
    key: arg.Arg[Any] = arg.Arg(KeyKind(), doc="What stands between the brackets; the batch axis is the first.")


@rule(OpsGetItem)
def get_item(cfg: OpsGetItem, x: Tensor) -> Inferred:
    return make_output(slice_shape(x.shape, cfg.key), x.dtype)


class PairsKind(Kind):
    """A pair (before, after) for every axis, the batch axis among them."""

    name = "pairs"

    def read(self, value: object, owner: type) -> Any:
        number = CountKind(0)
        if isinstance(value, (list, tuple)) and all(
            isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in value
        ):
            return tuple((number.read(before, owner), number.read(after, owner)) for before, after in value)
        raise Refusal(
            f"must be a pair for every axis, got {as_yaml(value)}",
            code="SC204",
            help="begin with the batch axis: `[[0, 0], [1, 2]]`",
        )

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import list_schema, whole_schema

        return list_schema(list_schema(whole_schema(0), least=2, most=2))


class OpsPad(Operation):
    """Entries added at the ends of axes: a constant, or the input mirrored. https://keras.io/api/ops/numpy/#pad-function"""

    type_name = "ops.pad"
    ports = ("x",)
    pad_width: arg.Arg[Any] = arg.Arg(PairsKind(), doc="How much (before, after) on every axis.")
    mode = arg.choice("constant", "reflect", "symmetric", default="constant", doc="What is added.", any_case=True)
    constant_values = arg.optional(arg.number(doc="The constant; 0 by default."))


@rule(OpsPad)
def pad(cfg: OpsPad, x: Tensor) -> Inferred:
    if len(cfg.pad_width) != x.shape.ndim:
        raise ShapeError(
            f"needs a pair for each of {x.shape.ndim} axes, got {len(cfg.pad_width)}",
            arg="pad_width",
            code="SC205",
            help="begin with the batch axis: `[[0, 0], [1, 2]]`",
        )
    if cfg.mode != "constant" and cfg.constant_values is not None:
        message = f"constant_values has no meaning with mode {cfg.mode}"
        raise ShapeError(message, arg="constant_values", code="SC205", help="leave it out")
    spare = {"constant": None, "reflect": 1, "symmetric": 0}[cfg.mode]
    if spare is not None:
        for size, more in zip(x.shape, cfg.pad_width, strict=True):
            message = f"cannot mirror {max(more)} entries of an axis of {formula(size)}"
            require_at_least(size, max(more) + spare, message, arg="pad_width", help="add less")
    return make_output([size + sum(more) for size, more in zip(x.shape, cfg.pad_width, strict=True)], x.dtype)


class OpsTile(Operation):
    """The whole tensor repeated along axes, the last first. https://keras.io/api/ops/numpy/#tile-function"""

    type_name = "ops.tile"
    keeps_values = True
    ports = ("x",)
    repeats = arg.shape(doc="How often, for each axis; the batch axis is the first.")


@rule(OpsTile)
def tile(cfg: OpsTile, x: Tensor) -> Inferred:
    times = refuse_open_sizes(cfg.repeats, "repeats")
    ndim = max(len(times), x.shape.ndim)
    sizes = (1,) * (ndim - x.shape.ndim) + tuple(x.shape)
    factors = (1,) * (ndim - len(times)) + times
    return make_output([size * factor for size, factor in zip(sizes, factors, strict=True)], x.dtype)


class OpsRepeat(Operation):
    """Each entry of an axis so many times. https://keras.io/api/ops/numpy/#repeat-function"""

    type_name = "ops.repeat"
    keeps_values = True
    ports = ("x",)
    repeats = arg.axes(doc="How often, for all entries or for each its own.")
    axis = arg.optional(arg.axis(doc="Which axis; by default all values on one."))


@rule(OpsRepeat)
def repeat(cfg: OpsRepeat, x: Tensor) -> Inferred:
    shape = Shape((prod(x.shape),)) if cfg.axis is None else x.shape
    axis = 0 if cfg.axis is None else locate_axis(cfg.axis, shape.ndim)
    times = (cfg.repeats,) if isinstance(cfg.repeats, int) else cfg.repeats
    if not times or min(times) not in range(LARGEST):
        raise ShapeError("repeats must be at least 0", arg="repeats", code="SC205", help="give a number of at least 0")
    if len(times) == 1:
        return make_output(shape.replace(axis, shape[axis] * times[0]), x.dtype)
    message = f"repeats has {len(times)} numbers for an axis of {formula(shape[axis])}"
    require_same(shape[axis], len(times), message, arg="repeats", help="give one number, or one for each entry")
    return make_output(shape.replace(axis, sum(times)), x.dtype)


class OpsRoll(Operation):
    """Entries moved along axes, those that fall off put in at the other end. https://keras.io/api/ops/numpy/#roll-function"""

    type_name = "ops.roll"
    keeps_values = True
    ports = ("x",)
    shift = arg.axes(doc="By how many places.")
    axis = arg.optional(arg.axes(doc="Along which axes; by default as if all values stood on one."))


@rule(OpsRoll)
def roll(cfg: OpsRoll, x: Tensor) -> Inferred:
    along = locate_axes(cfg.axis, x.shape.ndim) if cfg.axis is not None else (0,)
    count = 1 if isinstance(cfg.shift, int) else len(cfg.shift)
    if count != len(along):
        message = f"shift has {count} number{'' if count == 1 else 's'} for {len(along)} axes"
        raise ShapeError(message, arg="shift", code="SC205", help="give one number for each axis")
    return make_output(x.shape, x.dtype)


class OpsFlip(Operation):
    """Entries in opposite order along axes. https://keras.io/api/ops/numpy/#flip-function"""

    type_name = "ops.flip"
    keeps_values = True
    ports = ("x",)
    axis = arg.optional(arg.axes(doc="Along which axes; by default all, the batch axis too."))


@rule(OpsFlip)
def flip(cfg: OpsFlip, x: Tensor) -> Inferred:
    locate_axes(cfg.axis, x.shape.ndim)
    return make_output(x.shape, x.dtype)


class Triangle(Operation):
    """The last two axes as matrices, the values on one side of a diagonal set to 0."""

    ports = ("x",)
    k = arg.axis(0, doc="Which diagonal: 0 the main one, above it positive.")


@rule(Triangle)
def triangle(cfg: Triangle, x: Tensor) -> Inferred:
    x.shape.axes(..., "rows", "columns")
    return make_output(x.shape, x.dtype)


class OpsTril(Triangle):
    """What lies on and below a diagonal. https://keras.io/api/ops/numpy/#tril-function"""

    type_name = "ops.tril"


class OpsTriu(Triangle):
    """What lies on and above a diagonal. https://keras.io/api/ops/numpy/#triu-function"""

    type_name = "ops.triu"


class OpsOneHot(Operation):
    """Each whole number as a row of zeros with a 1 at its place. https://keras.io/api/ops/nn/#one_hot-function"""

    type_name = "ops.one_hot"
    ports = ("x",)
    num_classes = arg.size(doc="The size of the new axis.")
    axis = arg.axis(-1, doc="Where the new axis stands: -1 for last, or a place from 0.")
    dtype = optional_dtype("Dtype of the output; float32 by default.")  # type: ignore[assignment]
    sparse = arg.flag(False, doc="Sparse tensors are not supported.")


@rule(OpsOneHot)
def one_hot(cfg: OpsOneHot, x: Tensor) -> Inferred:
    if cfg.sparse:
        raise ShapeError(
            "has no sparse tensors", arg="sparse", code="SC206", change=("sparse", None), help="leave `sparse` out"
        )
    if cfg.axis not in range(-1, x.shape.ndim):
        message = f"cannot put the new axis at {cfg.axis}"
        raise ShapeError(message, arg="axis", code="SC205", help=f"choose -1, or a place from 0 to {x.shape.ndim - 1}")
    where = locate_axis(cfg.axis, x.shape.ndim + 1)
    return make_output((*x.shape[:where], cfg.num_classes, *x.shape[where:]), cfg.dtype or "float32")


TYPES = index_by_name(
    OpsArange,
    OpsTake,
    OpsTakeAlongAxis,
    OpsGetItem,
    OpsPad,
    OpsTile,
    OpsRepeat,
    OpsRoll,
    OpsFlip,
    OpsTril,
    OpsTriu,
    OpsOneHot,
)
