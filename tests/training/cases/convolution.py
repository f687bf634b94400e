"""More cases of convolutions: one channel, single samples, frozen layers, dtypes, and layouts of input and kernel."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

SIDES = {1: (7,), 2: (6, 5), 3: (5, 4, 4)}
WAYS: list[dict[str, Any]] = [
    {},
    {"activation": "relu"},
    {"padding": "same", "activation": "sigmoid"},
    {"kernel_size": 1},
    {"kernel_size": 3, "strides": 2, "padding": "same"},
    {"trainable": False},
    {"use_bias": False},
    {"data_format": "channels_first"},
    {"data_format": "channels_first", "padding": "same"},
    {"dtype": "mixed_bfloat16"},
    {"dtype": "float64"},
]


def list_cases(rank: int, config: dict[str, Any], drawn: str = "kernel_initializer") -> list[Case]:
    """The cases of a type; `drawn` is the argument that says how its kernel is drawn."""

    def of(way: dict[str, Any], batch: int, channels: int, sides: tuple[int, ...], **keys: Any) -> Case:
        first = way.get("data_format") == "channels_first"
        shape = [batch, channels, *sides] if first else [batch, *sides, channels]
        return {"config": {"kernel_size": 2, **config, **way}, "inputs": {"inputs": tensor(*shape, **keys)}}

    sides = SIDES[rank]
    ways = [*WAYS, {drawn: "orthogonal"}, {"kernel_size": 1, drawn: "orthogonal"}]
    cases = [of(way, batch, channels, sides) for way, (batch, channels) in product(ways, [(2, 2), (1, 2), (2, 1)])]
    cases += [of(way, 2, 3, (1,) * rank) for way in ({"kernel_size": 1}, {"padding": "same"})]
    last = rank + 1
    orders = [[0, last, *range(1, last)], [1, 0, *range(2, last + 1)], [last, *range(last)]]
    return cases + [of(way, 2, 2, sides, order=order) for way, order in product(WAYS[:4], orders)]


CASES: dict[str, list[Case]] = {
    **{f"Conv{rank}D": list_cases(rank, {"filters": 3}) for rank in SIDES},
    **{f"Conv{rank}DTranspose": list_cases(rank, {"filters": 3}) for rank in SIDES},
    **{f"SeparableConv{rank}D": list_cases(rank, {"filters": 3}, "depthwise_initializer") for rank in (1, 2)},
    **{f"DepthwiseConv{rank}D": list_cases(rank, {"depth_multiplier": 2}, "depthwise_initializer") for rank in (1, 2)},
}
