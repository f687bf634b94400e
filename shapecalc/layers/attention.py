"""Attention. https://keras.io/api/layers/attention_layers/"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, axis_from_front, exact, require_at_least, require_same
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.names import FLOATS
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.arguments.shapes import ShapeKind
from shapecalc.layers.arguments.words import FlagKind
from shapecalc.layers.attention_masks import list_mask_shapes, require_fit, require_masks_fit
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.dtypes import require_floats, require_numbers
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Inferred, Inner, Tensor, weights

if TYPE_CHECKING:
    from shapecalc.layers.attention_masks import Blame, Given, Sides


class Projection(Layer):
    """The product with a kernel within an attention layer: between features and heads. Keras makes it an EinsumDense.

    Input (batch, ..., *bound) with `bound` axes that the kernel takes up, output (batch, ..., *sizes).
    """

    dtypes = FLOATS
    bound = arg.count(1, "How many of the last axes the kernel takes up.")
    sizes = arg.shape(doc="The axes that stand in their place.")
    use_bias = arg.flag(True, doc="Add a bias.")


@rule(Projection)
def infer_projection(cfg: Projection, inputs: Tensor) -> Inferred:
    before = inputs.shape.ndim - cfg.bound
    return Inferred(
        outputs={"output": Tensor(inputs.shape[:before] + cfg.sizes)},
        weights=weights(kernel=inputs.shape[before:] + cfg.sizes, bias=cfg.sizes if cfg.use_bias else None),
        macs={"kernel": inputs.shape[1:] + cfg.sizes},
    )


class HeadedAttention(Layer):
    """The arguments that attention with several heads takes.

    query (batch, query, features), value (batch, key, features), key like value, and value itself where it is left out.
    Output like query; with `return_attention_scores` the scores too, (batch, heads, query, key). The mask that comes
    with query goes on with the output, the one laid on the scores with the scores.
    """

    dtypes = FLOATS
    freezes = False
    ports = ("query", "value", "key?", "query_mask?", "value_mask?", "key_mask?", "attention_mask?")
    dropout = arg.number(0.0, "Fraction of the scores dropped, in training only.", low=0, high=1)
    use_bias = arg.flag(True, doc="Add a bias to each projection.")
    sliding_window = arg.optional(arg.count(doc="Attend to keys less than this many positions away."))
    flash_attention: arg.Arg[bool | None] = arg.Arg(FlagKind(), None, "How Keras computes; the numbers are the same.")
    kernel_initializer = arg.initializer("glorot_uniform")
    bias_initializer = arg.initializer("zeros")
    kernel_regularizer = arg.regularizer()
    bias_regularizer = arg.regularizer()
    activity_regularizer = arg.regularizer()
    kernel_constraint = arg.constraint()
    bias_constraint = arg.constraint()
    use_gate = arg.flag(False, doc="Multiply the heads by a sigmoid projection of query before the last projection.")
    seed = arg.seed("Seed of the dropout, in training only.")
    use_causal_mask = arg.flag(False, doc="Attend to no later position.", call=True)
    return_attention_scores = arg.flag(
        False, doc="Return the scores too, as `attention_scores`.", off="returns its output alone", call=True
    )

    def infer_projection(self, name: str, inputs: Tensor, sizes: tuple[Size, ...], bound: int = 1) -> Inner:
        """The projection called `name`, applied to `inputs`."""
        layer = Projection(name=name, sizes=sizes, bound=bound, use_bias=self.use_bias, dtype=self.dtype)
        return Inner(name, infer(layer, (inputs,)))


class MultiHeadAttention(HeadedAttention):
    """Scaled dot-product attention in several heads. Vaswani et al., 2017.

    query (batch, query, features), value and key (batch, key, features), output (batch, query, features). Inputs may
    have more axes; `attention_axes` says which are attended over, the others are treated like the batch.
    https://keras.io/api/layers/attention_layers/multi_head_attention/
    """

    num_heads = arg.size(doc="Number of heads.")
    key_dim = arg.size(doc="Size of a head of query and key.")
    value_dim = arg.optional(arg.size(doc="Size of a head of value; key_dim if left out."))
    output_shape: arg.Arg[tuple[Size, ...] | None] = arg.Arg(
        ShapeKind(), None, "Axes of the output in place of the features; the features of query if left out."
    )
    attention_axes = arg.optional(arg.axes(doc="Axes attended over; all between batch and features if left out."))


@rule(MultiHeadAttention)
def multi_head_attention(
    cfg: MultiHeadAttention,
    query: Tensor,
    value: Tensor,
    key: Tensor | None = None,
    query_mask: Tensor | None = None,
    value_mask: Tensor | None = None,
    key_mask: Tensor | None = None,
    attention_mask: Tensor | None = None,
) -> Inferred:
    if query_mask is not None:
        raise ShapeError(
            "Keras replaces this mask by the one that comes with `query`, so it would change nothing",
            input="query_mask",
            code="SC206",
            help="pass it as `attention_mask`, or mask `query` where it is made",
        )
    require_numbers(query, "query")
    require_numbers(value, "value")
    check_flash(cfg)
    axes = find_attention_axes(cfg, query.shape)
    source = value if key is None else key
    check_sides(query.shape, value.shape, source.shape, axes)
    value_dim = cfg.key_dim if cfg.value_dim is None else cfg.value_dim
    scores = infer_scores(query.shape, value.shape, axes, cfg.num_heads)
    given = (None, value_mask, key_mask)
    masked = check_masks(cfg, (query, value, key), given, attention_mask, scores, 2 * len(axes))
    head, value_head = (cfg.num_heads, cfg.key_dim), (cfg.num_heads, value_dim)
    features = (query.shape[-1],) if not cfg.output_shape else cfg.output_shape
    for size in features:
        require_at_least(size, 1, arg="output_shape")
    inner = (
        cfg.infer_projection("query", query, head),
        cfg.infer_projection("key", source, head),
        *([cfg.infer_projection("gate", query, value_head)] if cfg.use_gate else []),
        cfg.infer_projection("value", value, value_head),
        cfg.infer_projection("attention_output", split_heads(query, value_head), features, bound=2),
    )
    return infer_heads(cfg, query, Tensor(scores, masked=masked), (cfg.key_dim, value_dim), inner)


class GroupQueryAttention(HeadedAttention):
    """Attention whose query heads share key and value heads in groups. Ainslie et al., 2023.

    query (batch, query, features), value and key (batch, key, features), output (batch, query, features).
    https://keras.io/api/layers/attention_layers/group_query_attention/
    """

    head_dim = arg.size(doc="Size of a head.")
    num_query_heads = arg.size(doc="Number of heads of query.")
    num_key_value_heads = arg.size(doc="Number of heads of key and value, a divisor of those of query.")


@rule(GroupQueryAttention)
def group_query_attention(
    cfg: GroupQueryAttention,
    query: Tensor,
    value: Tensor,
    key: Tensor | None = None,
    query_mask: Tensor | None = None,
    value_mask: Tensor | None = None,
    key_mask: Tensor | None = None,
    attention_mask: Tensor | None = None,
) -> Inferred:
    require_numbers(query, "query")
    require_numbers(value, "value")
    check_flash(cfg)
    exact(
        cfg.num_query_heads,
        cfg.num_key_value_heads,
        f"cannot share {cfg.num_key_value_heads} key and value heads among {cfg.num_query_heads} query heads",
        arg="num_key_value_heads",
        help="use a divisor of `num_query_heads`",
    )
    source = value if key is None else key
    features = query.shape.axes("batch", "query", "features")[2]
    check_sides(query.shape, value.shape, source.shape, (1,))
    require_same(
        features,
        value.shape[2],
        f"needs as many features in value as in query, {features}, got {value.shape[2]}",
        input="value",
    )
    scores = infer_scores(query.shape, value.shape, (1,), cfg.num_query_heads)
    masked = check_masks(cfg, (query, value, key), (query_mask, value_mask, key_mask), attention_mask, scores, 2)
    head, shared = (cfg.num_query_heads, cfg.head_dim), (cfg.num_key_value_heads, cfg.head_dim)
    inner = (
        cfg.infer_projection("query", query, head),
        cfg.infer_projection("key", source, shared),
        *([cfg.infer_projection("gate", query, head)] if cfg.use_gate else []),
        cfg.infer_projection("value", value, shared),
        cfg.infer_projection("attention_output", split_heads(query, head), (features,), bound=2),
    )
    return infer_heads(cfg, query, Tensor(scores, masked=masked), (cfg.head_dim, cfg.head_dim), inner)


def split_heads(query: Tensor, head: tuple[Size, ...]) -> Tensor:
    """The tensor that the last projection is fed: the axes of query, with heads in place of its features."""
    return Tensor(query.shape[:-1] + head)


def infer_heads(
    cfg: HeadedAttention, query: Tensor, scores: Tensor, head: tuple[Size, Size], inner: tuple[Inner, ...]
) -> Inferred:
    """Outputs and products of attention in heads: `head` is the size of a head of key, then of value."""
    outputs = {"output": inner[-1].inferred.output._replace(masked=query.mask or False)}
    if cfg.return_attention_scores:
        outputs["attention_scores"] = scores
    key_dim, value_dim = head
    pairs = scores.shape[1:]
    return Inferred(
        outputs=outputs,
        macs={"scores": (*pairs, key_dim), "context": (*pairs, value_dim)},
        inner=inner,
        workspace=None if cfg.return_attention_scores or cfg.flash_attention else {"scores": scores},
    )


def check_flash(cfg: HeadedAttention) -> None:
    """Refuses what Keras's flash attention cannot do."""
    if cfg.flash_attention is not True:
        return
    unable = "flash attention has no dropout" if cfg.dropout != 0 else None
    unable = "flash attention keeps no scores to return" if cfg.return_attention_scores else unable
    if unable is not None:
        raise ShapeError(
            unable,
            arg="flash_attention",
            code="SC206",
            change=("flash_attention", None),
            help="leave `flash_attention` out",
        )


