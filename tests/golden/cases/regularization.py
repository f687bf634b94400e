"""Golden cases of the regularization layers: inert in inference, so what counts is shape, dtype, mask and refusals."""

from __future__ import annotations

from typing import Any

from tests.golden.cases import Case, tensor


def inert(configs: list[dict[str, Any]], shapes: list[tuple[int, ...]], bad: list[dict[str, Any]]) -> list[Case]:
    """Every config at the first shape, the first config at every shape, then dtypes, masks and refusals."""
    config, shape = configs[0], shapes[0]
    return [
        *({"config": each, "inputs": {"inputs": tensor(*shape)}} for each in configs),
        *({"config": config, "inputs": {"inputs": tensor(*each)}} for each in shapes[1:]),
        {"config": {**config, "dtype": "float16"}, "inputs": {"inputs": tensor(*shape)}},
        {"config": config, "inputs": {"inputs": tensor(*shape)}, "call": {"training": False}},
        {"config": config, "inputs": {"inputs": tensor(*shape)}, "mask": {"inputs": [1, shape[1]]}},
        *({"config": each, "inputs": {"inputs": tensor(*shape)}, "error": True} for each in bad),
    ]


RATES: list[dict[str, Any]] = [{"rate": 0.5}, {"rate": 0.0}, {"rate": 0}, {"rate": 0.25, "seed": 7}, {"rate": 0.9}]
BAD_RATES: list[dict[str, Any]] = [{"rate": 1.5}, {"rate": -0.1}, {}]
ANY_RANK = [(2, 3, 4), (2,), (2, 3), (2, 2, 3, 4), (2, 1, 2, 3, 2)]


def spatial(*shape: int) -> list[Case]:
    dropped = {"rate": 0.5}
    return [
        *inert([*RATES, {"rate": 1}, {"rate": 1.0}], [shape], BAD_RATES),
        {"config": dropped, "inputs": {"inputs": tensor(*(1 for _ in shape))}},
        {"config": dropped, "inputs": {"inputs": tensor(*shape[:-1])}, "error": True},
        {"config": dropped, "inputs": {"inputs": tensor(*shape, 2)}, "error": True},
        {"config": {"rate": 0.5, "trainable": False}, "inputs": {"inputs": tensor(*shape)}, "error": True},
    ]


def spatial_formats(*shape: int) -> list[Case]:
    return [
        {"config": {"rate": 0.5, "data_format": data_format}, "inputs": {"inputs": tensor(*shape)}}
        for data_format in ["channels_last", "channels_first"]
    ] + [{"config": {"rate": 0.5, "data_format": "nope"}, "inputs": {"inputs": tensor(*shape)}, "error": True}]


NOISE_SHAPES: list[dict[str, Any]] = [
    {"rate": 0.5, "noise_shape": shape} for shape in [[2, 1, 4], [None, 1, None], [None, 3, 1]]
]

CASES: dict[str, list[Case]] = {
    "Dropout": inert(
        [*RATES, {"rate": 1.0}, *NOISE_SHAPES, {"rate": 0.5, "trainable": False}],
        ANY_RANK,
        [*BAD_RATES, {"rate": 0.5, "noise_shape": "ab"}, {"rate": 0.5, "noise_shape": [0, 1]}],
    ),
    "SpatialDropout1D": spatial(2, 3, 4),
    "SpatialDropout2D": spatial(2, 2, 3, 4) + spatial_formats(2, 2, 3, 4),
    "SpatialDropout3D": spatial(2, 2, 1, 3, 4) + spatial_formats(2, 2, 1, 3, 4),
    "GaussianDropout": inert([*RATES, {"rate": 1.0}], ANY_RANK, BAD_RATES),
    "GaussianNoise": inert(
        [{"stddev": 0.5}, {"stddev": 0.0}, {"stddev": 0}, {"stddev": 1.0}, {"stddev": 0.2, "seed": 3}],
        ANY_RANK,
        [{"stddev": -0.1}, {"stddev": 2.0}, {}],
    ),
    "AlphaDropout": inert([*RATES, {"rate": 1.0}, *NOISE_SHAPES], ANY_RANK, BAD_RATES),
    "ActivityRegularization": inert(
        [{}, {"l1": 0.1}, {"l2": 0.2}, {"l1": 0.1, "l2": 0.2}, {"l1": 0}, {"l1": 0.1, "trainable": False}],
        ANY_RANK,
        [{"rate": 0.5}],
    ),
}

CHAINS: list[Case] = [
    {
        "name": "masked_regularization",
        "input": tensor(2, 4, kind="ids", high=6, valid=[2, 4]),
        "layers": [
            {"Embedding": {"input_dim": 6, "output_dim": 3, "mask_zero": True}},
            {"SpatialDropout1D": {"rate": 0.5}},
            {"GaussianNoise": {"stddev": 0.1}},
            {"GaussianDropout": {"rate": 0.1}},
            {"AlphaDropout": {"rate": 0.1}},
            {"ActivityRegularization": {"l1": 0.1}},
            "GlobalAveragePooling1D",
        ],
    },
]
