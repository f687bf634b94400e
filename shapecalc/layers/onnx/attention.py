"""Attention and what belongs to it. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, broadcast_shapes, exact, require_same
from shapecalc.layers import nested
from shapecalc.layers.arguments import arg
from shapecalc.layers.infer import infer
from shapecalc.layers.onnx.base import Operator, give, give_many, index_by_name, rule
from shapecalc.layers.onnx.dtypes import NAMES
from shapecalc.layers.values import Inferred, Inner, Tensor

_PRECISION = "Number of the dtype in which softmax is computed."


class Attention(Operator):
    """Scaled dot-product attention. (batch, heads, steps, size), or (batch, steps, heads * size) with the heads given.

    https://onnx.ai/onnx/operators/onnx__Attention.html
    """

    type_name = "onnx.Attention"
    ports = ("Q", "K", "V", "attn_mask?", "past_key?", "past_value?", "nonpad_kv_seqlen?")
    is_causal = arg.flag(doc="No step sees a later one.")
    kv_num_heads = arg.optional(arg.count(doc="Heads of keys and values, where these have three axes."))
    q_num_heads = arg.optional(arg.count(doc="Heads of queries, where these have three axes."))
    qk_matmul_output_mode = arg.count(0, doc="At which stage scores are given.", low=0)
    scale = arg.optional(arg.number(doc="Factor of the scores; without it one over the root of the size."))
    softcap = arg.number(0.0, doc="Bound that scores are bent to; 0 for none.")
    softmax_precision = arg.optional(arg.count(doc=_PRECISION))
    left_window_size = arg.count(-1, doc="How many steps back each sees; -1 for all.", low=-1)
    right_window_size = arg.count(-1, doc="How many steps ahead each sees; -1 for all.", low=-1)


@rule(Attention)
def attention(
    cfg: Attention, Q: Tensor, K: Tensor, V: Tensor, attn_mask: Tensor | None = None, past_key: Tensor | None = None,
    past_value: Tensor | None = None, nonpad_kv_seqlen: Tensor | None = None,
) -> Inferred:  # fmt: skip
    batch, heads, queries, size = _split_heads(Q, cfg.q_num_heads, "Q", "q_num_heads")
    _, groups, keys, key_size = _split_heads(K, cfg.kv_num_heads, "K", "kv_num_heads")
    _, _, values, width = _split_heads(V, cfg.kv_num_heads, "V", "kv_num_heads")
    size = require_same(size, key_size, f"has queries of {size} and keys of {key_size}", input="K", code="SC404")
    keys = require_same(keys, values, f"has {keys} keys and {values} values", input="V", code="SC404")
    exact(heads, groups, f"shares {groups} heads of keys among {heads}", input="K", code="SC404")
    if past_key is not None:
        keys = keys + _split_heads(past_key, cfg.kv_num_heads, "past_key", "kv_num_heads")[2]
    scores = (batch, heads, queries, keys)
    if attn_mask is not None:
        broadcast_shapes(attn_mask.shape[:-1], scores[:-1])  # its last axis may be shorter
    is_packed = Q.shape.ndim == 3
    outputs = {
        "output": Tensor(Shape((batch, queries, heads * width) if is_packed else (*scores[:3], width)), Q.dtype, False),
        "present_key": Tensor(Shape((batch, groups, keys, size)), K.dtype, False),
        "present_value": Tensor(Shape((batch, groups, keys, width)), V.dtype, False),
        "qk_matmul_output": Tensor(Shape(scores), Q.dtype, False),
    }
    return Inferred(outputs, macs={"scores": (*scores, size), "values": (*scores, width)})


def _split_heads(tensor: Tensor, heads: int | None, port: str, argument: str) -> tuple[Size, Size, Size, Size]:
    """Batch, heads, steps, and the size of a head. Raises ShapeError."""
    shape = tensor.shape
    if len(shape) == 4:
        return shape[0], shape[1], shape[2], shape[3]
    if len(shape) != 3:
        raise ShapeError(f"needs (batch, heads, steps, size), got {shape}", input=port, code="SC411")
    if heads is None:
        raise ShapeError(f"needs `{argument}`, since `{port}` has three axes", arg=argument, code="SC306")
    size = exact(shape[2], heads, f"cannot divide {shape[2]} features into {heads} heads", arg=argument)
    return shape[0], heads, shape[1], size


class FlexAttention(Operator):
    """Attention whose scores and weights are changed by graphs. https://onnx.ai/onnx/operators/"""

    type_name = "onnx.FlexAttention"
    ports = ("Q", "K", "V", "captured*")
    prob_mod = nested.layer(None, doc="The graph that changes the weights.")
    score_mod = nested.layer(None, doc="The graph that changes the scores.")
    scale = arg.optional(arg.number(doc="Factor of the scores; without it one over the root of the size."))
    softmax_precision = arg.optional(arg.count(doc=_PRECISION))


