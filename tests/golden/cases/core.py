"""Golden cases of the core layers."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

SEQUENCE = {"inputs": tensor(2, 3, 4)}
IDS = {"inputs": tensor(2, 3, kind="ids", high=5)}


def dense() -> list[Case]:
    shapes = [(2, 4), (2, 3, 4), (2, 2, 3, 4)]
    grid: list[Case] = [
        {"config": {"units": 5, "use_bias": use_bias, "activation": activation}, "inputs": {"inputs": tensor(*shape)}}
        for shape, use_bias, activation in product(shapes, [True, False], [None, "relu"])
    ]
    configs: list[dict[str, Any]] = [
        {"units": 1},
        {"units": 3, "activation": "softmax"},
        {"units": 3, "activation": "gelu"},
        {"units": 4, "activation": "glu"},
        {"units": 3, "kernel_regularizer": "l2", "bias_regularizer": "l1", "activity_regularizer": "l2"},
        {"units": 3, "kernel_initializer": "he_normal", "bias_initializer": "ones", "kernel_constraint": "non_neg"},
        {"units": 3, "trainable": False},
        {"units": 3, "name": "head"},
        {"units": 3, "dtype": "float16"},
        {"units": 3, "dtype": "bfloat16"},
        {"units": 3, "dtype": "float64"},
        {"units": 3, "dtype": "mixed_float16"},
        {"units": 3, "lora_rank": 2},
        {"units": 3, "lora_rank": 2, "lora_alpha": 3.0, "use_bias": False},
    ]
    return [
        *grid,
        *({"config": config, "inputs": SEQUENCE} for config in configs),
        {"config": {"units": 3}, "inputs": SEQUENCE, "mask": {"inputs": [2, 3]}},
        {"config": {"units": 3}, "inputs": {"inputs": tensor(2, 4, dtype="int32", kind="ids")}},
        {"config": {"units": 3}, "inputs": {"inputs": tensor(2, 1)}},
        {"config": {"units": 0}, "inputs": SEQUENCE, "error": True},
        {"config": {"units": 2.5}, "inputs": SEQUENCE, "error": True},
        {"config": {"units": 3, "activation": "nope"}, "inputs": SEQUENCE, "error": True},
        {"config": {"units": 3}, "inputs": {"inputs": tensor(2)}, "error": True},
    ]


def einsum(equation: str, output_shape: Any, *shape: int, **config: Any) -> Case:
    return {
        "config": {"equation": equation, "output_shape": output_shape, **config},
        "inputs": {"inputs": tensor(*shape)},
    }


EINSUM_DENSE: list[Case] = [
    einsum("ab,bcd->acd", [3, 4], 2, 5, bias_axes="d"),
    einsum("ab,b->a", [], 2, 6),
    einsum("ab,bc->ac", 4, 2, 6),
    einsum("ab,bc->ac", [4], 2, 6, bias_axes="c", activation="relu"),
    einsum("abc,cde->abde", [1, 3, 4], 2, 1, 2),
    einsum("abc,cde->abde", [1, 3, 4], 2, 1, 2, bias_axes="e"),
    einsum("abc,cde->abde", [1, 3, 4], 2, 1, 2, bias_axes="d"),
    einsum("abc,cde->abde", [7, 3, 4], 2, 7, 2, bias_axes="be"),
    einsum("abc,cde->abde", [None, 3, 4], 2, 7, 2, bias_axes="de"),
    einsum("BFNH,NHD->BFD", [1, 4], 2, 1, 2, 3),
    einsum("BFNH,NHD->BFD", [None, 4], 2, 5, 2, 3, bias_axes="D"),
    einsum("abc,cd->abd", [1, 4], 2, 1, 2),
    einsum("abc,cd->abd", [None, 4], 2, 3, 2, bias_axes="d"),
    einsum("i,d->id", [2], 2),
    einsum("ibd,nd->ibn", [2, 2], 2, 2, 1),
    einsum("...b,bc->...c", [4], 2, 6),
    einsum("...b,bc->...c", 4, 2, 6, activation="tanh", bias_axes="c"),
    einsum("...bc,bc->...b", [3], 2, 3, 4),
    einsum("...b,bc->...c", [4], 2, 3, 6),
    einsum("...b,bc->...c", [4], 2, 2, 3, 6, bias_axes="c"),
    einsum("...c,cde->...de", [3, 4], 2, 1, 2),
    einsum("...c,cde->...de", [3, 4], 2, 1, 2, bias_axes="e"),
    einsum("...c,cde->...de", [3, 4], 2, 1, 2, bias_axes="d"),
    einsum("...c,cde->...de", [3, 4], 2, 1, 2, bias_axes="de"),
    einsum("bc...,cd->bd...", [4], 2, 1, 2, 3),
    einsum("bc...,cde->bde...", [3, 4], 2, 1, 2),
    einsum("bc...,cde->bde...", [3, 4], 2, 1, 2, bias_axes="d"),
    einsum("bc...,cde->bde...", [3, 4], 2, 1, 2, bias_axes="e"),
    einsum("bc...,cde->bde...", [3, 4], 2, 1, 2, bias_axes="de"),
    einsum("abc,cd->abd", [3, 4], 2, 3, 2, dtype="float16"),
    einsum("abc,cd->abd", [3, 4], 2, 3, 2, trainable=False),
    einsum("abc,cd->abd", [3, 4], 2, 3, 2, lora_rank=2),
    {**einsum("abc,cd->abd", [None, 4], 2, 3, 2), "mask": {"inputs": [1, 3]}},
    {**einsum("ab,bc-ac", 4, 2, 6), "error": True},
    {**einsum("ab,bc->ac", 4, 2, 6, bias_axes="x"), "error": True},
    {**einsum("ab,bc->acd", [4, 5], 2, 6), "error": True},
    {**einsum("abc,cd->abd", [7, 4], 2, 3, 2), "error": True},
    {**einsum("abc,cd->abd", [3, 4], 2, 6), "error": True},
]

EMBEDDING: list[Case] = [
    *(
        {
            "config": {"input_dim": 5, "output_dim": 4, "mask_zero": mask_zero},
            "inputs": {"inputs": ids},
        }
        for mask_zero, ids in product(
            [False, True],
            [
                tensor(2, 3, kind="ids", high=5),
                tensor(2, 5, kind="ids", high=5, valid=[3, 5]),
                tensor(2, kind="ids", high=5),
                tensor(2, 2, 3, kind="ids", high=5),
                tensor(2, 3, kind="ids", high=5, dtype="int64"),
            ],
        )
    ),
    {
        "config": {"input_dim": 5, "output_dim": 4},
        "inputs": {"inputs": tensor(2, 3, kind="ids", high=5, dtype="float32", known=[])},
    },
    {
        "config": {"input_dim": 5, "output_dim": 4, "mask_zero": True},
        "inputs": {"inputs": tensor(2, 3, kind="ids", high=5, dtype="float32", known=[])},
    },
    {"config": {"input_dim": 5, "output_dim": 4, "dtype": "float16"}, "inputs": IDS},
    {"config": {"input_dim": 5, "output_dim": 4, "trainable": False}, "inputs": IDS},
    {
        "config": {"input_dim": 5, "output_dim": 4, "embeddings_initializer": "ones", "embeddings_regularizer": "l2"},
        "inputs": IDS,
    },
    {"config": {"input_dim": 5, "output_dim": 4, "lora_rank": 2}, "inputs": IDS},
    {"config": {"input_dim": 5, "output_dim": 1}, "inputs": IDS},
    {"config": {"input_dim": 5, "output_dim": 4}, "inputs": IDS, "mask": {"inputs": [1, 3]}},
    {"config": {"input_dim": 5, "output_dim": 4, "mask_zero": True}, "inputs": IDS, "mask": {"inputs": [1, 3]}},
    {"config": {"input_dim": 0, "output_dim": 4}, "inputs": IDS, "error": True},
    {"config": {"input_dim": 5, "output_dim": -1}, "inputs": IDS, "error": True},
    {"config": {"input_dim": 5.0, "output_dim": 4}, "inputs": IDS, "error": True},
]


def reversible_embedding() -> list[Case]:
    sizes = {"input_dim": 5, "output_dim": 4}
    cases: list[Case] = [
        {"config": {**sizes, "tie_weights": tie, "mask_zero": mask_zero}, "inputs": IDS}
        for tie, mask_zero in product([True, False], [True, False])
    ]
    cases += [
        {
            "config": {**sizes, "tie_weights": tie, "logit_soft_cap": cap, "reverse_dtype": dtype},
            "inputs": SEQUENCE,
            "call": {"reverse": True},
        }
        for tie, cap, dtype in product([True, False], [None, 0.5], [None, "float16"])
    ]
    return [
        *cases,
        {"config": sizes, "inputs": {"inputs": tensor(2, 4)}, "call": {"reverse": True}},
        {
            "config": {**sizes, "mask_zero": True},
            "inputs": SEQUENCE,
            "call": {"reverse": True},
            "mask": {"inputs": [1, 3]},
        },
        {"config": sizes, "inputs": SEQUENCE, "call": {"reverse": True}, "mask": {"inputs": [1, 3]}},
        {"config": {**sizes, "dtype": "float16"}, "inputs": IDS},
        {"config": {**sizes, "trainable": False, "tie_weights": False}, "inputs": IDS},
        {"config": sizes, "inputs": {"inputs": tensor(2, 3)}, "call": {"reverse": True}, "error": True},
        {"config": {**sizes, "output_dim": 0}, "inputs": IDS, "error": True},
    ]


IDENTITY: list[Case] = [
    *({"config": {}, "inputs": {"inputs": tensor(*shape)}} for shape in [(2,), (2, 3), (2, 3, 4), (2, 2, 3, 1)]),
    {"config": {}, "inputs": IDS},
    {"config": {}, "inputs": {"inputs": tensor(2, 3, kind="mask")}},
    {"config": {}, "inputs": {"inputs": [tensor(2, 3), tensor(2, 4)]}},
    {"config": {"dtype": "float16"}, "inputs": SEQUENCE},
    {"config": {}, "inputs": SEQUENCE, "mask": {"inputs": [1, 3]}},
    {"config": {}, "inputs": SEQUENCE, "mask": {"inputs": [[1, 0, 1], [0, 1, 1]]}},
    {"config": {"units": 3}, "inputs": SEQUENCE, "error": True},
    {"config": {"trainable": False}, "inputs": {"inputs": tensor(3, 1, 2, 2, 1)}},
]

MASKING: list[Case] = [
    *(
        {"config": {"mask_value": value}, "inputs": {"inputs": tensor(*shape, valid=valid, fill=value)}}
        for value, (shape, valid) in product(
            [0.0, -1.0], [((2, 5, 3), [3, 5]), ((2, 4, 1), [[1, 0, 0, 1], [0, 1, 1, 0]]), ((2, 3, 2), [0, 2])]
        )
    ),
    {"config": {}, "inputs": {"inputs": tensor(2, 3, 2, 4, valid=[2, 3])}},
    {"config": {}, "inputs": {"inputs": tensor(2, 3)}},
    {"config": {}, "inputs": {"inputs": tensor(2, 3, valid=[0, 3])}},
    {"config": {}, "inputs": {"inputs": tensor(2, 3, 4, kind="ids", high=2)}},
    {"config": {"mask_value": 1}, "inputs": {"inputs": tensor(2, 3, 2, kind="ids", high=3)}},
    {"config": {"mask_value": 2.0}, "inputs": {"inputs": tensor(2, 3, 2)}},
    {"config": {"dtype": "float16"}, "inputs": {"inputs": tensor(2, 4, 3, valid=[1, 4])}},
    {"config": {}, "inputs": {"inputs": tensor(2, 4, 3, valid=[2, 4])}, "mask": {"inputs": [4, 1]}},
]

CASES: dict[str, list[Case]] = {
    "Dense": dense(),
    "EinsumDense": EINSUM_DENSE,
    "Embedding": EMBEDDING,
    "ReversibleEmbedding": reversible_embedding(),
    "Identity": IDENTITY,
    "Masking": MASKING,
}

CHAINS: list[Case] = [
    {
        "name": "mlp",
        "input": tensor(2, 4),
        "layers": [{"Dense": {"units": 5, "activation": "relu"}}, {"Dropout": {"rate": 0.5}}, {"Dense": {"units": 3}}],
    },
    {
        "name": "masking_dense_lstm",
        "input": tensor(2, 5, 3, valid=[3, 5]),
        "layers": [{"Masking": {"mask_value": 0.0}}, {"Dense": {"units": 4}}, {"LSTM": {"units": 2}}],
    },
    {
        "name": "masking_twice",
        "input": tensor(2, 4, 3, valid=[[1, 0, 1, 1], [0, 1, 1, 0]]),
        "layers": ["Masking", "Identity", {"Masking": {"mask_value": 5.0}}, {"SimpleRNN": {"units": 2}}],
    },
    {
        "name": "embedding_flatten_dense",
        "input": tensor(2, 4, kind="ids", high=6, valid=[2, 4]),
        "layers": [
            {"Embedding": {"input_dim": 6, "output_dim": 3, "mask_zero": True}},
            "Flatten",
            {"Dense": {"units": 2}},
        ],
    },
    {
        "name": "reversible_embedding_gru",
        "input": tensor(2, 4, kind="ids", high=6, valid=[2, 4]),
        "layers": [
            {"ReversibleEmbedding": {"input_dim": 6, "output_dim": 3, "mask_zero": True}},
            {"GRU": {"units": 2, "return_sequences": True}},
            {"EinsumDense": {"equation": "abc,cd->abd", "output_shape": [None, 4], "bias_axes": "d"}},
        ],
    },
]
