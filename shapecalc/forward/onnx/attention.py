"""Forwards of layers/onnx/attention.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array, apply, forward
from shapecalc.forward.onnx.base import as_single, fill_ports, operator, wide_memory
from shapecalc.forward.onnx.elementwise import sigmoid
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.onnx.attention import (
        Attention,
        CausalConvWithState,
        FlexAttention,
        LinearAttention,
        RotaryEmbedding,
    )

_PRECISIONS: dict[int, Any] = {1: np.float32, 10: np.float16, 11: np.float64}
"""Dtypes that softmax is computed in, by their numbers in a file."""


def _split_heads(x: Array, heads: int | None) -> Array:
    """(batch, heads, steps, size), of (batch, steps, heads * size) too."""
    if x.ndim == 4:
        return x
    return x.reshape(x.shape[0], x.shape[1], heads or 1, -1).transpose(0, 2, 1, 3)


def _join_heads(x: Array) -> Array:
    return x.transpose(0, 2, 1, 3).reshape(x.shape[0], x.shape[2], -1)


def _share(x: Array, heads: int) -> Array:
    """Heads of keys or values, each repeated for the heads of queries that share it."""
    return x if x.shape[1] == heads else np.repeat(x, heads // x.shape[1], 1)


@operator("Attention")
def attention(
    cfg: Attention, Q: Array, K: Array, V: Array, attn_mask: Array | None, past_key: Array | None,
    past_value: Array | None, nonpad_kv_seqlen: Array | None,
) -> Any:  # fmt: skip
    query = _split_heads(Q, cfg.q_num_heads)
    key, value = _split_heads(K, cfg.kv_num_heads), _split_heads(V, cfg.kv_num_heads)
    past = 0
    if past_key is not None and past_value is not None:
        past = past_key.shape[2]
        key, value = np.concatenate([past_key, key], 2), np.concatenate([past_value, value], 2)
    heads = query.shape[1]
    scale = query.shape[-1] ** -0.5 if cfg.scale is None else cfg.scale
    root = np.sqrt(abs(scale))
    wide = as_single(query) * np.float32(root) if query.dtype == np.float16 else query * query.dtype.type(root)
    scores = wide @ np.swapaxes(as_single(_share(key, heads)) * wide.dtype.type(np.copysign(root, scale)), -1, -2)
    stages = [scores]  # as `qk_matmul_output_mode` counts them
    if cfg.softcap:
        scores = scores.dtype.type(cfg.softcap) * np.tanh(scores / scores.dtype.type(cfg.softcap))
    stages.append(scores)
    scores = scores + _find_bias(cfg, scores, attn_mask, nonpad_kv_seqlen, past)
    weights = _weigh(scores)
    stages += [scores, weights]
    output = (weights @ as_single(_share(value, heads))).astype(Q.dtype, copy=False)
    output = _join_heads(output) if Q.ndim == 3 else output
    return output, key, value, stages[cfg.qk_matmul_output_mode].astype(Q.dtype, copy=False)


def _weigh(scores: Array) -> Array:
    """Softmax of each row; 0 of one of which nothing may be seen."""
    greatest = np.max(scores, axis=-1, keepdims=True, initial=-np.inf)
    powers = np.exp(scores - np.where(np.isfinite(greatest), greatest, 0))
    total = powers.sum(-1, keepdims=True)
    return np.asarray(np.where(total == 0, 0, powers / np.where(total == 0, 1, total)))


def _find_bias(cfg: Attention, scores: Array, mask: Array | None, lengths: Array | None, past: int) -> Array:
    """What is added to the scores: minus infinity for what may not be seen."""
    queries, keys = scores.shape[-2:]
    bias = np.zeros((1, 1, queries, keys), scores.dtype)
    if mask is not None:
        if mask.dtype == bool:
            mask = np.where(mask, 0, -np.inf)
        if mask.shape[-1] < keys:
            borders = [(0, 0)] * (mask.ndim - 1) + [(0, keys - mask.shape[-1])]
            mask = np.pad(mask, borders, constant_values=-np.inf)
        bias = bias + mask.astype(scores.dtype)
    places = np.arange(queries)[:, None] + past
    if lengths is not None:
        places = places + (lengths.reshape(-1, 1, 1, 1) - queries)
    seen = np.arange(keys)
    hidden = np.zeros((1, 1, queries, keys), bool)
    if cfg.is_causal:
        hidden = hidden | (seen > places)
    if cfg.left_window_size >= 0:
        hidden = hidden | (seen < places - cfg.left_window_size)
    if cfg.right_window_size >= 0:
        hidden = hidden | (seen > places + cfg.right_window_size)
    if lengths is not None:
        hidden = hidden | (seen >= lengths.reshape(-1, 1, 1, 1))
    return np.where(hidden, scores.dtype.type(-np.inf), bias)


@forward("onnx.FlexAttention", memory=wide_memory)
def flex_attention(cfg: FlexAttention, weight: Weights, *feed: Any) -> Any:
    *tensors, captured = fill_ports(cfg, weight, feed)
    query, key, value = map(as_single, tensors)
    heads, size = query.shape[1], query.shape[-1]
    scale = size**-0.5 if cfg.scale is None else cfg.scale
    dtype = _PRECISIONS.get(cfg.softmax_precision or 0, query.dtype)
    key, value = _share(key, heads), _share(value, heads)
    scores = ((query @ np.swapaxes(key, -1, -2)) * query.dtype.type(scale)).astype(dtype)
    if cfg.score_mod is not None:
        (scores,) = apply(cfg.score_mod, weight.scope("score_mod"), scores, *captured)
    chances = _weigh(scores)
    if cfg.prob_mod is not None:
        (chances,) = apply(cfg.prob_mod, weight.scope("prob_mod"), chances, *captured)
    return (chances @ value).astype(tensors[2].dtype, copy=False)


@operator("RotaryEmbedding")
def rotary_embedding(
    cfg: RotaryEmbedding, X: Array, cos_cache: Array, sin_cache: Array, position_ids: Array | None
) -> Any:
    x = _split_heads(X, cfg.num_heads).transpose(0, 2, 1, 3)  # (batch, steps, heads, size)
    size = cfg.rotary_embedding_dim or x.shape[-1]
    turned, rest = as_single(x[..., :size]), x[..., size:]
    cos, sin = (
        as_single(cache if position_ids is None else cache[position_ids])[..., None, : size // 2]
        for cache in (cos_cache, sin_cache)
    )
    first, second = (
        (turned[..., ::2], turned[..., 1::2])
        if cfg.interleaved
        else (turned[..., : size // 2], turned[..., size // 2 :])
    )
    real, other = cos * first - sin * second, sin * first + cos * second
    both = np.stack([real, other], -1).reshape(turned.shape) if cfg.interleaved else np.concatenate([real, other], -1)
    y = np.concatenate([both.astype(X.dtype, copy=False), rest], -1)
    return y.reshape(X.shape) if X.ndim == 3 else y.transpose(0, 2, 1, 3)


@operator("LinearAttention")
def linear_attention(
    cfg: LinearAttention, query: Array, key: Array, value: Array, past_state: Array | None, decay: Array | None,
    beta: Array | None,
) -> Any:  # fmt: skip
    """A step after the other: the state (batch, heads, size, width) decays, then takes in a key and its value."""
    heads = cfg.kv_num_heads
    queries, keys, values = (
        as_single(_split_heads(x, count)) for x, count in ((query, cfg.q_num_heads), (key, heads), (value, heads))
    )
    batch, _, steps, size = keys.shape
    state = np.zeros((batch, heads, size, values.shape[-1]), keys.dtype)
    if past_state is not None:
        state = as_single(past_state)
    scale = cfg.scale or queries.shape[-1] ** -0.5
    fades = None if decay is None else np.exp(as_single(decay)).reshape(batch, steps, heads, -1)[..., None]
    rates = None if beta is None else as_single(beta).reshape(batch, steps, -1)[..., None, None]
    outputs = []
    for step in range(steps):
        if "gated" in cfg.update_rule and fades is not None:
            state = state * fades[:, step]
        entering = values[:, :, step, None, :]
        if "delta" in cfg.update_rule and rates is not None:
            entering = (entering - keys[:, :, step, None, :] @ state) * rates[:, step]
        state = state + keys[:, :, step, :, None] * entering
        outputs.append(queries[:, :, step, None, :] @ _share(state, cfg.q_num_heads))
    output = _join_heads(np.concatenate(outputs, 2) * queries.dtype.type(scale)).astype(query.dtype, copy=False)
    return output, state.astype((query if past_state is None else past_state).dtype, copy=False)


@operator("CausalConvWithState")
def causal_conv_with_state(
    cfg: CausalConvWithState, input: Array, weight: Array, bias: Array | None, past_state: Array | None
) -> Any:
    before = weight.shape[2] - 1
    steps = input.shape[2]
    past = np.zeros((*input.shape[:2], before), input.dtype) if past_state is None else past_state
    x = as_single(np.concatenate([past.astype(input.dtype, copy=False), input], 2))
    kernel = as_single(weight)[:, 0]
    y = np.sum([x[:, :, tap : tap + steps] * kernel[:, tap, None] for tap in range(before + 1)], axis=0)
    y = y if bias is None else y + as_single(bias)[:, None]
    y = y * sigmoid(y) if cfg.activation != "none" else y
    state = x[:, :, x.shape[2] - before :].astype(past.dtype, copy=False)
    return y.astype(input.dtype, copy=False), state
