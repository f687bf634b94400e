"""Layers that merge several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from shapecalc.dims import prod
from shapecalc.formats.onnx.writing.base import Masks, Value, WeightView, mask_writer, writer
from shapecalc.formats.onnx.writing.casts import as_bool, cast_floats
from shapecalc.formats.onnx.writing.core import any_of
from shapecalc.formats.onnx.writing.ops.base import countable
from shapecalc.layers.dtypes import find_product_type, find_result_type, join_type

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.merging import Average, Concatenate, Dot, Merge

_KINDS = {"Add": "Add", "Subtract": "Sub", "Multiply": "Mul", "Maximum": "Max", "Minimum": "Min"}


def align_inputs(nodes: Nodes, cfg: Merge, inputs: tuple[Value, ...]) -> list[Value]:
    """The inputs in one dtype and with equally many axes, new ones after the batch axis."""
    tensors = [cast_floats(nodes, x, cfg) for x in inputs]
    dtype = find_result_type(*(x.dtype for x in tensors))
    ndim = max(x.ndim for x in tensors)
    return [nodes.unsqueeze(nodes.cast(x, dtype), *range(1, 1 + ndim - x.ndim)) for x in tensors]


def fold(nodes: Nodes, kind: str, tensors: Sequence[Value]) -> Value:
    """An operator on the first two tensors, then on that and the next, and so on; truth values have their own."""
    if tensors[0].dtype == "bool" and kind in ("Add", "Mul", "Max", "Min"):
        kind = "Or" if kind in ("Add", "Max") else "And"
    elif kind in ("Max", "Min"):
        tensors = [countable(nodes, x) if not x.is_float else x for x in tensors]
    return reduce(lambda left, right: nodes.op(kind, left, right), tensors)


@writer("Add", "Subtract")
def add(nodes: Nodes, cfg: Merge, weight: WeightView, inputs: tuple[Value, ...]) -> Value:
    return fold(nodes, _KINDS[cfg.type_name], align_inputs(nodes, cfg, inputs))


@writer("Average")
def average(nodes: Nodes, cfg: Average, weight: WeightView, inputs: tuple[Value, ...]) -> Value:
    total = fold(nodes, "Add", align_inputs(nodes, cfg, inputs))
    total = total if total.is_float else nodes.cast(total, "float32")
    return nodes.op("Div", total, nodes.like(len(inputs), total))


def _align_masks(nodes: Nodes, tensors: list[Value], inputs: tuple[Value, ...], masks: Masks) -> list[Value | None]:
    """Each input's mask as (batch, time, 1); an input that was given more axes has lost it."""
    given = masks[0] if masks else (None,) * len(tensors)
    return [
        nodes.unsqueeze(as_bool(nodes, mask), mask.ndim) if mask is not None and x.ndim == before.ndim else None
        for x, before, mask in zip(tensors, inputs, given, strict=True)
    ]


@writer("Multiply", masks=True)
def multiply(nodes: Nodes, cfg: Merge, weight: WeightView, inputs: tuple[Value, ...], masks: Masks = ()) -> Value:
    tensors = align_inputs(nodes, cfg, inputs)
    over = _align_masks(nodes, tensors, inputs, masks)
    kept = [mask for mask in over if mask is not None]
    neutral = nodes.like(1, tensors[0])
    product = fold(
        nodes,
        "Mul",
        [x if mask is None else nodes.where(mask, x, neutral) for x, mask in zip(tensors, over, strict=True)],
    )
    if not kept or len(kept) < len(over):
        return product
    return nodes.where(fold(nodes, "Max", kept), product, nodes.like(0, product))


@writer("Maximum", "Minimum", masks=True)
def extreme(nodes: Nodes, cfg: Merge, weight: WeightView, inputs: tuple[Value, ...], masks: Masks = ()) -> Value:
    """Two at a time from the left; an entry masked in one is taken from the other."""
    tensors = align_inputs(nodes, cfg, inputs)
    over = _align_masks(nodes, tensors, inputs, masks)
    output, output_mask = tensors[0], over[0]
    for x, mask in zip(tensors[1:], over[1:], strict=True):
        right = x if mask is None else nodes.where(mask, x, output)
        left = output if output_mask is None else nodes.where(output_mask, output, right)
        output_mask = None if mask is None or output_mask is None else nodes.op("Or", output_mask, mask)
        output = fold(nodes, _KINDS[cfg.type_name], [left, right])
    return output


@mask_writer("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
def merge_masks(nodes: Nodes, cfg: Merge, feed: Any, masks: Masks) -> Value | None:
    """A step is kept if any input keeps it; None where an input has no mask."""
    kept = [as_bool(nodes, mask) for mask in masks[0] if mask is not None]
    return fold(nodes, "Max", kept) if len(kept) == len(masks[0]) else None


@writer("Concatenate")
def concatenate(nodes: Nodes, cfg: Concatenate, weight: WeightView, inputs: tuple[Value, ...]) -> Value:
    tensors = [cast_floats(nodes, x, cfg) for x in inputs]
    dtype = join_type(*(x.dtype for x in tensors))
    return nodes.concat([nodes.cast(x, dtype) for x in tensors], cfg.axis)


@mask_writer("Concatenate")
def concatenate_masks(nodes: Nodes, cfg: Concatenate, feed: Any, masks: Masks) -> Value | None:
    """Masks are spread over their inputs and joined as these are; a step is kept where any of its features is."""
    if all(mask is None for mask in masks[0]):
        return None
    spread = []
    for x, mask in zip(feed[0], masks[0], strict=True):
        if mask is None:
            spread.append(nodes.expand(nodes.constant(True, "bool"), x.shape))
        elif mask.ndim == x.ndim:
            spread.append(as_bool(nodes, mask))
        else:
            spread.append(nodes.expand(nodes.unsqueeze(as_bool(nodes, mask), mask.ndim), x.shape))
    return any_of(nodes, nodes.concat(spread, cfg.axis), [-1])


@writer("Dot")
def dot(nodes: Nodes, cfg: Dot, weight: WeightView, inputs: tuple[Value, ...]) -> Value:
    """Both turned to rows (batch, rows, features), then one product a sample."""
    tensors = [cast_floats(nodes, x, cfg) for x in inputs]
    dtype = find_product_type(*(x.dtype for x in tensors))
    left, right = (nodes.cast(x, dtype) for x in tensors)
    pair = (cfg.axes, cfg.axes) if isinstance(cfg.axes, int) else cfg.axes
    if cfg.normalize:
        left, right = _scale_to_unit(nodes, left, pair[0]), _scale_to_unit(nodes, right, pair[1])
    left, right = nodes.move(left, pair[0], -1), nodes.move(right, pair[1], -1)
    rest = (*left.shape[1:-1], *right.shape[1:-1])
    batch, features = left.shape[0], left.shape[-1]
    rows = nodes.reshape(left, (batch, prod(left.shape[1:-1]), features))
    columns = nodes.transpose(nodes.reshape(right, (batch, prod(right.shape[1:-1]), features)), (0, 2, 1))
    return nodes.reshape(nodes.matmul(rows, columns), (batch, *(rest or (1,))))


def _scale_to_unit(nodes: Nodes, x: Value, axis: int) -> Value:
    """`x` scaled to length 1 along an axis, none of it by more than 10**7."""
    squares = nodes.reduce("ReduceSum", nodes.op("Mul", x, x), [axis], keepdims=True)
    inverse = nodes.op("Reciprocal", nodes.op("Sqrt", squares))
    return nodes.op("Mul", x, nodes.op("Min", inverse, nodes.like(1e7, x)))
