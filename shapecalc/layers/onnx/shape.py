"""Operators on the axes of tensors: reshaped, reordered, joined, cut. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

import math
from typing import Any

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, broadcast_shapes, exact, known, prod, require_same, unknown
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.numbers import LARGEST
from shapecalc.layers.onnx.base import (
    Operator,
    count_axes,
    count_listed,
    give,
    index_by_name,
    known_of,
    list_numbers,
    place_axes,
    place_axis,
    rule,
    whole_numbers,
)
from shapecalc.layers.onnx.given import GivenKind
from shapecalc.layers.values import Inferred, Tensor


class ShapeOf(Operator):
    """The sizes of a tensor's axes, as numbers. https://onnx.ai/onnx/operators/onnx__Shape.html"""

    type_name = "onnx.Shape"
    ports = ("data",)
    start = arg.axis(0, doc="The first axis.")
    end = arg.optional(arg.axis(doc="The axis before which it ends."))


@rule(ShapeOf)
def shape(cfg: ShapeOf, data: Tensor) -> Inferred:
    sizes = known.vector(tuple(data.shape)[cfg.start : cfg.end])
    return give(sizes.shape, "int64", sizes)


class SizeOf(Operator):
    """How many numbers a tensor holds. https://onnx.ai/onnx/operators/onnx__Size.html"""

    type_name = "onnx.Size"
    ports = ("data",)


@rule(SizeOf)
def size(cfg: SizeOf, data: Tensor) -> Inferred:
    return give((), "int64", known.scalar(prod(data.shape)))


class Reshape(Operator):
    """The same numbers in another shape. https://onnx.ai/onnx/operators/onnx__Reshape.html"""

    type_name = "onnx.Reshape"
    ports = ("data", "shape")
    numbers = ("shape",)
    allowzero = arg.flag(doc="A 0 in the shape is an axis of 0, not the input's size there.")


@rule(Reshape)
def reshape(cfg: Reshape, data: Tensor, shape: Tensor) -> Inferred:
    target = list_numbers(shape)
    if target is None:
        return give([unknown() for _ in range(count_listed(shape, "shape"))], data.dtype)
    sizes = [
        data.shape[position] if size == 0 and not cfg.allowzero and position in range(data.shape.ndim) else size
        for position, size in enumerate(target)
    ]
    sizes = _fill_in(data.shape, sizes)
    array = known_of(data)
    items = known.reshape(array, _numbers_only(sizes)) if array is not None and _are_numbers(sizes) else None
    return give(sizes, data.dtype, items)


def _fill_in(source: Shape, sizes: list[Any]) -> list[Size]:
    """A target shape with its -1 worked out; the numbers of elements must agree. Raises ShapeError."""
    total = prod(source)
    if -1 in sizes:
        open_axis = sizes.index(-1)
        rest = prod(size for position, size in enumerate(sizes) if position != open_axis)
        if sizes.count(-1) > 1:
            raise ShapeError(f"one -1 may stand in a shape, got {sizes}", arg="shape", code="SC205")
        if total == 0 and rest == 0:
            sizes[open_axis] = 0
            return sizes
        message = f"cannot reshape {source} to {Shape(sizes)}"
        sizes[open_axis] = exact(*_cancel(source, sizes, open_axis), message, arg="shape")
        return sizes
    require_same(total, prod(sizes), f"cannot reshape {source} to {Shape(sizes)}", code="SC404")
    return sizes


def _cancel(source: Shape, sizes: list[Any], open_axis: int) -> tuple[Size, Size]:
    """What the -1 is the quotient of, once equal sizes are cancelled: an unknown one divides itself."""
    left = [size for size in source if size != 1]
    rest: list[Size] = []
    for position, size in enumerate(sizes):
        if position == open_axis or size == 1:
            continue
        if size in left:
            left.remove(size)
        else:
            rest.append(size)
    return prod(left), prod(rest)


def _are_numbers(sizes: list[Size]) -> bool:
    return all(isinstance(size, int) for size in sizes)


def _numbers_only(sizes: list[Size]) -> list[int]:
    return [size for size in sizes if isinstance(size, int)]


class Flatten(Operator):
    """Two axes of all. https://onnx.ai/onnx/operators/onnx__Flatten.html"""

    type_name = "onnx.Flatten"
    ports = ("input",)
    axis = arg.axis(1, doc="The first axis of the second.")


