"""Forwards of layers/merging.py."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array, cast_floats, forward, mask_rule
from shapecalc.forward.dtypes import cast_alike, cast_factors, cast_to_float, cast_to_join
from shapecalc.forward.memory import copy_memory, inputs_and_result_memory
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.merging import Add, Average, Concatenate, Dot, Merge, Multiply, Subtract

Masks = tuple[tuple["Array | None", ...], ...]


def dot_memory(cfg: Dot, feed: Any, inferred: Any) -> int:
    """Bytes of the inputs scaled, and then with their axes in the order of a product."""
    return 3 * copy_memory(cfg, feed, inferred)


def align_inputs(cfg: Merge, inputs: tuple[Array, ...]) -> list[Array]:
    """The inputs in one dtype and with equally many axes, new ones after the batch axis."""
    arrays = cast_alike(*(cast_floats(array, cfg.compute_dtype) for array in inputs))
    ndim = max(array.ndim for array in arrays)
    return [array.reshape(array.shape[0], *(1,) * (ndim - array.ndim), *array.shape[1:]) for array in arrays]


def accumulate(function: np.ufunc, arrays: list[Array]) -> Array:
    """`function` of the first two arrays, then of that and the next, and so on."""
    return np.asarray(reduce(function, arrays))


@forward("Add", memory=inputs_and_result_memory)
def add(cfg: Add, weight: Weights, inputs: tuple[Array, ...]) -> Array:
    return accumulate(np.add, align_inputs(cfg, inputs))


@forward("Subtract", memory=inputs_and_result_memory)
def subtract(cfg: Subtract, weight: Weights, inputs: tuple[Array, ...]) -> Array:
    return accumulate(np.subtract, align_inputs(cfg, inputs))


@forward("Average", memory=inputs_and_result_memory)
def average(cfg: Average, weight: Weights, inputs: tuple[Array, ...]) -> Array:
    total = cast_to_float(accumulate(np.add, align_inputs(cfg, inputs)))
    return np.asarray(total / total.dtype.type(len(inputs)))


def align_masks(arrays: list[Array], inputs: tuple[Array, ...], masks: Masks) -> list[Array | None]:
    """Each input's mask as (batch, time, 1); an input that was given more axes has lost it."""
    given = masks[0] if masks else (None,) * len(arrays)
    return [
        mask[..., None] if mask is not None and array.ndim == given_array.ndim else None
        for array, given_array, mask in zip(arrays, inputs, given, strict=True)
    ]


@forward("Multiply", masks=True, memory=inputs_and_result_memory)
def multiply(cfg: Multiply, weight: Weights, inputs: tuple[Array, ...], masks: Masks = ()) -> Array:
    arrays = align_inputs(cfg, inputs)
    over = align_masks(arrays, inputs, masks)
    kept = [mask for mask in over if mask is not None]
    if not kept:
        return accumulate(np.multiply, arrays)
    neutral = arrays[0].dtype.type(1)
    product = accumulate(
        np.multiply, [x if mask is None else np.where(mask, x, neutral) for x, mask in zip(arrays, over, strict=True)]
    )
    return np.where(reduce(np.logical_or, kept), product, product.dtype.type(0)) if len(kept) == len(over) else product


@forward("Maximum", "Minimum", masks=True, memory=inputs_and_result_memory)
def extreme(cfg: Merge, weight: Weights, inputs: tuple[Array, ...], masks: Masks = ()) -> Array:
    """The extreme of the inputs, two at a time from the left; an entry masked in one is taken from the other."""
    function = np.maximum if type(cfg).__name__ == "Maximum" else np.minimum
    arrays = align_inputs(cfg, inputs)
    over = align_masks(arrays, inputs, masks)
    if all(mask is None for mask in over):
        return accumulate(function, arrays)
    output, output_mask = arrays[0], over[0]
    for x, mask in zip(arrays[1:], over[1:], strict=True):
        right = x if mask is None else np.where(mask, x, output)
        left = output if output_mask is None else np.where(output_mask, output, right)
        output_mask = None if mask is None or output_mask is None else output_mask | mask
        output = function(left, right)
    return output


@mask_rule("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
def merge_masks(cfg: Merge, feed: tuple[Any, ...], masks: Masks) -> Array | None:
    """A step is kept if any input keeps it; None where an input has no mask."""
    kept = [mask for mask in masks[0] if mask is not None]
    return reduce(np.logical_or, kept) if len(kept) == len(masks[0]) else None


@forward("Concatenate")
def concatenate(cfg: Concatenate, weight: Weights, inputs: tuple[Array, ...]) -> Array:
    return np.concatenate(cast_to_join(*(cast_floats(array, cfg.compute_dtype) for array in inputs)), axis=cfg.axis)


@mask_rule("Concatenate")
def concatenate_masks(cfg: Concatenate, feed: tuple[Any, ...], masks: Masks) -> Array | None:
    """Masks are spread over their inputs and joined as these are; a step is kept where any of its features is."""
    if all(mask is None for mask in masks[0]):
        return None
    spread = [
        mask
        if mask is not None and mask.ndim == x.ndim
        else np.broadcast_to(True if mask is None else mask[..., None], x.shape)
        for x, mask in zip(feed[0], masks[0], strict=True)
    ]
    return np.asarray(np.concatenate(spread, axis=cfg.axis).any(axis=-1))


@forward("Dot", memory=dot_memory)
def dot(cfg: Dot, weight: Weights, inputs: tuple[Array, ...]) -> Array:
    """Both turned to rows (batch, rows, features), then one product a sample."""
    left, right = cast_factors(*(cast_floats(array, cfg.compute_dtype) for array in inputs))
    pair = (cfg.axes, cfg.axes) if isinstance(cfg.axes, int) else cfg.axes
    if cfg.normalize:
        left, right = scale_to_unit(left, pair[0]), scale_to_unit(right, pair[1])
    left, right = np.moveaxis(left, pair[0], -1), np.moveaxis(right, pair[1], -1)
    rest = (*left.shape[1:-1], *right.shape[1:-1])
    batch, features = left.shape[0], left.shape[-1]
    rows = left.reshape(batch, int(np.prod(left.shape[1:-1])), features)
    columns = right.reshape(batch, int(np.prod(right.shape[1:-1])), features).swapaxes(1, 2)
    return (rows @ columns).reshape(batch, *(rest or (1,)))


def scale_to_unit(x: Array, axis: int) -> Array:
    """`x` scaled to length 1 along an axis, none of it by more than 10**7."""
    squares = np.sum(np.square(x), axis=axis, keepdims=True)
    with np.errstate(divide="ignore"):
        return np.asarray(x * np.minimum(1 / np.sqrt(squares), x.dtype.type(1e7)))
