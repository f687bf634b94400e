"""Golden cases of pooling.

TensorFlow has no pooling of volumes in half or double precision, nor of integers in them. Keras refuses a window larger
than its input only before it is run, and an adaptive layer of another rank not always: tests/layers/test_pooling.py.
"""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

Config = dict[str, Any]
FIRST = {"data_format": "channels_first"}
SIZES = {1: (7,), 2: (6, 7), 3: (4, 5, 6)}


def case(rank: int, config: Config, *, channels: int = 3, **keys: Any) -> Case:
    """A case of `rank` spatial axes; `keys` go to the input's spec."""
    sizes = keys.pop("sizes", SIZES[rank])
    first = config.get("data_format") == "channels_first"
    shape = (2, channels, *sizes) if first else (2, *sizes, channels)
    return {"config": config, "inputs": {"inputs": tensor(*shape, **keys)}}


def refused(rank: int, config: Config, **keys: Any) -> Case:
    return {**case(rank, config, **keys), "error": True}


def windows(rank: int, *, average: bool) -> list[Case]:
    mixed: list[Any] = {1: [], 2: [[3, 2]], 3: [[2, 1, 3]]}[rank]
    paces: list[Any] = {1: [], 2: [[2, 1]], 3: [[1, 2, 1]]}[rank]
    sizes: list[Any] = [1, 2, 3, 4] if rank == 1 else [2, 3]
    cases = [
        case(rank, {"pool_size": size, "strides": stride, "padding": padding})
        for size, stride, padding in product([*sizes, *mixed], [None, 1, 2, 3, *paces], ["valid", "same"])
    ]
    cases += [
        case(rank, {"pool_size": size, "strides": stride, "padding": padding, **FIRST})
        for size, stride, padding in product([2, 3], [None, 1], ["valid", "same"])
    ]
    configs: list[Config] = [
        {"data_format": None},
        {"data_format": "channels_last", "name": "shrink"},
        {"strides": [2] * rank},
        {"trainable": False},
        {"strides": 5},
        *({"dtype": dtype} for dtype in ("float16", "float64", "mixed_float16") if rank < 3),
    ]
    cases += [
        *(case(rank, {"pool_size": 2, **config}) for config in configs),
        case(rank, {"pool_size": 3, "padding": "same", "strides": 4}, sizes=(1,) * rank),
        case(rank, {"pool_size": 5, "padding": "same", "strides": 1}, sizes=(2,) * rank),
        case(rank, {"pool_size": 1}),
        case(rank, {"pool_size": 2}, dtype="float16"),
        {**case(rank, {"pool_size": 2}), "mask": {"inputs": [2, SIZES[rank][0]]}},
    ]
    if average:
        cases += [refused(rank, {}), refused(rank, {"pool_size": 2}, dtype="int32", kind="ids")]
    else:
        cases.append(case(rank, {}))
        if rank < 3:
            cases += [
                case(rank, {"pool_size": 2, "padding": "same"}, dtype=dtype, kind="ids") for dtype in ("int32", "uint8")
            ]
    refusals: list[Config] = [
        {"pool_size": 0},
        {"pool_size": [2] * (rank + 1)},
        {"strides": 0},
        {"strides": -1},
        {"padding": "causal"},
        {"data_format": "channels_middle"},
        {"dilation_rate": 2},
    ]
    return [
        *cases,
        *(refused(rank, {"pool_size": 2, **config}) for config in refusals),
        refused(rank, {"pool_size": 2}, kind="mask"),
        refused(rank, {"pool_size": 2}, sizes=SIZES[rank][1:]),
        refused(rank, {"pool_size": 2}, sizes=(3, *SIZES[rank])),
    ]


def whole(rank: int) -> list[Case]:
    inputs: list[Config] = [{}, {"channels": 1}, {"sizes": (1,) * rank}, {"dtype": "int32", "kind": "ids"}]
    cases = [
        case(rank, {**form, "keepdims": keep}, **keys)
        for form, keep, keys in product([{}, FIRST], [False, True], inputs)
    ]
    return [
        *cases,
        case(rank, {}),
        case(rank, {"data_format": None, "trainable": False}),
        case(rank, {"dtype": "float16"}),
        case(rank, {"dtype": "mixed_float16"}),
        case(rank, {"dtype": "float64"}),
        case(rank, {}, dtype="uint8", kind="ids", high=200),
        case(rank, {}, dtype="int64", kind="ids"),
        case(rank, {}, kind="mask"),
        {**case(rank, {}), "mask": {"inputs": [2, SIZES[rank][0]]}},
        refused(rank, {"data_format": "channels_middle"}),
        refused(rank, {"pool_size": 2}),
        refused(rank, {}, sizes=SIZES[rank][1:]),
        refused(rank, {}, sizes=(3, *SIZES[rank])),
    ]


