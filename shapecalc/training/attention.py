"""What the layers of layers/attention.py keep for the backward pass."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase
from typing import TYPE_CHECKING

from shapecalc.dims import Shape, broadcast_shapes, exact
from shapecalc.layers.activations import Softmax
from shapecalc.layers.attention import Projection, find_attention_axes
from shapecalc.training.activation_functions import activate, apply_function
from shapecalc.training.array import Array, make_array
from shapecalc.training.dtypes import find_result_type
from shapecalc.training.einsum import einsum
from shapecalc.training.elementwise import add, choose, combine, make_scalar, map_entries, multiply
from shapecalc.training.keeping import call_layer, keeps
from shapecalc.training.products import matmul
from shapecalc.training.reductions import average
from shapecalc.training.regularization import drop
from shapecalc.training.regularizers import regularize
from shapecalc.training.scaled_dot_product import attend
from shapecalc.training.tape import Tape, cast
from shapecalc.training.views import expand_dims, repeat, turn_matrices

if TYPE_CHECKING:
    from shapecalc.layers.attention import (
        AdditiveAttention,
        Attention,
        GroupQueryAttention,
        HeadedAttention,
        ListAttention,
        MultiHeadAttention,
    )


def _project(cfg: HeadedAttention, tape: Tape, name: str, x: Array, order: str = "", activation: str = "") -> Array:
    """The product with the kernel of the projection called `name`; `order` has its letters where they stand for more
    than places: those of the axes that are summed, first those of the kernel's first axes.
    """
    inferred = next(inner.inferred for inner in tape.scope.inferred.inner if inner.name == name)
    layer = Projection(name=name, use_bias=cfg.use_bias, dtype=cfg.dtype)
    with tape.enter(layer, inferred):
        x = cast(x, layer.compute_dtype)
        kernel = tape.weight("kernel")
        outer = inferred.output.shape.ndim
        bound = (x.ndim + kernel.ndim - outer) // 2
        free = ascii_lowercase[: x.ndim - bound]
        summed = order or ascii_lowercase[len(free) : x.ndim]
        new = ascii_lowercase[x.ndim : x.ndim + kernel.ndim - bound]
        result = einsum(tape, [x, kernel], [free + summed, summed + new], free + new, name)
        if cfg.use_bias:
            result = add(result, tape.weight("bias"), name)
        if activation:
            result = activate(tape, activation, result)
        regularize(tape, cfg.activity_regularizer, result)
        return result


@keeps("MultiHeadAttention")
def multi_head_attention(
    cfg: MultiHeadAttention,
    tape: Tape,
    query: Array,
    value: Array,
    key: Array | None = None,
    query_mask: Array | None = None,
    value_mask: Array | None = None,
    key_mask: Array | None = None,
    attention_mask: Array | None = None,
) -> tuple[Array, ...]:
    """What the projections keep, and what compares them: all at once, or through the scores."""
    mask = _join_masks(cfg, tape, (query, value, key), (None, value_mask, key_mask), attention_mask)
    key = value if key is None else key
    axes = find_attention_axes(cfg, query.shape)
    gate = _project(cfg, tape, "gate", query, activation="sigmoid") if cfg.use_gate else None
    heads = _project(cfg, tape, "query", query), _project(cfg, tape, "key", key), _project(cfg, tape, "value", value)
    if _is_fused(cfg, heads[0]):
        context, scores = _attend_at_once(cfg, tape, heads, mask), None
    else:
        context, scores = _attend_by_scores(cfg, tape, heads, mask, axes)
    if gate is not None:
        context = multiply(tape, context, gate, "gated")
    output = _project(cfg, tape, "attention_output", context)
    return (output, scores) if scores is not None and cfg.return_attention_scores else (output,)


@keeps("GroupQueryAttention")
def group_query_attention(
    cfg: GroupQueryAttention,
    tape: Tape,
    query: Array,
    value: Array,
    key: Array | None = None,
    query_mask: Array | None = None,
    value_mask: Array | None = None,
    key_mask: Array | None = None,
    attention_mask: Array | None = None,
) -> tuple[Array, ...]:
    """As MultiHeadAttention; heads of key and value are repeated for each query head that shares them."""
    mask = _join_masks(cfg, tape, (query, value, key), (query_mask, value_mask, key_mask), attention_mask)
    key = value if key is None else key
    gate = _project(cfg, tape, "gate", query, activation="sigmoid") if cfg.use_gate else None
    times = exact(cfg.num_query_heads, cfg.num_key_value_heads, "")
    heads = (
        _project(cfg, tape, "query", query),
        repeat(_project(cfg, tape, "key", key), times, 2),
        repeat(_project(cfg, tape, "value", value), times, 2),
    )
    if _is_fused(cfg, heads[0]):
        context, scores = _attend_at_once(cfg, tape, heads, mask), None
    else:
        context, scores = _attend_by_scores(cfg, tape, heads, mask, (1,))
    if gate is not None:
        context = multiply(tape, context, gate, "gated")
    # Keras writes this product with letters that PyTorch sorts: features of a head before heads.
    output = _project(cfg, tape, "attention_output", context, "uh")
    return (output, scores) if scores is not None and cfg.return_attention_scores else (output,)


def _is_fused(cfg: HeadedAttention, query: Array) -> bool:
    """Whether Keras computes attention in one call, which has no scores."""
    return cfg.dropout == 0 and not cfg.return_attention_scores and query.ndim == 4


Sides = tuple[Array, Array, Array]


def _join_masks(
    cfg: HeadedAttention,
    tape: Tape,
    sides: tuple[Array, Array, Array | None],
    given: tuple[Array | None, Array | None, Array | None],
    attention_mask: Array | None,
) -> Array | None:
    """The mask of the scores, (batch, query, key), of those of query, value and key; None where there is none.

    A causal mask that is alone is none: the call that computes attention knows it by a flag.
    """
    query_mask, value_mask, key_mask = (
        None if side is None else tape.find_mask(mask, port)
        for side, mask, port in zip(sides, given, ("query", "value", "key"), strict=True)
    )
    parts = [expand_dims(query_mask, -1)] if query_mask is not None else []
    parts += [expand_dims(mask, mask.ndim - 1) for mask in (value_mask, key_mask) if mask is not None]
    band = Shape((1, sides[0].shape[1], sides[1].shape[1]))
    alone = not parts and attention_mask is None and cfg.sliding_window is None
    if cfg.use_causal_mask and not (alone and _may_be_fused(cfg, sides[0])):
        parts.append(make_array("mask", band, "bool"))
    if cfg.sliding_window is not None:
        parts.append(make_array("mask", band, "bool"))
    if attention_mask is not None:
        parts.insert(0, cast(attention_mask, "bool"))
    if len(parts) < 2:
        return parts[0] if parts else None
    return make_array("mask", broadcast_shapes(*(part.shape for part in parts)), "bool")


def _may_be_fused(cfg: HeadedAttention, query: Array) -> bool:
    return cfg.dropout == 0 and not cfg.return_attention_scores and query.ndim == 3


def _attend_at_once(cfg: HeadedAttention, tape: Tape, heads: Sides, mask: Array | None) -> Array:
    """The context of each head in one call of PyTorch; it adds a mask, which is turned into numbers."""
    dtype = find_result_type(*(x.dtype for x in heads))
    query, key, value = (cast(x, dtype) for x in heads)
    added = None
    if mask is not None:
        while mask.ndim < 4:
            mask = expand_dims(mask, mask.ndim - 2)
        added = make_array("mask", mask.shape, dtype)
    return attend(tape, query, key, value, added)


def _attend_by_scores(
    cfg: HeadedAttention, tape: Tape, heads: Sides, mask: Array | None, axes: Sequence[int]
) -> tuple[Array, Array]:
    """The context of each head, and the scores, which are kept."""
    query, key, value = heads
    query = multiply(tape, query, make_scalar(query.dtype), "query scaled")
    of_query = ascii_lowercase[: query.ndim]
    others = iter(ascii_lowercase[query.ndim :])
    of_key = "".join(next(others) if axis in axes else letter for axis, letter in enumerate(of_query))
    batch = "".join(letter for axis, letter in enumerate(of_query[:-1]) if axis not in axes)
    pairs = batch + "".join(of_query[axis] for axis in axes) + "".join(of_key[axis] for axis in axes)
    if cfg.type_name == "GroupQueryAttention":
        scores = einsum(tape, [query, key], [of_query, of_key], pairs, "scores")
    else:
        scores = einsum(tape, [key, query], [of_key, of_query], pairs, "scores")
    if mask is not None:
        while mask.ndim < scores.ndim:
            mask = expand_dims(mask, mask.ndim - 2 * len(axes))
    norm = tuple(range(scores.ndim - len(axes), scores.ndim))
    pinned = tape.pinned.copy()
    [scores] = call_layer(tape, Softmax(axis=norm, dtype=cfg.dtype), (scores, mask))
    if cfg.dropout != 0 and not cfg.return_attention_scores:
        tape.pinned = pinned  # the scores do not live on, and their logits with them
    dropped = drop(tape, scores, cfg.dropout, cfg.seed)
    context = einsum(tape, [dropped, value], [pairs, of_key], of_query, "attention output")
    return context, scores


@keeps("Attention")
def attention(cfg: Attention, tape: Tape, inputs: tuple[Array, ...], mask: tuple[Array, ...] = ()) -> tuple[Array, ...]:
    """Scores by products, or by sums of tanh."""
    query, key = inputs[0], inputs[-1]
    if cfg.score_mode == "dot":
        scores = matmul(tape, query, turn_matrices(key), "scores")
        if cfg.use_scale:
            scores = multiply(tape, scores, tape.weight("scale"), "scores")
        return _apply_scores(cfg, tape, scores, inputs, mask)
    total = add(expand_dims(query, query.ndim - 1), expand_dims(key, key.ndim - 2), "query + key")
    if cfg.use_scale:
        total = multiply(tape, tape.weight("scale"), total, "query + key")
    total = average(map_entries(tape, "tanh", total, "tanh"), (-1,), keepdims=False, name="sum of tanh")
    scores = multiply(tape, tape.weight("concat_score_weight"), total, "scores")
    return _apply_scores(cfg, tape, scores, inputs, mask)


@keeps("AdditiveAttention")
def additive_attention(
    cfg: AdditiveAttention, tape: Tape, inputs: tuple[Array, ...], mask: tuple[Array, ...] = ()
) -> tuple[Array, ...]:
    """Scores by sums of tanh, as large as all pairs of steps times the features."""
    query, key = inputs[0], inputs[-1]
    total = add(expand_dims(query, query.ndim - 1), expand_dims(key, key.ndim - 2), "query + key")
    result = map_entries(tape, "tanh", total, "tanh")
    result = multiply(tape, tape.weight("scale"), result) if cfg.use_scale else combine(result, name="product")
    return _apply_scores(cfg, tape, average(result, (-1,), keepdims=False, name="scores"), inputs, mask)


def _apply_scores(
    cfg: ListAttention, tape: Tape, scores: Array, inputs: tuple[Array, ...], given: tuple[Array, ...]
) -> tuple[Array, ...]:
    """The mean of the values, weighted by the softmax of the scores."""
    came = tape.masks.get("inputs")
    masks: tuple[Array | None, ...] = given or (None, None)
    if not given and came is not None and not isinstance(came, Array):
        masks = came
    query_mask, value_mask = masks[:2]
    mask = None if value_mask is None else make_array("mask", value_mask.shape, "bool")
    if cfg.use_causal_mask:
        band = Shape((1, *scores.shape[-2:]))
        shape = band if mask is None else broadcast_shapes(expand_dims(mask, mask.ndim - 1).shape, band)
        mask = make_array("mask", shape, "bool")
    if mask is not None:
        mask = expand_dims(mask, 1) if mask.ndim == 2 else mask
        scores = choose(tape, mask, combine(scores, name="scores masked"), scores)
    weights = drop(tape, apply_function(tape, "softmax", scores), cfg.dropout, cfg.seed)
    output = matmul(tape, weights, inputs[1], "attention output")
    if query_mask is not None:
        output = choose(tape, expand_dims(query_mask, -1), output, make_scalar(output.dtype))
    return (output, weights) if cfg.return_attention_scores else (output,)
