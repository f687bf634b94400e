"""Operations on the axes of tensors: reshaped, reordered, joined, cut. https://keras.io/api/ops/numpy/"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import (
    Shape,
    Size,
    exact,
    formula,
    prod,
    require_at_least,
    require_same,
)
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.numbers import LARGEST
from shapecalc.layers.base import rule
from shapecalc.layers.dtypes import join_type
from shapecalc.layers.merging import join_shapes
from shapecalc.layers.ops.base import (
    Operation,
    find_dtype,
    index_by_name,
    locate_axes,
    locate_axis,
    make_output,
    make_outputs,
    refuse_open_sizes,
    settle_unknowns,
)
from shapecalc.layers.reshaping import fill_in_target
from shapecalc.layers.values import Inferred, Tensor


class OpsReshape(Operation):
    """The same values in another shape, batch axis included. https://keras.io/api/ops/numpy/#reshape-function"""

    type_name = "ops.reshape"
    keeps_values = True
    ports = ("x",)
    newshape = arg.target_shape("The whole shape, batch axis first; one entry may be -1.", single=True)


@rule(OpsReshape)
def reshape(cfg: OpsReshape, x: Tensor) -> Inferred:
    return make_output(fill_in_target(x.shape, cfg.newshape, "newshape"), x.dtype)


class OpsRavel(Operation):
    """All values on one axis, those of all samples. https://keras.io/api/ops/numpy/#ravel-function"""

    type_name = "ops.ravel"
    keeps_values = True
    ports = ("x",)


@rule(OpsRavel)
def ravel(cfg: OpsRavel, x: Tensor) -> Inferred:
    return make_output((prod(x.shape),), x.dtype)


class OpsTranspose(Operation):
    """The axes in another order, by default backwards. https://keras.io/api/ops/numpy/#transpose-function"""

    type_name = "ops.transpose"
    keeps_values = True
    ports = ("x",)
    axes = arg.optional(arg.axes(doc="The input's axes in the order they leave; 0 is the batch axis."))


@rule(OpsTranspose)
def transpose(cfg: OpsTranspose, x: Tensor) -> Inferred:
    if cfg.axes is None:
        return make_output(x.shape[::-1], x.dtype)
    order = locate_axes(cfg.axes, x.shape.ndim, "axes")
    if len(order) != x.shape.ndim:
        raise ShapeError(
            f"axes must name all {x.shape.ndim} axes, got {list(order)}",
            arg="axes",
            code="SC205",
            help="name every axis once; 0 is the batch axis: `[0, 2, 1]` swaps the other two",
        )
    return make_output([x.shape[axis] for axis in order], x.dtype)


class OpsSwapaxes(Operation):
    """Two axes in each other's place. https://keras.io/api/ops/numpy/#swapaxes-function"""

    type_name = "ops.swapaxes"
    keeps_values = True
    ports = ("x",)
    axis1 = arg.axis(doc="One axis.")
    axis2 = arg.axis(doc="The other.")


@rule(OpsSwapaxes)
def swapaxes(cfg: OpsSwapaxes, x: Tensor) -> Inferred:
    axis, other_axis = locate_axis(cfg.axis1, x.shape.ndim, "axis1"), locate_axis(cfg.axis2, x.shape.ndim, "axis2")
    return make_output(x.shape.replace(axis, x.shape[other_axis]).replace(other_axis, x.shape[axis]), x.dtype)


class OpsMoveaxis(Operation):
    """Axes moved to other places, the rest in their order. https://keras.io/api/ops/numpy/#moveaxis-function"""

    type_name = "ops.moveaxis"
    keeps_values = True
    ports = ("x",)
    source = arg.axes(doc="Positions of the axes in the input.")
    destination = arg.axes(doc="Their positions in the output, in the same order.")


