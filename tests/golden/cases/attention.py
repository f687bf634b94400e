"""Golden cases of the attention layers."""

from __future__ import annotations

from typing import Any

from tests.golden.cases import Case, tensor

CAUSAL = {"use_causal_mask": True}
SCORES = {"return_attention_scores": True}
CROSS = {"query": tensor(2, 3, 6), "value": tensor(2, 4, 6)}
WIDE = {"query": tensor(2, 3, 6), "value": tensor(2, 4, 5), "key": tensor(2, 4, 7)}
SELF = {"query": tensor(2, 4, 6), "value": tensor(2, 4, 6)}
LONG = {"query": tensor(1, 150, 8), "value": tensor(1, 140, 8)}
STEPS = {"query": [2, 3], "value": [4, 1]}
PADDED = {"query": [2, 0], "value": [[False, False, True, True], [False] * 4]}


def on(inputs: dict[str, Any], *configs: dict[str, Any], **keys: Any) -> list[Case]:
    """One case a config, all on the same inputs; `keys` go into the case."""
    return [{"config": config, "inputs": inputs, **keys} for config in configs]


def masked(inputs: dict[str, Any], config: dict[str, Any], *shapes: tuple[int, ...], **keys: Any) -> list[Case]:
    """One case for each shape of an attention mask."""
    return [
        {"config": config, "inputs": {**inputs, "attention_mask": tensor(*shape, kind="mask")}, **keys}
        for shape in shapes
    ]


def everywhere(config: dict[str, Any]) -> list[Case]:
    """Masks of every origin, by the fused way and by the one that keeps scores or drops some."""
    slow = {**config, "dropout": 0.3}
    windowed = {**config, "sliding_window": 2}
    explicit = {**CROSS, "value_mask": tensor(2, 4, kind="mask"), "key_mask": tensor(2, 4, kind="mask")}
    return [
        *on(CROSS, config, slow, call=CAUSAL),
        *on(CROSS, config, call={**CAUSAL, **SCORES}),
        *on(SELF, config, windowed, {**windowed, "dropout": 0.3}, call=CAUSAL),
        *on(SELF, windowed, call=SCORES),
        *on({"query": tensor(2, 6, 6), "value": tensor(2, 3, 6)}, windowed, {**windowed, "dropout": 0.3}),
        *on(CROSS, config, slow, windowed, mask=STEPS),
        *on(CROSS, config, slow, mask=PADDED),
        *on(CROSS, config, slow, mask={"value": [4, 1]}),
        *on(CROSS, config, slow, mask=STEPS, call=CAUSAL),
        *on(CROSS, config, mask=PADDED, call={**CAUSAL, **SCORES}),
        *on({**CROSS, "key": tensor(2, 4, 6)}, config, mask={**STEPS, "key": [3, 4]}),
        *on(explicit, config, slow),
        *on(explicit, config, mask=STEPS),
        *masked(CROSS, config, (2, 3, 4), (3, 4), (1, 3, 4), (2, 1, 3, 4), (2, 2, 3, 4), (2, 1, 4), (2, 3, 1)),
        *masked(CROSS, slow, (2, 3, 4), (3, 4)),
        *masked(CROSS, config, (2, 3, 4), call={**CAUSAL, **SCORES}),
        *masked(CROSS, config, (2, 3, 4), mask=STEPS),
        *on({**CROSS, "attention_mask": tensor(2, 3, 4, kind="ids", high=2)}, config, slow),
        *masked(CROSS, config, (2, 3, 5), (2, 4, 3), error=True),
    ]


LONG_CASES: list[dict[str, Any]] = [{}, {"sliding_window": 20}]


def at_length(config: dict[str, Any]) -> list[Case]:
    """More rows than one block of the forward holds."""
    return [
        *on(LONG, *({**config, **more} for more in LONG_CASES)),
        *on(LONG, *({**config, **more} for more in LONG_CASES), call=CAUSAL),
        *on(LONG, {**config, "sliding_window": 3}, mask={"value": [130]}, call=CAUSAL),
    ]


