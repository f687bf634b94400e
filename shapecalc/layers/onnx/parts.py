"""Operators that join tensors, cut them and pick of them. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Dim, Size, ceil_div, exact, known, portions, require_at_least, require_same, unknown
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.shapes import MAX_AXES
from shapecalc.layers.onnx.base import (
    Operator,
    count_listed,
    give,
    give_many,
    index_by_name,
    is_weight,
    known_of,
    list_numbers,
    place_axes,
    place_axis,
    refuse_unknown_values,
    rule,
    whole_numbers,
)
from shapecalc.layers.onnx.given import Given, GivenKind
from shapecalc.layers.values import Inferred, Tensor, Weight


class Concat(Operator):
    """Tensors one after another along an axis. https://onnx.ai/onnx/operators/onnx__Concat.html"""

    type_name = "onnx.Concat"
    ports = ("inputs+",)
    axis = arg.axis(doc="Along which they are joined.")


@rule(Concat)
def concat(cfg: Concat, inputs: tuple[Tensor, ...]) -> Inferred:
    first = inputs[0].shape
    axis = place_axis(cfg.axis, first.ndim)
    sizes: list[Size] = list(first)
    for tensor in inputs[1:]:
        if tensor.shape.ndim != first.ndim:
            raise ShapeError(f"joins tensors of as many axes, got {first} and {tensor.shape}", code="SC405")
        for position, size in enumerate(tensor.shape):
            if position == axis:
                sizes[position] = sizes[position] + size
            else:
                message = f"joins {first} and {tensor.shape} along axis {axis}: axis {position} differs"
                sizes[position] = require_same(sizes[position], size, message, code="SC405")
    arrays = [array for array in map(known_of, inputs) if array is not None]
    return give(sizes, inputs[0].dtype, known.join(arrays, axis) if len(arrays) == len(inputs) else None)


class Split(Operator):
    """Parts of a tensor along an axis. https://onnx.ai/onnx/operators/onnx__Split.html"""

    type_name = "onnx.Split"
    ports = ("input", "split?")
    numbers = ("split",)
    axis = arg.axis(0, doc="Along which it is cut.")
    num_outputs = arg.optional(arg.count(doc="How many parts, of equal size but for the last."))
    even = arg.flag(doc="The last part is as large as the others, as it was before version 18.")


@rule(Split)
def split(cfg: Split, input: Tensor, split: Tensor | None = None) -> Inferred:
    axis = place_axis(cfg.axis, input.shape.ndim)
    size = input.shape[axis]
    if split is not None:
        values = list_numbers(split)
        lengths = [unknown() for _ in range(count_listed(split, "split"))] if values is None else list(values)
        total: Size = sum(lengths[1:], lengths[0]) if lengths else 0
        require_same(size, total, f"cuts an axis of {size} into {lengths}", arg="split", code="SC404")
    else:
        lengths = _divide(cfg, size, cfg.num_outputs or 1)
    tensors, start = [], 0
    array = known_of(input)
    for length in lengths:
        items = None
        if array is not None and isinstance(length, int):
            items = known.cut(array, axis, range(start, start + length)).items
            start += length
        tensors.append(Tensor(input.shape.replace(axis, length), input.dtype, False, None, items))
    return give_many(*tensors)


def _divide(cfg: Split, size: Size, parts: int) -> list[Size]:
    """The lengths of parts, of which only the last may be less. Raises ShapeError."""
    if cfg.even:
        return [exact(size, parts, f"cuts an axis of {size} into {parts} parts", arg="num_outputs")] * parts
    lengths = portions.divide_evenly(size, parts)
    if lengths is None:
        each = ceil_div(size, parts)
        message = f"cuts an axis of {size} into {parts} parts of {each}"
        last = require_at_least(size - each * (parts - 1), 0, message, arg="num_outputs", code="SC404")
        lengths = [each] * (parts - 1) + [last]
    return lengths


