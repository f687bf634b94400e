"""Golden cases of the normalization layers."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.golden.cases import Case, tensor

SEQUENCE = (2, 3, 4)
IMAGE = (2, 3, 5, 4)
VOLUME = (2, 2, 3, 2, 4)


def on(shape: tuple[int, ...], *configs: dict[str, Any], port: str = "inputs", **keys: Any) -> list[Case]:
    """One case a config, all on inputs of one shape; `keys` go into the case."""
    return fed(tensor(*shape), *configs, port=port, **keys)


def fed(spec: dict[str, Any], *configs: dict[str, Any], port: str = "inputs", **keys: Any) -> list[Case]:
    """One case a config, all on one input spec."""
    return [{"config": config, "inputs": {port: spec}, **keys} for config in configs]


AFFINE: list[dict[str, Any]] = [
    {},
    {"center": False},
    {"scale": False},
    {"center": False, "scale": False},
    {"epsilon": 0.1},
    {"epsilon": 0},
    {"gamma_initializer": "zeros", "beta_initializer": "ones", "name": "norm"},
    {"gamma_regularizer": "l2", "beta_regularizer": "l2", "gamma_constraint": "non_neg", "beta_constraint": "non_neg"},
    {"trainable": False},
    {"dtype": "float16"},
    {"dtype": "float64"},
    {"dtype": "mixed_float16"},
]

BATCH: list[Case] = [
    *on(SEQUENCE, *AFFINE),
    *on((2, 4), {}, {"axis": 1}, {"momentum": 0.5}),
    *on(IMAGE, {}, {"axis": 1}, {"axis": 2}, {"axis": -2}, {"axis": 1, "center": False, "scale": False}),
    *on(VOLUME, {}, {"axis": 1}, {"axis": -1}),
    *on((2, 1), {}),
    *on(
        SEQUENCE,
        {"moving_mean_initializer": "ones", "moving_variance_initializer": "ones", "synchronized": True},
        {"renorm": True},
        {"renorm": True, "renorm_clipping": {"rmax": 3.0, "rmin": 0.3, "dmax": 5.0}, "renorm_momentum": 0.8},
        {"renorm": True, "renorm_clipping": {"rmax": 2.0}, "trainable": False, "center": False},
        {"renorm_clipping": {"nope": 1.0}},
    ),
    *on(SEQUENCE, {}, {"renorm": True}, mask={"inputs": [1, 3]}),
    {"config": {}, "inputs": {"inputs": tensor(*SEQUENCE), "mask": tensor(2, 3, kind="mask")}},
    {"config": {"axis": 1}, "inputs": {"inputs": tensor(*IMAGE), "mask": tensor(2, 3, 5, kind="mask")}},
    {"config": {}, "inputs": {"inputs": tensor(*IMAGE), "mask": tensor(2, 3, kind="mask")}, "error": True},
    *on(SEQUENCE, {}, call={"training": False}),
    *fed(tensor(2, 3, 4, kind="ids"), {}),
    *on(SEQUENCE, {"axis": 3}, {"axis": -4}, {"axis": "x"}, {"axis": [1, 2]}, error=True),
    *on(
        SEQUENCE,
        {"renorm": True, "renorm_clipping": {"max": 3.0}},
        {"renorm": True, "renorm_clipping": {"rmax": 1.0, "rmin": 2.0}},
        {"renorm": True, "renorm_clipping": {"dmax": -1.0}},
        error=True,
    ),
]

LAYER: list[Case] = [
    *on(SEQUENCE, *AFFINE),
    *on(SEQUENCE, {"axis": 1}, {"axis": -2}, {"axis": [1, 2]}, {"axis": [-1, -2]}, {"axis": [2, 1]}, {"axis": [-1]}),
    *on(SEQUENCE, {"axis": [-1, 1]}, {"axis": [1, -1], "center": False}),
    *on(SEQUENCE, {"rms_scaling": True}, {"rms_scaling": True, "scale": False}, {"rms_scaling": True, "axis": 1}),
    *on((2, 4), {}, {"axis": 1}, {"axis": 1, "epsilon": 1e-12}),
    *on(IMAGE, {}, {"axis": 1}, {"axis": [2, 3]}, {"axis": [1, 2, 3]}, {"axis": [1, 3]}, {"axis": (-3, -2, -1)}),
    *on(VOLUME, {}, {"axis": [1, 2]}),
    *on((2, 3, 1), {}),
    *on(SEQUENCE, {}, {"axis": 1}, mask={"inputs": [1, 3]}),
    *fed(tensor(2, 3, 4, kind="ids"), {}, {"axis": 1}),
    *on(
        SEQUENCE,
        {"axis": 3},
        {"axis": -4},
        {"axis": [1, 1]},
        {"axis": [1, 5]},
        {"axis": "x"},
        {"axis": None},
        error=True,
    ),
]

GROUP: list[Case] = [
    *on(SEQUENCE, *({"groups": 2, **config} for config in AFFINE)),
    *on(SEQUENCE, {"groups": 1}, {"groups": 4}, {"groups": -1}, {"groups": 3, "axis": 1}, {"groups": -1, "axis": -2}),
    *on((2, 8), {"groups": 4}, {"groups": 2, "axis": 1}),
    *on((2, 3, 32), {}),
    *on(
        IMAGE,
        {"groups": 2},
        {"groups": -1},
        {"groups": 3, "axis": 1},
        {"groups": 1, "axis": 1},
        {"groups": -1, "axis": 1, "scale": False},
        {"groups": 5, "axis": 2},
        {"groups": 5, "axis": -2},
    ),
    *on((2, 4, 3, 3), {"groups": 2, "axis": 1}, {"groups": 2, "axis": -3}),
    *on(VOLUME, {"groups": 2}, {"groups": 2, "axis": 1}),
    *on(SEQUENCE, {"groups": 2}, mask={"inputs": [1, 3]}),
    *fed(tensor(2, 3, 4, kind="ids"), {"groups": 2}),
    *on(SEQUENCE, {}, {"groups": 3}, {"groups": 0}, {"groups": -2}, {"groups": 8}, {"groups": 2.0}, error=True),
    *on(SEQUENCE, {"groups": 2, "axis": 3}, {"groups": 2, "axis": [1, 2]}, error=True),
]

UNIT: list[Case] = [
    *on(SEQUENCE, {}, {"axis": 1}, {"axis": -2}, {"axis": [1, 2]}, {"axis": [-1, 1]}, {"axis": 0}, {"axis": [0, 1, 2]}),
    *on((2, 4), {}, {"axis": [1]}),
    *on(IMAGE, {}, {"axis": 1}, {"axis": [1, 2, 3]}),
    *on(SEQUENCE, {"dtype": "float16"}, {"dtype": "float64"}, {"trainable": False}),
    *fed(tensor(2, 3, kind="zeros"), {}),
    *on(SEQUENCE, {}, mask={"inputs": [1, 3]}),
    *on(SEQUENCE, {"axis": 3}, {"axis": -4}, {"axis": [1, 1]}, {"axis": "x"}, {"axis": None}, error=True),
    *fed(tensor(2, 3, 4, kind="ids"), {}, error=True),
]

on_x = partial(on, port="x")

RMS: list[Case] = [
    *on_x(
        SEQUENCE,
        {},
        {"epsilon": 0.1},
        {"epsilon": 0},
        {"axis": 2},
        {"axis": [1, 2]},
        {"axis": [-1, -2]},
        {"axis": [-1]},
    ),
    *on_x(SEQUENCE, {"dtype": "float16"}, {"dtype": "mixed_float16"}, {"dtype": "float64"}, {"trainable": False}),
    *on_x((2, 4), {}),
    *on_x(IMAGE, {}, {"axis": [2, 3]}, {"axis": [1, 2, 3]}),
    *on_x((2, 3, 3), {"axis": 1}, {"axis": [-1, 1]}),
    *on_x(SEQUENCE, {}, mask={"x": [1, 3]}),
    *fed(tensor(2, 3, 4, kind="ids"), {}, port="x"),
    *on_x(SEQUENCE, {"axis": 1}, {"axis": [-1, 1]}, {"axis": 3}, {"axis": [1, 1]}, {"axis": "x"}, error=True),
]

CASES: dict[str, list[Case]] = {
    "BatchNormalization": BATCH,
    "LayerNormalization": LAYER,
    "GroupNormalization": GROUP,
    "UnitNormalization": UNIT,
    "RMSNormalization": RMS,
}

CHAINS: list[Case] = [
    {
        "name": "masked_normalization",
        "input": tensor(2, 4, kind="ids", high=6, valid=[2, 4]),
        "layers": [
            {"Embedding": {"input_dim": 6, "output_dim": 4, "mask_zero": True}},
            "BatchNormalization",
            "LayerNormalization",
            {"GroupNormalization": {"groups": 2}},
            "UnitNormalization",
            "RMSNormalization",
            "GlobalAveragePooling1D",
        ],
    },
    {
        "name": "normalized_image",
        "input": tensor(2, 6, 6, 3, kind="image"),
        "layers": [
            {"Conv2D": {"filters": 4, "kernel_size": 3, "use_bias": False}},
            "BatchNormalization",
            {"Activation": {"activation": "relu"}},
            {"Conv2D": {"filters": 8, "kernel_size": 3}},
            {"GroupNormalization": {"groups": 4}},
            "Flatten",
            "LayerNormalization",
        ],
    },
]
