"""Golden cases of convolution.

Keras on TensorFlow without a GPU lacks some kernels but as XLA, so these are `compiled`: channels first for Conv1D and
Conv2D in one group and for transposed convolution, dilated transposed convolution, unequal strides of depthwise and
separable ones. Channels first, Keras on TensorFlow adds the bias along the wrong axis where the last one is as long as
the bias: none is here.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

Config = dict[str, Any]
FIRST = {"data_format": "channels_first"}
SIZES = {1: (7,), 2: (6, 7), 3: (4, 5, 6)}
TRAINING_ONLY: Config = {
    "bias_regularizer": "l1",
    "activity_regularizer": "l2",
    "bias_constraint": "non_neg",
    "bias_initializer": "ones",
}


def case(rank: int, config: Config, *, channels: int = 4, batch: int = 2, **keys: Any) -> Case:
    """A case of `rank` spatial axes; `keys` go to the input's spec."""
    sizes = keys.pop("sizes", SIZES[rank])
    first = config.get("data_format") == "channels_first"
    shape = (batch, channels, *sizes) if first else (batch, *sizes, channels)
    return {"config": config, "inputs": {"inputs": tensor(*shape, **keys)}}


def compiled(rank: int, config: Config, **keys: Any) -> Case:
    return {**case(rank, config, **keys), "compiled": True}


def refused(rank: int, config: Config, **keys: Any) -> Case:
    return {**case(rank, config, **keys), "error": True}


def paces(rank: int) -> Iterable[Config]:
    """Strides and dilations, equal and unequal, never both above 1."""
    numbers: list[Any] = [1, 2, 3] if rank < 3 else [1, 2]
    mixed: list[Any] = {1: [], 2: [[2, 1], [1, 3]], 3: [[1, 2, 1]]}[rank]
    yield from ({"strides": stride} for stride in numbers + mixed)
    yield from ({"dilation_rate": rate} for rate in numbers[1:] + mixed)


def conv(rank: int) -> list[Case]:
    kernel = {1: 3, 2: [3, 2], 3: [2, 3, 1]}[rank]
    base: Config = {"filters": 4, "kernel_size": kernel}
    paddings = ["valid", "same", "causal"] if rank == 1 else ["valid", "same"]
    window = {1: [3], 2: [3, 3], 3: [3, 3, 3]}[rank]
    cases = [
        case(rank, {**base, "padding": padding, "groups": groups, **pace}, sizes=tuple(2 + n for n in SIZES[rank]))
        for padding, groups, pace in product(paddings, [1, 2], paces(rank))
        if groups == 1 or isinstance(next(iter(pace.values())), int)
    ]
    cases += [
        case(
            rank,
            {**base, **FIRST, "filters": 12, "padding": padding, "groups": groups, **pace},
            sizes=tuple(2 + n for n in SIZES[rank]),
        )
        for padding, groups, pace in product(
            paddings, [2, 4] if rank < 3 else [1, 2], [{}, {"strides": 2}, {"dilation_rate": 2}]
        )
    ]
    cases += [
        case(rank, {**base, "kernel_size": size, "padding": padding, "strides": stride})
        for size, padding, stride in product([1, 2, 4, 5], paddings, [1, 2])
        if padding != "valid" or rank < 3 or size < 5
    ]
    configs: list[Config] = [
        *({"activation": name} for name in ["linear", "relu", "tanh", "softmax", "gelu"]),
        {"use_bias": False},
        {"use_bias": False, "activation": "relu"},
        {"data_format": "channels_last"},
        {"data_format": None},
        {"padding": "SAME"},
        {"strides": [1] * rank, "dilation_rate": [1] * rank},
        {
            **TRAINING_ONLY,
            "kernel_regularizer": "l2",
            "kernel_constraint": "non_neg",
            "kernel_initializer": "he_normal",
        },
        {"trainable": False},
        {"name": "stem"},
        {"dtype": "float16"},
        {"dtype": "float64"},
        {"dtype": "mixed_float16"},
        {"groups": 4},
        {"groups": 4, "filters": 8, "padding": "same", "strides": 2},
        {"groups": 2, "filters": 6, "activation": "relu", "use_bias": False},
        {"lora_rank": 2},
        {"lora_rank": 3, "lora_alpha": 1.5, "use_bias": False},
        {"lora_rank": 2, "groups": 2},
    ]
    cases += [case(rank, {**base, **config}) for config in configs]
    cases += [
        case(rank, {**base, "groups": 2, "activation": "softmax", **FIRST}),
        case(rank, base, channels=1),
        case(rank, base, batch=1, dtype="float64"),
        case(rank, {**base, "filters": 1, "kernel_size": window}, sizes=(3,) * rank),
        case(rank, {**base, "padding": "same", "kernel_size": 5, "strides": 4}, sizes=(1,) * rank),
        {**case(rank, base), "mask": {"inputs": [2, SIZES[rank][0]]}},
    ]
    return cases + conv_refused(rank, base)