@rule(OpsMoveaxis)
def moveaxis(cfg: OpsMoveaxis, x: Tensor) -> Inferred:
    ndim = x.shape.ndim
    source, destination = locate_axes(cfg.source, ndim, "source"), locate_axes(cfg.destination, ndim, "destination")
    if len(source) != len(destination):
        raise ShapeError(
            f"source names {len(source)} axes, destination {len(destination)}",
            arg="destination",
            code="SC205",
            help="name as many places as axes",
        )
    moving = dict(zip(destination, source, strict=True))
    others = iter([axis for axis in range(ndim) if axis not in source])
    order = [moving[axis] if axis in moving else next(others) for axis in range(ndim)]
    return make_output([x.shape[axis] for axis in order], x.dtype)


class OpsExpandDims(Operation):
    """New axes of size 1. https://keras.io/api/ops/numpy/#expand_dims-function"""

    type_name = "ops.expand_dims"
    keeps_values = True
    ports = ("x",)
    axis = arg.axes(doc="Positions of the new axes in the output.")


@rule(OpsExpandDims)
def expand_dims(cfg: OpsExpandDims, x: Tensor) -> Inferred:
    count = 1 if isinstance(cfg.axis, int) else len(cfg.axis)
    added = locate_axes(cfg.axis, x.shape.ndim + count)
    sizes = iter(x.shape)
    return make_output([1 if axis in added else next(sizes) for axis in range(x.shape.ndim + count)], x.dtype)


class OpsSqueeze(Operation):
    """Axes of size 1 left out: those named, or all but the batch axis. https://keras.io/api/ops/numpy/#squeeze-function"""

    type_name = "ops.squeeze"
    keeps_values = True
    ports = ("x",)
    axis = arg.optional(arg.axes(doc="Which axes; by default all of size 1 but the batch axis."))


@rule(OpsSqueeze)
def squeeze(cfg: OpsSqueeze, x: Tensor) -> Inferred:
    if cfg.axis is None:
        return make_output([*x.shape[:1], *(size for size in x.shape[1:] if size != 1)], x.dtype)
    gone = locate_axes(cfg.axis, x.shape.ndim)
    for axis in gone:
        size = x.shape[axis]
        message = f"cannot leave out axis {axis} of size {formula(size)}"
        require_same(size, 1, message, arg="axis", help="only an axis of size 1 can go")
    return make_output([size for axis, size in enumerate(x.shape) if axis not in gone], x.dtype)


class OpsConcatenate(Operation):
    """Tensors one after another along an axis. https://keras.io/api/ops/numpy/#concatenate-function"""

    type_name = "ops.concatenate"
    ports = ("xs+",)
    axis = arg.axis(0, doc="The axis along which the inputs are joined; 0 is the batch axis.")


@rule(OpsConcatenate)
def concatenate(cfg: OpsConcatenate, xs: Sequence[Tensor]) -> Inferred:
    shape = join_shapes([x.shape for x in xs], cfg.axis, "xs")
    return make_output(shape, join_type(*(find_dtype(x) for x in xs)))


class OpsStack(Operation):
    """Tensors of one shape along a new axis. https://keras.io/api/ops/numpy/#stack-function"""

    type_name = "ops.stack"
    ports = ("x+",)
    axis = arg.axis(0, doc="Where the new axis stands in the output.")


@rule(OpsStack)
def stack(cfg: OpsStack, x: Sequence[Tensor]) -> Inferred:
    shape = x[0].shape
    for other in (tensor.shape for tensor in x[1:]):
        message = f"needs equal shapes, got {shape} and {other}"
        if other.ndim != shape.ndim:
            raise ShapeError(message, input="x", code="SC411", help="give all inputs the same number of axes")
        shape = Shape(require_same(a, b, message, input="x") for a, b in zip(shape, other, strict=True))
    shape = settle_unknowns(shape, *(tensor.shape for tensor in x))
    where = locate_axis(cfg.axis, shape.ndim + 1)
    return make_output((*shape[:where], len(x), *shape[where:]), join_type(*(find_dtype(tensor) for tensor in x)))


