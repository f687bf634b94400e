"""What each layer type keeps for the backward pass, held against what Keras on PyTorch was seen to keep."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, add_up, bind
from shapecalc.dims.dim import symbol, unknown
from shapecalc.inference.batch import BATCH_HINT
from shapecalc.layers.infer import infer
from shapecalc.layers.values import FeedOf, Inferred, Tensor
from shapecalc.training.array import Array, make_array
from shapecalc.training.graph import run_graph
from shapecalc.training.keeping import find_keeping, run_layer
from shapecalc.training.strides import make_strides
from shapecalc.training.tape import Tape
from tests.golden.arrays import input_dtype, map_specs
from tests.golden.calls import fed_tensors, made
from tests.golden.cases import Case, digest, families
from tests.layering import feed_by_ports
from tests.training.cases import list_cases

DATA = Path(__file__).parent / "data"


@cache
def records(family: str) -> dict[str, list[list[Any]]]:
    """What was recorded of a family."""
    found: dict[str, list[list[Any]]] = json.loads((DATA / f"{family}.json").read_text(encoding="utf-8"))
    return found


def make_arrays(case: Case, tensors: Mapping[str, Any], needs_grad: bool) -> dict[str, Any]:
    """The inputs of a case by port, with the sizes of its tensors."""
    shapes = iter(_list_shapes(list(tensors.values())))

    def make(spec: Mapping[str, Any], _: int) -> Array:
        dtype, shape = input_dtype(spec), next(shapes)
        strides = make_strides(shape, spec["order"]) if "order" in spec else None
        return make_array(
            "input", shape, dtype, needs_grad and "float" in dtype and spec.get("grad", True), strides=strides
        )

    ports: dict[str, Any] = map_specs(make, case["inputs"])
    return ports


def _list_shapes(tensors: Sequence[Any]) -> list[Shape]:
    """The shapes of a nest of tensors."""
    nested = [each.shape if isinstance(each, Tensor) else _list_shapes(each) for each in tensors]
    return [shape for each in nested for shape in ([each] if isinstance(each, Shape) else each)]


def make_masks(tensors: FeedOf[Tensor]) -> FeedOf[Array]:
    """The masks that come with the tensors of a feed."""

    def mask(tensor: Tensor) -> Array | None:
        return None if tensor.mask is None else make_array("mask", tensor.mask, "bool")

    return tuple(
        None if fed is None else mask(fed) if isinstance(fed, Tensor) else tuple(map(mask, fed))  # type: ignore[arg-type]
        for fed in tensors
    )


def count_kept(
    kind: str, case: Case, needs_grad: bool, sizes: Mapping[Size, Size] | None = None, concrete: bool = True
) -> tuple[Size, Inferred, tuple[Array, ...]]:
    """The bytes that one call keeps, what its rule infers, and the arrays it gives.

    `sizes` stand for the sizes of the first axis of inputs, and of the second where they have three or more. Unless it
    is `concrete`, the rule is fed tensors of an unknown batch, as those of a model.
    """
    layer = made(kind, case)
    named = _replace_sizes(fed_tensors(case), sizes or {})
    tensors = feed_by_ports(layer, named)
    inferred = infer(layer, tensors if concrete else feed_by_ports(layer, _forget_batch(named, named)))
    tape = Tape(run_graph)
    arrays = feed_by_ports(layer, make_arrays(case, named, needs_grad))
    outputs = run_layer(tape, layer, inferred, arrays, make_masks(tensors))
    return add_up(storage.bytes for storage in tape.saved), inferred, outputs


def _replace_sizes(node: Any, sizes: Mapping[Size, Size]) -> Any:
    if isinstance(node, Tensor):
        outer = 2 if node.shape.ndim > 2 else 1
        shape = [sizes.get(size, size) if axis < outer else size for axis, size in enumerate(node.shape)]
        mask = node.masked
        if isinstance(mask, Shape):
            mask = Shape([sizes.get(size, size) if axis < 2 else size for axis, size in enumerate(mask)])
        return node._replace(shape=Shape(shape), masked=mask)
    if isinstance(node, dict):
        return {key: _replace_sizes(each, sizes) for key, each in node.items()}
    return [_replace_sizes(each, sizes) for each in node]


def _forget_batch(node: Any, named: Any) -> Any:
    """The same nest of tensors with a batch that is unknown: the first axis of those as long as that of the first."""
    if isinstance(node, Tensor):
        batch = _list_shapes(list(named.values()))[0][0]
        return node._replace(shape=node.shape.replace(0, BATCH)) if node.shape[0] == batch else node
    if isinstance(node, dict):
        return {key: _forget_batch(each, named) for key, each in node.items()}
    return [_forget_batch(each, named) for each in node]


BATCH = unknown(BATCH_HINT)

TYPES = [
    pytest.param(family, kind, id=kind) for family in families() for kind, cases in list_cases(family).items() if cases
]


@pytest.mark.parametrize(("family", "kind"), TYPES)
def test_a_layer_keeps_what_keras_keeps(family: str, kind: str) -> None:
    failed = []
    if not (DATA / f"{family}.json").exists():
        pytest.skip(f"what {kind} keeps was not recorded yet")
    for case, (digested, *wanted) in zip(list_cases(family)[kind], records(family)[kind], strict=True):
        assert digested == digest(case), "a case was changed: record it again"
        if re.search(r"\bfloat16|_float16", json.dumps([case["config"], case["inputs"]])):
            continue  # on a processor PyTorch computes these in float32
        for needs_grad, kept in zip((False, True), wanted, strict=True):
            if kept is None or (needs_grad and find_keeping(made(kind, case)) is None):
                continue  # of some layers only what they keep of data is stated
            try:
                count, inferred, outputs = count_kept(kind, case, needs_grad)
                assert [array.shape for array in outputs] == [tensor.shape for tensor in inferred.outputs.values()]
                assert count == kept, f"{count} bytes, Keras keeps {kept}"
            except Exception as error:  # told below, with the case it belongs to
                failed.append(f"{case['config']} {case['inputs']} {needs_grad}: {type(error).__name__}: {error}")
    assert not failed, f"{len(failed)} cases fail\n" + "\n".join(failed)


def _takes_symbols(kind: str, case: Case, names: Mapping[Size, Size]) -> bool:
    """Whether the rule neither needs a number for one of the sizes nor takes it for one."""
    layer = made(kind, case)
    try:
        return not infer(layer, feed_by_ports(layer, _replace_sizes(fed_tensors(case), names))).assumes
    except ShapeError:
        return False


@pytest.mark.parametrize(("family", "kind"), TYPES)
def test_a_formula_at_numbers_is_what_the_numbers_give(family: str, kind: str) -> None:
    failed = []
    if not (DATA / f"{family}.json").exists():
        pytest.skip(f"what {kind} keeps was not recorded yet")
    pairs = list(zip(list_cases(family)[kind], records(family)[kind], strict=True))
    for case, (_, *wanted) in pairs[:: max(1, len(pairs) // 25)]:
        shapes = _list_shapes(list(fed_tensors(case).values()))
        outer = {size for shape in shapes for size in shape[: 2 if shape.ndim > 2 else 1]}
        names: dict[Size, Size] = {size: symbol(f"n{size}") for size in outer if size != 1}
        for needs_grad, kept in zip((False, True), wanted, strict=True):
            if kept is None or case["config"].get("stateful") or not _takes_symbols(kind, case, names):
                continue
            try:
                numbers, _, _ = count_kept(kind, case, needs_grad)
                formula, _, _ = count_kept(kind, case, needs_grad, names)
                bound = bind(formula, {f"n{size}": size for size in names})
                assert bound == numbers, f"{formula} is {bound}"
            except Exception as error:
                failed.append(f"{case} {needs_grad}: {type(error).__name__}: {error}")
    assert not failed, f"{len(failed)} cases fail\n" + "\n".join(failed)


@pytest.mark.parametrize(("family", "kind"), TYPES)
def test_the_batch_is_that_of_what_a_layer_is_fed(family: str, kind: str) -> None:
    failed = []
    cases = list_cases(family)[kind]
    for case in cases[:: max(1, len(cases) // 15)]:
        try:
            kept, _, _ = count_kept(kind, case, True, concrete=False)
            numbers, _, _ = count_kept(kind, case, True)
        except ShapeError:
            continue  # the batch has to be known
        if kept != numbers:
            failed.append(f"{case}: {kept} bytes, of tensors with a batch {numbers}")
    assert not failed, f"{len(failed)} cases fail\n" + "\n".join(failed)