def find_attention_axes(cfg: MultiHeadAttention, shape: Shape) -> tuple[int, ...]:
    """The axes attended over, counted from the start, in the order given."""
    shape.axes("batch", "query", ..., "features")
    between = range(1, shape.ndim - 1)
    if cfg.attention_axes is None:
        return tuple(between)
    listed = cfg.attention_axes if isinstance(cfg.attention_axes, tuple) else (cfg.attention_axes,)
    axes = tuple(position for axis in listed if (position := axis_from_front(axis, shape.ndim)) is not None)
    if not axes or len(set(axes)) != len(listed) or not set(axes).issubset(between):
        raise ShapeError(
            f"attention_axes {as_yaml(cfg.attention_axes)} are not different axes between batch and features "
            f"of {shape}",
            arg="attention_axes",
            help=f"use some of {', '.join(str(axis) for axis in between)}",
        )
    return axes


def name_axes(word: str, features: str, ndim: int, axes: tuple[int, ...]) -> tuple[str, ...]:
    """Names for the axes of query or value: (batch, query, features); numbered where there are more."""
    if ndim == 3:
        return ("batch", word, features)
    return ("batch", *(f"{word if axis in axes else 'axis'}_{axis}" for axis in range(1, ndim - 1)), features)


def check_sides(query: Shape, value: Shape, key: Shape, axes: tuple[int, ...]) -> None:
    """Refuses value and key that differ but in their features, and query and value that differ where not attended."""
    query_sizes = query.axes(*name_axes("query", "features", query.ndim, axes))
    value_sizes = value.axes(*name_axes("key", "value_features", query.ndim, axes))
    key_sizes = value_sizes if key is value else key.axes(*name_axes("key", "key_features", query.ndim, axes))
    message = f"value and key differ in more than their features: {value} and {key}"
    for value_size, key_size in zip(value_sizes[:-1], key_sizes[:-1], strict=True):
        require_same(value_size, key_size, message, input="key")
    for axis in set(range(query.ndim - 1)).difference(axes):
        require_same(
            query_sizes[axis],
            value_sizes[axis],
            f"query {query} and value {value} differ at axis {axis}, which is not attended over",
            input="value",
        )