HEADS: dict[str, Any] = {"num_heads": 2, "key_dim": 3}
MULTI_CONFIGS: list[dict[str, Any]] = [
    HEADS,
    {"num_heads": 1, "key_dim": 4},
    {**HEADS, "value_dim": 5},
    {**HEADS, "use_bias": False},
    {**HEADS, "value_dim": 4, "use_bias": False, "dropout": 0.5, "seed": 3},
    {**HEADS, "output_shape": 5},
    {**HEADS, "output_shape": [5]},
    {**HEADS, "output_shape": [3, 2]},
    {**HEADS, "output_shape": [3, 2], "use_bias": False},
    {**HEADS, "use_gate": True},
    {**HEADS, "use_gate": True, "value_dim": 4, "use_bias": False, "dropout": 0.5},
    {**HEADS, "flash_attention": False, "attention_axes": 1},
    {**HEADS, "attention_axes": [-2]},
    {**HEADS, "kernel_initializer": "he_normal", "bias_initializer": "ones", "kernel_regularizer": "l2"},
    {**HEADS, "trainable": False},
    {**HEADS, "name": "heads"},
]
TRIPLE = {"query": tensor(2, 3, 4, 5), "value": tensor(2, 3, 2, 5)}
FREE = {"query": tensor(2, 5, 3, 4, 6), "value": tensor(2, 5, 3, 2, 6)}
BAD_HEADS: list[dict[str, Any]] = [
    {"num_heads": 0, "key_dim": 3},
    {"num_heads": -2, "key_dim": 3},
    {"num_heads": 1.5, "key_dim": 3},
    {"num_heads": 2, "key_dim": 0},
    {**HEADS, "value_dim": 0},
    {**HEADS, "value_dim": 1.5},
    {**HEADS, "sliding_window": 0},
    {**HEADS, "sliding_window": -3},
    {**HEADS, "flash_attention": True, "dropout": 0.5},
    {**HEADS, "dropout": 1.5},
    {"key_dim": 3},
    {"num_heads": 2},
]


def multi() -> list[Case]:
    two = {**HEADS, "attention_axes": 2}
    return [
        *on(CROSS, *MULTI_CONFIGS),
        *on(WIDE, HEADS, {**HEADS, "value_dim": 5, "use_gate": True}, {**HEADS, "output_shape": 4}),
        *on(CROSS, HEADS, {**HEADS, "use_gate": True}, {**HEADS, "output_shape": [3, 2]}, call=SCORES),
        *on(CROSS, {**HEADS, "flash_attention": True}, call=SCORES, error=True),
        *on(SELF, *({**HEADS, "dtype": dtype} for dtype in ["float16", "float64", "mixed_float16"])),
        *everywhere(HEADS),
        *at_length(HEADS),
        *on(TRIPLE, HEADS, two, {**HEADS, "attention_axes": -2}, {**two, "use_gate": True}, {**two, "output_shape": 3}),
        *on(TRIPLE, HEADS, {**HEADS, "attention_axes": [2, 1]}, {**two, "value_dim": 2}, call=SCORES),
        *on(TRIPLE, two, mask={"query": [[[1, 1, 1, 0]] * 3, [[1, 0, 0, 0]] * 3]}, call=SCORES),
        *on(
            {"query": tensor(2, 3, 4, 5), "value": tensor(2, 2, 4, 5)},
            {**HEADS, "attention_axes": 1},
            {**HEADS, "attention_axes": [1]},
            call={**CAUSAL, **SCORES},
        ),
        *on({"query": tensor(2, 4, 4, 5), "value": tensor(2, 4, 4, 5)}, two, {**two, "sliding_window": 2}, call=CAUSAL),
        *masked(TRIPLE, two, (4, 2), (2, 4, 2), (2, 3, 4, 2), (2, 3, 1, 4, 2), (2, 3, 2, 4, 2)),
        *masked(TRIPLE, two, (3, 4, 2), (3, 2, 4, 2), error=True),
        *masked(TRIPLE, {**HEADS, "attention_axes": [1, 2]}, (3, 4, 3, 2), (2, 3, 4, 3, 2), call=SCORES),
        *on(FREE, HEADS, {**HEADS, "attention_axes": [2, 3]}, {**HEADS, "attention_axes": [3, 2]}, call=SCORES),
        *masked(FREE, {**HEADS, "attention_axes": [2, 3]}, (3, 4, 3, 2), (2, 3, 4, 3, 2)),
        *on(
            {"query": tensor(2, 4, 2, 3, 8), "value": tensor(2, 1, 1, 5, 8), "key": tensor(2, 1, 1, 5, 2)},
            HEADS,
            {**HEADS, "output_shape": [3, 2]},
        ),
        *on(CROSS, *BAD_HEADS, {**HEADS, "attention_axes": "x"}, error=True),
        *on({**CROSS, "key": tensor(2, 5, 6)}, HEADS, error=True),
        *on({"query": tensor(2, 6), "value": tensor(2, 6)}, HEADS, error=True),
        *on({"query": tensor(2, 3, 6), "value": tensor(2, 6)}, HEADS, error=True),
        *on({"query": tensor(2, 3, 4, 5), "value": tensor(2, 2, 4, 5)}, two, error=True),
        *on(TRIPLE, HEADS, call=CAUSAL, error=True),
        *on(TRIPLE, {**HEADS, "sliding_window": 2}, error=True),
    ]


GROUPS: dict[str, Any] = {"head_dim": 3, "num_query_heads": 2, "num_key_value_heads": 1}


