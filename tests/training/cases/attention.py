"""More cases of attention: layouts, single samples, steps and heads, masks, dropout, and one side frozen or without
gradient.
"""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

TIME_MAJOR = [1, 0, 2]
PADDED = [2, 4, 5]

WAYS: list[dict[str, Any]] = [
    {},
    {"use_bias": False},
    {"use_gate": True},
    {"dropout": 0.2},
    {"dropout": 0.2, "seed": 3},
    {"dropout": 1.0},
    {"return_attention_scores": True},
    {"use_causal_mask": True},
    {"use_causal_mask": True, "dropout": 0.2},
    {"sliding_window": 2},
    {"sliding_window": 2, "use_causal_mask": True, "return_attention_scores": True},
    {"trainable": False},
    {"trainable": False, "dropout": 0.2},
    {"dtype": "mixed_bfloat16"},
    {"dtype": "float64", "dropout": 0.2},
    {"dtype": "mixed_bfloat16", "dropout": 0.2, "use_gate": True},
    {"activity_regularizer": "l2"},
    {"flash_attention": False},
]
CALLED = ("return_attention_scores", "use_causal_mask")


def of_two(config: dict[str, Any], sizes: tuple[int, int, int] = (3, 5, 4), **keys: Any) -> Case:
    """A case of query and value: `sizes` are batch, steps of query, steps of value; other keys are a part of it."""
    batch, rows, columns = sizes
    more, order = keys.pop("more", {}), keys.pop("order", None)
    laid = {} if order is None else {"order": order}
    grads = keys.pop("grads", (True, True))
    inputs = {
        "query": tensor(batch, rows, 6, grad=grads[0], **laid),
        "value": tensor(batch, columns, 6, grad=grads[1], **laid),
        **more,
    }
    called = {key: config[key] for key in CALLED if key in config}
    rest = {key: value for key, value in config.items() if key not in CALLED}
    return {"config": rest, "inputs": inputs, **({"call": called} if called else {}), **keys}


def list_headed(heads: dict[str, Any], single: dict[str, Any]) -> list[Case]:
    sizes = [(3, 5, 4), (1, 5, 4), (3, 1, 4), (3, 5, 1), (1, 1, 1), (3, 5, 5)]
    cases = [of_two({**config, **way}, size) for config, way, size in product([heads, single], WAYS, sizes[:3])]
    cases += [of_two(heads, size, order=order) for size, order in product(sizes, [None, TIME_MAJOR, [2, 0, 1]])]
    cases += [of_two({**single, "use_bias": False}, size) for size in sizes]
    masks: list[dict[str, Any]] = [
        {"mask": {"value": PADDED}},
        {"mask": {"query": PADDED}},
        {"mask": {"query": PADDED, "value": PADDED}},
        {"more": {"attention_mask": tensor(3, 5, 5, kind="mask")}},
        {"more": {"attention_mask": tensor(1, 5, 5, kind="mask")}},
        {"more": {"attention_mask": tensor(3, 5, 5, kind="ones", dtype="int32")}},
        {"more": {"attention_mask": tensor(3, 5, 5, kind="mask")}, "mask": {"value": PADDED}},
        {"more": {"key": tensor(3, 5, 6)}},
        {"more": {"key": tensor(3, 5, 6)}, "mask": {"key": PADDED}},
    ]
    ways: list[dict[str, Any]] = [{}, {"dropout": 0.2}, {"use_causal_mask": True}, {"return_attention_scores": True}]
    cases += [of_two({**heads, **way}, (3, 5, 5), **mask) for way, mask in product(ways, masks)]
    grads = [(True, False), (False, True)]
    some: list[dict[str, Any]] = [{}, {"trainable": False}, {"dropout": 0.2}, {"dropout": 0.2, "trainable": False}]
    return cases + [of_two({**heads, **way}, grads=grad) for way, grad in product(some, grads)]