def conv_refused(rank: int, base: Config) -> list[Case]:
    configs: list[Config] = [
        {"filters": 0},
        {"filters": 2.5},
        {"kernel_size": 0},
        {"kernel_size": [2] * (rank + 1)},
        {"kernel_size": 9},
        {"kernel_size": 4, "dilation_rate": 3},
        {"strides": 0},
        {"strides": -1},
        {"strides": 2, "dilation_rate": 2},
        {"groups": 3},
        {"groups": 3, "filters": 6},
        {"groups": 0},
        {"padding": "full"},
        {"padding": None},
        {"data_format": "channels_middle"},
        {"activation": "nope"},
        {"kernel_initializer": "nope"},
        {"depth_multiplier": 2},
        {"lora_rank": 2, "kernel_constraint": "non_neg"},
    ]
    if rank > 1:
        configs.append({"padding": "causal"})
    return [
        *(refused(rank, {**base, **config}) for config in configs),
        refused(rank, base, sizes=SIZES[rank][1:]),
        refused(rank, base, sizes=(3, *SIZES[rank])),
        refused(rank, base, dtype="int32", kind="ids"),
        refused(rank, base, dtype="uint8", kind="ids"),
        refused(rank, base, kind="mask"),
    ]


def transposed(rank: int) -> list[Case]:
    base: Config = {"filters": 3, "kernel_size": 3}
    small = {1: (4,), 2: (3, 4), 3: (2, 3, 2)}[rank]
    grid: list[Config] = [
        {"kernel_size": kernel, "strides": stride, "padding": padding, "output_padding": extra}
        for kernel, stride, padding, extra in product([1, 2, 3, 4, 5], [1, 2, 3], ["valid", "same"], [None, 0, 1, 2])
        if (extra or 0) < stride and not lacking(kernel, stride, padding, extra)
    ]
    if rank > 1:
        grid = [config for config in grid if config["kernel_size"] in (2, 3) and config["strides"] < 5 - rank]
    cases = [case(rank, {**base, **config}, channels=2, sizes=small) for config in grid]
    mixed: list[Config] = (
        []
        if rank == 1
        else [
            {"strides": [2, 1, 1][:rank], "kernel_size": [3, 2, 1][:rank]},
            {"strides": [1, 3, 2][:rank], "kernel_size": [2, 4, 3][:rank], "padding": "same"},
            {"strides": [2, 3, 2][:rank], "output_padding": [1, 0, 0][:rank]},
            {"strides": [2, 3, 2][:rank], "output_padding": [1, 1, 0][:rank], "padding": "same"},
        ]
    )
    configs: list[Config] = [
        *mixed,
        {"activation": "relu", "strides": 2},
        {"activation": "softmax"},
        {"use_bias": False},
        {"use_bias": False, "strides": 3, "kernel_size": 2},
        {"strides": 3, "kernel_size": 2, "activation": "sigmoid"},
        {"data_format": None, "padding": "VALID"},
        {
            **TRAINING_ONLY,
            "kernel_regularizer": "l2",
            "kernel_constraint": "non_neg",
            "kernel_initializer": "he_normal",
        },
        {"trainable": False},
        {"dtype": "float16"},
        {"dtype": "mixed_float16", "strides": 2},
    ]
    cases += [case(rank, {**base, **config}, channels=2, sizes=small) for config in configs]
    cases += [
        case(rank, base, channels=1, sizes=(1,) * rank),
        case(rank, {**base, "strides": 2, "padding": "same"}, sizes=(1,) * rank),
        {**case(rank, base), "mask": {"inputs": [2, SIZES[rank][0]]}},
    ]
    refusals: list[Config] = [
        {"filters": 0},
        {"kernel_size": 0},
        {"strides": 0},
        {"strides": 2, "dilation_rate": 2},
        {"strides": 2, "output_padding": 2},
        {"output_padding": 0, "strides": 0},
        {"output_padding": 1},
        {"output_padding": -1, "strides": 2},
        {"padding": "causal"},
        {"groups": 2},
    ]
    return [
        *cases,
        *(refused(rank, {**base, **config}) for config in refusals),
        refused(rank, base, sizes=SIZES[rank][1:]),
        refused(rank, base, dtype="int32", kind="ids"),
    ]