@rule(Flatten)
def flatten(cfg: Flatten, input: Tensor) -> Inferred:
    ndim = input.shape.ndim
    axis = cfg.axis if cfg.axis == ndim else place_axis(cfg.axis, ndim) if ndim else 0
    return give((prod(input.shape[:axis]), prod(input.shape[axis:])), input.dtype)


class Squeeze(Operator):
    """Axes of 1 taken out. https://onnx.ai/onnx/operators/onnx__Squeeze.html"""

    type_name = "onnx.Squeeze"
    ports = ("data", "axes?")
    numbers = ("axes",)


@rule(Squeeze)
def squeeze(cfg: Squeeze, data: Tensor, axes: Tensor | None = None) -> Inferred:
    if axes is None:
        out = tuple(position for position, size in enumerate(data.shape) if size == 1)
        if any(not isinstance(size, int) for size in data.shape):
            raise ShapeError("takes out all axes of 1, and not all sizes are known", arg="axes", code="SC403")
    else:
        listed = whole_numbers(axes)
        if listed is None:
            return give([unknown() for _ in range(data.shape.ndim - count_axes(axes))], data.dtype)
        out = place_axes(listed, data.shape.ndim)
    for position in out:
        require_same(data.shape[position], 1, f"axis {position} of {data.shape} is not 1", arg="axes", code="SC404")
    sizes = [size for position, size in enumerate(data.shape) if position not in out]
    return give(sizes, data.dtype, _reshaped(data, sizes))


class Unsqueeze(Operator):
    """Axes of 1 put in. https://onnx.ai/onnx/operators/onnx__Unsqueeze.html"""

    type_name = "onnx.Unsqueeze"
    ports = ("data", "axes")
    numbers = ("axes",)


@rule(Unsqueeze)
def unsqueeze(cfg: Unsqueeze, data: Tensor, axes: Tensor) -> Inferred:
    listed = whole_numbers(axes)
    if listed is None:
        return give([unknown() for _ in range(data.shape.ndim + count_axes(axes))], data.dtype)
    ndim = data.shape.ndim + len(listed)
    new = place_axes(listed, ndim)
    old = iter(data.shape)
    sizes = [1 if position in new else next(old) for position in range(ndim)]
    return give(sizes, data.dtype, _reshaped(data, sizes))


def _reshaped(data: Tensor, sizes: list[Size]) -> known.Known | None:
    """The numbers of a tensor in another shape, where they are known."""
    array = known_of(data)
    return None if array is None or not _are_numbers(sizes) else known.reshape(array, _numbers_only(sizes))


class Transpose(Operator):
    """The axes in another order. https://onnx.ai/onnx/operators/onnx__Transpose.html"""

    type_name = "onnx.Transpose"
    ports = ("data",)
    perm = arg.optional(arg.axes(doc="The input's axes in the order they leave; without it backwards."))


@rule(Transpose)
def transpose(cfg: Transpose, data: Tensor) -> Inferred:
    ndim = data.shape.ndim
    given = (cfg.perm,) if isinstance(cfg.perm, int) else cfg.perm
    order = tuple(range(ndim))[::-1] if given is None else place_axes(given, ndim, "perm")
    if len(order) != ndim:
        raise ShapeError(f"names {len(order)} axes of {ndim}", arg="perm", code="SC205")
    array = known_of(data)
    return give(
        [data.shape[axis] for axis in order], data.dtype, None if array is None else known.transpose(array, order)
    )


class Expand(Operator):
    """A tensor broadcast to a shape. https://onnx.ai/onnx/operators/onnx__Expand.html"""

    type_name = "onnx.Expand"
    ports = ("input", "shape")
    numbers = ("shape",)


@rule(Expand)
def expand(cfg: Expand, input: Tensor, shape: Tensor) -> Inferred:
    target = list_numbers(shape)
    if target is None:
        count = max(count_listed(shape, "shape"), input.shape.ndim)
        return give([unknown() for _ in range(count)], input.dtype)
    sizes = broadcast_shapes(input.shape, Shape(target))
    array = known_of(input)
    items = None
    if array is not None and all(isinstance(size, int) for size in sizes):
        numbers = _numbers_only(list(sizes))
        if known.fits(numbers):
            items = known.Known(tuple(numbers), tuple(known.stretch(array, numbers)))
    return give(sizes, input.dtype, items)


