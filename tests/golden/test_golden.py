"""Every recorded case: what Keras answered, held against the rule and the forward."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapecalc.diagnostics import Fault
from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, to_json, unknown
from shapecalc.forward.base import apply, output_masks
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.base import Layer
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor
from tests.golden.arrays import Array, input_array, input_arrays, input_dtype, map_specs, steps_array, weight_value
from tests.golden.cases import Case, digest, families, load
from tests.layering import feed_by_ports, layer_of

DATA = Path(__file__).parent / "data"
TOLERANCE = 1e-5
KNOWS_MORE = {"EinsumDense"}
"""Types whose rule keeps a size that the equation carries over, where Keras forgets it."""
CANNOT_TELL = {"Hashing/4"}
"""An unknown last axis may be the 1 that is dropped: Keras takes it for one, the rule does not."""


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


ACCEPTED, REFUSED = (
    [
        pytest.param(family, kind, id=kind)
        for family in families()
        for kind, cases in load(family).CASES.items()
        if any(bool(case.get("error")) is refused for case in cases)
    ]
    for refused in (False, True)
)
CHAINS = [pytest.param(family, chain, id=chain["name"]) for family in families() for chain in load(family).CHAINS]


def every_case(family: str, kind: str, check: Callable[[str, Case, dict[str, Any]], None], refused: bool) -> None:
    """Runs a check on each case of a type, and tells all that fail at once."""
    failed = []
    for index, case in enumerate(load(family).CASES[kind]):
        if bool(case.get("error")) is refused:
            record = records(family)["cases"][kind][index]
            assert record["case"] == digest(case), f"case {index} was changed: record it again"
            try:
                check(f"{kind}/{index}", case, record)
            except Exception as error:  # told below, with the case it belongs to
                failed.append(f"{kind}/{index} {case}: {type(error).__name__}: {error}")
    assert not failed, f"{len(failed)} cases fail\n" + "\n".join(failed)


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


def as_lists(shapes: Any) -> list[list[Any]]:
    return [[to_json(size) for size in shape] for shape in shapes]


def rule_agrees(key: str, case: Case, record: dict[str, Any]) -> None:
    layer = made(key.partition("/")[0], case)
    inferred = infer(layer, feed_by_ports(layer, fed_tensors(case)))
    tensors = list(inferred.outputs.values())
    assert as_lists(tensor.shape for tensor in tensors) == record["shapes"]
    assert [tensor.dtype for tensor in tensors] == record["dtypes"]
    rows = [[path.rpartition("/")[2], list(weight.shape), weight.trainable] for path, weight in inferred.all_weights()]
    assert rows == [[name, shape, trainable] for name, _, shape, trainable in record["weights"]]
    assert inferred.params == record["params"]
    assert inferred.trainable_params == record["trainable"]
    masks = record["masks"] or [None] * len(tensors)
    assert [bool(tensor.masked) for tensor in tensors] == [mask is not None for mask in masks]


@pytest.mark.parametrize(("family", "kind"), ACCEPTED)
def test_the_rule_says_what_keras_says(family: str, kind: str) -> None:
    every_case(family, kind, rule_agrees, refused=False)


def unknowns_agree(key: str, case: Case, record: dict[str, Any]) -> None:
    layer = made(key.partition("/")[0], case)
    for unknowns in ("symbolic", "unknown"):
        wanted = record[unknowns]
        if wanted is None or key in CANNOT_TELL or contradicts(wanted, record["shapes"]):
            continue
        feed = feed_by_ports(layer, fed_tensors(case, free=unknowns == "unknown", concrete=False))
        got = as_lists(tensor.shape for tensor in infer(layer, feed).outputs.values())
        if layer.type_name in KNOWS_MORE:
            pairs = zip(wanted, got, strict=True)
            got = [[a if a is None else b for a, b in zip(one, two, strict=True)] for one, two in pairs]
        assert got == wanted, unknowns


def contradicts(symbolic: list[list[int | None]], shapes: list[list[int]]) -> bool:
    """Whether what Keras infers is not what Keras then computes: a fault of its own that nobody should repeat."""
    return [len(shape) for shape in symbolic] != [len(shape) for shape in shapes] or any(
        size is not None and size != actual
        for one, two in zip(symbolic, shapes, strict=True)
        for size, actual in zip(one, two, strict=True)
    )


@pytest.mark.parametrize(("family", "kind"), ACCEPTED)
def test_shapes_with_unknown_sizes_are_those_of_keras(family: str, kind: str) -> None:
    every_case(family, kind, unknowns_agree, refused=False)


@pytest.mark.parametrize(("family", "kind"), ACCEPTED)
def test_the_forward_computes_what_keras_computes(family: str, kind: str) -> None:
    def checked(key: str, case: Case, record: dict[str, Any]) -> None:
        forward_agrees(key, case, record, outputs(family))

    every_case(family, kind, checked, refused=False)


def forward_agrees(key: str, case: Case, record: dict[str, Any], recorded: Mapping[str, Array]) -> None:
    if "bfloat16" in {case["config"].get("dtype"), *record["dtypes"]}:  # NumPy has no such numbers: sizes only
        return
    layer = made(key.partition("/")[0], case)
    feed, masks = arrays_and_masks(layer, case)
    got = apply(layer, given_weights(layer, feed, masks, record), *feed, masks=masks)
    agree(got, record, recorded, key, half="float16" in str(case))
    left = output_masks(layer, feed, masks, len(got))
    expected = record["masks"] or [None] * len(got)
    for mask, wanted in zip(left, expected, strict=True):
        assert (mask is None) == (wanted is None)
        if mask is not None:
            np.testing.assert_array_equal(np.asarray(mask).astype(int), wanted)


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


def agree(
    got: tuple[Array, ...], record: dict[str, Any], recorded: Mapping[str, Array], key: str, half: bool = False
) -> None:
    """Shapes and values; where half precision was asked for, to its own accuracy."""
    assert [list(array.shape) for array in got] == record["shapes"]
    for position, array in enumerate(got):
        wanted = recorded[f"{key}/{position}"]
        if wanted.dtype.kind == "f":
            bound = 2e-3 if half else TOLERANCE
            np.testing.assert_allclose(array.astype("float32"), wanted, rtol=bound, atol=bound)
        else:
            np.testing.assert_array_equal(array, wanted)


@pytest.mark.parametrize(("family", "kind"), REFUSED)
def test_what_keras_refuses_is_refused(family: str, kind: str) -> None:
    every_case(family, kind, refuses, refused=True)


def refuses(key: str, case: Case, record: dict[str, Any]) -> None:
    """A fault in the arguments or by the rule; a mask that does not fit shows when it is used."""
    with pytest.raises((Fault, ShapeError, KeyError, ValueError)):
        run_through(key.partition("/")[0], case)


def run_through(kind: str, case: Case) -> None:
    layer = made(kind, case)
    infer(layer, feed_by_ports(layer, fed_tensors(case)))
    feed, masks = arrays_and_masks(layer, case)
    apply(layer, Weights(WeightStore()), *feed, masks=masks)


@pytest.mark.parametrize(("family", "chain"), CHAINS)
def test_a_chain_of_layers_carries_masks_as_in_keras(family: str, chain: Case) -> None:
    record = records(family)["chains"][chain["name"]]
    assert record["case"] == digest(chain)
    array = input_array(chain["input"], 1)
    mask: Any = None
    for position, (entry, row) in enumerate(zip(chain["layers"], record["layers"], strict=True)):
        kind, config = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
        layer = layer_of(kind, config)
        got = apply(layer, given_weights(layer, (array,), (mask,), row), array, masks=(mask,))
        agree(got, row, outputs(family), f"{chain['name']}/{position}")
        left = output_masks(layer, (array,), (mask,), len(got))
        wanted = row["masks"][0] if row["masks"] else None
        assert (left[0] is None) == (wanted is None), f"the mask after {kind}"
        if wanted is not None:
            np.testing.assert_array_equal(np.asarray(left[0]).astype(int), wanted)
        array, mask = got[0], left[0]