def grouped() -> list[Case]:
    explicit = {**CROSS, "query_mask": tensor(2, 3, kind="mask")}
    return [
        *on(
            CROSS,
            GROUPS,
            {**GROUPS, "num_key_value_heads": 2},
            {**GROUPS, "num_query_heads": 6, "num_key_value_heads": 2},
            {**GROUPS, "use_bias": False, "dropout": 0.5},
            {**GROUPS, "use_gate": True},
            {**GROUPS, "use_gate": True, "use_bias": False, "dropout": 0.5},
            {**GROUPS, "kernel_initializer": "he_normal", "bias_initializer": "ones", "seed": 1},
            {**GROUPS, "trainable": False},
            {**GROUPS, "dtype": "float16"},
        ),
        *on({**CROSS, "key": tensor(2, 4, 7)}, GROUPS),
        *on(CROSS, GROUPS, {**GROUPS, "num_query_heads": 6, "num_key_value_heads": 2}, call=SCORES),
        *everywhere(GROUPS),
        *on(explicit, GROUPS, {**GROUPS, "dropout": 0.3}),
        *on(explicit, GROUPS, mask=STEPS),
        *at_length({**GROUPS, "num_query_heads": 4, "num_key_value_heads": 2}),
        *on(
            CROSS,
            {**GROUPS, "num_query_heads": 3, "num_key_value_heads": 2},
            {**GROUPS, "num_query_heads": 2, "num_key_value_heads": 4},
            {**GROUPS, "num_key_value_heads": 0},
            {**GROUPS, "sliding_window": 0},
            {**GROUPS, "flash_attention": True, "dropout": 0.5},
            {"head_dim": 3, "num_query_heads": 2},
            error=True,
        ),
        *on(CROSS, {**GROUPS, "flash_attention": True}, call=SCORES, error=True),
        *on({"query": tensor(2, 6), "value": tensor(2, 6)}, GROUPS, error=True),
        *on(TRIPLE, GROUPS, error=True),
        *on({**CROSS, "key": tensor(2, 5, 6)}, GROUPS, error=True),
    ]


def pair(*shapes: tuple[int, ...], **ports: Any) -> dict[str, Any]:
    """The inputs of a layer that takes a list."""
    return {"inputs": [tensor(*shape) for shape in shapes], **ports}


def plain(*configs: dict[str, Any]) -> list[Case]:
    """Attention without heads: every config with and without scores, then masks, then refusals."""
    config = configs[0]
    two, three = pair((2, 3, 4), (2, 5, 4)), pair((2, 3, 4), (2, 5, 6), (2, 5, 4))
    masks = [tensor(2, 3, kind="mask"), tensor(2, 5, kind="mask")]
    return [
        *on(two, *configs),
        *on(three, *configs),
        *on(three, *configs, call=SCORES),
        *on(two, *configs, call=CAUSAL),
        *on(three, config, call={**CAUSAL, **SCORES}),
        *on(two, {**config, "dropout": 0.3, "seed": 2}, {**config, "trainable": False}),
        *on(two, {**config, "dtype": "float16"}, {**config, "dtype": "float64"}),
        *on(pair((2, 3, 3, 4), (2, 3, 5, 4)), config, call=SCORES),
        *on(pair((1, 150, 8), (1, 140, 8)), config, call=CAUSAL),
        *on(two, *configs, mask={"inputs": [[2, 3], [4, 2]]}),
        *on(two, config, mask={"inputs": [[2, 3], [5, 0]]}, call=SCORES),
        *on(two, config, mask={"inputs": [[2, 0], [4, 2]]}, call={**CAUSAL, **SCORES}),
        *on(two, config, mask={"inputs": [None, [4, 2]]}),
        *on(two, config, mask={"inputs": [[2, 3], None]}),
        *on(three, config, mask={"inputs": [[2, 3], [4, 2], [3, 3]]}),
        *on({**three, "mask": masks}, config, call=CAUSAL),
        *on({**two, "mask": masks}, *configs),
        *on({**two, "mask": [*masks, tensor(2, 5, kind="mask")]}, config),
        *on({**two, "mask": [masks[0], tensor(2, 3, 5, kind="mask")]}, config),
        *on({**two, "mask": masks[:1]}, config, error=True),
        *on(pair((2, 3, 4)), config, error=True),
        *on(pair((2, 3, 4), (2, 5, 4), (2, 5, 4), (2, 5, 4)), config, error=True),
        *on(pair((2, 3, 4), (2, 5, 6)), config, error=True),
        *on(pair((2, 3, 4), (2, 5, 4), (2, 6, 4)), config, error=True),
        *on({"inputs": tensor(2, 3, 4)}, config, error=True),
    ]


DOT: list[dict[str, Any]] = [
    {},
    {"use_scale": True},
    {"score_mode": "concat"},
    {"score_mode": "concat", "use_scale": True},
]

CASES: dict[str, list[Case]] = {
    "MultiHeadAttention": multi(),
    "GroupQueryAttention": grouped(),
    "Attention": [*plain(*DOT), *on(pair((2, 3, 4), (2, 5, 4)), {"score_mode": "scaled_dot"}, error=True)],
    "AdditiveAttention": plain({}, {"use_scale": False}),
}

CHAINS: list[Case] = []