class OpsSplit(Operation):
    """A tensor cut along an axis into several outputs: NAME, NAME.1, ... https://keras.io/api/ops/numpy/#split-function"""

    type_name = "ops.split"
    ports = ("x",)
    indices_or_sections = arg.axes(doc="How many equal parts, or the places to cut at.")
    axis = arg.axis(0, doc="Which axis is cut; 0 is the batch axis.")


MOST_PARTS = 10_000
"""Most outputs of one call; nobody refers to more."""


@rule(OpsSplit)
def split(cfg: OpsSplit, x: Tensor) -> Inferred:
    axis = locate_axis(cfg.axis, x.shape.ndim)
    size = x.shape[axis]
    parts = cfg.indices_or_sections
    named = "indices_or_sections"
    if isinstance(parts, int):
        if parts not in range(1, MOST_PARTS + 1):
            raise ShapeError(f"cannot cut into {parts} parts", arg=named, code="SC205", help="give 1 or more")
        message = f"cannot cut {formula(size)} into {parts} equal parts"
        sizes = [exact(size, parts, message, arg=named, help="give the places to cut at as a list")] * parts
    else:
        cuts: list[Size] = [0, *parts, size]
        help = f"give places that rise from 0 to {formula(size)}"
        message = f"cannot cut {formula(size)} at {list(parts)}"
        sizes = [require_at_least(after - before, 0, message, arg=named, help=help) for before, after in pairwise(cuts)]
    return make_outputs([Tensor(x.shape.replace(axis, part), find_dtype(x)) for part in sizes])


class OpsUnstack(Operation):
    """The slices along an axis, each an output: NAME, NAME.1, ... https://keras.io/api/ops/core/#unstack-function"""

    type_name = "ops.unstack"
    ports = ("x",)
    num = arg.optional(arg.count(doc="How many there are; needed where the axis is unknown."))
    axis = arg.axis(0, doc="Which axis is taken apart; 0 is the batch axis.")


@rule(OpsUnstack)
def unstack(cfg: OpsUnstack, x: Tensor) -> Inferred:
    axis = locate_axis(cfg.axis, x.shape.ndim)
    size = x.shape[axis]
    if cfg.num is not None:
        message = f"num is {cfg.num}, but axis {axis} has {formula(size)} entries"
        size = require_same(cfg.num, size, message, arg="num", help="leave num out")
    count = cfg.num or size
    if not isinstance(count, int):
        raise ShapeError(
            f"cannot take apart axis {axis}: its size is unknown",
            arg="num",
            code="SC403",
            help="say how many with `num`",
        )
    if count not in range(MOST_PARTS + 1):
        raise ShapeError(f"cannot take {count} outputs apart", input="x", code="SC205", help="cut it with `ops.split`")
    rest = Shape((*x.shape[:axis], *x.shape[axis + 1 :]))
    return make_outputs([Tensor(rest, find_dtype(x))] * count)


class OpsBroadcastTo(Operation):
    """Stretched to a shape. https://keras.io/api/ops/numpy/#broadcast_to-function"""

    type_name = "ops.broadcast_to"
    keeps_values = True
    ports = ("x",)
    shape = arg.shape(doc="The whole shape, batch axis first.")


@rule(OpsBroadcastTo)
def broadcast_to(cfg: OpsBroadcastTo, x: Tensor) -> Inferred:
    target = refuse_open_sizes(cfg.shape, "shape")
    message = f"cannot stretch {x.shape} to {Shape(target)}"
    help = "an axis of 1 stretches to any size; others stay"
    if len(target) not in range(x.shape.ndim, LARGEST):
        raise ShapeError(message, arg="shape", help=help)
    for size, wanted in zip(reversed(x.shape), reversed(target), strict=False):
        if size != 1:
            require_same(size, wanted, message, arg="shape", help=help)
    return make_output(target, x.dtype)


TYPES = index_by_name(
    OpsReshape,
    OpsRavel,
    OpsTranspose,
    OpsSwapaxes,
    OpsMoveaxis,
    OpsExpandDims,
    OpsSqueeze,
    OpsConcatenate,
    OpsStack,
    OpsSplit,
    OpsUnstack,
    OpsBroadcastTo,
)
