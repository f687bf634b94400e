"""Attention: the scores as products of matrices, their softmax, and the values they weigh."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.dims import Size, prod
from shapecalc.formats.onnx.writing.base import Masks, Value, WeightView, mask_writer, number, numbers, writer
from shapecalc.formats.onnx.writing.casts import as_bool, cast_floats
from shapecalc.formats.onnx.writing.core import add_weight
from shapecalc.formats.onnx.writing.counting import count_up

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes

_LOW = -1e9
"""What a score is lowered to that does not count."""


def _work(nodes: Nodes, cfg: Any, x: Value) -> Value:
    """An input as Keras casts it, then in float32 at least."""
    x = cast_floats(nodes, x, cfg)
    return x if x.dtype == "float64" else nodes.cast(x, "float32")


def _project(nodes: Nodes, weight: WeightView, cfg: Any, x: Value, sizes: tuple[int, ...], bound: int = 1) -> Value:
    """(..., *bound) times a kernel (*bound, *sizes), as one product over all rows."""
    before = x.shape[: x.ndim - bound]
    taken = numbers(x.shape[x.ndim - bound :], "the last axis of its input")
    kernel = weight("kernel", (*taken, *sizes), cfg.kernel_initializer).astype(x.dtype, copy=False)
    width = math.prod(taken)
    flat = nodes.reshape(x, (*before, width))
    y = nodes.matmul(flat, nodes.weight(weight, "kernel", kernel.reshape(width, -1)))
    if cfg.use_bias:
        bias = weight("bias", sizes, cfg.bias_initializer).astype(x.dtype, copy=False)
        y = nodes.op("Add", y, nodes.weight(weight, "bias", bias.reshape(-1)))
    return nodes.reshape(y, (*before, *sizes))


@writer("MultiHeadAttention", masks=True)
def multi_head_attention(
    nodes: Nodes,
    cfg: Any,
    weight: WeightView,
    query: Value,
    value: Value,
    key: Value | None = None,
    query_mask: Value | None = None,
    value_mask: Value | None = None,
    key_mask: Value | None = None,
    attention_mask: Value | None = None,
    masks: Masks = (),
) -> tuple[Value, ...]:
    heads, size = numbers((cfg.num_heads, cfg.key_dim), "the heads")
    value_size = size if cfg.value_dim is None else number(cfg.value_dim, "`value_dim`")
    given = _choose_masks((None, value_mask, key_mask), masks)
    return _attend_in_heads(
        nodes,
        cfg,
        weight,
        (query, value, value if key is None else key),
        ((heads, size), (heads, size), (heads, value_size)),
        numbers(cfg.output_shape or (query.shape[-1],), "the shape of its output"),
        _attention_axes(cfg, query.ndim),
        _merge_masks(nodes, cfg, query, value, given, attention_mask),
    )


@writer("GroupQueryAttention", masks=True)
def group_query_attention(
    nodes: Nodes,
    cfg: Any,
    weight: WeightView,
    query: Value,
    value: Value,
    key: Value | None = None,
    query_mask: Value | None = None,
    value_mask: Value | None = None,
    key_mask: Value | None = None,
    attention_mask: Value | None = None,
    masks: Masks = (),
) -> tuple[Value, ...]:
    sizes = numbers((cfg.num_query_heads, cfg.num_key_value_heads, cfg.head_dim), "the heads")
    heads, shared_heads, size = sizes
    given = _choose_masks((query_mask, value_mask, key_mask), masks)
    return _attend_in_heads(
        nodes,
        cfg,
        weight,
        (query, value, value if key is None else key),
        ((heads, size), (shared_heads, size), (shared_heads, size)),
        numbers(query.shape[-1:], "the last axis of query"),
        (1,),
        _merge_masks(nodes, cfg, query, value, given, attention_mask),
    )


def _attention_axes(cfg: Any, ndim: int) -> tuple[int, ...]:
    """The axes that heads attend over, counted from the start, in the order given."""
    axes = getattr(cfg, "attention_axes", None)
    if axes is None:
        return tuple(range(1, ndim - 1))
    return tuple(range(ndim)[axis] for axis in (axes if isinstance(axes, tuple) else (axes,)))


def _choose_masks(given: Sequence[Value | None], own: Masks) -> list[Value | None]:
    """Masks given as inputs, else those that came with query, value and key."""
    came = (*own, None, None, None)[:3]
    return [mine if mask is None else mask for mask, mine in zip(given, came, strict=True)]


def _merge_masks(
    nodes: Nodes, cfg: Any, query: Value, value: Value, given: list[Value | None], attention_mask: Value | None
) -> Value | None:
    """All masks combined as Keras combines them, (..., query, key); None where there are none."""
    rows, *columns = (None if mask is None else as_bool(nodes, mask) for mask in given)
    parts = [] if rows is None else [nodes.unsqueeze(rows, rows.ndim)]
    parts += [nodes.unsqueeze(mask, mask.ndim - 1) for mask in columns if mask is not None]
    parts += _make_bands(nodes, query.shape[1], value.shape[1], cfg.use_causal_mask, cfg.sliding_window)
    if attention_mask is not None:
        parts.append(as_bool(nodes, attention_mask))
    return reduce(lambda left, right: nodes.op("And", left, right), parts) if parts else None


def _make_bands(nodes: Nodes, rows: Size, columns: Size, causal: bool, window: int | None) -> list[Value]:
    """The masks of a causal layer and of a sliding window, each (1, query, key)."""
    if not causal and window is None:
        return []
    if isinstance(rows, int) and isinstance(columns, int):
        distance = np.arange(rows)[:, None] - np.arange(columns)
        bands = [(distance >= 0)[None]] if causal else []
        bands += [] if window is None else [(abs(distance) < window)[None]]
        return [nodes.array("constant", band) for band in bands]
    places = [count_up(nodes, size) for size in (rows, columns)]
    apart = nodes.unsqueeze(nodes.op("Sub", nodes.unsqueeze(places[0], 1), places[1]), 0)
    bands_of = [nodes.op("GreaterOrEqual", apart, nodes.constant(0, "int64"))] if causal else []
    if window is not None:
        bands_of.append(nodes.op("Less", nodes.op("Abs", apart), nodes.constant(window, "int64")))
    return bands_of


def _attend_in_heads(
    nodes: Nodes,
    cfg: Any,
    weight: WeightView,
    fed: tuple[Value, Value, Value],
    sizes: tuple[tuple[int, int], tuple[int, int], tuple[int, int]],
    features: tuple[int, ...],
    axes: tuple[int, ...],
    mask: Value | None,
) -> tuple[Value, ...]:
    """Projections to heads, attention over `axes`, and the projection back. `fed` is query, value, key; `sizes` is the
    heads and their size of query, key, value."""
    x, values, keys = (_work(nodes, cfg, one) for one in fed)
    q = _project(nodes, weight.scope("query"), cfg, x, sizes[0])
    k = _project(nodes, weight.scope("key"), cfg, keys, sizes[1])
    v = _project(nodes, weight.scope("value"), cfg, values, sizes[2])
    repeats = sizes[0][0] // sizes[1][0]
    if repeats != 1:
        k, v = (_repeat_heads(nodes, one, repeats) for one in (k, v))
    laid, shape = _fold_mask(nodes, mask, q, k, axes)
    fused = cfg.dropout == 0 and not cfg.return_attention_scores and q.ndim == 4
    rows, columns, weighed = (nodes.transpose(_fold_axes(nodes, one, axes), (0, 2, 1, 3)) for one in (q, k, v))
    rows = nodes.op("Mul", rows, nodes.like(1 / math.sqrt(sizes[0][1]), rows))
    scores = nodes.matmul(rows, nodes.transpose(columns, (0, 1, 3, 2)))
    if laid is not None:
        scores = nodes.where(laid, scores, nodes.like(_LOW, scores))
    shares = nodes.op("Softmax", scores, axis=-1)
    if laid is not None and not fused:  # a row that sees nothing gives zeros, where Keras's fused path averages
        shares = nodes.where(laid, shares, nodes.like(0.0, shares))
    context = nodes.transpose(nodes.matmul(shares, weighed), (0, 2, 1, 3))
    y = _unfold_axes(nodes, context, (*q.shape[:-1], sizes[2][1]), axes)
    if cfg.use_gate:
        gate = _project(nodes, weight.scope("gate"), cfg, x, (sizes[0][0], sizes[2][1]))
        y = nodes.op("Mul", y, nodes.op("Sigmoid", gate))
    output = nodes.cast(_project(nodes, weight.scope("attention_output"), cfg, y, features, bound=2), cfg.compute_dtype)
    if not cfg.return_attention_scores:
        return (output,)
    return output, nodes.cast(nodes.reshape(shares, shape), cfg.compute_dtype)


def _repeat_heads(nodes: Nodes, x: Value, times: int) -> Value:
    """Each head several times, side by side."""
    *front, heads, size = x.shape
    wide = nodes.expand(nodes.unsqueeze(x, x.ndim - 1), (*front, heads, times, size))
    return nodes.reshape(wide, (*front, heads * times, size))


def _order_axes(ndim: int, axes: tuple[int, ...]) -> tuple[int, ...]:
    """The order of axes in which those attended over stand just before the heads."""
    kept = tuple(axis for axis in range(ndim - 2) if axis not in axes)
    return (*kept, *axes, ndim - 2, ndim - 1)


def _fold_axes(nodes: Nodes, x: Value, axes: tuple[int, ...]) -> Value:
    """(batch, ..., heads, size) as four axes: (product of the other axes, product of `axes`, heads, size)."""
    if x.ndim == 4:
        return x
    attended = prod(x.shape[axis] for axis in axes)
    others = prod(x.shape[axis] for axis in range(x.ndim - 2) if axis not in axes)
    return nodes.reshape(nodes.transpose(x, _order_axes(x.ndim, axes)), (others, attended, *x.shape[-2:]))


def _unfold_axes(nodes: Nodes, x: Value, shape: tuple[Size, ...], axes: tuple[int, ...]) -> Value:
    """The inverse of `_fold_axes`: `x` in `shape` again."""
    if len(shape) == 4:
        return x
    places = _order_axes(len(shape), axes)
    ordered = nodes.reshape(x, [shape[axis] for axis in places])
    return nodes.transpose(ordered, [int(axis) for axis in np.argsort(places)])


def _fold_mask(
    nodes: Nodes, mask: Value | None, q: Value, k: Value, axes: tuple[int, ...]
) -> tuple[Value | None, tuple[Size, ...]]:
    """The mask stretched to the scores and folded to four axes, and the shape of the scores as Keras returns them."""
    kept = [q.shape[axis] for axis in range(q.ndim - 2) if axis not in axes]
    rows, columns = ([one.shape[axis] for axis in axes] for one in (q, k))
    shape = (*kept, q.shape[-2], *rows, *columns)
    if mask is None:
        return None, shape
    laid = _align_mask(nodes, mask, len(shape), 2 * len(axes))
    if laid.ndim == 4:
        return laid, shape
    return nodes.reshape(nodes.expand(laid, shape), (prod(kept), q.shape[-2], prod(rows), prod(columns))), shape


def _align_mask(nodes: Nodes, mask: Value, ndim: int, pairs: int) -> Value:
    """The mask with `ndim` axes: axes of size 1 are put before the last `pairs`, those of query and key."""
    front = mask.ndim - pairs
    return nodes.unsqueeze(mask, *range(front, front + ndim - mask.ndim))


@writer("Attention", "AdditiveAttention", masks=True)
def list_attention(
    nodes: Nodes,
    cfg: Any,
    weight: WeightView,
    inputs: tuple[Value, ...],
    mask: tuple[Value, ...] = (),
    masks: Masks = (),
) -> tuple[Value, ...]:
    """Attention without heads. Hidden scores are lowered as in Keras, so a row that sees nothing has a softmax."""
    q, v, *rest = (_work(nodes, cfg, one) for one in inputs)
    k = rest[0] if rest else v
    scores = _compare(nodes, cfg, weight, q, k)
    query_mask, value_mask = (None if one is None else as_bool(nodes, one) for one in _choose_pair_masks(mask, masks))
    if value_mask is not None and value_mask.ndim == 2:
        value_mask = nodes.unsqueeze(value_mask, 1)
    visible = [] if value_mask is None else [value_mask]
    if cfg.use_causal_mask:
        (band,) = _make_bands(nodes, q.shape[-2], v.shape[-2], True, None)
        visible.append(nodes.squeeze(band, 0))
    if visible:
        seen = reduce(lambda left, right: nodes.op("And", left, right), visible)
        low = 65504.0 if cfg.compute_dtype == "float16" else 1e9
        scores = nodes.where(seen, scores, nodes.op("Sub", scores, nodes.like(low, scores)))
    shares = nodes.op("Softmax", scores, axis=-1)
    out = nodes.matmul(shares, v)
    if query_mask is not None:
        out = nodes.op("Mul", out, nodes.cast(nodes.unsqueeze(query_mask, query_mask.ndim), out.dtype))
    outputs = (out, shares) if cfg.return_attention_scores else (out,)
    return tuple(nodes.cast(output, cfg.compute_dtype) for output in outputs)


def _compare(nodes: Nodes, cfg: Any, weight: WeightView, q: Value, k: Value) -> Value:
    """The scores (..., query, key)."""
    if cfg.type_name == "AdditiveAttention":
        size = number(q.shape[-1], "the last axis of query")
        pairs = nodes.op("Tanh", _add_pairs(nodes, q, k))
        if not cfg.use_scale:
            return nodes.reduce("ReduceSum", pairs, [-1])
        scale = add_weight(nodes, weight, "scale", (size,), "glorot_uniform", q.dtype)
        return nodes.squeeze(nodes.matmul(pairs, nodes.reshape(scale, (size, 1))), pairs.ndim - 1)
    factor = add_weight(nodes, weight, "scale", (), "ones", q.dtype) if cfg.use_scale else None
    if cfg.score_mode != "concat":
        scores = nodes.matmul(q, nodes.swap(k, -2, -1))
        return scores if factor is None else nodes.op("Mul", scores, factor)
    total = add_weight(nodes, weight, "concat_score_weight", (), "ones", q.dtype)
    pairs = _add_pairs(nodes, q, k)
    pairs = pairs if factor is None else nodes.op("Mul", factor, pairs)
    return nodes.op("Mul", total, nodes.reduce("ReduceSum", nodes.op("Tanh", pairs), [-1]))


def _add_pairs(nodes: Nodes, q: Value, k: Value) -> Value:
    """query + key for every pair of rows and keys: (..., query, key, features)."""
    return nodes.op("Add", nodes.unsqueeze(q, q.ndim - 1), nodes.unsqueeze(k, k.ndim - 2))


def _choose_pair_masks(given: tuple[Value, ...], masks: Masks) -> tuple[Any, ...]:
    """The masks of query and value: those fed on the port `mask`, else those that came with the inputs."""
    came = masks[0] if masks and masks[0] is not None else (None, None)
    return tuple(given or came)[:2]


@mask_writer("MultiHeadAttention", "GroupQueryAttention")
def heads_masks(nodes: Nodes, cfg: Any, feed: Any, masks: Masks) -> tuple[Value | None, ...]:
    """The mask of query leaves with the output, the mask of the scores with them."""
    if not cfg.return_attention_scores:
        return (masks[0],)
    padded: tuple[Any, ...] = (*feed, *[None] * (7 - len(feed)))
    query, value, _, query_mask, value_mask, key_mask, attention_mask = padded
    given = _choose_masks((query_mask, value_mask, key_mask), masks)
    mask = _merge_masks(nodes, cfg, query, value, given, attention_mask)
    axes = _attention_axes(cfg, query.ndim)
    laid = None if mask is None else _align_mask(nodes, mask, query.ndim + len(axes), 2 * len(axes))
    return masks[0], laid


@mask_writer("Attention", "AdditiveAttention")
def list_masks(nodes: Nodes, cfg: Any, feed: Any, masks: Masks) -> tuple[Value | None, ...]:
    """The mask of query leaves with the output; scores have none."""
    given = feed[1] if len(feed) > 1 and feed[1] else ()
    return (_choose_pair_masks(given, masks)[0], *[None] * cfg.return_attention_scores)
