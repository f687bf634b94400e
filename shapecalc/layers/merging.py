"""Layers that merge several tensors into one. https://keras.io/api/layers/merging_layers/

Each takes the whole list. Sizes broadcast as in Keras: aligned at their last axes, the batch axis left out of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar, Literal

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, add_up, axis_from_front, broadcast, broadcast_shapes, require_same
from shapecalc.layers.arguments import arg
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.dtypes import cast_dtypes, find_product_type, is_float, join_dtypes, join_type
from shapecalc.layers.values import Inferred, Tensor


class Merge(Layer):
    """Several tensors, combined entry by entry: (batch, ...) each, output what they broadcast to.

    The output carries a mask where every input does: a step is kept that any of them keeps.
    """

    ports = ("inputs+",)
    lists = True
    exactly: ClassVar[int | None] = None
    selects: ClassVar[bool] = False
    divides: ClassVar[bool] = False


@rule(Merge)
def merge(cfg: Merge, inputs: Sequence[Tensor]) -> Inferred:
    check_count(inputs, cfg.exactly, type(cfg).__name__)
    batch: Size = inputs[0].shape.axes("batch", ...)[0]
    for tensor in inputs[1:]:
        other = tensor.shape.axes("batch", ...)[0]
        batch = require_same(batch, other, f"needs one batch size, got {batch} and {other}", input="inputs")
    # Inputs of fewer axes are aligned at their last ones, the batch apart.
    aligned = len({tensor.shape.ndim for tensor in inputs}) == 1
    shape = broadcast_shapes(
        *(tensor.shape if aligned else tensor.shape[1:] for tensor in inputs),
        input="inputs",
        help="make the axes equal, or 1 where one is to be stretched, with a `Reshape` or a `Dense` before it",
    )
    rest = shape[1:] if aligned else shape
    masked = _join_masks(inputs)
    if cfg.selects:
        _require_selectable(inputs, type(cfg).__name__)
    dtype = join_dtypes(tuple(tensor.dtype for tensor in inputs), cfg.compute_dtype)
    if dtype == "bool" and len(inputs) > 1:
        raise ShapeError(
            "cannot combine booleans", input="inputs", code="SC407", help="cast them first: `ops.cast: {dtype: int32}`"
        )
    dtype = "float32" if cfg.divides and not is_float(dtype) else dtype
    return Inferred(outputs={"output": Tensor(Shape((batch, *rest)), dtype, masked)})


def check_count(inputs: Sequence[Tensor], exactly: int | None, type_name: str) -> None:
    """Refuses another number of inputs than the type takes."""
    if exactly is not None and len(inputs) != exactly:
        raise ShapeError(
            f"needs exactly {exactly} inputs, got {len(inputs)}",
            input="inputs",
            code="SC306",
            help=f"give `{type_name}` a list of {exactly}: `from: [a, b]`",
        )


def _join_masks(inputs: Sequence[Tensor]) -> Shape | Literal[False]:
    """The mask of the output: where every input has one, what they stretch to."""
    masks = [tensor.mask for tensor in inputs]
    present = [mask for mask in masks if mask is not None]
    if len(present) < len(masks):
        return False
    for mask, next_mask in pairwise(present):
        if mask.ndim != next_mask.ndim:
            message = f"cannot join masks of shape {mask} and {next_mask}"
            raise ShapeError(message, input="inputs", code="SC411", help="drop the mask of one before it")
        for size, wanted in zip(mask[1:], next_mask[1:], strict=True):
            broadcast(size, wanted, f"cannot join the masks of {size} and {wanted} steps", input="inputs")
    return broadcast_shapes(*present, input="inputs")


def _require_selectable(inputs: Sequence[Tensor], type_name: str) -> None:
    """Keras lays a (batch, time) mask over each input as (batch, time, 1), which fits one axis more than it has.

    An input of fewer axes than another is given more of them first, and loses its mask for that.
    """
    ndim = max(tensor.shape.ndim for tensor in inputs)
    for tensor in inputs:
        if tensor.mask is not None and tensor.shape.ndim == ndim != tensor.mask.ndim + 1:
            raise ShapeError(
                f"{type_name} cannot lay a mask of shape {tensor.mask} over {tensor.shape}",
                input="inputs",
                code="SC411",
                help="drop the mask before it, or merge before the axes change",
            )


class Add(Merge):
    """The sum. https://keras.io/api/layers/merging_layers/add/  Inputs (batch, ...), output what they broadcast to."""


class Subtract(Merge):
    """The first minus the second. https://keras.io/api/layers/merging_layers/subtract/

    Two inputs (batch, ...), output what they broadcast to.
    """

    lists = False  # a single tensor is refused as one of two
    exactly = 2


class Multiply(Merge):
    """The product, entry by entry. https://keras.io/api/layers/merging_layers/multiply/

    Inputs (batch, ...), output what they broadcast to. A masked entry counts as 1; where all are masked, 0 comes out.
    """

    selects = True


class Average(Merge):
    """The mean of the inputs. https://keras.io/api/layers/merging_layers/average/

    Inputs (batch, ...), output what they broadcast to, floating.
    """

    divides = True


class Maximum(Merge):
    """The largest, entry by entry. https://keras.io/api/layers/merging_layers/maximum/

    Inputs (batch, ...), output what they broadcast to. An entry that one input masks is taken from the other.
    """

    selects = True


class Minimum(Merge):
    """The smallest, entry by entry. https://keras.io/api/layers/merging_layers/minimum/

    Inputs (batch, ...), output what they broadcast to. An entry that one input masks is taken from the other.
    """

    selects = True


