"""Recorded calls as feeds: the layer of a case, its tensors and arrays with their masks, and the recorder's weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from shapecalc.dims import Shape, Size, unknown
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.base import Layer
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor
from tests.golden.arrays import Array, input_arrays, input_dtype, map_specs, steps_array, weight_value
from tests.golden.cases import Case
from tests.layering import feed_by_ports, layer_of

DATA = Path(__file__).parent / "data"


@cache
def records(family: str) -> dict[str, Any]:
    """What was recorded of a family."""
    found: dict[str, Any] = json.loads((DATA / f"{family}.json").read_text(encoding="utf-8"))
    return found


@cache
def outputs(family: str) -> Mapping[str, Array]:
    """The recorded output values of a family."""
    with np.load(DATA / f"{family}.npz", allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}


def made(kind: str, case: Case) -> Layer:
    return layer_of(kind, case["config"], case.get("call"))


def mask_arrays(case: Case, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The masks that an earlier layer left, by port, shaped as the inputs are nested."""
    found: dict[str, Any] = {}
    for port, pattern in case.get("mask", {}).items():
        value = arrays[port]
        if isinstance(value, list):
            pairs = zip(value, pattern, strict=True)
            found[port] = [None if one is None else steps_array(one, array.shape[1]) for array, one in pairs]
        else:
            found[port] = steps_array(pattern, value.shape[1])
    return found


def fed_tensors(case: Case, free: bool = False, concrete: bool = True) -> dict[str, Any]:
    """The tensors of a case by port: as they are, of unknown batch, or with every axis unknown that may be."""
    first = case["config"].get("data_format") == "channels_first"
    batch = unknown()
    rows: list[int] = []

    def tensor(spec: Mapping[str, Any], _: int) -> Tensor:
        dtype = input_dtype(spec)
        shape = list(spec["shape"] if "shape" in spec else np.shape(spec["value"]))
        known = spec.get("known", [1 if first else len(shape) - 1] if dtype.startswith(("float", "bfloat")) else [])
        sizes: list[Size] = [unknown() if free and axis not in known else size for axis, size in enumerate(shape)]
        rows.append(shape[0])
        # A mask that is the same for every sample has no axis for them.
        if not concrete and (shape[0] == rows[0] or spec.get("kind") != "mask"):
            sizes[0] = batch
        return Tensor(Shape(sizes), dtype, False)

    ports: dict[str, Any] = map_specs(tensor, case["inputs"])
    for port, pattern in case.get("mask", {}).items():
        value = ports[port]
        if isinstance(value, list):
            ports[port] = [with_mask(one, mask) for one, mask in zip(value, pattern, strict=True)]
        else:
            ports[port] = with_mask(value, pattern)
    return ports


def with_mask(tensor: Tensor, pattern: Any) -> Tensor:
    """A tensor with the mask of a case; where its axes are of any size, those of the mask are."""
    if pattern is None:
        return tensor
    lengths = all(isinstance(length, int) for length in pattern)
    sizes = (len(pattern), tensor.shape[1]) if lengths else np.shape(pattern)
    axes = zip(sizes, tensor.shape, strict=False)
    return tensor._replace(
        masked=Shape([axis if size != 1 and not isinstance(axis, int) else size for size, axis in axes])
    )


def arrays_and_masks(layer: Layer, case: Case) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The feed of a case, and the masks that come with it in the same form."""
    arrays = input_arrays(case["inputs"])
    feed = feed_by_ports(layer, arrays)
    masks = feed_by_ports(layer, mask_arrays(case, arrays))
    masks += (None,) * (len(feed) - len(masks))
    nested = (
        (mask or (None,) * len(one)) if type(one) is tuple else mask for one, mask in zip(feed, masks, strict=True)
    )
    return feed, tuple(nested)


def given_weights(layer: Layer, feed: tuple[Any, ...], masks: tuple[Any, ...], record: dict[str, Any]) -> Weights:
    """The recorder's weights, by our paths in the order of Keras's."""

    def tensor(array: Any, mask: Any) -> Any:
        if array is None:
            return None
        if isinstance(array, tuple):
            return tuple(tensor(one, two) for one, two in zip(array, mask, strict=True))
        dtype = str(array.dtype) if array.dtype.kind not in "US" else "string"
        return Tensor(Shape(array.shape), dtype, mask is not None and Shape(mask.shape))

    inferred = infer(layer, tuple(tensor(array, mask) for array, mask in zip(feed, masks, strict=True)))
    paths = [path for path, _ in inferred.all_weights()]
    rows = zip(paths, record["weights"], strict=True)
    values = {path: weight_value(name, shape, index) for index, (path, (name, _, shape, _)) in enumerate(rows)}
    return Weights(WeightStore(values))