@rule(FlexAttention)
def flex_attention(cfg: FlexAttention, Q: Tensor, K: Tensor, V: Tensor, captured: tuple[Tensor, ...] = ()) -> Inferred:
    batch, heads, queries, size = _split_heads(Q, None, "Q", "Q")
    _, groups, keys, key_size = _split_heads(K, None, "K", "K")
    _, _, values, width = _split_heads(V, None, "V", "V")
    size = require_same(size, key_size, f"has queries of {size} and keys of {key_size}", input="K", code="SC404")
    keys = require_same(keys, values, f"has {keys} keys and {values} values", input="V", code="SC404")
    exact(heads, groups, f"shares {groups} heads of keys among {heads}", input="K", code="SC404")
    scores = (batch, heads, queries, keys)
    dtype = "float64" if Q.dtype == "float64" else "float32"
    fed = Tensor(Shape(scores), NAMES.get(cfg.softmax_precision or 0, dtype), False)
    inner = []
    for name in ("score_mod", "prob_mod"):
        if getattr(cfg, name) is not None:
            changed = infer(getattr(cfg, name), (fed, *captured))
            if changed.output.shape != fed.shape:
                raise ShapeError(f"gives {changed.output.shape} for scores of {fed.shape}", arg=name, code="SC404")
            inner.append(Inner(name, changed))
    output = Tensor(Shape((batch, heads, queries, width)), Q.dtype, False)
    macs = {"scores": (*scores, size), "values": (*scores, width)}
    return Inferred({"output": output}, macs=macs, inner=tuple(inner))


class LinearAttention(Operator):
    """Attention by a state that each step changes. https://onnx.ai/onnx/operators/onnx__LinearAttention.html"""

    type_name = "onnx.LinearAttention"
    ports = ("query", "key", "value", "past_state?", "decay?", "beta?")
    chunk_size = arg.count(64, doc="Steps that are computed at once.")
    kv_num_heads = arg.count(doc="Heads of keys and values.")
    q_num_heads = arg.count(doc="Heads of queries.")
    scale = arg.number(0.0, doc="Factor of what is given; 0 for one over the root of the size.")
    update_rule = arg.choice(
        "linear", "gated", "delta", "gated_delta", default="gated_delta", doc="How a step changes the state."
    )


@rule(LinearAttention)
def linear_attention(
    cfg: LinearAttention, query: Tensor, key: Tensor, value: Tensor, past_state: Tensor | None = None,
    decay: Tensor | None = None, beta: Tensor | None = None,
) -> Inferred:  # fmt: skip
    batch, _, steps, size = _split_heads(query, cfg.q_num_heads, "query", "q_num_heads")
    _, _, keys, key_size = _split_heads(key, cfg.kv_num_heads, "key", "kv_num_heads")
    _, _, values, width = _split_heads(value, cfg.kv_num_heads, "value", "kv_num_heads")
    require_same(size, key_size, f"has queries of {size} and keys of {key_size}", input="key", code="SC404")
    require_same(steps, keys, f"has {steps} queries and {keys} keys", input="key", code="SC404")
    require_same(steps, values, f"has {steps} queries and {values} values", input="value", code="SC404")
    state = Shape((batch, cfg.kv_num_heads, size, width))
    if past_state is not None:
        message = f"needs a state of {state}, got {past_state.shape}"
        for given, wanted in zip(past_state.shape, state, strict=True) if past_state.shape.ndim == 4 else [(0, 1)]:
            require_same(given, wanted, message, input="past_state", code="SC404")
    dtype = query.dtype if past_state is None else past_state.dtype
    outputs = {
        "output": Tensor(Shape((batch, steps, cfg.q_num_heads * width)), query.dtype, False),
        "present_state": Tensor(state, dtype, False),
    }
    product = (batch, steps, size, width)
    macs = {"state": (*product, cfg.kv_num_heads), "output": (*product, cfg.q_num_heads)}
    return Inferred(outputs, macs=macs)


class RotaryEmbedding(Operator):
    """Pairs of features turned by their position. https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html"""

    type_name = "onnx.RotaryEmbedding"
    ports = ("X", "cos_cache", "sin_cache", "position_ids?")
    interleaved = arg.flag(doc="Pairs are neighbours, not halves.")
    num_heads = arg.optional(arg.count(doc="Heads, where the input has three axes.", low=0))
    rotary_embedding_dim = arg.count(0, doc="How many features are turned; 0 for all.", low=0)


@rule(RotaryEmbedding)
def rotary_embedding(
    cfg: RotaryEmbedding, X: Tensor, cos_cache: Tensor, sin_cache: Tensor, position_ids: Tensor | None = None
) -> Inferred:
    _split_heads(X, None if cfg.num_heads == 0 else cfg.num_heads, "X", "num_heads")
    return give(X.shape, X.dtype)


class CausalConvWithState(Operator):
    """Convolution of each channel that sees no later step. Input (batch, channels, steps).

    https://onnx.ai/onnx/operators/onnx__CausalConvWithState.html
    """

    type_name = "onnx.CausalConvWithState"
    ports = ("input", "weight", "bias?", "past_state?")
    activation = arg.choice("none", "silu", "swish", default="none", doc="Applied to the output.")


@rule(CausalConvWithState)
def causal_conv_with_state(
    cfg: CausalConvWithState,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    past_state: Tensor | None = None,
) -> Inferred:
    batch, channels, steps = input.shape.axes("batch", "channels", "steps")
    if weight.shape.ndim != 3:
        raise ShapeError(f"has a weight (channels, 1, kernel), got {weight.shape}", input="weight", code="SC404")
    message = f"needs {weight.shape[0]} channels for its weight, got {channels}"
    require_same(channels, weight.shape[0], message, input="input", code="SC404")
    kernel = weight.shape[2]
    state = Tensor(Shape((batch, channels, kernel - 1)), input.dtype if past_state is None else past_state.dtype, False)
    stated = give_many(Tensor(input.shape, input.dtype, False), state)
    stated.macs = {"weight": (batch, channels, steps, kernel)}
    return stated


TYPES = index_by_name(
    Attention, FlexAttention, LinearAttention, RotaryEmbedding, CausalConvWithState
)  # fmt: skip
