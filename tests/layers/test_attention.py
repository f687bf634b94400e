"""Rules of the attention layers where golden data does not reach."""

from __future__ import annotations

from typing import Any

import pytest

from shapecalc.dims import Shape, symbol, unknown
from shapecalc.layers.attention import AdditiveAttention, Attention, GroupQueryAttention, MultiHeadAttention
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor
from tests.layers.asked import refusal_parts

B = unknown()
D, E, S, T = symbol("D"), symbol("E"), symbol("S"), symbol("T")


def of(*sizes: Any, **keys: Any) -> Tensor:
    return Tensor(Shape((B, *sizes)), "float32", **keys)


def heads(**values: Any) -> MultiHeadAttention:
    return MultiHeadAttention(**({"num_heads": 2, "key_dim": 3} | values))


def test_heads_over_symbols() -> None:
    layer = heads(num_heads=symbol("N"), key_dim=symbol("K"), return_attention_scores=True)
    result = infer(layer, (of(T, D), of(S, E)))
    assert {port: str(out.shape) for port, out in result.outputs.items()} == {
        "output": "(None, T, D)",
        "attention_scores": "(None, N, T, S)",
    }
    assert [f"{path} {Shape(weight.shape)}" for path, weight in result.all_weights()] == [
        "query/kernel (D, N, K)",
        "query/bias (N, K)",
        "key/kernel (E, N, K)",
        "key/bias (N, K)",
        "value/kernel (E, N, K)",
        "value/bias (N, K)",
        "attention_output/kernel (N, K, D)",
        "attention_output/bias (D,)",
    ]
    assert result.assumes == ()


def test_macs_are_projections_scores_and_context() -> None:
    result = infer(heads(value_dim=5, use_gate=True), (of(7, 6), of(11, 6)))
    assert result.macs == {"scores": (2, 7, 11, 3), "context": (2, 7, 11, 5)}
    assert {part.name: part.inferred.macs for part in result.inner} == {
        "query": {"kernel": (7, 6, 2, 3)},
        "key": {"kernel": (11, 6, 2, 3)},
        "gate": {"kernel": (7, 6, 2, 5)},
        "value": {"kernel": (11, 6, 2, 5)},
        "attention_output": {"kernel": (7, 2, 5, 6)},
    }


def test_macs_of_axes_that_are_not_attended_over() -> None:
    layer = heads(attention_axes=2, return_attention_scores=True)
    result = infer(layer, (of(4, 5, 6), of(4, 7, 6)))
    assert result.macs["scores"] == (4, 2, 5, 7, 3)
    assert str(result.outputs["attention_scores"].shape) == "(None, 4, 2, 5, 7)"


def test_the_mask_of_query_goes_on_and_that_of_value_does_not() -> None:
    ports = infer(heads(return_attention_scores=True), (of(4, 6, masked=True), of(5, 6))).outputs
    assert [bool(out.masked) for out in ports.values()] == [True, True]
    bare = infer(heads(return_attention_scores=True), (of(4, 6), of(5, 6))).outputs
    assert [bool(out.masked) for out in bare.values()] == [False, False]
    assert infer(heads(), (of(4, 6), of(5, 6, masked=True))).output.masked is False
    assert infer(Attention(), ((of(4, 6), of(5, 6, masked=True)),)).output.masked is False
    masks = (Tensor(Shape((B, 4)), "bool"), Tensor(Shape((B, 5)), "bool"))
    assert infer(Attention(), ((of(4, 6), of(5, 6)), masks)).output.mask is not None


def test_the_dtype_reaches_the_projections_and_trainable_does_not() -> None:
    result = infer(heads(dtype="float16", trainable=False), (of(4, 6), of(5, 6)))
    assert {(weight.dtype, weight.trainable) for _, weight in result.all_weights()} == {("float16", True)}
    assert result.output.dtype == "float16"