class Slice(Operator):
    """A stretch of some axes. https://onnx.ai/onnx/operators/onnx__Slice.html"""

    type_name = "onnx.Slice"
    ports = ("data", "starts", "ends", "axes?", "steps?")
    numbers = ("starts", "ends", "axes", "steps")


@rule(Slice)
def slice_(
    cfg: Slice, data: Tensor, starts: Tensor, ends: Tensor, axes: Tensor | None = None, steps: Tensor | None = None
) -> Inferred:
    from shapecalc.dims.slicing import cut_axis

    ndim = data.shape.ndim
    count = starts.shape[0] if starts.shape.ndim else 1
    if not isinstance(count, int) or count not in range(MAX_AXES + 1):
        raise refuse_unknown_values("starts")
    listed = tuple(range(count)) if axes is None else whole_numbers(axes)
    if listed is None:
        return give([unknown() for _ in range(ndim)], data.dtype)
    sizes: list[Size] = list(data.shape)
    array = known_of(data)
    first, last = list_numbers(starts), list_numbers(ends)
    strides = (1,) * count if steps is None else list_numbers(steps)
    for name, values in (("starts", first), ("ends", last), ("steps", strides)):
        if values is not None and len(values) != len(listed):
            raise ShapeError(f"has {len(values)} numbers for {len(listed)} axes", arg=name, code="SC205")
    for number, axis in enumerate(place_axes(listed, ndim)):
        bounds = [None if values is None else values[number] for values in (first, last, strides)]
        sizes[axis], positions = cut_axis(data.shape[axis], *bounds)
        array = None if array is None or positions is None else known.cut(array, axis, positions)
    return give(sizes, data.dtype, array)


class Gather(Operator):
    """Parts of a tensor at positions along an axis. https://onnx.ai/onnx/operators/onnx__Gather.html"""

    type_name = "onnx.Gather"
    ports = ("data", "indices")
    axis = arg.axis(0, doc="Along which positions count.")


@rule(Gather)
def gather(cfg: Gather, data: Tensor, indices: Tensor) -> Inferred:
    axis = place_axis(cfg.axis, data.shape.ndim)
    sizes = (*data.shape[:axis], *indices.shape, *data.shape[axis + 1 :])
    array, positions = known_of(data), known_of(indices)
    return give(sizes, data.dtype, None if array is None or positions is None else known.take(array, positions, axis))


class GatherElements(Operator):
    """Numbers at positions along an axis. https://onnx.ai/onnx/operators/onnx__GatherElements.html"""

    type_name = "onnx.GatherElements"
    ports = ("data", "indices")
    axis = arg.axis(0, doc="Along which positions count.")


@rule(GatherElements)
def gather_elements(cfg: GatherElements, data: Tensor, indices: Tensor) -> Inferred:
    place_axis(cfg.axis, data.shape.ndim)
    if indices.shape.ndim != data.shape.ndim:
        raise ShapeError(f"has as many axes as its positions, got {data.shape} and {indices.shape}", code="SC405")
    return give(indices.shape, data.dtype)


class GatherND(Operator):
    """Parts of a tensor at places. https://onnx.ai/onnx/operators/onnx__GatherND.html"""

    type_name = "onnx.GatherND"
    ports = ("data", "indices")
    batch_dims = arg.count(0, doc="Axes at the front that both share.", low=0)


@rule(GatherND)
def gather_nd(cfg: GatherND, data: Tensor, indices: Tensor) -> Inferred:
    if not indices.shape.ndim:
        raise ShapeError("needs positions of at least one axis", input="indices", code="SC404")
    depth = indices.shape[-1]
    if not isinstance(depth, int):
        raise refuse_unknown_values("indices")
    rest = data.shape[cfg.batch_dims + depth :]
    return give((*indices.shape[:-1], *rest), data.dtype)