def infer_scores(query: Shape, value: Shape, axes: tuple[int, ...], heads: Size) -> Shape:
    """(batch, axes not attended over, heads, attended axes of query, attended axes of value)."""
    kept = [query[axis] for axis in range(query.ndim - 1) if axis not in axes]
    return Shape((*kept, heads, *(query[axis] for axis in axes), *(value[axis] for axis in axes)))


def check_masks(
    cfg: HeadedAttention, sides: Sides, given: Given, attention_mask: Tensor | None, scores: Shape, pairs: int
) -> Shape | Literal[False]:
    """The mask of the scores, of what comes with `sides` (query, value, key) or is given; refused where it cannot be.

    Keras makes the band of a causal layer and of a sliding window of the first axis after the batch, whatever is
    attended over.
    """
    laid = list_mask_shapes(sides, given)
    band = Shape((1, sides[0].shape[1], sides[1].shape[1]))
    blame: Blame = {"input": "value"}
    if cfg.sliding_window is not None:
        laid, blame = [*laid, band], {"arg": "sliding_window"}
    if cfg.use_causal_mask:
        laid, blame = [*laid, band], {"arg": "use_causal_mask"}
    if attention_mask is not None:
        laid, blame = [*laid, attention_mask.shape], {"input": "attention_mask"}
    return require_fit(laid, scores, pairs, blame) or False