@pytest.mark.parametrize(
    ("layer", "feed", "told"),
    [
        (
            heads(),
            (of(4, 6), of(5, 6), of(7, 6)),
            ("value and key differ in more than their features: (None, 5, 6) and (None, 7, 6)", "key", None),
        ),
        (
            heads(attention_axes=2),
            (of(4, 5, 6), of(3, 5, 6)),
            (
                "query (None, 4, 5, 6) and value (None, 3, 5, 6) differ at axis 1, which is not attended over",
                "value",
                None,
            ),
        ),
        (
            heads(attention_axes=(1, 3)),
            (of(4, 5, 6), of(4, 5, 6)),
            (
                "attention_axes [1, 3] are not different axes between batch and features of (None, 4, 5, 6)",
                "attention_axes",
                "use some of 1, 2",
            ),
        ),
        (
            heads(),
            (of(4, 6), of(5, 6), None, Tensor(Shape((B, 4)), "bool")),
            (
                "Keras replaces this mask by the one that comes with `query`, so it would change nothing",
                "query_mask",
                "pass it as `attention_mask`, or mask `query` where it is made",
            ),
        ),
        (
            heads(),
            (of(4, 6), of(5, 6), None, None, None, None, of(4, 6)),
            ("cannot lay a mask of shape (None, 4, 6) on scores of shape (None, 2, 4, 5)", "attention_mask", None),
        ),
        (
            heads(),
            (of(4, 6), of(5, 6), None, None, None, None, of()),
            (
                "cannot lay a mask of shape (None,) on scores of shape (None, 2, 4, 5)",
                "attention_mask",
                "give a mask of 2 to 4 axes",
            ),
        ),
        (
            heads(use_causal_mask=True),
            (of(4, 5, 6), of(4, 5, 6)),
            (
                "cannot lay a mask of shape (1, 4, 4) on scores of shape (None, 2, 4, 5, 4, 5)",
                "use_causal_mask",
                "give a mask of 4 to 6 axes",
            ),
        ),
        (
            heads(flash_attention=True, dropout=0.5),
            (of(4, 6), of(5, 6)),
            ("flash attention has no dropout", "flash_attention", "leave `flash_attention` out"),
        ),
        (
            heads(output_shape=(3, -1)),
            (of(4, 6), of(5, 6)),
            ("needs a size of at least 1, got -1", "output_shape", None),
        ),
        (
            GroupQueryAttention(num_query_heads=6, num_key_value_heads=4, head_dim=2),
            (of(4, 6), of(5, 6)),
            (
                "cannot share 4 key and value heads among 6 query heads",
                "num_key_value_heads",
                "use a divisor of `num_query_heads`",
            ),
        ),
        (
            GroupQueryAttention(num_query_heads=2, num_key_value_heads=1, head_dim=2),
            (of(4, 6), of(5, 7)),
            ("needs as many features in value as in query, 6, got 7", "value", None),
        ),
        (
            Attention(),
            ((of(4, 6),),),
            (
                "needs 2 or 3 inputs, [query, value] or [query, value, key], got 1",
                "inputs",
                "give a list to `from`, as in `from: [query, value]`",
            ),
        ),
        (
            AdditiveAttention(),
            ((of(4, 6), of(5, 7)),),
            (
                "query (None, 4, 6), value (None, 5, 7) and key (None, 5, 7) do not go together",
                "inputs",
                "key has the features of query and the steps of value",
            ),
        ),
        (
            Attention(),
            ((of(4, 6), of(5, 6)), (of(4),)),
            (
                "needs the masks of query and value, got 1",
                "mask",
                "give a list of two, as in `mask: [query_mask, value_mask]`",
            ),
        ),
        (
            Attention(),
            ((of(4, 6), of(5, 6)), (of(4), of(4))),
            ("cannot lay a mask of shape (None, 4) on scores of shape (None, 4, 5)", "mask", None),
        ),
    ],
)
def test_refusals(layer: Any, feed: tuple[Any, ...], told: tuple[str, str, str | None]) -> None:
    assert refusal_parts(layer, *feed) == told


def test_ranks_that_do_not_fit() -> None:
    assert (
        refusal_parts(heads(), of(6), of(6))[0] == "needs at least 3 axes (batch, query, ..., features), got (None, 6)"
    )
    assert refusal_parts(heads(), of(4, 6), of(6))[0] == "needs 3 axes (batch, key, value_features), got (None, 6)"


def test_assumptions_of_symbols() -> None:
    plain = infer(Attention(), ((of(T, D), of(S, E)),))
    assert str(plain.output.shape) == "(None, T, E)"
    assert [str(relation) for relation in plain.assumes] == ["D == E"]
    grouped = infer(GroupQueryAttention(num_query_heads=4, num_key_value_heads=2, head_dim=8), (of(T, D), of(S, E)))
    assert [str(relation) for relation in grouped.assumes] == ["D == E"]


def test_scalars_of_attention_are_one_parameter_each() -> None:
    result = infer(Attention(use_scale=True, score_mode="concat"), ((of(4, 6), of(5, 6)),))
    assert [(path, weight.shape) for path, weight in result.all_weights()] == [
        ("scale", ()),
        ("concat_score_weight", ()),
    ]
    assert result.params == 2
    assert result.macs == {"context": (4, 5, 6)}
