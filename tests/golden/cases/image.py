"""Golden cases of the layers that resize images and stretch their contrasts."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

PHOTO = {"data": tensor(2, 6, 8, 3, kind="image")}
PALE = {"data": tensor(2, 6, 8, 3, kind="uniform")}
BYTES = {"data": tensor(2, 6, 8, 3, kind="image", dtype="uint8")}
FIRST = {"data": tensor(2, 3, 6, 8, kind="image")}
SIZES = [(3, 4), (9, 5), (12, 16), (6, 8)]


def each(configs: list[dict[str, Any]], inputs: Any) -> list[Case]:
    return [{"config": config, "inputs": inputs} for config in configs]


def refused(configs: list[dict[str, Any]], inputs: Any) -> list[Case]:
    return [{"config": config, "inputs": inputs, "error": True} for config in configs]


def resizing() -> list[Case]:
    methods = ["bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5"]
    sizes = each(
        [{"height": h, "width": w, "interpolation": method} for method, (h, w) in product(methods, SIZES)], PALE
    )
    flags = product(["crop_to_aspect_ratio", "pad_to_aspect_ratio"], [(4, 4), (5, 9), (9, 5), (1, 7)])
    small = {"height": 3, "width": 3}
    return [
        *sizes,
        *each([{"height": h, "width": w, flag: True} for flag, (h, w) in flags], PHOTO),
        *each([{"height": 3, "width": 7, "pad_to_aspect_ratio": True, "fill_value": 9.0}], PHOTO),
        *each(
            [{**small, "antialias": True, "interpolation": method} for method in ["bilinear", "bicubic", "lanczos3"]],
            PALE,
        ),
        *each([{**small, "interpolation": method} for method in ["bilinear", "nearest", "bicubic"]], BYTES),
        *each(
            [
                {**small, "data_format": "channels_first"},
                {**small, "data_format": "channels_first", "crop_to_aspect_ratio": True},
            ],
            FIRST,
        ),
        *each([{**small, "dtype": "float16"}], PHOTO),
        *refused([{**small, "crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, {"height": 3}], PHOTO),
        *refused([{**small, "interpolation": "nope"}, {**small, "fill_mode": "reflect"}], PHOTO),
        *refused([small], {"data": tensor(2, 3)}),
    ]


CENTER_CROP: list[Case] = [
    *each(
        [{"height": h, "width": w} for h, w in [(3, 4), (6, 8), (5, 5), (1, 1), (9, 5), (4, 12), (12, 16), (7, 7)]],
        PHOTO,
    ),
    *each([{"height": 3, "width": 4}], BYTES),
    *each(
        [
            {"height": 3, "width": 4, "data_format": "channels_first"},
            {"height": 8, "width": 4, "data_format": "channels_first"},
        ],
        FIRST,
    ),
    *each([{"height": 3, "width": 4, "dtype": "float16"}], PHOTO),
    *refused([{"height": 3, "width": 4}], {"data": tensor(2, 3)}),
]

FLAT = {"data": {"value": [[[[5.0, 1.0], [5.0, 2.0]], [[5.0, 3.0], [5.0, 4.0]]]]}}

AUTO_CONTRAST: list[Case] = [
    *each(
        [{}, {"value_range": [0, 1]}, {"value_range": [255, 0]}, {"dtype": "float16"}],
        {"data": tensor(2, 4, 4, 3, kind="uniform")},
    ),
    *each([{}], PHOTO),
    *each([{}], BYTES),
    *each([{}], FLAT),
    *each([{"data_format": "channels_first"}], FIRST),
    *refused([{"value_range": 255}, {"value_range": [0, 1, 2]}], PHOTO),
    *each([{}, {"value_range": [0, 10]}], {"data": tensor(1, 5, 3, 1, kind="image")}),
]

CLAHE: list[Case] = [
    *each([{"tile_grid_size": [2, 2]}, {"tile_grid_size": [3, 2], "clip_limit": 1.5}, {"clip_limit": 0.0}, {}], PHOTO),
    *each([{"tile_grid_size": [2, 2], "value_range": [0, 1]}], {"data": tensor(2, 4, 4, 3, kind="uniform")}),
    *each([{"tile_grid_size": [2, 4], "data_format": "channels_first"}], FIRST),
    *each([{"tile_grid_size": [2, 2]}], {"data": tensor(1, 16, 12, 1, kind="image")}),
    *each(
        [{"tile_grid_size": size, "clip_limit": 2.0} for size in ([4, 3], [1, 2], [2, 1], [8, 4])],
        {"data": tensor(1, 16, 12, 3, kind="image")},
    ),
    *each([{"tile_grid_size": [3, 3]}], {"data": tensor(2, 7, 10, 3, kind="image", dtype="uint8")}),
]

CASES: dict[str, list[Case]] = {
    "Resizing": resizing(),
    "CenterCrop": CENTER_CROP,
    "AutoContrast": AUTO_CONTRAST,
    "ContrastLimitedAdaptiveHistogramEqualization": CLAHE,
}

CHAINS: list[Case] = [
    {
        "name": "photo",
        "input": tensor(2, 12, 10, 3, kind="image"),
        "layers": [
            {"Resizing": {"height": 8, "width": 8}},
            {"CenterCrop": {"height": 6, "width": 6}},
            {"Rescaling": {"scale": 1 / 255}},
        ],
    },
]
