"""Golden cases of the convolutional LSTMs. TensorFlow on a processor has channels first only as XLA: `compiled`."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

PADDED: list[Any] = [2, 3]
HOLES: list[Any] = [[0, 1, 0], [1, 1, 0]]
BOOLS = [False, True]
SIZES = {1: (6,), 2: (5, 4), 3: (4, 3, 3)}
CHANNELS = 2


def sequences(rank: int, **keys: Any) -> dict[str, Any]:
    return tensor(2, 3, *SIZES[rank], CHANNELS, **keys)


def run(rank: int, mask: Any = None, inputs: dict[str, Any] | None = None, **config: Any) -> Case:
    case: Case = {
        "config": {"filters": 2, "kernel_size": 2, **config},
        "inputs": {"sequences": sequences(rank), **(inputs or {})},
    }
    return case if mask is None else {**case, "mask": {"sequences": mask}}


def states(rank: int, *, shrunk: int = 1, count: int = 2) -> dict[str, Any]:
    return {"initial_state": [tensor(2, *(size - shrunk for size in SIZES[rank]), 2) for _ in range(count)]}


def outputs_grid(rank: int) -> list[Case]:
    flags = ("return_sequences", "return_state", "go_backwards")
    settings: list[dict[str, Any]] = [dict(zip(flags, values, strict=True)) for values in product(BOOLS, BOOLS, BOOLS)]
    plain = [run(rank, **config) for config in settings]
    masked = [
        run(rank, mask, return_sequences=every, return_state=True, zero_output_for_mask=zero)
        for every, zero, mask in product(BOOLS, BOOLS, [PADDED, HOLES])
    ]
    return plain + masked


def windows(rank: int) -> list[Case]:
    return [
        run(rank, kernel_size=1),
        run(rank, kernel_size=3, padding="same"),
        run(rank, kernel_size=3, padding="same", strides=2, return_sequences=True),
        run(rank, kernel_size=2, strides=2),
        run(rank, kernel_size=2, dilation_rate=2, return_sequences=True),
        run(rank, kernel_size=list(range(1, rank + 1)), padding="same"),
    ]


CONFIGS: list[dict[str, Any]] = [
    {"use_bias": False},
    {"activation": "relu"},
    {"activation": None, "recurrent_activation": "hard_sigmoid"},
    {"unit_forget_bias": False},
    {"dropout": 0.5, "recurrent_dropout": 0.5, "seed": 1},
    {"kernel_regularizer": "l2", "recurrent_constraint": "unit_norm", "activity_regularizer": "l1"},
    {"stateful": True, "return_state": True},
    {"unroll": True, "return_sequences": True},
    {"trainable": False},
    {"name": "film"},
]


def cases(rank: int) -> list[Case]:
    every = {"return_sequences": True, "return_state": True}
    by_hand = {"mask": tensor(2, 3, kind="ones", dtype="bool", valid=HOLES)}
    return [
        *outputs_grid(rank),
        *windows(rank),
        *(run(rank, **config) for config in CONFIGS),
        run(rank, inputs=states(rank), **every),
        run(rank, PADDED, states(rank), **every),
        run(rank, inputs={**states(rank), **by_hand}, **every),
        run(rank, inputs=by_hand, go_backwards=True, **every),
        {**run(rank, kernel_size=9), "error": True},
        {**run(rank, strides=2, dilation_rate=2), "error": True},
        {**run(rank, padding="causal"), "error": True},
        {**run(rank, inputs=states(rank, shrunk=0), **every), "error": True},
        {**run(rank, inputs=states(rank, count=1), **every), "error": True},
        {**run(rank), "inputs": {"sequences": tensor(2, *SIZES[rank], CHANNELS)}, "error": True},
        {**run(rank), "inputs": {"sequences": sequences(rank, dtype="int32", kind="ids")}, "error": True},
    ]


def channels_first(rank: int) -> list[Case]:
    settings: list[dict[str, Any]] = [
        {},
        {"return_sequences": True, "return_state": True},
        {"padding": "same", "strides": 2, "go_backwards": True},
        {"dilation_rate": 2, "return_sequences": True},
        {"use_bias": False, "activation": "relu"},
    ]
    inputs = {"sequences": tensor(2, 3, CHANNELS, *SIZES[rank])}
    return [
        {**run(rank, inputs=inputs, **{"filters": 7, "data_format": "channels_first", **config}), "compiled": True}
        for config in settings
    ]


CASES: dict[str, list[Case]] = {
    "ConvLSTM1D": [*cases(1), run(1, data_format="channels_last"), *channels_first(1)],
    "ConvLSTM2D": [*cases(2), *channels_first(2)],
    "ConvLSTM3D": [*cases(3), *channels_first(3)],
}

CHAINS: list[Case] = [
    {
        "name": "next_frame",
        "input": tensor(1, 3, 4, 4, 1),
        "layers": [
            {"ConvLSTM2D": {"filters": 2, "kernel_size": 3, "padding": "same", "return_sequences": True}},
            "BatchNormalization",
            {"ConvLSTM2D": {"filters": 1, "kernel_size": 3, "padding": "same", "return_sequences": True}},
        ],
    },
]
