"""Rules of the merging layers where golden data does not reach."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, symbol, unknown
from shapecalc.layers.infer import infer
from shapecalc.layers.merging import Add, Average, Concatenate, Dot, Maximum, Subtract
from shapecalc.layers.values import Tensor
from tests.layers.asked import refusal
from tests.specs.analysed import agrees, said_of

BATCH = unknown()
C, H, T, U = symbol("C"), symbol("H"), symbol("T"), symbol("U")


def fed(*shapes: tuple[Any, ...], **keys: Any) -> tuple[tuple[Tensor, ...]]:
    return (tuple(Tensor(Shape((BATCH, *sizes)), **keys) for sizes in shapes),)


@pytest.mark.parametrize(
    ("layer", "shapes", "shape", "assumed"),
    [
        (Add(), [(T, C), (T, C)], "(None, T, C)", []),
        (Add(), [(T, C), (1, C)], "(None, T, C)", []),
        (Add(), [(T, 8), (8,)], "(None, T, 8)", []),
        (Add(), [(T, C), (U, C)], "(None, T, C)", ["T == U"]),
        (Add(), [(T, 4), (3, 4)], "(None, 3, 4)", ["T == 3"]),
        (Concatenate(), [(T, C), (T, 4)], "(None, T, C + 4)", []),
        (Concatenate(axis=1), [(T, C), (U, C), (2, C)], "(None, T + U + 2, C)", []),
        (Concatenate(axis=0), [(T,), (T,)], "(None, T)", []),
        (Dot(axes=(2, 1)), [(H, C), (C, T)], "(None, H, T)", []),
        (Dot(axes=1), [(C,), (C,)], "(None, 1)", []),
    ],
)
def test_symbols_merge(layer: Any, shapes: list[Any], shape: str, assumed: list[str]) -> None:
    result = infer(layer, fed(*shapes))
    assert str(result.output.shape) == shape
    assert [str(one) for one in result.assumes] == assumed


def test_shapes_that_do_not_broadcast() -> None:
    error = refusal(Add(), *fed((3, 4), (3, 5)))
    assert error.message == "cannot broadcast (None, 3, 4) with (None, 3, 5): needs equal sizes or a 1, got 4 and 5"
    assert (error.input, error.code) == ("inputs", "SC405")
    help = "make the axes equal, or 1 where one is to be stretched, with a `Reshape` or a `Dense` before it"
    assert error.help == help


def test_the_batch_axis_does_not_broadcast() -> None:
    feed = ((Tensor(Shape((2, 3))), Tensor(Shape((1, 3)))),)
    assert refusal(Add(), *feed).message == "needs one batch size, got 2 and 1"


@pytest.mark.parametrize(("layer", "name"), [(Subtract(), "Subtract"), (Dot(axes=1), "Dot")])
def test_two_inputs_and_no_more(layer: Any, name: str) -> None:
    error = refusal(layer, *fed((3,), (3,), (3,)))
    assert (error.code, error.message) == ("SC306", "needs exactly 2 inputs, got 3")
    assert error.help == f"give `{name}` a list of 2: `from: [a, b]`"


def test_a_mask_chooses_among_features_of_steps_only() -> None:
    error = refusal(Maximum(), *fed((3,), (3,), masked=True))
    assert error.message == "Maximum cannot lay a mask of shape (None, 3) over (None, 3)"
    assert infer(Add(), fed((3,), (3,), masked=True)).output.masked
    mixed = (Tensor(Shape((BATCH, 4)), masked=True), Tensor(Shape((BATCH, 3, 4))))
    assert not infer(Maximum(), (mixed,)).output.masked


def test_dtypes_meet_as_in_keras() -> None:
    def dtype(layer: Any, *dtypes: str) -> str | None:
        return infer(layer, (tuple(Tensor(Shape((BATCH, 3)), one) for one in dtypes),)).output.dtype

    assert dtype(Add(), "int32", "float64") == "float32"
    assert dtype(Add(dtype="mixed_float16"), "int32", "float32") == "float16"
    assert dtype(Add(), "uint32", "int32") == "int64"
    assert dtype(Average(), "int32", "int64") == "float32"
    assert dtype(Concatenate(), "bool", "uint8") == "uint8"
    assert refusal(Add(), *fed((3,), (3,), dtype="bool")).code == "SC407"


def test_concatenate_names_both_shapes() -> None:
    error = refusal(Concatenate(axis=1), *fed((3, 4), (3, 5)))
    assert error.message == "needs equal shapes but for axis 1, got (None, 3, 4) and (None, 3, 5)"
    error = refusal(Concatenate(axis=3), *fed((3, 4), (3, 4)))
    assert error.message == "has no axis 3: its inputs have 3 axes, (None, 3, 4)"
    assert error.help == "choose an axis from -3 to 2"


def test_dot_says_which_sizes_differ() -> None:
    error = refusal(Dot(axes=(1, 2)), *fed((3, 4), (5, 6)))
    message = "cannot sum over axis 1 of (None, 3, 4) with axis 2 of (None, 5, 6): 3 and 6 differ"
    assert (error.message, error.arg) == (message, "axes")
    error = refusal(Dot(axes=0), *fed((3,), (3,)))
    assert error.message == "cannot sum over axis 0: it is the batch axis"
    assert error.help == "choose an axis from 1 to 1, or count from -1"


def test_products_of_dot_are_counted() -> None:
    assert infer(Dot(axes=(2, 1)), fed((5, 4, 3), (4, 6))).macs == {"product": (5, 3, 6, 4)}
    assert infer(Dot(axes=1), fed((C,), (C,))).total_macs == C


SIZES = st.sampled_from([1, 2, 3, T, U])


@given(st.lists(SIZES, min_size=1, max_size=3), st.lists(SIZES, min_size=1, max_size=3))
def test_the_order_of_inputs_changes_no_fact(left: list[Any], right: list[Any]) -> None:
    def outcome(*shapes: Any) -> Any:
        try:
            return {str(one) for one in infer(Add(), fed(*shapes)).assumes}
        except ShapeError:
            return "refused"

    here, there = outcome(tuple(left), tuple(right)), outcome(tuple(right), tuple(left))
    turned = {"T == U": "U == T", "U == T": "T == U"}
    assert here in (there, "refused") or {turned.get(one, one) for one in here} == there


ONE = "inputs: {a: [4]}\nlayers:\n  - Dense: {units: 4, name: d}\n  - %s:\n%s"


@pytest.mark.parametrize("name", ["Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"])
@pytest.mark.parametrize(
    ("wiring", "place"), [("", "4:5"), ("    from: d\n", "5:11"), ("    from: {inputs: d}\n", "5:11")]
)
def test_one_tensor_alone_is_refused_as_keras_does(name: str, wiring: str, place: str) -> None:
    (found,) = said_of(ONE % (name, wiring))
    assert found == (
        f"{place} SC306 {name.lower()}: {name} merges a list of tensors, and is fed one tensor alone | "
        "name them all, `from: [a, b]`, or take this entry out"
    )


@pytest.mark.parametrize("name", ["Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"])
@pytest.mark.parametrize("wiring", ["from: [d]", "from: {inputs: [d]}", "from: d.*"])
def test_a_list_of_one_is_taken_as_keras_does(name: str, wiring: str) -> None:
    assert said_of(ONE % (name, f"    {wiring}\n")) == []
    agrees(ONE % (name, f"    {wiring}\n"))


@pytest.mark.parametrize(("name", "arguments"), [("Subtract", ""), ("Dot", "      axes: 1\n")])
def test_those_of_two_say_so(name: str, arguments: str) -> None:
    (found,) = said_of(ONE % (name, arguments))
    assert "needs exactly 2 inputs, got 1" in found
