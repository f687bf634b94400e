"""Forwards of layers/attention.py."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.activation_functions import sigmoid
from shapecalc.forward.attention_memory import (
    compares_features,
    count_rows_at_once,
    group_query_memory,
    list_memory,
    multi_head_memory,
)
from shapecalc.forward.attention_scores import Visibility, attend
from shapecalc.forward.base import Array, cast_floats, forward, mask_rule
from shapecalc.forward.sizes import number, numbers
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.attention import (
        AdditiveAttention,
        Attention,
        GroupQueryAttention,
        HeadedAttention,
        ListAttention,
        MultiHeadAttention,
    )
    from shapecalc.layers.base import Layer


def project(weight: Weights, cfg: HeadedAttention, x: Array, sizes: tuple[int, ...], bound: int = 1) -> Array:
    """(..., *bound) times a kernel (*bound, *sizes), as one product over all rows."""
    taken = x.shape[x.ndim - bound :]
    kernel = weight("kernel", (*taken, *sizes), cfg.kernel_initializer)
    width = math.prod(taken)
    y = x.reshape(-1, width) @ kernel.reshape(width, -1).astype(x.dtype, copy=False)
    if cfg.use_bias:
        y += weight("bias", sizes, cfg.bias_initializer).reshape(-1).astype(x.dtype, copy=False)
    projected: Array = y.reshape(*x.shape[: x.ndim - bound], *sizes)
    return projected


def cast_to_work(inputs: Any, cfg: Layer) -> Array:
    """An input as Keras casts it, then in float32 at least: half precision has no fast product."""
    x: Array = cast_floats(inputs, cfg.compute_dtype)
    return x if x.dtype == np.float64 else x.astype(np.float32, copy=False)


@forward("MultiHeadAttention", masks=True, memory=multi_head_memory)
def multi_head_attention(
    cfg: MultiHeadAttention,
    weight: Weights,
    query: Array,
    value: Array,
    key: Array | None = None,
    query_mask: Array | None = None,
    value_mask: Array | None = None,
    key_mask: Array | None = None,
    attention_mask: Array | None = None,
    masks: tuple[Any, ...] = (),
) -> tuple[Array, ...]:
    heads, size = numbers((cfg.num_heads, cfg.key_dim))
    value_size = size if cfg.value_dim is None else number(cfg.value_dim)
    given = choose_masks((None, value_mask, key_mask), masks)
    mask = merge_masks(cfg, query, value, given, attention_mask, banded=query.ndim != 3)
    return attend_in_heads(
        cfg,
        weight,
        (query, value, value if key is None else key),
        ((heads, size), (heads, size), (heads, value_size)),
        numbers(cfg.output_shape or (query.shape[-1],)),
        list_attention_axes(cfg, query.ndim),
        mask,
    )


@forward("GroupQueryAttention", masks=True, memory=group_query_memory)
def group_query_attention(
    cfg: GroupQueryAttention,
    weight: Weights,
    query: Array,
    value: Array,
    key: Array | None = None,
    query_mask: Array | None = None,
    value_mask: Array | None = None,
    key_mask: Array | None = None,
    attention_mask: Array | None = None,
    masks: tuple[Any, ...] = (),
) -> tuple[Array, ...]:
    heads, shared_heads, size = numbers((cfg.num_query_heads, cfg.num_key_value_heads, cfg.head_dim))
    shared = (shared_heads, size)
    given = choose_masks((query_mask, value_mask, key_mask), masks)
    mask = merge_masks(cfg, query, value, given, attention_mask, banded=False)
    return attend_in_heads(
        cfg,
        weight,
        (query, value, value if key is None else key),
        ((heads, size), shared, shared),
        (query.shape[-1],),
        (1,),
        mask,
    )


def list_attention_axes(cfg: HeadedAttention, ndim: int) -> tuple[int, ...]:
    """The axes that heads attend over, counted from the start, in the order given."""
    axes = getattr(cfg, "attention_axes", None)
    if axes is None:
        return tuple(range(1, ndim - 1))
    return tuple(range(ndim)[axis] for axis in (axes if isinstance(axes, tuple) else (axes,)))


def choose_masks(given: tuple[Array | None, ...], own: tuple[Any, ...]) -> list[Array | None]:
    """Masks given as inputs, else those that came with query, value and key."""
    came = (*own, None, None, None)[:3]
    return [mine if mask is None else mask for mask, mine in zip(given, came, strict=True)]


def merge_masks(
    cfg: HeadedAttention,
    query: Array,
    value: Array,
    given: list[Array | None],
    attention_mask: Array | None,
    *,
    banded: bool,
) -> Array | None:
    """All masks combined as Keras combines them, (..., query, key); None where there are none.

    Without `banded` the masks of a causal layer and a sliding window are left out: each block applies its own part.
    """
    rows, *columns = (None if given_mask is None else np.asarray(given_mask, dtype=bool) for given_mask in given)
    parts = [] if rows is None else [rows[..., None]]
    parts += [given_mask[..., None, :] for given_mask in columns if given_mask is not None]
    if banded:
        parts += list(make_bands(cfg, query.shape[1], value.shape[1]))
    if attention_mask is not None:
        parts.append(np.asarray(attention_mask).astype(bool))
    merged = None
    for part in parts:
        merged = part if merged is None else merged & part
    return merged


def make_bands(cfg: HeadedAttention, rows: int, columns: int) -> Iterator[Array]:
    """The masks of a causal layer and of a sliding window, each (1, query, key)."""
    distance = np.arange(rows)[:, None] - np.arange(columns)
    if cfg.use_causal_mask:
        yield (distance >= 0)[None]
    if cfg.sliding_window is not None:
        yield (abs(distance) < cfg.sliding_window)[None]


def attend_in_heads(
    cfg: HeadedAttention,
    weight: Weights,
    fed: tuple[Array, Array, Array],
    sizes: tuple[tuple[int, int], tuple[int, int], tuple[int, int]],
    features: tuple[int, ...],
    axes: tuple[int, ...],
    mask: Array | None,
) -> tuple[Array, ...]:
    """Projections to heads, attention over `axes`, and the projection back. `fed` is query, value, key; `sizes` is the
    heads and their size of query, key, value."""
    x, values, keys = (cast_to_work(array, cfg) for array in fed)
    q = project(weight.scope("query"), cfg, x, sizes[0])
    k = project(weight.scope("key"), cfg, keys, sizes[1])
    v = project(weight.scope("value"), cfg, values, sizes[2])
    repeats = sizes[0][0] // sizes[1][0]
    if repeats != 1:
        k, v = np.repeat(k, repeats, axis=-2), np.repeat(v, repeats, axis=-2)
    fused = cfg.dropout == 0 and not cfg.return_attention_scores and q.ndim == 4
    scores_shape, laid = fold_mask(mask, q, k, axes)
    banded = cfg.use_causal_mask and x.ndim == 3, cfg.sliding_window if x.ndim == 3 else None
    seen = Visibility(() if laid is None else (laid,), *banded, averages=fused)
    context, scores = attend(
        fold_axes(q, axes), fold_axes(k, axes), fold_axes(v, axes), seen, scores=cfg.return_attention_scores
    )
    y = unfold_axes(context, (*q.shape[:-1], sizes[2][1]), axes)
    if cfg.use_gate:
        y = y * sigmoid(project(weight.scope("gate"), cfg, x, (sizes[0][0], sizes[2][1])))
    output = project(weight.scope("attention_output"), cfg, y, features, bound=2).astype(cfg.compute_dtype, copy=False)
    if scores is None:
        return (output,)
    return output, scores.reshape(scores_shape).astype(cfg.compute_dtype, copy=False)


def order_axes(ndim: int, axes: tuple[int, ...]) -> tuple[int, ...]:
    """The order of axes in which those attended over stand just before the heads."""
    kept = tuple(axis for axis in range(ndim - 2) if axis not in axes)
    return (*kept, *axes, ndim - 2, ndim - 1)


def fold_axes(x: Array, axes: tuple[int, ...]) -> Array:
    """(batch, ..., heads, size) as four axes: (product of the other axes, product of `axes`, heads, size)."""
    if x.ndim == 4:
        return x
    attended = math.prod(x.shape[axis] for axis in axes)
    return x.transpose(order_axes(x.ndim, axes)).reshape(-1, attended, *x.shape[-2:])


def unfold_axes(x: Array, shape: tuple[int, ...], axes: tuple[int, ...]) -> Array:
    """The inverse of `fold_axes`: `x` in `shape` again."""
    if len(shape) == 4:
        return x
    places = order_axes(len(shape), axes)
    return x.reshape([shape[axis] for axis in places]).transpose(np.argsort(places))


def fold_mask(mask: Array | None, q: Array, k: Array, axes: tuple[int, ...]) -> tuple[tuple[int, ...], Array | None]:
    """The shape of the scores as Keras returns them, and the mask stretched to it and folded to four axes."""
    kept = [q.shape[axis] for axis in range(q.ndim - 2) if axis not in axes]
    rows, columns = ([array.shape[axis] for axis in axes] for array in (q, k))
    shape = (*kept, q.shape[-2], *rows, *columns)
    if mask is None:
        return shape, None
    laid = align_mask(mask, len(shape), 2 * len(axes))
    if laid.ndim == 4:
        return shape, laid
    four = (math.prod(kept), q.shape[-2], math.prod(rows), math.prod(columns))
    return shape, np.broadcast_to(laid, shape).reshape(four)


def align_mask(mask: Array, ndim: int, pairs: int) -> Array:
    """The mask with `ndim` axes: axes of size 1 are put before the last `pairs`, those of query and key."""
    front = mask.ndim - pairs
    return mask.reshape(*mask.shape[:front], *(1,) * (ndim - mask.ndim), *mask.shape[front:])


@forward("Attention", masks=True, memory=list_memory)
def attention(
    cfg: Attention,
    weight: Weights,
    inputs: tuple[Array, ...],
    mask: tuple[Array, ...] = (),
    masks: tuple[Any, ...] = (),
) -> tuple[Array, ...]:
    q, v, k = split_inputs(cfg, inputs)
    scale = weight("scale", (), "ones").astype(q.dtype) if cfg.use_scale else None
    if cfg.score_mode == "concat":
        total = weight("concat_score_weight", (), "ones").astype(q.dtype)

        def compare(rows: Array) -> Array:
            return np.asarray(total * np.tanh(add_pairs(rows, k, scale)).sum(axis=-1))
    else:

        def compare(rows: Array) -> Array:
            scores = rows @ np.swapaxes(k, -2, -1)
            return scores if scale is None else scores * scale

    return attend_by_rows(cfg, (q, v, k), compare, choose_pair_masks(mask, masks))


@forward("AdditiveAttention", masks=True, memory=list_memory)
def additive_attention(
    cfg: AdditiveAttention,
    weight: Weights,
    inputs: tuple[Array, ...],
    mask: tuple[Array, ...] = (),
    masks: tuple[Any, ...] = (),
) -> tuple[Array, ...]:
    q, v, k = split_inputs(cfg, inputs)
    ones = np.ones(q.shape[-1], q.dtype)
    scale = weight("scale", (q.shape[-1],), "glorot_uniform").astype(q.dtype) if cfg.use_scale else ones

    def compare(rows: Array) -> Array:
        return np.asarray(np.tanh(add_pairs(rows, k, None)) @ scale)

    return attend_by_rows(cfg, (q, v, k), compare, choose_pair_masks(mask, masks))


def split_inputs(cfg: ListAttention, inputs: tuple[Array, ...]) -> tuple[Array, Array, Array]:
    """query, value and key in working precision."""
    q, v, *rest = (cast_to_work(array, cfg) for array in inputs)
    return q, v, rest[0] if rest else v


def add_pairs(rows: Array, keys: Array, scale: Array | None) -> Array:
    """scale * (query + key) for every pair of rows and keys: (..., query, key, features)."""
    pairs = rows[..., :, None, :] + keys[..., None, :, :]
    return pairs if scale is None else scale * pairs


def choose_pair_masks(given: tuple[Array, ...], masks: tuple[Any, ...]) -> tuple[Any, ...]:
    """The masks of query and value: those fed on the port `mask`, else those that came with the inputs."""
    came = masks[0] if masks and masks[0] is not None else (None, None)
    return tuple(given or came)[:2]


def attend_by_rows(
    cfg: ListAttention, fed: tuple[Array, Array, Array], compare: Any, masks: tuple[Any, ...]
) -> tuple[Array, ...]:
    """Attention without heads, some rows of query at a time: `compare` gives their scores, (..., query, key).

    Hidden scores are lowered by 1e9 as in Keras, so a row that sees nothing still has a softmax.
    """
    q, v, _ = fed
    rows, columns = q.shape[-2], v.shape[-2]
    query_mask, value_mask = (None if mask is None else np.asarray(mask, dtype=bool) for mask in masks)
    if value_mask is not None and value_mask.ndim == 2:
        value_mask = value_mask[:, None, :]
    low = q.dtype.type(65504.0 if cfg.compute_dtype == "float16" else 1e9)
    out = np.empty((*q.shape[:-1], v.shape[-1]), q.dtype)
    kept = np.empty((*q.shape[:-1], columns), q.dtype) if cfg.return_attention_scores else None
    pairs = math.prod(q.shape[:-2]) * columns
    step = count_rows_at_once(rows, pairs * (q.shape[-1] if compares_features(cfg) else 1))
    for start in range(0, rows, step):
        part = slice(start, min(rows, start + step))
        scores = compare(q[..., part, :])
        visible = None if value_mask is None else value_mask if value_mask.shape[-2] == 1 else value_mask[..., part, :]
        if cfg.use_causal_mask:
            causal = np.arange(part.start, part.stop)[:, None] >= np.arange(columns)
            visible = causal if visible is None else visible & causal
        if visible is not None:
            scores = np.where(visible, scores, scores - low)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        sums = scores.sum(axis=-1, keepdims=True)
        out[..., part, :] = scores @ v / sums
        if kept is not None:
            kept[..., part, :] = scores / sums
    if query_mask is not None:
        out *= query_mask[..., None]
    outputs = (out,) if kept is None else (out, kept)
    return tuple(output.astype(cfg.compute_dtype, copy=False) for output in outputs)


@mask_rule("MultiHeadAttention", "GroupQueryAttention")
def heads_masks(cfg: HeadedAttention, feed: tuple[Any, ...], masks: tuple[Any, ...]) -> tuple[Array | None, ...]:
    """The mask of query leaves with the output, the mask of the scores with them."""
    query_own = masks[0]
    if not cfg.return_attention_scores:
        return (query_own,)
    padded: tuple[Any, ...] = (*feed, *[None] * (7 - len(feed)))
    query, value, _, query_mask, value_mask, key_mask, attention_mask = padded
    given = choose_masks((query_mask, value_mask, key_mask), masks)
    mask = merge_masks(cfg, query, value, given, attention_mask, banded=True)
    axes = list_attention_axes(cfg, query.ndim)
    return query_own, None if mask is None else align_mask(mask, query.ndim + len(axes), 2 * len(axes))


@mask_rule("Attention", "AdditiveAttention")
def list_masks(cfg: ListAttention, feed: tuple[Any, ...], masks: tuple[Any, ...]) -> tuple[Array | None, ...]:
    """The mask of query leaves with the output; scores have none."""
    given = feed[1] if len(feed) > 1 and feed[1] else ()
    return (choose_pair_masks(given, masks)[0], *[None] * cfg.return_attention_scores)