class Concatenate(Layer):
    """The inputs one after another along an axis. https://keras.io/api/layers/merging_layers/concatenate/

    Inputs of equal shapes but for that axis, which adds up. A mask is made where any input has one.
    """

    ports = ("inputs+",)
    lists = True
    axis = arg.axis(-1, doc="The axis along which the inputs are joined.")


@rule(Concatenate)
def concatenate(cfg: Concatenate, inputs: Sequence[Tensor]) -> Inferred:
    shape = join_shapes([tensor.shape for tensor in inputs], cfg.axis, "inputs")
    masked = Shape(_spread_mask(inputs, cfg.axis)[:-1]) if any(tensor.masked for tensor in inputs) else False
    dtype = join_type(*cast_dtypes(tuple(tensor.dtype for tensor in inputs), cfg.compute_dtype))
    return Inferred(outputs={"output": Tensor(shape, dtype, masked)})


def _spread_mask(inputs: Sequence[Tensor], axis: int) -> Shape:
    """The masks of all inputs one after another, each spread over the features of its input where it has none."""
    laid = []
    help = "drop the mask before it: Keras lays a mask over inputs (batch, time, features)"
    for tensor in inputs:
        mask, shape = tensor.mask, tensor.shape
        if mask is not None and mask.ndim == shape.ndim:
            laid.append(mask)
            continue
        laid.append(shape)
        message = f"cannot lay a mask of shape {mask} over {shape}"
        if mask is not None and mask.ndim != shape.ndim - 1:
            raise ShapeError(message, input="inputs", code="SC411", help=help)
        for size, wanted in zip(mask or (), shape, strict=False):
            if size != 1:
                require_same(wanted, size, message, input="inputs", help=help)
    return join_shapes(laid, axis, "inputs")


def join_shapes(shapes: Sequence[Shape], axis: int, port: str) -> Shape:
    """The shape of tensors laid one after another along `axis`."""
    first = shapes[0]
    ndim = first.ndim
    position = axis_from_front(axis, ndim)
    if position is None:
        raise ShapeError(
            f"has no axis {axis}: its inputs have {ndim} axes, {first}",
            arg="axis",
            code="SC205",
            help=f"choose an axis from {-ndim} to {ndim - 1}",
        )
    sizes: list[Size] = list(first)
    for shape in shapes[1:]:
        message = f"needs equal shapes but for axis {axis}, got {first} and {shape}"
        if shape.ndim != ndim:
            raise ShapeError(message, input=port, code="SC411", help="give all inputs the same number of axes")
        for other in range(ndim):
            if other != position:
                help = "make these axes equal before they are joined"
                sizes[other] = require_same(sizes[other], shape[other], message, input=port, help=help, code="SC405")
    return Shape(sizes).replace(position, add_up(shape[position] for shape in shapes))


class Dot(Layer):
    """Scalar products along one axis of each of two inputs. https://keras.io/api/layers/merging_layers/dot/

    Output (batch, other axes of the first, other axes of the second), or (batch, 1) where none are left.
    """

    ports = ("inputs+",)
    masking = "stop"
    axes = arg.axes(doc="The axis to sum over in both inputs, or one for each; never the batch axis.")
    normalize = arg.flag(False, doc="Scale vectors along the axis to length 1 first: cosine similarity.")


@rule(Dot)
def dot(cfg: Dot, inputs: Sequence[Tensor]) -> Inferred:
    check_count(inputs, 2, "Dot")
    pairs = (cfg.axes, cfg.axes) if isinstance(cfg.axes, int) else cfg.axes
    if len(pairs) != 2:
        raise ShapeError(
            f"axes takes one axis or a list of two, got {len(pairs)}",
            arg="axes",
            code="SC205",
            example=("axes", "[2, 1]"),
            help="write `axes: [2, 1]`",
        )
    left, right = inputs[0].shape, inputs[1].shape
    here, there = _find_summed_axis(left, pairs[0]), _find_summed_axis(right, pairs[1])
    batch = require_same(left[0], right[0], f"needs one batch size, got {left[0]} and {right[0]}", input="inputs")
    message = (
        f"cannot sum over axis {here} of {left} with axis {there} of {right}: {left[here]} and {right[there]} differ"
    )
    features = require_same(left[here], right[there], message, arg="axes", help="choose axes of equal size")
    rest = (*left[1:here], *left[here + 1 :], *right[1:there], *right[there + 1 :])
    dtype = find_product_type(*cast_dtypes(tuple(tensor.dtype for tensor in inputs), cfg.compute_dtype))
    if cfg.normalize and not is_float(dtype):
        raise ShapeError(
            f"cannot normalize {dtype} inputs",
            arg="normalize",
            code="SC407",
            help="cast them first: `ops.cast: {dtype: float32}`",
        )
    return Inferred(
        outputs={"output": Tensor(Shape((batch, *(rest or (1,)))), dtype)}, macs={"product": (*rest, features)}
    )


def _find_summed_axis(shape: Shape, axis: int) -> int:
    """The axis counted from the front, which must not be the batch axis."""
    shape.axes("batch", ..., "features")
    position = axis_from_front(axis, shape.ndim)
    if position is None or position == 0:
        axis_fault = "the batch axis" if position == 0 else f"not an axis of {shape}"
        raise ShapeError(
            f"cannot sum over axis {axis}: it is {axis_fault}",
            arg="axes",
            code="SC205",
            help=f"choose an axis from 1 to {shape.ndim - 1}, or count from -1",
        )
    return position