def lacking(kernel: int, stride: int, padding: str, extra: int | None) -> bool:
    """What TensorFlow refuses though Keras has a shape for it: outputs that it would not make inputs of again."""
    return padding == "same" and extra is not None and not 0 < kernel % 2 + extra <= stride


def by_channel(rank: int, base: Config) -> list[Case]:
    """What depthwise and separable convolution have in common."""
    kernel = {1: 3, 2: [3, 2]}[rank]
    base = {"kernel_size": kernel, **base}
    rates: list[Config] = [{}, {"dilation_rate": 2}] + ([{"dilation_rate": [1, 3]}] if rank == 2 else [])
    cases = [
        case(
            rank, {**base, "padding": padding, "strides": stride, "depth_multiplier": deep, **rate}, sizes=(8, 9)[:rank]
        )
        for padding, (stride, deep), rate in product(["valid", "same"], [(1, 1), (1, 2), (2, 1), (3, 2)], rates)
    ]
    many = {"filters": 11} if "filters" in base else {}
    cases += [
        case(
            rank,
            {**base, **FIRST, **many, "padding": padding, "depth_multiplier": deep, **pace},
            channels=5,
            sizes=(8, 9)[:rank],
        )
        for padding, (deep, pace) in product(
            ["valid", "same"],
            [(1, {}), (2, {"strides": 2}), (1, {"dilation_rate": 2}), (3, {"strides": 2, "dilation_rate": 2})],
        )
    ]
    configs: list[Config] = [
        {"kernel_size": 1},
        {"kernel_size": 2, "padding": "same"},
        {"kernel_size": 4, "strides": 2, "padding": "same"},
        {"activation": "relu"},
        {"activation": "softmax"},
        {"activation": "softmax", **FIRST},
        {"activation": "tanh", "use_bias": False},
        {"use_bias": False},
        {"data_format": None, "padding": "Same"},
        {
            **TRAINING_ONLY,
            "depthwise_regularizer": "l2",
            "depthwise_constraint": "non_neg",
            "depthwise_initializer": "he_normal",
        },
        {"trainable": False},
        {"dtype": "float16"},
        {"dtype": "mixed_float16"},
    ]
    cases += [case(rank, {**base, **config}) for config in configs]
    refusals: list[Config] = [
        {"kernel_size": 0},
        {"kernel_size": 8},
        {"strides": 0},
        {"depth_multiplier": 0},
        {"padding": "causal"},
        {"groups": 2},
        {"kernel_initializer": "zeros"},
        {"lora_rank": 2},
    ]
    return [
        *cases,
        case(rank, base, channels=1),
        {**case(rank, base), "mask": {"inputs": [2, SIZES[rank][0]]}},
        *(refused(rank, {**base, **config}) for config in refusals),
        refused(rank, base, sizes=SIZES[rank][1:]),
        refused(rank, base, sizes=(3, *SIZES[rank])),
        refused(rank, base, dtype="int32", kind="ids"),
    ]


def conv_compiled(rank: int) -> list[Case]:
    """Channels first in one group; in three dimensions TensorFlow has it."""
    if rank == 3:
        return []
    base: Config = {"filters": 2, "kernel_size": {1: 3, 2: [3, 2]}[rank], **FIRST}
    paddings = ["valid", "same", "causal"] if rank == 1 else ["valid", "same"]
    sizes = tuple(2 + n for n in SIZES[rank])
    configs: list[Config] = [
        {"kernel_size": 1},
        {"kernel_size": 4, "padding": "same", "strides": 2},
        {"activation": "softmax"},
        {"use_bias": False, "activation": "relu"},
    ]
    return [
        *(
            compiled(rank, {**base, "padding": one, **pace}, sizes=sizes)
            for one, pace in product(paddings, paces(rank))
        ),
        *(compiled(rank, {**base, **config}, sizes=sizes) for config in configs),
    ]


