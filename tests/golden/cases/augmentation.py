"""Golden cases of the image augmentations: inert in inference, so what counts is shape, dtype and refusals."""

from __future__ import annotations

from typing import Any

from tests.golden.cases import Case, tensor

PHOTO = {"data": tensor(2, 6, 8, 3, kind="image")}
BYTES = {"data": tensor(2, 6, 8, 3, kind="image", dtype="uint8")}
FIRST = {"data": tensor(2, 3, 6, 8, kind="image")}
OTHERS: list[dict[str, Any]] = [
    {"data": tensor(*shape, kind="image", **keys)}
    for shape, keys in (
        ((1, 9, 5, 3), {}),
        ((3, 1, 1, 3), {}),
        ((2, 4, 7, 3), {"dtype": "float16"}),
        ((2, 5, 4, 3), {"dtype": "int32"}),
        ((1, 16, 2, 3), {"dtype": "uint8"}),
        ((2, 3, 3, 3), {"dtype": "float64"}),
    )
]
"""Photos of other sizes and dtypes."""


def inert(config: dict[str, Any], *more: dict[str, Any], bad: list[dict[str, Any]] | None = None) -> list[Case]:
    """A config on every kind of image, others on one, then refusals."""
    return [
        *({"config": config, "inputs": inputs} for inputs in (PHOTO, BYTES)),
        {"config": {**config, "dtype": "float16"}, "inputs": PHOTO},
        {"config": {**config, "data_format": "channels_first"}, "inputs": FIRST},
        *({"config": each, "inputs": PHOTO} for each in more),
        {"config": config, "inputs": {"data": tensor(2, 3)}, "error": True},
        *({"config": each, "inputs": PHOTO, "error": True} for each in bad or []),
        *({"config": config, "inputs": inputs} for inputs in OTHERS),
    ]


WAYS: list[dict[str, Any]] = [
    {"fill_mode": "wrap", "interpolation": "nearest", "seed": 3},
    {"fill_mode": "constant", "fill_value": 9.0},
]
WRONG: list[dict[str, Any]] = [{"fill_mode": "nope"}, {"interpolation": "nope"}]


def with_factor(factor: Any, ways: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"factor": factor, **way} for way in ways]


CROP: dict[str, Any] = {"height": 6, "width": 8}

CASES: dict[str, list[Case]] = {
    "RandomFlip": inert({}, {"mode": "horizontal", "seed": 1}, {"mode": "vertical"}),
    "RandomRotation": inert(
        {"factor": 0.2},
        {"factor": [-0.1, 0.3]},
        *with_factor(0.1, WAYS),
        bad=[{}, {"factor": 1.5}, *with_factor(0.1, WRONG)],
    ),
    "RandomZoom": inert(
        {"height_factor": 0.2}, {"height_factor": [-0.3, -0.2], "width_factor": 0.1}, bad=[{}, {"height_factor": 2.0}]
    ),
    "RandomTranslation": inert(
        {"height_factor": 0.2, "width_factor": 0.1},
        bad=[{"height_factor": 0.2}, {"height_factor": 2.0, "width_factor": 0.1}],
    ),
    "RandomShear": inert({}, {"x_factor": 0.2, "y_factor": [0.1, 0.3]}, bad=[{"x_factor": 1.5}, *WRONG]),
    "RandomElasticTransform": inert({}, {"factor": 0.5, "scale": 0.7}, bad=[{"factor": 2.0}]),
    "RandomPerspective": inert({}, {"factor": 0.5, "scale": 0.3}, bad=[{"factor": 2.0}]),
    "RandomCrop": [
        {"config": CROP, "inputs": PHOTO},
        {"config": CROP, "inputs": BYTES},
        {"config": {**CROP, "dtype": "float16"}, "inputs": PHOTO},
        {"config": {**CROP, "data_format": "channels_first"}, "inputs": FIRST},
        {"config": {"height": 6}, "inputs": PHOTO, "error": True},
        *(
            {"config": {"height": inputs["data"]["shape"][1], "width": inputs["data"]["shape"][2]}, "inputs": inputs}
            for inputs in OTHERS
        ),
        {"config": {**CROP, "seed": 4}, "inputs": PHOTO},
    ],
    "RandomErasing": inert({}, {"factor": 0.5, "scale": [0.1, 0.2], "fill_value": 7.0}, bad=[{"factor": 2.0}]),
    "RandomGaussianBlur": inert(
        {}, {"factor": 0.5, "kernel_size": 5, "sigma": 0.5}, bad=[{"factor": 2.0}, {"kernel_size": 4}]
    ),
    "RandomSharpness": inert({"factor": 0.5}, {"factor": [0.2, 0.4]}, bad=[{}, {"factor": 2.0}]),
    "RandomBrightness": inert(
        {"factor": 0.5},
        {"factor": [-0.2, 0.4], "value_range": [0, 1]},
        bad=[{}, {"factor": 2.0}, {"factor": 0.5, "value_range": 1}],
    ),
    "RandomContrast": inert({"factor": 0.5}, {"factor": [0.2, 0.4], "seed": 1}, bad=[{}, {"factor": 2.0}]),
    "RandomColorDegeneration": inert({"factor": 0.5}, bad=[{}, {"factor": 2.0}]),
    "RandomSaturation": inert({"factor": 0.5}, bad=[{}, {"factor": 2.0}]),
    "RandomHue": inert({"factor": 0.5}, bad=[{}, {"factor": 2.0}]),
    "RandomInvert": inert({}, {"factor": 0.5}, bad=[{"factor": 2.0}]),
    "RandomPosterization": inert({"factor": 4}, bad=[{}, {"factor": 9}]),
    "RandomGrayscale": inert({}, {"factor": 0.2}, bad=[{"factor": 2.0}, {"factor": -0.1}]),
    "RandomColorJitter": inert(
        {}, {"brightness_factor": 0.2, "contrast_factor": 0.1, "saturation_factor": 0.3, "hue_factor": 0.2}
    ),
    "Solarization": inert({}, {"addition_factor": 0.2, "threshold_factor": [0.1, 0.5]}, bad=[{"addition_factor": 2.0}]),
    "Equalization": inert({}, {"bins": 16, "value_range": [0, 1]}, bad=[{"value_range": 1}]),
    "MaxNumBoundingBoxes": inert({"max_number": 3}, bad=[{}]),
    "MixUp": inert({}, {"alpha": 0.5, "seed": 2}),
    "CutMix": inert({}, {"factor": 0.5}, bad=[{"factor": 2.0}]),
    "RandAugment": inert({}, {"num_ops": 3, "factor": 0.2}, bad=[{"factor": 2.0}]),
    "AugMix": inert({}, {"num_chains": 2, "chain_depth": 1, "all_ops": False}, bad=[{"factor": 2.0}]),
}

CHAINS: list[Case] = [
    {
        "name": "augmented_photo",
        "input": tensor(2, 8, 8, 3, kind="image"),
        "layers": [
            {"CenterCrop": {"height": 6, "width": 6}},
            {"MaxNumBoundingBoxes": {"max_number": 2}},
            "Flatten",
        ],
    },
]