class ListAttention(Layer):
    """The arguments of attention without heads, which takes a list of tensors and a list of their masks.

    The tensors are [query, value] or [query, value, key]:
    query (batch, query, features), value and key (batch, key, features), output (batch, query, value_features); with
    `return_attention_scores` the scores too, (batch, query, key). The mask of query goes on with the output.
    """

    dtypes = FLOATS
    ports = ("inputs+", "mask*")
    dropout = arg.number(0.0, "Fraction of the scores dropped, in training only.", low=0, high=1, inert=True)
    seed = arg.seed("Seed of the dropout, in training only.")
    return_attention_scores = arg.flag(
        False, doc="Return the scores too, as `attention_scores`.", off="returns its output alone", call=True
    )
    use_causal_mask = arg.flag(False, doc="Attend to no later position.", call=True)


class Attention(ListAttention):
    """Dot-product attention. Luong et al., 2015. Scores are dot products, or with `concat` sums of tanh(query + key).

    Inputs [query, value] or [query, value, key], each (batch, time, features); output (batch, query, value_features).
    https://keras.io/api/layers/attention_layers/attention/
    """

    use_scale = arg.flag(False, doc="Multiply the scores by a learned number.")
    score_mode = arg.choice("dot", "concat", default="dot", doc="How query and key are compared.")


@rule(Attention)
def attention(cfg: Attention, inputs: Sequence[Tensor], mask: Sequence[Tensor] = ()) -> Inferred:
    query, value, key = split_tensors(inputs, mask)
    if cfg.score_mode == "dot" and not cfg.use_scale:
        for tensor in (query, key):
            require_floats(tensor, subject="the softmax of the scores")
    scores = infer_plain_scores(query, value, key, mask)
    features = query.shape[-1]
    return infer_plain_attention(
        cfg,
        (query, value, mask),
        scores,
        Inferred(
            outputs={},
            weights=weights(
                scale=() if cfg.use_scale else None, concat_score_weight=() if cfg.score_mode == "concat" else None
            ),
            macs={"scores": (*scores[1:], features)} if cfg.score_mode == "dot" else None,
            workspace={"sums": Tensor(Shape((*scores, features)))} if cfg.score_mode == "concat" else None,
        ),
    )