class Tile(Operator):
    """A tensor repeated along its axes. https://onnx.ai/onnx/operators/onnx__Tile.html"""

    type_name = "onnx.Tile"
    ports = ("input", "repeats")
    numbers = ("repeats",)


@rule(Tile)
def tile(cfg: Tile, input: Tensor, repeats: Tensor) -> Inferred:
    counts = list_numbers(repeats)
    if counts is None:
        return give([unknown() for _ in input.shape], input.dtype)
    if len(counts) != input.shape.ndim:
        raise ShapeError(f"repeats {len(counts)} axes of {input.shape.ndim}", arg="repeats", code="SC205")
    return give([size * count for size, count in zip(input.shape, counts, strict=True)], input.dtype)


class ConstantOfShape(Operator):
    """One number everywhere, in a shape that is computed. https://onnx.ai/onnx/operators/onnx__ConstantOfShape.html"""

    type_name = "onnx.ConstantOfShape"
    ports = ("input",)
    numbers = ("input",)
    value = arg.value(None, "The number, as a list of one.")


@rule(ConstantOfShape)
def constant_of_shape(cfg: ConstantOfShape, input: Tensor) -> Inferred:
    filled = GivenKind().read([0.0] if cfg.value is None else cfg.value, ConstantOfShape)
    target = list_numbers(input)
    if target is None:
        return give([unknown() for _ in range(count_listed(input, "input"))], filled.dtype)
    sizes = list(target)
    items = None
    if any(isinstance(size, int) and size not in range(LARGEST + 1) for size in sizes):
        raise ShapeError(f"has sizes of at least 0, got {sizes}", arg="input", code="SC205")
    if known.fits(sizes) and filled.values:
        items = known.Known(tuple(sizes), filled.values * math.prod(sizes))
    return give(sizes, filled.dtype, items)


class Range(Operator):
    """Numbers from one up to another. https://onnx.ai/onnx/operators/onnx__Range.html"""

    type_name = "onnx.Range"
    ports = ("start", "limit", "delta")
    numbers = ("start", "limit", "delta")
    stash_type = arg.count(1, doc="Number of the dtype in which it counts.", low=0)


@rule(Range)
def range_(cfg: Range, start: Tensor, limit: Tensor, delta: Tensor) -> Inferred:
    bounds = [list_numbers(tensor) for tensor in (start, limit, delta)]
    if any(values is None or len(values) != 1 or not known.is_told(values[0]) for values in bounds):
        return give((unknown(),), start.dtype)
    first, last, step = (values[0] for values in bounds if values is not None)
    if step == 0:
        raise ShapeError("steps by 0", arg="delta", code="SC205")
    count, items = known.count_up(first, last, step)
    return give((count,), start.dtype, items)


class DepthToSpace(Operator):
    """Channels laid out in space. https://onnx.ai/onnx/operators/onnx__DepthToSpace.html"""

    type_name = "onnx.DepthToSpace"
    ports = ("input",)
    blocksize = arg.count(doc="Side of a square of channels.")
    mode = arg.choice("DCR", "CRD", default="DCR", doc="In which order channels are laid out.")


@rule(DepthToSpace)
def depth_to_space(cfg: DepthToSpace, input: Tensor) -> Inferred:
    batch, channels, height, width = input.shape.axes("batch", "channels", "height", "width")
    side = cfg.blocksize
    return give((batch, exact(channels, side * side, arg="blocksize"), height * side, width * side), input.dtype)


class SpaceToDepth(Operator):
    """Squares of space put into channels. https://onnx.ai/onnx/operators/onnx__SpaceToDepth.html"""

    type_name = "onnx.SpaceToDepth"
    ports = ("input",)
    blocksize = arg.count(doc="Side of a square.")
    mode = arg.choice("DCR", "CRD", default="DCR", doc="In which order channels are laid out.")


@rule(SpaceToDepth)
def space_to_depth(cfg: SpaceToDepth, input: Tensor) -> Inferred:
    batch, channels, height, width = input.shape.axes("batch", "channels", "height", "width")
    side = cfg.blocksize
    sizes = (exact(height, side, arg="blocksize"), exact(width, side, arg="blocksize"))
    return give((batch, channels * side * side, *sizes), input.dtype)


TYPES = index_by_name(
    ShapeOf,
    SizeOf,
    Reshape,
    Flatten,
    Squeeze,
    Unsqueeze,
    Transpose,
    Expand,
    Tile,
    ConstantOfShape,
    Range,
    DepthToSpace,
    SpaceToDepth,
)
