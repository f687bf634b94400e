"""Scores of attention, block by block: which count, their softmax, and the values they weigh."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from shapecalc.forward.attention_memory import CACHED, ROWS
from shapecalc.forward.base import Array

_LOG2_E = math.log2(math.e)


class Visibility(NamedTuple):
    """What a position may attend to: arrays, true where it may, that stretch to (batch, heads, query, key), and a band.

    `averages`: a row that sees nothing averages all values, as Keras's fused path does; else it gives zeros.
    """

    masks: tuple[Array, ...] = ()
    causal: bool = False
    window: int | None = None
    averages: bool = True


class Block(NamedTuple):
    """A part of the scores: slices of batch, heads, rows of query, and the keys that the band lets these rows see."""

    batch: slice
    heads: slice
    rows: slice
    keys: slice


def list_blocks(batch: int, heads: int, rows: int, columns: int, seen: Visibility) -> Iterator[Block]:
    """The scores in parts: many small heads at once, or 128 rows of a large one; keys outside the band are left out."""
    step = max(1, min(rows, ROWS))
    many = max(1, CACHED // max(1, step * columns))
    head_step, batch_step = min(heads, many), max(1, many // max(1, heads)) if step >= rows else 1
    for first in range(0, batch, batch_step):
        for head in range(0, heads, head_step):
            for row in range(0, rows, step):
                last = min(rows, row + step)
                ahead = 1 if seen.causal else seen.window or columns
                start = max(0, row - seen.window + 1) if seen.window is not None else 0
                stop = max(0, min(columns, last - 1 + ahead))
                yield Block(
                    slice(first, first + batch_step),
                    slice(head, head + head_step),
                    slice(row, last),
                    slice(min(start, stop), stop),
                )


def find_hidden(block: Block, seen: Visibility) -> Array | None:
    """True where a score of the block does not count; None where all do."""
    visible = [cut_mask(mask, block) for mask in seen.masks]
    if seen.causal or seen.window is not None:
        distance = np.arange(block.rows.start, block.rows.stop)[:, None] - np.arange(block.keys.start, block.keys.stop)
        if seen.causal:
            visible.append(distance >= 0)
        if seen.window is not None:
            visible.append(abs(distance) < seen.window)
    if not visible:
        return None
    together = visible[0]
    for other in visible[1:]:
        together = together & other
    return np.logical_not(together)


def cut_mask(mask: Array, block: Block) -> Array:
    """The part of a mask for a block; axes of size 1 stay as they are."""
    return mask[tuple(part if size != 1 else slice(None) for part, size in zip(block, mask.shape, strict=True))]


def attend(q: Array, k: Array, v: Array, seen: Visibility, *, scores: bool = False) -> tuple[Array, Array | None]:
    """softmax(q k / sqrt(size)) v over (batch, time, heads, size), and the softmax itself where `scores` asks for it.

    Block by block: the scale, and log2(e) so that exp2 serves as exp, go into q; the division by the sums of a row
    comes after the product with v, which has fewer columns.
    """
    batch, rows, heads, size = q.shape
    columns = k.shape[1]
    q = q * q.dtype.type(_LOG2_E / math.sqrt(size))
    kept = np.zeros((batch, heads, rows, columns), q.dtype) if scores else None
    out = np.empty((batch, rows, heads, v.shape[-1]), q.dtype)
    q, k, v, result = (
        q.transpose(0, 2, 1, 3),
        k.transpose(0, 2, 3, 1),
        v.transpose(0, 2, 1, 3),
        out.transpose(0, 2, 1, 3),
    )
    scratch: Array = np.empty(0, q.dtype)
    for block in list_blocks(batch, heads, rows, columns, seen):
        part, rows_of = q[block[:3]], block[:3]
        shape = (*part.shape[:3], block.keys.stop - block.keys.start)
        if scratch.size < math.prod(shape):
            scratch = np.empty(math.prod(shape), q.dtype)
        block_keys, block_values = k[block[0], block[1], :, block[3]], v[block[0], block[1], block[3]]
        weights = np.matmul(part, block_keys, out=scratch[: math.prod(shape)].reshape(shape))
        unseen, sums = apply_softmax(weights, find_hidden(block, seen))
        np.matmul(weights, block_values, out=result[rows_of])
        result[rows_of] /= sums
        if unseen is not None and seen.averages:
            averages = v[block[0], block[1]].mean(axis=-2, keepdims=True)
            np.copyto(result[rows_of], averages, where=unseen)
        if kept is not None:
            np.divide(weights, sums, out=kept[(*rows_of, block.keys)])
    return out, kept


def apply_softmax(scores: Array, hide: Array | None) -> tuple[Array | None, Array]:
    """Replaces scores by 2 to the power of them, less the row's largest, and 0 where hidden.

    Returns which rows see nothing, or None, and the sums of the rows."""
    if hide is not None:
        np.copyto(scores, -np.inf, where=hide)
    largest = scores.max(axis=-1, keepdims=True, initial=-np.inf)
    unseen = None
    if hide is not None:
        unseen = np.isneginf(largest)
        largest[unseen] = 0
    scores -= largest
    np.exp2(scores, out=scores)
    sums = (scores @ np.ones(scores.shape[-1], scores.dtype))[..., None]
    if unseen is not None:
        sums[unseen] = 1
    return (unseen if unseen is not None and unseen.any() else None), sums
