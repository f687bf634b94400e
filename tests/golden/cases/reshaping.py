"""Golden cases of the reshaping layers."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

SEQUENCE = {"inputs": tensor(2, 3, 4)}
IMAGE = {"inputs": tensor(2, 4, 5, 3)}
VOLUME = {"inputs": tensor(2, 4, 5, 6, 2)}
FORMATS = [None, "channels_last", "channels_first"]


def case(config: dict[str, Any], *shape: int, **keys: Any) -> Case:
    return {"config": config, "inputs": {"inputs": tensor(*shape, **keys)}}


def refused(config: dict[str, Any], *shape: int) -> Case:
    return {**case(config, *shape), "error": True}


def dtypes(config: dict[str, Any], *shape: int) -> list[Case]:
    """What becomes of dtypes and of a mask."""
    return [
        case(config, *shape, dtype="int32", kind="ids"),
        case(config, *shape, kind="mask"),
        case({**config, "dtype": "float16"}, *shape),
        case({**config, "dtype": "mixed_float16"}, *shape),
        {**case(config, *shape), "mask": {"inputs": [1] * shape[0]}},
    ]


RESHAPE: list[Case] = [
    *(
        case({"target_shape": target}, *shape)
        for shape, target in [
            ((3, 2, 4), [8]),
            ((3, 2, 4), [-1]),
            ((3, 8), [2, 4]),
            ((3, 8), [-1, 2, 2]),
            ((3, 8), [2, -1, 2]),
            ((2, 3, 4), [3, 2, -1]),
            ((2, 3, 4), [1, 12]),
            ((2, 3, 4), [-1, 1]),
            ((2,), [-1]),
            ((2,), [1, 1]),
            ((2, 1), []),
            ((2, 6, 6, 4), [-1, 4]),
            ((2, 6, 6, 4), [9, 16]),
        ]
    ),
    *dtypes({"target_shape": [12]}, 2, 3, 4),
    *(refused({"target_shape": target}, 2, 3, 4) for target in [[-1, -1], [5, -1], [0, -1], [-2], [13], []]),
]

FLATTEN: list[Case] = [
    *(
        case({"data_format": data_format}, *shape)
        for data_format, shape in product(FORMATS, [(2,), (2, 3), (2, 3, 4), (2, 3, 4, 5), (1, 2, 3, 2, 2)])
    ),
    *dtypes({}, 2, 3, 4),
    refused({"data_format": "last"}, 2, 3),
]

PERMUTE: list[Case] = [
    *(
        case({"dims": dims}, *shape)
        for shape, dims in [
            ((2, 3), [1]),
            ((2, 3, 5), [2, 1]),
            ((2, 3, 5), [1, 2]),
            ((2, 3, 4, 5), [3, 1, 2]),
            ((2, 3, 4, 5), [2, 3, 1]),
            ((2, 3, 4, 5, 2), [4, 1, 3, 2]),
        ]
    ),
    *dtypes({"dims": [2, 1]}, 2, 3, 4),
    *(refused({"dims": dims}, 2, 3, 4) for dims in [[0, 1], [1, 1], [2, 3], [1], [1, 3, 2], [-1, 1], 1]),
]

REPEAT_VECTOR: list[Case] = [
    *(case({"n": n}, *shape) for n, shape in product([1, 2, 5], [(2, 3), (1, 1), (4, 2)])),
    *dtypes({"n": 3}, 2, 3),
    *(refused({"n": n}, 2, 3) for n in [0, -1, 1.5, "three"]),
    refused({"n": 2}, 2, 3, 4),
    refused({"n": 2}, 2),
]


def cropping(rank: int, shape: tuple[int, ...], croppings: list[Any], refusals: list[Any]) -> list[Case]:
    formats: list[dict[str, Any]] = [{}] if rank == 1 else [{"data_format": name} for name in FORMATS]
    return [
        case({}, *shape),
        *(case({**keys, "cropping": cut}, *shape) for keys, cut in product(formats, croppings)),
        *dtypes({"cropping": 1}, *shape),
        *(refused({"cropping": cut}, *shape) for cut in refusals),
        refused({"cropping": 0}, *shape[:-1]),
        refused({"cropping": 0}, *shape, 2),
    ]


def padding(rank: int, shape: tuple[int, ...], paddings: list[Any], refusals: list[Any]) -> list[Case]:
    return [
        case({}, *shape),
        *(case({"data_format": name, "padding": more}, *shape) for name, more in product(FORMATS, paddings)),
        *dtypes({"padding": 1}, *shape),
        *(refused({"padding": more}, *shape) for more in refusals),
        refused({}, *shape[:-1]),
        refused({}, *shape, 2),
    ]


def upsampling_2d() -> list[Case]:
    cases = [
        case({"size": size, "data_format": name, "interpolation": interpolation}, 2, 3, 4, 3)
        for interpolation, size, name in product(
            ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area"],
            [2, [1, 3], [3, 2]],
            ["channels_last", "channels_first"],
        )
    ]
    edges = [
        case({"size": size, "interpolation": interpolation}, *shape)
        for interpolation, size, shape in product(
            ["bilinear", "bicubic", "lanczos3", "lanczos5"],
            [1, 4, [5, 7]],
            [(1, 1, 2, 1), (1, 8, 1, 2), (1, 12, 11, 1)],
        )
    ]
    return [
        case({}, 2, 3, 4, 2),
        *cases,
        *edges,
        case({"size": 2, "interpolation": "Bilinear"}, 2, 3, 4, 2),
        case({"size": 2, "interpolation": "bilinear"}, 2, 3, 4, 2, kind="image", dtype="uint8"),
        case({"size": 2, "interpolation": "bilinear"}, 2, 3, 4, 2, kind="ids", dtype="int32"),
        case({"size": 2, "interpolation": "bicubic"}, 2, 3, 4, 2, kind="image", dtype="uint8"),
        case({"size": 2, "interpolation": "bilinear", "dtype": "float16"}, 2, 3, 4, 2),
        *dtypes({}, 2, 3, 4, 2),
        *(refused({"size": size}, 2, 3, 4, 2) for size in [0, 2.5, [2, 2, 2], [2, -1]]),
        *(refused({"interpolation": name}, 2, 3, 4, 2) for name in ["cubic", "gaussian"]),
        refused({}, 2, 3, 4),
        refused({}, 2, 3, 4, 2, 2),
    ]


CASES: dict[str, list[Case]] = {
    "Reshape": RESHAPE,
    "Flatten": FLATTEN,
    "Permute": PERMUTE,
    "RepeatVector": REPEAT_VECTOR,
    "Cropping1D": cropping(
        1, (2, 6, 3), [0, 1, 2, [1, 2], [0, 3], [3, 0], [0, 0]], [3, [3, 3], [1, 5], -1, [1, 2, 3], 1.5]
    ),
    "Cropping2D": cropping(
        2,
        (2, 6, 5, 6),
        [0, 1, [1, 2], [[1, 2], [0, 1]], [[0, 1], [2, 0]], [[2, 0], [1, 2]], [[0, 0], [1, 1]], [1, [0, 2]]],
        [3, [3, 0], [0, 3], [[4, 2], [0, 0]], -1, [1, 2, 3], [[1, 2, 3], 0], [1, -1]],
    ),
    "Cropping3D": cropping(
        3,
        (2, 5, 6, 5, 6),
        [
            0,
            1,
            [1, 0, 2],
            [[1, 2], [0, 1], [1, 1]],
            [[0, 1], [2, 0], [0, 2]],
            [[2, 0], [1, 2], [0, 0]],
            [0, [0, 2], 1],
        ],
        [3, [0, 0, 3], [[3, 2], 0, 0], -1, [1, 2], [[1, 2, 3], 0, 0]],
    ),
    "ZeroPadding1D": padding(1, (2, 3, 4), [0, 2, [1, 3], [0, 1]], [-1, [1, 2, 3], [1, -1], 1.5]),
    "ZeroPadding2D": padding(
        2, (2, 3, 4, 2), [0, 2, [1, 2], [[1, 2], [0, 3]], [0, [2, 1]]], [-1, [1, 2, 3], [[1, 2, 3], 1], [1, -1]]
    ),
    "ZeroPadding3D": padding(
        3, (2, 2, 3, 2, 2), [0, 2, [1, 0, 2], [[1, 2], [0, 1], [2, 0]]], [-1, [1, 2], [[1, 2, 3], 1, 1], [1, 1, -1]]
    ),
    "UpSampling1D": [
        *(case({"size": size}, *shape) for size, shape in product([1, 2, 5], [(2, 3, 4), (1, 1, 1)])),
        case({}, 2, 3, 4),
        *dtypes({}, 2, 3, 4),
        *(refused({"size": size}, 2, 3, 4) for size in [0, -1, 1.5]),
        refused({}, 2, 3),
        refused({}, 2, 3, 4, 5),
    ],
    "UpSampling2D": upsampling_2d(),
    "UpSampling3D": [
        *(
            case({"size": size, "data_format": name}, 2, 2, 3, 2, 3)
            for size, name in product([1, 2, [1, 2, 3], [3, 1, 2]], FORMATS)
        ),
        case({}, 2, 2, 3, 2, 3),
        *dtypes({}, 2, 2, 1, 2, 2),
        *(refused({"size": size}, 2, 2, 3, 2, 3) for size in [0, [2, 2], 1.5, [1, 1, -1]]),
        refused({}, 2, 3, 4, 2),
    ],
}

CHAINS: list[Case] = [
    {
        "name": "autoencoder_ends",
        "input": tensor(2, 6, 6, 2),
        "layers": [
            {"ZeroPadding2D": {"padding": [[1, 1], [2, 0]]}},
            {"UpSampling2D": {"size": 2, "interpolation": "bilinear"}},
            {"Cropping2D": {"cropping": [[1, 2], 0]}},
            "Flatten",
            {"Reshape": {"target_shape": [-1, 4]}},
            {"Permute": {"dims": [2, 1]}},
        ],
    },
    {
        "name": "repeat_vector_decoder",
        "input": tensor(2, 5, 3),
        "layers": [
            {"SimpleRNN": {"units": 4}},
            {"RepeatVector": {"n": 3}},
            {"UpSampling1D": {"size": 2}},
            {"Cropping1D": {"cropping": [1, 0]}},
            {"ZeroPadding1D": {"padding": 1}},
            {"TimeDistributed": {"layer": {"Dense": {"units": 2}}}},
        ],
    },
]
