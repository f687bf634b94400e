"""The models of specs/models that are held against implementations in PyTorch, each in a size of its own.

`MODELS` gives the arguments that make a model small, and what it is fed: see `inputs`.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.golden.arrays import Array, array, weight_value

TRANSFORMER = {"vocabulary": 11, "features": 16, "depth": 2, "heads": 4}
LLAMA = {**TRANSFORMER, "features": 32, "hidden": 24}

MODELS: dict[str, tuple[dict[str, int], dict[str, dict[str, Any]]]] = {
    "bert_base": (
        {**TRANSFORMER, "context": 9},
        {
            "tokens": {"shape": [2, 7], "kind": "ids"},
            "segments": {"shape": [2, 7], "kind": "ids", "high": 2},
            "mask": {"shape": [2, 7], "kind": "mask"},
        },
    ),
    "gpt2_small": ({**TRANSFORMER, "context": 9}, {"tokens": {"shape": [2, 7], "kind": "ids"}}),
    "vit_b_16": (
        {"image": 12, "patch": 4, "features": 16, "hidden": 24, "depth": 2, "heads": 4, "classes": 5},
        {"input": {"shape": [2, 12, 12, 3]}},
    ),
    "t5_small": (
        {**TRANSFORMER, "hidden": 24, "size": 8},
        {"source": {"shape": [2, 140], "kind": "ids"}, "target": {"shape": [2, 130], "kind": "ids"}},
    ),
    "whisper_tiny": (
        {**TRANSFORMER, "frames": 20, "context": 9},
        {"sound": {"shape": [2, 20, 80]}, "tokens": {"shape": [2, 7], "kind": "ids"}},
    ),
    "llama_2_7b": (LLAMA, {"tokens": {"shape": [2, 7], "kind": "ids"}}),
    "llama_3_8b": ({**LLAMA, "groups": 2}, {"tokens": {"shape": [2, 7], "kind": "ids"}}),
    "mixtral_8x7b": ({**LLAMA, "groups": 2, "experts": 5}, {"tokens": {"shape": [2, 7], "kind": "ids"}}),
}


def inputs(model: str) -> dict[str, Array]:
    """What a model is fed; token 0 is padding and stands, where it does, at the end."""
    arrays = {}
    for seed, (name, spec) in enumerate(MODELS[model][1].items(), 1):
        kind = spec.get("kind", "normal")
        dtype = {"ids": "int32", "mask": "bool"}.get(kind, "float32")
        arrays[name] = array(spec["shape"], seed, kind, dtype, spec.get("high"))
    if "source" in arrays:
        arrays["source"] += 1
        arrays["source"][1, -9:] = 0
    if "mask" in arrays:
        arrays["mask"][:, 0] = True
    return arrays


def weight(path: str, shape: Sequence[int]) -> Array:
    """The value of the weight at a path, whatever else the model has."""
    return weight_value(path, shape, zlib.crc32(path.encode()))


def weights(shapes: Mapping[str, Sequence[int]]) -> dict[str, Array]:
    """The values of all weights of a model, by the paths at which they were recorded."""
    return {path: weight(_take_back(path), shape) for path, shape in shapes.items()}


def _take_back(path: str) -> str:
    return path.replace("/heard/", "/").replace("/gated_net/", "/swi_glu/")


def differs(one: Array, other: Array) -> float:
    """The largest difference, relative to the largest value."""
    return float(np.abs(one - other).max() / np.abs(other).max())
