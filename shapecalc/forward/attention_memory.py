"""How attention divides its scores into blocks, and what it takes in memory for that."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from shapecalc.forward.memory import bytes_of, copy_memory, flatten_feed, list_outputs, working_width
from shapecalc.forward.sizes import number, numbers

if TYPE_CHECKING:
    from shapecalc.layers.attention import GroupQueryAttention, HeadedAttention, ListAttention, MultiHeadAttention

ROWS = 128
"""Rows of query that are scored at a time in one head. It bounds the memory: of 4,096 tokens in 12 heads all scores are
768 MiB, those of a block 2 MiB."""
CACHED = 1 << 16
"""Scores of a block that stays in a core's cache from the product to the softmax to the product with the values."""


def multi_head_memory(cfg: MultiHeadAttention, feed: Any, inferred: Any) -> int:
    """Bytes of attention with as many heads of keys as of queries, see `heads_memory`."""
    heads, size = numbers((cfg.num_heads, cfg.key_dim))
    return heads_memory(cfg, feed, inferred, heads, size, size if cfg.value_dim is None else number(cfg.value_dim))


def group_query_memory(cfg: GroupQueryAttention, feed: Any, inferred: Any) -> int:
    """Bytes of attention whose heads of keys are repeated for the heads of queries, see `heads_memory`."""
    heads, size = numbers((cfg.num_query_heads, cfg.head_dim))
    return heads_memory(cfg, feed, inferred, heads, size, size)


def heads_memory(cfg: HeadedAttention, feed: Any, inferred: Any, heads: int, key_size: int, value_size: int) -> int:
    """Bytes of queries, keys and values in heads, of the context, one block of scores, and masks.

    A mask of more than two axes attended over is stretched to all scores.
    """
    query, value = feed[:2]
    rows, columns = math.prod(query.shape[:-1]), math.prod(value.shape[:-1])
    size = working_width(cfg)
    projected = (3 * rows * (key_size + value_size) + 3 * columns * (key_size + value_size)) * heads * size
    batch = max(1, query.shape[0])
    block = 3 * size * max(CACHED, min(rows // batch, ROWS) * columns // batch)
    masks = 3 * sum(math.prod(tensor.shape) for tensor in flatten_feed(feed[3:])) + 2 * rows * (
        columns // batch
    ) * _has_mask(cfg, feed)
    if len(query.shape) > 3:
        masks *= heads
    needed: int = copy_memory(cfg, feed, inferred) + projected + block + masks + output_memory(cfg, inferred)
    return needed


def output_memory(cfg: HeadedAttention, inferred: Any) -> int:
    """Bytes of the output before it is cast."""
    return bytes_of(*list_outputs(inferred)[:1], least=working_width(cfg))


def _has_mask(cfg: HeadedAttention, feed: Any) -> bool:
    """Whether there is a mask of all pairs of positions at once."""
    banded = len(feed[0].shape) != 3 and (cfg.use_causal_mask or cfg.sliding_window is not None)
    return bool(len(feed) > 3 or banded or any(tensor.masked for tensor in flatten_feed(feed[:3])))


def list_memory(cfg: ListAttention, feed: Any, inferred: Any) -> int:
    """Bytes of inputs and outputs in working precision, and of the scores of some rows of query."""
    query, value = list(flatten_feed(feed[:1]))[:2]
    size = working_width(cfg)
    pairs = math.prod(query.shape[:-2]) * value.shape[-2]
    depth = query.shape[-1] if compares_features(cfg) else 1
    work = size * (3 * pairs * depth + 5 * pairs) * count_rows_at_once(query.shape[-2], pairs * depth)
    needed: int = (
        copy_memory(cfg, feed, inferred)
        + bytes_of(*list_outputs(inferred), least=size)
        + work
        + (len(feed) > 1) * 2 * pairs
    )
    return needed


def compares_features(cfg: ListAttention) -> bool:
    """Whether a score is a sum over a function of two features, and not a product of two vectors."""
    return getattr(cfg, "score_mode", "concat") == "concat"


def count_rows_at_once(rows: int, row: int) -> int:
    """How many rows of query are scored at a time, where one row makes `row` numbers."""
    return max(1, min(ROWS, rows, 16 * CACHED // max(1, row)))