def masked_average() -> list[Case]:
    """A mask that travels with the input, and one that is given; a sample of which no step is kept gives 0 / 0.

    No whole numbers here: their masked mean TensorFlow divides in double precision, which Keras's own dtype denies.
    """
    patterns: list[Any] = [[2, 7], [7, 7], [1, 4], [[1, 0, 1, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0, 1]], [0, 3]]
    cases = [
        {**case(1, {"keepdims": keep}), "mask": {"inputs": pattern}}
        for pattern, keep in product(patterns, [False, True])
    ]
    given = [
        {"config": {**form, "keepdims": keep}, "inputs": {"inputs": tensor(*shape), "mask": tensor(2, 5, kind="mask")}}
        for (form, shape), keep in product([({}, (2, 5, 3)), (FIRST, (2, 3, 5))], [False, True])
    ]
    wrong: list[Case] = [
        {"config": {}, "inputs": {"inputs": tensor(2, 5, 3), "mask": tensor(2, 4, kind="mask")}, "error": True}
    ]
    return cases + given + wrong


def adaptive(rank: int, *, average: bool) -> list[Case]:
    sizes: list[Any] = [1, 2, 3, 4, 5, 6, 7, 9] if rank == 1 else [1, 3, 8]
    mixed = {1: [[3]], 2: [[1, 4], [5, 2]], 3: [[1, 2, 3], [5, 1, 4]]}[rank]
    cases = [case(rank, {"output_size": size, **form}) for size, form in product([*sizes, *mixed], [{}, FIRST])]
    cases += [
        case(rank, {"output_size": 3}, sizes=(10, 11, 5)[:rank]),
        case(rank, {"output_size": 6}, sizes=(10, 4, 2)[:rank]),
        case(rank, {"output_size": 2}, sizes=(1,) * rank),
        case(rank, {"output_size": 2, "data_format": None, "trainable": False}),
        *([case(rank, {"output_size": 2, "dtype": "float16"})] if rank < 3 else []),
        {**case(rank, {"output_size": 2}), "mask": {"inputs": [2, SIZES[rank][0]]}},
    ]
    if average:
        cases.append(refused(rank, {"output_size": 2}, dtype="int32", kind="ids"))
    elif rank < 3:
        cases.append(case(rank, {"output_size": 2}, dtype="int32", kind="ids"))
    return [
        *cases,
        refused(rank, {}),
        refused(rank, {"output_size": 0}),
        refused(rank, {"output_size": 2.5}),
        refused(rank, {"output_size": [2] * (rank + 1)}),
        refused(rank, {"output_size": 2, "data_format": "channels_middle"}),
        refused(rank, {"output_size": 2}, kind="mask"),
        *([] if rank == 2 else [refused(rank, {"output_size": 2}, sizes=SIZES[rank][1:])]),
        refused(rank, {"output_size": 2}, sizes=(3, *SIZES[rank])),
    ]


CASES: dict[str, list[Case]] = {
    **{f"MaxPooling{rank}D": windows(rank, average=False) for rank in (1, 2, 3)},
    **{f"AveragePooling{rank}D": windows(rank, average=True) for rank in (1, 2, 3)},
    **{f"GlobalMaxPooling{rank}D": whole(rank) for rank in (1, 2, 3)},
    "GlobalAveragePooling1D": [*whole(1), *masked_average()],
    **{f"GlobalAveragePooling{rank}D": whole(rank) for rank in (2, 3)},
    **{f"AdaptiveMaxPooling{rank}D": adaptive(rank, average=False) for rank in (1, 2, 3)},
    **{f"AdaptiveAveragePooling{rank}D": adaptive(rank, average=True) for rank in (1, 2, 3)},
}

CHAINS: list[Case] = [
    {
        "name": "shrinking_image",
        "input": tensor(2, 13, 11, 2),
        "layers": [
            {"MaxPooling2D": {"pool_size": 3, "strides": 2, "padding": "same"}},
            {"AveragePooling2D": {"pool_size": 2}},
            {"AdaptiveAveragePooling2D": {"output_size": 2}},
            {"GlobalMaxPooling2D": {"keepdims": True}},
        ],
    },
    {
        "name": "mask_meets_average",
        "input": tensor(2, 5, 3, valid=[3, 5]),
        "layers": [
            {"Masking": {"mask_value": 0.0}},
            {"Dense": {"units": 4}},
            "GlobalAveragePooling1D",
            {"Dense": {"units": 2}},
        ],
    },
]
