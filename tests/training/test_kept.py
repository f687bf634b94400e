"""What each layer type keeps for the backward pass, held against what Keras on PyTorch was seen to keep."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shapecalc.dims import Size, add_up
from shapecalc.layers.base import Layer
from shapecalc.layers.infer import infer
from shapecalc.layers.values import FeedOf, Inferred, Tensor
from shapecalc.training.array import Array, make_array
from shapecalc.training.graph import run_graph
from shapecalc.training.keeping import find_keeping, run_layer
from shapecalc.training.tape import Tape
from tests.golden.cases import Case, digest, families, load
from tests.golden.test_golden import fed_tensors, made
from tests.layering import feed_by_ports

DATA = Path(__file__).parent / "data"


@cache
def records(family: str) -> dict[str, list[list[Any]]]:
    """What was recorded of a family."""
    found: dict[str, list[list[Any]]] = json.loads((DATA / f"{family}.json").read_text(encoding="utf-8"))
    return found


def make_feed(tensors: FeedOf[Tensor], needs_grad: bool) -> tuple[FeedOf[Array], FeedOf[Array]]:
    """Arrays for the tensors of a feed, and their masks."""

    def make(tensor: Tensor) -> Array:
        dtype = tensor.dtype or "float32"
        return make_array("input", tensor.shape, dtype, needs_grad and "float" in dtype)

    def mask(tensor: Tensor) -> Array | None:
        return None if tensor.mask is None else make_array("mask", tensor.mask, "bool")

    arrays = tuple(
        None if fed is None else make(fed) if isinstance(fed, Tensor) else tuple(map(make, fed)) for fed in tensors
    )
    masks = tuple(
        None if fed is None else mask(fed) if isinstance(fed, Tensor) else tuple(map(mask, fed)) for fed in tensors
    )
    return arrays, masks  # type: ignore[return-value]  # of several tensors some may have no mask


def count_kept(layer: Layer, tensors: FeedOf[Tensor], needs_grad: bool) -> tuple[Size, Inferred, tuple[Array, ...]]:
    """The bytes that one call keeps, what its rule infers, and the arrays it gives."""
    inferred = infer(layer, tensors)
    tape = Tape(run_graph)
    arrays, masks = make_feed(tensors, needs_grad)
    outputs = run_layer(tape, layer, inferred, arrays, masks)
    return add_up(storage.bytes for storage in tape.saved), inferred, outputs


TYPES = [
    pytest.param(family, kind, id=kind)
    for family in families()
    for kind, cases in load(family).CASES.items()
    if not all(case.get("error") for case in cases)
]


@pytest.mark.parametrize(("family", "kind"), TYPES)
def test_a_layer_keeps_what_keras_keeps(family: str, kind: str) -> None:
    failed = []
    if not (DATA / f"{family}.json").exists():
        pytest.skip(f"what {kind} keeps was not recorded yet")
    cases: list[Case] = [case for case in load(family).CASES[kind] if not case.get("error")]
    for case, (digested, *wanted) in zip(cases, records(family)[kind], strict=True):
        assert digested == digest(case), "a case was changed: record it again"
        layer = made(kind, case)
        if find_keeping(layer) is None:
            pytest.skip(f"what {kind} keeps is not stated yet")
        if "float16" in str(case["config"].get("dtype")) and "b" not in str(case["config"]["dtype"]):
            continue  # on a processor PyTorch computes these in float32
        for needs_grad, kept in zip((False, True), wanted, strict=True):
            if kept is None:
                continue
            try:
                count, inferred, outputs = count_kept(layer, feed_by_ports(layer, fed_tensors(case)), needs_grad)
                assert [array.shape for array in outputs] == [tensor.shape for tensor in inferred.outputs.values()]
                assert count == kept, f"{count} bytes, Keras keeps {kept}"
            except Exception as error:  # told below, with the case it belongs to
                failed.append(f"{case['config']} {case['inputs']} {needs_grad}: {type(error).__name__}: {error}")
    assert not failed, f"{len(failed)} cases fail\n" + "\n".join(failed)