class Pad(Operator):
    """A border around a tensor. https://onnx.ai/onnx/operators/onnx__Pad.html"""

    type_name = "onnx.Pad"
    ports = ("data", "pads", "constant_value?", "axes?")
    numbers = ("pads", "constant_value", "axes")
    mode = arg.choice("constant", "reflect", "edge", "wrap", default="constant", doc="What the border holds.")


@rule(Pad)
def pad(
    cfg: Pad, data: Tensor, pads: Tensor, constant_value: Tensor | None = None, axes: Tensor | None = None
) -> Inferred:
    ndim = data.shape.ndim
    listed = tuple(range(ndim)) if axes is None else whole_numbers(axes)
    widths = list_numbers(pads)
    if listed is None or widths is None:
        return give([unknown() for _ in range(ndim)], data.dtype)
    positions = place_axes(listed, ndim)
    if len(widths) != 2 * len(positions):
        raise ShapeError(f"has two widths an axis, got {len(widths)} for {len(positions)}", arg="pads", code="SC205")
    sizes: list[Size] = list(data.shape)
    for number, axis in enumerate(positions):
        sizes[axis] = sizes[axis] + widths[number] + widths[number + len(positions)]
    return give(sizes, data.dtype)


class NonZero(Operator):
    """The places of numbers that are not 0. https://onnx.ai/onnx/operators/onnx__NonZero.html"""

    type_name = "onnx.NonZero"
    ports = ("X",)


@rule(NonZero)
def non_zero(cfg: NonZero, X: Tensor) -> Inferred:
    array = known_of(X)
    if array is not None and all(known.truth(item) in (True, False) for item in array.items):
        places = known.places_of(array, known.truth)
        rank = X.shape.ndim
        items = tuple(place[axis] for axis in range(rank) for place in places)
        return give((rank, len(places)), "int64", known.Known((rank, len(places)), items))
    return give((X.shape.ndim, unknown()), "int64")


class OneHot(Operator):
    """A vector with one mark for each position. https://onnx.ai/onnx/operators/onnx__OneHot.html"""

    type_name = "onnx.OneHot"
    ports = ("indices", "depth", "values")
    numbers = ("depth", "values")
    axis = arg.axis(-1, doc="Where the new axis stands.")


@rule(OneHot)
def one_hot(cfg: OneHot, indices: Tensor, depth: Tensor, values: Tensor) -> Inferred:
    width = list_numbers(depth)
    axis = place_axis(cfg.axis, indices.shape.ndim + 1)
    sizes = list(indices.shape)
    first = width[0] if width is not None and isinstance(width[0], (int, Dim)) else unknown()
    sizes.insert(axis, int(width[0]) if width is not None and isinstance(width[0], float) else first)
    return give(sizes, values.dtype)


class Trilu(Operator):
    """One triangle of matrices, the other 0. https://onnx.ai/onnx/operators/onnx__Trilu.html"""

    type_name = "onnx.Trilu"
    ports = ("input", "k?")
    numbers = ("k",)
    upper = arg.flag(True, doc="Which triangle is kept.")


@rule(Trilu)
def trilu(cfg: Trilu, input: Tensor, k: Tensor | None = None) -> Inferred:
    return give(input.shape, input.dtype)


class Initializer(Operator):
    """A constant tensor that several nodes use, or that leaves the model."""

    type_name = "onnx.Initializer"
    ports = ()
    value: arg.Arg[Any] = arg.Arg(GivenKind(), arg.REQUIRED, "The tensor.")


@rule(Initializer)
def initializer(cfg: Initializer) -> Inferred:
    given: Given = cfg.value
    inferred = Inferred({"output": given.tensor})
    inferred.weights = (Weight("value", given.shape, True, given.dtype),) if is_weight(cfg, "value", given) else ()
    return inferred


TYPES = index_by_name(Concat, Split, Slice, Gather, GatherElements, GatherND, Pad, NonZero, OneHot, Trilu, Initializer)