def transposed_compiled(rank: int) -> list[Case]:
    """Channels first, and dilated."""
    base: Config = {"filters": 7 if rank == 3 else 2, "kernel_size": 3}
    small = {1: (4,), 2: (3, 4), 3: (2, 3, 2)}[rank]
    first: list[Config] = [
        {**FIRST, "kernel_size": kernel, "strides": stride, "padding": padding, "output_padding": extra}
        for kernel, stride, padding, extra in product([2, 3], [1, 2, 3], ["valid", "same"], [None, 0, 1])
        if (extra or 0) < stride and stride < 6 - rank and not lacking(kernel, stride, padding, extra)
    ]
    dilated: list[Config] = [
        {**form, "kernel_size": kernel, "dilation_rate": rate, "padding": padding}
        for form, kernel, rate, padding in product([{}, FIRST], [2, 3], [2, 3], ["valid", "same"])
        if rank < 3 or rate == 2
    ]
    mixed: list[Config] = (
        [] if rank == 1 else [{"dilation_rate": [1, 2, 1][:rank]}, {"strides": [2, 1, 2][:rank], **FIRST}]
    )
    more: list[Config] = [{**FIRST, "activation": "softmax"}, {**FIRST, "use_bias": False, "strides": 2}]
    return [compiled(rank, {**base, **config}, channels=2, sizes=small) for config in [*first, *dilated, *mixed, *more]]


def by_channel_compiled(rank: int, base: Config) -> list[Case]:
    """Unequal strides."""
    if rank == 1:
        return []
    formats: list[Config] = [{}, FIRST]
    return [
        compiled(rank, {"kernel_size": [3, 2], **base, **form, "padding": padding, "strides": pace}, channels=5)
        for form, padding, pace in product(formats, ["valid", "same"], [[1, 2], [3, 1]])
    ]


CASES: dict[str, list[Case]] = {
    **{f"Conv{rank}D": [*conv(rank), *conv_compiled(rank)] for rank in (1, 2, 3)},
    **{f"Conv{rank}DTranspose": [*transposed(rank), *transposed_compiled(rank)] for rank in (1, 2, 3)},
    **{f"DepthwiseConv{rank}D": [*by_channel(rank, {}), *by_channel_compiled(rank, {})] for rank in (1, 2)},
    **{
        f"SeparableConv{rank}D": [
            *by_channel(rank, {"filters": 3}),
            case(
                rank, {"filters": 3, "kernel_size": 2, "pointwise_initializer": "ones", "pointwise_regularizer": "l1"}
            ),
            refused(rank, {"filters": 0, "kernel_size": 2}),
            *by_channel_compiled(rank, {"filters": 11}),
        ]
        for rank in (1, 2)
    },
}

CHAINS: list[Case] = [
    {
        "name": "small_image_classifier",
        "input": tensor(2, 12, 12, 3),
        "layers": [
            {"Conv2D": {"filters": 4, "kernel_size": 3, "padding": "same", "activation": "relu"}},
            {"MaxPooling2D": {"pool_size": 2}},
            {"DepthwiseConv2D": {"kernel_size": 3, "padding": "same"}},
            {"Conv2D": {"filters": 6, "kernel_size": 1, "activation": "relu"}},
            "GlobalAveragePooling2D",
            {"Dense": {"units": 3, "activation": "softmax"}},
        ],
    },
    {
        "name": "autoencoder",
        "input": tensor(2, 8, 8, 2),
        "layers": [
            {"Conv2D": {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"}},
            {"SeparableConv2D": {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}},
            {
                "Conv2DTranspose": {
                    "filters": 3,
                    "kernel_size": 4,
                    "strides": 2,
                    "padding": "same",
                    "activation": "relu",
                }
            },
            {"Conv2DTranspose": {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}},
        ],
    },
    {
        "name": "causal_sequence",
        "input": tensor(2, 9, 3),
        "layers": [
            *(
                {
                    "Conv1D": {
                        "filters": 4,
                        "kernel_size": 2,
                        "padding": "causal",
                        "dilation_rate": rate,
                        "activation": "relu",
                    }
                }
                for rate in (1, 2, 4)
            ),
            {"Conv1DTranspose": {"filters": 2, "kernel_size": 3, "strides": 2}},
            "GlobalMaxPooling1D",
        ],
    },
]
