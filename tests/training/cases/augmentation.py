"""More cases of augmentation: other ranges of values, interpolations and borders, and images with channels first."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

NEEDED: dict[str, dict[str, Any]] = {
    "RandomGaussianBlur": {},
    "RandomSharpness": {"factor": 0.5},
    "RandomPerspective": {},
    "RandomElasticTransform": {},
    "RandomHue": {"factor": 0.5},
    "RandomSaturation": {"factor": 0.5},
    "RandomBrightness": {"factor": 0.5},
    "RandomContrast": {"factor": 0.5},
    "RandomColorDegeneration": {"factor": 0.5},
    "RandomRotation": {"factor": 0.2},
    "RandomZoom": {"height_factor": 0.2},
    "RandomShear": {"x_factor": 0.2},
}
WAYS: list[dict[str, Any]] = [{}, {"data_format": "channels_first"}]


def list_cases(kind: str, config: dict[str, Any]) -> list[Case]:
    ways = list(WAYS)
    if kind in ("RandomRotation", "RandomZoom", "RandomShear"):
        ways += [{"interpolation": "nearest"}, {"fill_mode": "constant"}, {"fill_mode": "wrap"}]
        ways += [{"fill_mode": "constant", "interpolation": "nearest"}]
    if kind in ("RandomPerspective", "RandomElasticTransform"):
        ways += [{"interpolation": "nearest"}]
    if kind == "RandomElasticTransform":
        ways += [{"fill_mode": mode} for mode in ("constant", "wrap", "nearest")]
        ways += [{"fill_mode": "constant", "interpolation": "nearest"}]
    if kind == "RandomGaussianBlur":
        ways += [{"kernel_size": [3, 5]}, {"kernel_size": 1}]
    if kind not in ("RandomPerspective", "RandomRotation", "RandomZoom", "RandomShear"):
        ways += [{"value_range": [0, 1]}]

    def of(way: dict[str, Any], batch: int) -> Case:
        sides = [3, 6, 5] if "data_format" in way else [6, 5, 3]
        return {"config": {**config, **way}, "inputs": {"data": tensor(batch, *sides, kind="image")}}

    return [of(way, batch) for way, batch in product(ways, [1, 2])]


CASES: dict[str, list[Case]] = {kind: list_cases(kind, config) for kind, config in NEEDED.items()}