def list_multi_head() -> list[Case]:
    cases = list_headed({"num_heads": 2, "key_dim": 3}, {"num_heads": 1, "key_dim": 4})
    wide: list[dict[str, Any]] = [
        {"value_dim": 5},
        {"value_dim": 5, "use_gate": True},
        {"value_dim": 1, "dtype": "mixed_bfloat16"},
        {"value_dim": 2, "use_causal_mask": True},
        {"value_dim": 2, "dropout": 0.2},
        {"value_dim": 2, "trainable": False},
        {"output_shape": [7]},
        {"output_shape": [2, 3]},
        {"output_shape": 1},
    ]
    for way, heads in product(wide, [1, 2]):
        cases.append(of_two({"num_heads": heads, "key_dim": 3, **way}))
        cases.append(of_two({"num_heads": heads, "key_dim": 3, **way}, (1, 1, 4)))
        cases.append(of_two({"num_heads": heads, "key_dim": 3, **way}, (3, 4, 4), mask={"value": [2, 4, 1]}))
    axes: list[dict[str, Any]] = [{}, {"attention_axes": [1]}, {"attention_axes": [2]}, {"attention_axes": [1, 2]}]
    for way, more in product(axes, [{}, {"dropout": 0.2}, {"trainable": False}]):
        inputs = {"query": tensor(2, 3, 4, 6), "value": tensor(2, 3, 4, 6)}
        cases.append({"config": {"num_heads": 2, "key_dim": 3, **way, **more}, "inputs": inputs})
    return cases


def list_grouped() -> list[Case]:
    heads = {"num_query_heads": 4, "num_key_value_heads": 2, "head_dim": 3}
    cases = list_headed(heads, {"num_query_heads": 1, "num_key_value_heads": 1, "head_dim": 4})
    for query_heads, shared, size in [(2, 1, 3), (2, 2, 3), (4, 1, 1), (3, 3, 1), (4, 2, 1)]:
        config = {"num_query_heads": query_heads, "num_key_value_heads": shared, "head_dim": size}
        for way, sizes in product([{}, {"dropout": 0.2}], [(3, 5, 4), (1, 5, 4), (3, 1, 1)]):
            cases.append(of_two({**config, **way}, sizes))
    return cases


def list_plain(kinds: list[dict[str, Any]]) -> list[Case]:
    """Attention without heads."""
    cases: list[Case] = []
    ways: list[dict[str, Any]] = [
        {}, {"dropout": 0.2}, {"dropout": 0.2, "seed": 1}, {"dropout": 1.0}, {"use_causal_mask": True},
        {"return_attention_scores": True}, {"trainable": False}, {"dtype": "mixed_bfloat16"}, {"dtype": "float64"},
    ]  # fmt: skip
    sizes = [(3, 5, 4), (1, 5, 4), (3, 1, 4), (3, 5, 1)]
    masks: list[Any] = [None, [PADDED, None], [None, PADDED], [PADDED, PADDED]]

    def add(config: dict[str, Any], inputs: list[Any], mask: Any = None) -> None:
        called = {key: config[key] for key in CALLED if key in config}
        rest = {key: value for key, value in config.items() if key not in CALLED}
        case: Case = {"config": rest, "inputs": {"inputs": inputs}, **({"call": called} if called else {})}
        cases.append({**case, **({} if mask is None else {"mask": {"inputs": mask}})})

    for kind, way, (batch, rows, columns) in product(kinds, ways, sizes):
        add({**kind, **way}, [tensor(batch, rows, 6), tensor(batch, columns, 6)])
    for kind, mask, way in product(kinds, masks, ways[:5]):
        add({**kind, **way}, [tensor(3, 5, 6), tensor(3, 5, 6)], mask)
    for kind, grads in product(kinds, product([True, False], repeat=3)):
        add(kind, [tensor(3, 5, 6, grad=grad) for grad in grads])
    for kind, order in product(kinds, [TIME_MAJOR, [0, 2, 1]]):
        add(kind, [tensor(3, 5, 6, order=order), tensor(3, 4, 6, order=order)])
    return cases


SCORED: list[dict[str, Any]] = [
    {},
    {"use_scale": True},
    {"score_mode": "concat"},
    {"score_mode": "concat", "use_scale": True},
]

CASES: dict[str, list[Case]] = {
    "MultiHeadAttention": list_multi_head(),
    "GroupQueryAttention": list_grouped(),
    "Attention": list_plain(
        [{}, {"use_scale": True}, {"score_mode": "concat"}, {"score_mode": "concat", "use_scale": True}]
    ),
    "AdditiveAttention": list_plain([{}, {"use_scale": False}]),
}
