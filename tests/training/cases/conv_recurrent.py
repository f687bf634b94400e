"""More cases of ConvLSTM: where windows and channels are one, dropout, masks, frozen layers, and layouts."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

SIDES = {1: (6,), 2: (5, 4), 3: (4, 3, 4)}
WAYS: list[dict[str, Any]] = [
    {},
    {"padding": "same"},
    {"kernel_size": 1},
    {"kernel_size": 3, "padding": "same", "strides": 2},
    {"filters": 1},
    {"dropout": 0.3},
    {"recurrent_dropout": 0.3},
    {"dropout": 0.3, "recurrent_dropout": 0.3, "seed": 2},
    {"dropout": 1.0},
    {"trainable": False},
    {"use_bias": False, "return_sequences": True},
    {"go_backwards": True},
    {"unroll": True},
    {"activation": "relu", "recurrent_activation": "hard_sigmoid"},
    {"recurrent_initializer": "glorot_uniform"},
    {"kernel_initializer": "orthogonal"},
    {"dtype": "float64"},
    {"dtype": "mixed_bfloat16"},
    {"stateful": True},
]


def list_cases(rank: int) -> list[Case]:
    def of(config: dict[str, Any], batch: int = 2, time: int = 3, channels: int = 2, **keys: Any) -> Case:
        masks = {"mask": {"sequences": keys.pop("mask")}} if "mask" in keys else {}
        shape = [batch, time, *SIDES[rank], channels]
        if config.get("data_format") == "channels_first":
            shape = [batch, time, channels, *SIDES[rank]]
        config = {"filters": 2, "kernel_size": 2, **config}
        return {"config": config, "inputs": {"sequences": tensor(*shape, **keys)}, **masks}

    cases = [of(way) for way in WAYS]
    cases += [of(way, *size) for way, size in product(WAYS[:3], [(1, 3), (2, 1), (2, 2), (1, 1)])]
    cases += [of(way, 2, 3, 1) for way in WAYS[:5]]
    first = {"data_format": "channels_first"}
    cases += [of({**way, **first}) for way in WAYS[:7]]
    cases += [of(way, mask=[1, 3]) for way in (*WAYS[:2], {"return_sequences": True}, {"unroll": True}, first)]
    orders = [[1, 0, *range(2, rank + 3)], [0, 1, rank + 2, *range(2, rank + 2)]]
    return cases + [of(way, order=order) for way, order in product(WAYS[:2], orders)]


CASES: dict[str, list[Case]] = {f"ConvLSTM{rank}D": list_cases(rank) for rank in SIDES}
