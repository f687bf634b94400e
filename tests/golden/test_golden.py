"""Every recorded case: what Keras answered, held against the rule and the forward."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from shapecalc.diagnostics import Fault
from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import to_json
from shapecalc.forward.base import apply, output_masks
from shapecalc.forward.weights import Weights, WeightStore
from shapecalc.layers.infer import infer
from tests.golden.arrays import Array, input_array
from tests.golden.calls import (
    arrays_and_masks,
    fed_tensors,
    given_weights,
    made,
    outputs,
    records,
)
from tests.golden.cases import Case, digest, families, load
from tests.layering import feed_by_ports, layer_of

TOLERANCE = 1e-5
KNOWS_MORE = {"EinsumDense"}
"""Types whose rule keeps a size that the equation carries over, where Keras forgets it."""
CANNOT_TELL = {"Hashing/4"}
"""An unknown last axis may be the 1 that is dropped: Keras takes it for one, the rule does not."""


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
