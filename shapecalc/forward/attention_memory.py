"""How attention divides its scores into blocks, and what it takes in memory for that."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from shapecalc.forward.memory import bytes_of, copy_memory, outputs, tensors, width
from shapecalc.forward.sizes import number, numbers

if TYPE_CHECKING:
    from shapecalc.layers.attention import GroupQueryAttention, HeadedAttention, ListAttention, MultiHeadAttention

ROWS = 128
"""Rows of query that are scored at a time in one head, so that the memory of scores stays bounded."""
CACHED = 1 << 16
"""Scores of a block that stays in a core's cache from the product to the softmax to the product with the values."""


def multi_head_memory(cfg: MultiHeadAttention, feed: Any, stated: Any) -> int:
    """What `heads_memory` says of as many heads of keys as of queries."""
    heads, size = numbers((cfg.num_heads, cfg.key_dim))
    return heads_memory(cfg, feed, stated, heads, size, size if cfg.value_dim is None else number(cfg.value_dim))


def group_query_memory(cfg: GroupQueryAttention, feed: Any, stated: Any) -> int:
    """What `heads_memory` says of heads of keys that are repeated for each head of queries."""
    heads, size = numbers((cfg.num_query_heads, cfg.head_dim))
    return heads_memory(cfg, feed, stated, heads, size, size)


def heads_memory(cfg: HeadedAttention, feed: Any, stated: Any, heads: int, key_size: int, value_size: int) -> int:
    """Queries, keys and values in heads, scaled, repeated or folded, the context, one block of scores, and masks.

    A mask of more than two axes attended over is stretched to all scores.
    """
    query, value = feed[:2]
    rows, columns = math.prod(query.shape[:-1]), math.prod(value.shape[:-1])
    size = max(4, width(cfg.compute_dtype))
    projected = (3 * rows * (key_size + value_size) + 3 * columns * (key_size + value_size)) * heads * size
    batch = max(1, query.shape[0])
    block = 3 * size * max(CACHED, min(rows // batch, ROWS) * columns // batch)
    masks = 3 * sum(math.prod(one.shape) for one in tensors(feed[3:])) + 2 * rows * (columns // batch) * _has_mask(
        cfg, feed
    )
    if len(query.shape) > 3:
        masks *= heads
    needed: int = copy_memory(cfg, feed, stated) + projected + block + masks + output_memory(cfg, stated)
    return needed


def output_memory(cfg: HeadedAttention, stated: Any) -> int:
    """The output before it is cast."""
    return bytes_of(*outputs(stated)[:1], least=max(4, width(cfg.compute_dtype)))


def _has_mask(cfg: HeadedAttention, feed: Any) -> bool:
    """Whether a mask is laid over all pairs of positions at once."""
    banded = len(feed[0].shape) != 3 and (cfg.use_causal_mask or cfg.sliding_window is not None)
    return bool(len(feed) > 3 or banded or any(one.masked for one in tensors(feed[:3])))


def list_memory(cfg: ListAttention, feed: Any, stated: Any) -> int:
    """The inputs in working precision, the outputs in it, and what some rows of query have with all keys."""
    query, value = list(tensors(feed[:1]))[:2]
    size = max(4, width(cfg.compute_dtype))
    pairs = math.prod(query.shape[:-2]) * value.shape[-2]
    depth = query.shape[-1] if compares_features(cfg) else 1
    work = size * (3 * pairs * depth + 5 * pairs) * row_step(query.shape[-2], pairs * depth)
    needed: int = (
        copy_memory(cfg, feed, stated) + bytes_of(*outputs(stated), least=size) + work + (len(feed) > 1) * 2 * pairs
    )
    return needed


def compares_features(cfg: ListAttention) -> bool:
    """Whether scores come of a function of every pair of features, and not of a product."""
    return getattr(cfg, "score_mode", "concat") == "concat"


def row_step(rows: int, row: int) -> int:
    """Rows of query that are scored at a time, where one makes so many numbers."""
    return max(1, min(ROWS, rows, 16 * CACHED // max(1, row)))