class AdditiveAttention(ListAttention):
    """Additive attention: scores are sums of scale * tanh(query + key). Bahdanau et al., 2014.

    Inputs [query, value] or [query, value, key], each (batch, time, features); output (batch, query, value_features).
    https://keras.io/api/layers/attention_layers/additive_attention/
    """

    use_scale = arg.flag(True, doc="Weigh the features by a learned vector.")


@rule(AdditiveAttention)
def additive_attention(cfg: AdditiveAttention, inputs: Sequence[Tensor], mask: Sequence[Tensor] = ()) -> Inferred:
    query, value, key = split_tensors(inputs, mask)
    scores = infer_plain_scores(query, value, key, mask)
    features = query.shape[-1]
    stated = Inferred(
        outputs={},
        weights=weights(scale=(features,) if cfg.use_scale else None),
        workspace={"sums": Tensor(Shape((*scores, features)))},
    )
    return infer_plain_attention(cfg, (query, value, mask), scores, stated)


def split_tensors(inputs: Sequence[Tensor], mask: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """query, value and key of a list of two or three tensors."""
    for tensor in inputs:
        require_numbers(tensor)
    if len(inputs) not in (2, 3):
        raise ShapeError(
            f"needs 2 or 3 inputs, [query, value] or [query, value, key], got {len(inputs)}",
            input="inputs",
            code="SC306",
            help="give a list to `from`, as in `from: [query, value]`",
        )
    if mask and len(mask) not in (2, 3):
        raise ShapeError(
            f"needs the masks of query and value, got {len(mask)}",
            input="mask",
            code="SC306",
            help="give a list of two, as in `mask: [query_mask, value_mask]`",
        )
    return inputs[0], inputs[1], inputs[-1]


def infer_plain_scores(query: Tensor, value: Tensor, key: Tensor, mask: Sequence[Tensor]) -> Shape:
    """The shape of the scores, (batch, ..., query, key), once the inputs and masks fit together."""
    batch, middle, rows, features = query.shape.axes("batch", ..., "query", "features")
    value_batch, value_middle, columns, _ = value.shape.axes("batch", ..., "key", "value_features")
    key_batch, key_middle, key_columns, key_features = key.shape.axes("batch", ..., "key", "features")
    message = f"query {query.shape}, value {value.shape} and key {key.shape} do not go together"
    help = "key has the features of query and the steps of value"
    require_same(features, key_features, message, input="inputs", help=help)
    require_same(columns, key_columns, message, input="inputs", help=help)
    before = Shape((batch, *middle))
    for other in ((value_batch, *value_middle), (key_batch, *key_middle)):
        if len(other) != before.ndim:
            raise ShapeError(message, input="inputs", help="give them the same number of axes")
        for query_size, size in zip(before, other, strict=True):
            require_same(query_size, size, message, input="inputs")
    scores = Shape((*before, rows, columns))
    require_masks_fit(scores, query, value, mask)
    return scores


def infer_plain_attention(
    cfg: ListAttention, fed: tuple[Tensor, Tensor, Sequence[Tensor]], scores: Shape, stated: Inferred
) -> Inferred:
    """Attention without heads: `stated` has its weights, the products of its scores, and what it sums up for them."""
    query, value, mask = fed
    features = value.shape[-1]
    output = Tensor(Shape((*scores[:-1], features)), masked=mask[0].shape if mask else query.mask or False)
    outputs = {"output": output}
    if cfg.return_attention_scores:
        outputs["attention_scores"] = Tensor(scores, masked=False)
    kept = {} if cfg.return_attention_scores else {"scores": Tensor(scores)}
    macs = {**stated.macs, "context": (*scores[1:], features)}
    return Inferred(outputs, stated.weights, macs, workspace={**stated.workspace, **kept})
