"""Golden cases of the activation layers, and of every activation by its name."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

NAMES = [
    "celu",
    "elu",
    "exponential",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
]

KNEES = {"value": [[-20.0, -6.0, -3.0, -2.5, -1.0, -0.5], [0.0, 0.25, 0.5, 1.0, 5.9, 20.0]]}
VECTOR = {"inputs": tensor(2, 6)}
SEQUENCE = {"inputs": tensor(2, 3, 4)}


def each(configs: list[dict[str, Any]], inputs: Any) -> list[Case]:
    return [{"config": config, "inputs": inputs} for config in configs]


def refused(configs: list[dict[str, Any]]) -> list[Case]:
    return [{"config": config, "inputs": SEQUENCE, "error": True} for config in configs]


ACTIVATION: list[Case] = [
    *({"config": {"activation": name}, "inputs": {"inputs": KNEES}} for name in NAMES),
    *(
        {"config": {"activation": name}, "inputs": SEQUENCE}
        for name in ["relu", "gelu", "glu", "softmax", "log_softmax", "sparsemax", "tanh", "linear"]
    ),
    *({"config": {"activation": name, "dtype": "float16"}, "inputs": SEQUENCE} for name in ["relu", "softmax"]),
    {"config": {"activation": None}, "inputs": SEQUENCE},
    {"config": {"activation": "relu"}, "inputs": {"inputs": tensor(2)}},
    {"config": {"activation": "relu"}, "inputs": {"inputs": tensor(2, 3, kind="ids")}},
    {"config": {"activation": "relu"}, "inputs": SEQUENCE, "mask": {"inputs": [1, 3]}},
    {"config": {"activation": "softmax"}, "inputs": SEQUENCE, "mask": {"inputs": [1, 3]}},
    {"config": {"activation": "softmax"}, "inputs": {"inputs": tensor(2)}},
    {"config": {"activation": "glu"}, "inputs": {"inputs": tensor(2, 3)}, "error": True},
    *refused([{"activation": "nope"}, {"activation": "threshold"}, {}]),
]

RELU: list[Case] = [
    *(
        {"config": {"max_value": top, "negative_slope": slope, "threshold": threshold}, "inputs": {"inputs": KNEES}}
        for top, slope, threshold in product([None, 1.0], [0.0, 0.1], [0.0, 0.5])
    ),
    *each([{}, {"max_value": 0.0}, {"max_value": 6}, {"dtype": "float16"}], SEQUENCE),
    {"config": {}, "inputs": SEQUENCE, "mask": {"inputs": [1, 3]}},
    *refused([{"max_value": -1.0}, {"negative_slope": -0.1}, {"threshold": -1.0}, {"negative_slope": None}]),
]

LEAKY_RELU: list[Case] = [
    *each(
        [{}, {"negative_slope": 0.0}, {"negative_slope": 0.01}, {"negative_slope": 1}, {"negative_slope": 2.5}],
        {"inputs": KNEES},
    ),
    *each([{}, {"negative_slope": 0.2}, {"dtype": "float16"}, {"trainable": False}], SEQUENCE),
    {"config": {}, "inputs": {"inputs": tensor(2)}},
    {"config": {}, "inputs": {"inputs": tensor(2, 2, 3, 2)}},
    {"config": {}, "inputs": SEQUENCE, "mask": {"inputs": [1, 3]}},
    *refused([{"negative_slope": -1.0}, {"negative_slope": None}]),
]

PRELU: list[Case] = [
    *(
        {"config": {"shared_axes": axes}, "inputs": {"inputs": tensor(*shape)}}
        for shape, axes in [
            ((2, 3), None),
            ((2, 3), [1]),
            ((2, 3), 1),
            ((2, 3, 4), None),
            ((2, 3, 4), [1]),
            ((2, 3, 4), [2]),
            ((2, 3, 4), [1, 2]),
            ((2, 2, 3, 4), None),
            ((2, 2, 3, 4), [1, 2]),
            ((2, 2, 3, 4), [3]),
            ((2, 2, 3, 4), [1, 2, 3]),
            ((2, 3, 4), []),
            ((2, 3, 4), [-1]),
        ]
    ),
    *each(
        [{"alpha_initializer": "ones", "alpha_regularizer": "l2"}, {"trainable": False}, {"dtype": "float16"}], SEQUENCE
    ),
    {"config": {"shared_axes": [1]}, "inputs": SEQUENCE, "mask": {"inputs": [1, 3]}},
    {"config": {"shared_axes": [3]}, "inputs": SEQUENCE, "error": True},
]

ELU: list[Case] = [
    *each([{}, {"alpha": 0.5}, {"alpha": 2}, {"alpha": 0.0}, {"alpha": -1.0}], {"inputs": KNEES}),
    *each([{}, {"alpha": 0.3}, {"dtype": "float16"}, {"trainable": False}], SEQUENCE),
    {"config": {}, "inputs": {"inputs": tensor(2)}},
    {"config": {}, "inputs": {"inputs": tensor(2, 2, 3, 2)}},
    {"config": {}, "inputs": SEQUENCE, "mask": {"inputs": [1, 3]}},
]


def masked_softmax(axis: Any, mask: dict[str, Any], *shape: int) -> Case:
    return {"config": {"axis": axis}, "inputs": {"inputs": tensor(*shape), "mask": mask}}


SOFTMAX: list[Case] = [
    *({"config": {"axis": axis}, "inputs": SEQUENCE} for axis in [-1, 0, 1, 2, -2, [2], [1, 2], [-2, -1], [0, 1, 2]]),
    *({"config": {}, "inputs": {"inputs": tensor(*shape)}} for shape in [(2, 6), (2, 1), (2, 2, 3, 2)]),
    {"config": {}, "inputs": {"inputs": KNEES}},
    {"config": {"dtype": "float16"}, "inputs": SEQUENCE},
    masked_softmax(-1, tensor(2, 6, kind="mask"), 2, 6),
    masked_softmax(-1, tensor(2, 3, 4, kind="mask"), 2, 3, 4),
    masked_softmax(-1, tensor(2, 1, 4, kind="mask"), 2, 3, 4),
    masked_softmax(-1, tensor(4, kind="mask"), 2, 3, 4),
    masked_softmax(-1, tensor(2, 3, 4, kind="zeros", dtype="bool"), 2, 3, 4),
    masked_softmax([1, 2], tensor(2, 3, 4, kind="mask"), 2, 3, 4),
    {"config": {}, "inputs": {"inputs": tensor(2, 5)}, "mask": {"inputs": [3, 5]}},
    {"config": {}, "inputs": {"inputs": tensor(2, 5, 5)}, "mask": {"inputs": [[1, 1, 1, 0, 0]]}},
    {**masked_softmax(-1, tensor(2, 3, kind="mask"), 2, 3, 4), "error": True},
    {**masked_softmax(-1, tensor(2, 2, 3, 4, kind="mask"), 2, 3, 4), "error": True},
    {"config": {}, "inputs": SEQUENCE, "mask": {"inputs": [1, 3]}, "error": True},
    {"config": {"axis": 3}, "inputs": SEQUENCE, "error": True},
]

CASES: dict[str, list[Case]] = {
    "Activation": ACTIVATION,
    "ReLU": RELU,
    "LeakyReLU": LEAKY_RELU,
    "PReLU": PRELU,
    "ELU": ELU,
    "Softmax": SOFTMAX,
}

CHAINS: list[Case] = [
    {
        "name": "masked_activations",
        "input": tensor(2, 4, 3, valid=[2, 4]),
        "layers": [
            "Masking",
            {"Activation": {"activation": "tanh"}},
            "ReLU",
            "ELU",
            {"PReLU": {"shared_axes": [1]}},
            "LeakyReLU",
        ],
    },
]
