"""Rules of the operations where golden data does not reach."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.diagnostics.errors import Refusal
from shapecalc.dims import Shape, symbol, unknown
from shapecalc.layers.base import Layer
from shapecalc.layers.infer import infer
from shapecalc.layers.ops import index as ops
from shapecalc.layers.ops.base import name_class
from shapecalc.layers.values import Tensor
from tests.layers.asked import refusal

BATCH = unknown()
C, H, T, U = symbol("C"), symbol("H"), symbol("T"), symbol("U")


def op(name: str, **values: Any) -> Layer:
    found = ops.find(f"ops.{name}")
    assert found is not None
    return found(**{key: found.args[key].read(value, found) for key, value in values.items()})


def tensor(*sizes: Any, dtype: str = "float32") -> Tensor:
    return Tensor(Shape((BATCH, *sizes)), dtype)


def test_the_index_names_what_the_modules_hold() -> None:
    for module in set(ops.NAMES.values()):
        held = set(import_module(f"shapecalc.layers.ops.{module}").TYPES)
        assert held == {name for name, where in ops.NAMES.items() if where == module}
    assert ops.find("ops.nothing") is None


@pytest.mark.parametrize("name", ops.NAMES)
def test_a_class_is_named_after_its_operation(name: str) -> None:
    found = ops.list_types()[name]
    assert (found.type_name, found.__name__) == (name, name_class(name))
    assert (found.__module__, found.masking) == (f"shapecalc.layers.ops.{ops.NAMES[name]}", "stop")
    assert "https://keras.io/api/ops/" in str(found.__doc__)
    assert "trainable" not in found.args


@pytest.mark.parametrize(
    ("layer", "feed", "shape", "assumed"),
    [
        (op("add", x2=1), [tensor(T, C)], "(None, T, C)", []),
        (op("add"), [tensor(T, C), tensor(1, C)], "(None, T, C)", []),
        (op("add"), [tensor(T, C), tensor(U, C)], "(None, T, C)", ["T == U"]),
        (op("add"), [tensor(unknown(), 4), tensor(3, 4)], "(None, 3, 4)", ["None == 3"]),
        (op("multiply", x2=[0.5, 1.0, 2.0]), [tensor(T, 3)], "(None, T, 3)", []),
        (op("reshape", newshape=[-1, T, 4, 2]), [tensor(T, 8)], "(None, T, 4, 2)", []),
        (op("reshape", newshape=[-1, 8]), [tensor(T, 8)], "(None, 8)", []),
        (op("transpose", axes=[0, 2, 1]), [tensor(T, C)], "(None, C, T)", []),
        (op("expand_dims", axis=-1), [tensor(T)], "(None, T, 1)", []),
        (op("squeeze", axis=1), [tensor(T, C)], "(None, C)", ["T == 1"]),
        (op("concatenate", axis=1), [(tensor(T, C), tensor(4, C))], "(None, T + 4, C)", []),
        (op("stack", axis=1), [(tensor(T), tensor(T))], "(None, 2, T)", []),
        (op("split", indices_or_sections=2, axis=-1), [tensor(T, 2 * C)], "(None, T, C)", []),
        (op("split", indices_or_sections=2, axis=1), [tensor(T)], "(None, T//2)", ["T % 2 == 0"]),
        (op("split", indices_or_sections=[3], axis=1), [tensor(T)], "(None, 3)", ["T >= 3"]),
        (op("get_item", key=":, 1:"), [tensor(T, C)], "(None, T - 1, C)", []),
        (op("get_item", key=":, :-2"), [tensor(T, C)], "(None, T - 2, C)", ["T >= 2"]),
        (op("get_item", key=":, ::2"), [tensor(T)], "(None, (T + 1)//2)", []),
        (op("get_item", key=":, ::-1"), [tensor(T)], "(None, T)", []),
        (op("get_item", key=":, 3"), [tensor(T, C)], "(None, C)", ["T >= 4"]),
        (op("arange", start=T), [], "(T,)", []),
        (op("arange", start=1, stop=T), [], "(T - 1,)", []),
        (op("arange", start=0, stop=T, step=2), [], "((T + 1)//2,)", []),
        (op("arange", start=T, stop=4, step=-1), [], "(T - 4,)", ["T >= 4"]),
        (op("take", indices=[0, 4], axis=1), [tensor(T, C)], "(None, 2, C)", ["T >= 5"]),
        (op("pad", pad_width=[[0, 0], [1, 2]]), [tensor(T)], "(None, T + 3)", []),
        (op("pad", pad_width=[[0, 0], [2, 2]], mode="reflect"), [tensor(T)], "(None, T + 4)", ["T >= 3"]),
        (op("tile", repeats=[1, 3]), [tensor(T)], "(None, 3*T)", []),
        (op("repeat", repeats=2, axis=1), [tensor(T)], "(None, 2*T)", []),
        (op("one_hot", num_classes=C), [tensor(T, dtype="int32")], "(None, T, C)", []),
        (op("mean", axis=[1, 2]), [tensor(H, T, C)], "(None, C)", []),
        (op("argmax", axis=-1, keepdims=True), [tensor(T, C)], "(None, T, 1)", []),
        (op("cumsum"), [Tensor(Shape((2, T)))], "(2*T,)", []),
        (op("top_k", k=3), [tensor(C)], "(None, 3)", ["C >= 3"]),
        (op("matmul"), [tensor(T, C), tensor(C, U)], "(None, T, U)", []),
        (op("einsum", subscripts="bij,bjk->bik"), [(tensor(T, C), tensor(C, U))], "(None, T, U)", []),
        (op("image.resize", size=[8, 8]), [tensor(H, T, C)], "(None, 8, 8, C)", []),
    ],
)
def test_symbols_pass_through(layer: Layer, feed: list[Any], shape: str, assumed: list[str]) -> None:
    result = infer(layer, tuple(feed))
    assert str(result.output.shape) == shape
    assert [str(one) for one in result.assumes] == assumed


def test_a_constant_takes_a_tensors_place() -> None:
    x = tensor(3)
    assert str(infer(op("subtract", x1=1), (x,)).output.shape) == "(None, 3)"
    assert infer(op("subtract", x1=1), (None, x)) is not None
    error = refusal(op("add", x2=1), x, x)
    assert error.message == "is given `x2` twice: as a constant and as a tensor"
    assert (error.code, error.arg) == ("SC306", "x2")
    error = refusal(op("add"), x)
    assert error.message == "needs `x2`: a tensor, or a number in its place"
    assert error.help == "feed it as `from: [a, b]`, or write `x2: 0.5` among the arguments"
    error = refusal(op("clip", x_min=0), x)
    assert error.message == "needs `x_max`: a tensor, or a number in its place"


@pytest.mark.parametrize("value", [[[1, 2], [3]], [], "a", [1, [2]], {"a": 1}, 10**30])
def test_a_constant_is_a_number_or_an_array(value: Any) -> None:
    with pytest.raises(Refusal):
        op("add", x2=value)


@pytest.mark.parametrize(
    ("name", "dtype", "constant", "got"),
    [
        ("add", "float16", 2.5, "float16"),
        ("add", "int8", 2.5, "float32"),
        ("add", "uint8", 2, "uint8"),
        ("add", "float16", [2.5], "float32"),
        ("divide", "int64", 2, "float32"),
        ("mod", "bool", True, "int32"),
        ("less", "int32", 2.5, "bool"),
    ],
)
def test_a_number_gives_way_to_the_dtype_it_meets(name: str, dtype: str, constant: Any, got: str) -> None:
    assert infer(op(name, x2=constant), (tensor(3, dtype=dtype),)).output.dtype == got


def test_a_constant_must_fit_the_dtype() -> None:
    error = refusal(op("add", x2=300), tensor(3, dtype="uint8"))
    assert (error.message, error.arg, error.code) == ("300 is no uint8", "x2", "SC205")


def test_dtypes_without_meaning_are_refused() -> None:
    error = refusal(op("sigmoid"), tensor(3, dtype="int32"))
    assert error.message == "needs floating numbers, got int32"
    assert error.help == "make the input float32, or cast it first: `ops.cast: {dtype: float32}`"
    assert refusal(op("negative"), tensor(3, dtype="uint8")).message == "needs signed numbers, got uint8"
    assert refusal(op("add"), tensor(3, dtype="bool"), tensor(3, dtype="bool")).code == "SC407"


def test_axes_count_the_batch_axis() -> None:
    error = refusal(op("mean", axis=3), tensor(3, 4))
    assert error.message == "has no axis 3: its input has 3 axes"
    assert (error.arg, error.help) == ("axis", "choose an axis from -3 to 2; 0 is the batch axis")
    assert refusal(op("mean", axis=[1, -2]), tensor(3, 4)).message == "axis names an axis twice: [1, 1]"


@pytest.mark.parametrize(
    ("layer", "sizes", "message"),
    [
        (op("transpose", axes=[1, 0]), (3, 4), "axes must name all 3 axes, got [1, 0]"),
        (op("squeeze", axis=1), (3,), "cannot leave out axis 1 of size 3"),
        (op("split", indices_or_sections=2, axis=1), (3,), "cannot cut 3 into 2 equal parts"),
        (op("split", indices_or_sections=[5], axis=1), (3,), "cannot cut 3 at [5]"),
        (op("unstack", axis=1), (T,), "cannot take apart axis 1: its size is unknown"),
        (op("take", indices=[3], axis=1), (3,), "index 3 is beyond an axis of 3"),
        (op("get_item", key=":, -4"), (3,), "position -4 is beyond an axis of 3"),
        (op("get_item", key="0, 0, 0"), (3,), "has 3 slices for 2 axes"),
        (op("pad", pad_width=[[1, 1]]), (3,), "needs a pair for each of 2 axes, got 1"),
        (op("pad", pad_width=[[0, 0], [3, 0]], mode="reflect"), (3,), "cannot mirror 3 entries of an axis of 3"),
        (op("repeat", repeats=[1, 2], axis=1), (3,), "repeats has 2 numbers for an axis of 3"),
        (op("broadcast_to", shape=[2, 4]), (3,), "cannot stretch (None, 3) to (2, 4)"),
        (op("top_k", k=4), (3,), "cannot take 4 of 3 values"),
        (op("norm"), (3, 4), "is a length of vectors or matrices, not over 3 axes"),
        (op("image.resize", size=[4, 4], pad_to_aspect_ratio=True), (3, 4, 1), "pad_to_aspect_ratio is not supported"),
    ],
)
def test_what_does_not_fit_is_said(layer: Layer, sizes: tuple[Any, ...], message: str) -> None:
    assert refusal(layer, tensor(*sizes)).message == message


def test_numbers_that_lead_nowhere() -> None:
    error = refusal(op("arange", start=5, stop=2))
    assert (error.message, error.arg) == ("never reaches 2 from 5 by steps of 1", "stop")
    assert error.help == "let the step lead from `start` to `stop`"
    error = refusal(op("arange", start=5, step=0))
    assert (error.message, error.arg, error.code) == ("step is 0, so there is no end", "step", "SC205")


def test_matrices_that_do_not_meet() -> None:
    error = refusal(op("matmul"), tensor(3, 4), tensor(3, 4))
    assert error.message == "cannot multiply (None, 3, 4) with (None, 3, 4): 4 columns meet 3 rows"
    assert error.help == "`ops.swapaxes: {axis1: -1, axis2: -2}` turns a matrix"
    error = refusal(op("einsum", subscripts="bij,bjk->bik"), (tensor(3, 4), tensor(5, 6)))
    assert error.message == "`j` is 4 in one place and 5 in another"


@pytest.mark.parametrize("text", ["bij->bb", "bij,bjk->bix", "b.j->b", "b?->b", "...i->i", "bi->b->i", "......i->...i"])
def test_what_is_no_equation(text: str) -> None:
    error = refusal(op("einsum", subscripts=text), (tensor(3, 4), tensor(4, 5)))
    assert (error.message, error.code) == (f"cannot read the equation {text!r}", "SC206")


def test_products_are_counted_per_sample() -> None:
    def macs(layer: Layer, *feed: Any) -> Any:
        return list(infer(layer, feed).macs.values())

    assert macs(op("matmul"), tensor(2, 3, 4), tensor(2, 4, 5)) == [(2, 3, 5, 4)]
    assert macs(op("dot"), tensor(3, 4), Tensor(Shape((4, 5)))) == [(3, 5, 4)]
    pair = (tensor(3, 2, 4), tensor(5, 2, 4))
    assert macs(op("einsum", subscripts="bqhd,bkhd->bhqk"), pair) == [(3, 2, 4, 5)]
    assert macs(op("einsum", subscripts="...ij,...jk->...ik"), (tensor(2, 3, 4), tensor(2, 4, 5))) == [(2, 3, 4, 5)]
    chain = (tensor(3), Tensor(Shape((3, 4))), Tensor(Shape((4, 5))))
    assert macs(op("einsum", subscripts="bi,ij,jk->bk"), chain) == [(3, 4), (4, 5)]
    assert macs(op("einsum", subscripts="bij->bji"), (tensor(3, 4),)) == []


def test_several_outputs_are_numbered() -> None:
    assert list(infer(op("split", indices_or_sections=3, axis=1), (tensor(6),)).outputs) == ["output", "1", "2"]
    assert list(infer(op("top_k", k=2), (tensor(6),)).outputs) == ["output", "indices"]


BOUND = st.none() | st.integers(-6, 6)


@given(st.integers(1, 8), BOUND, BOUND, st.none() | st.sampled_from([-3, -2, -1, 1, 2, 3]))
def test_a_slice_of_a_symbol_bound_is_the_slice_of_the_number(
    size: int, start: int | None, stop: int | None, step: int | None
) -> None:
    """Wherever what was assumed of the symbol holds, its formula gives what Python takes."""
    key = ":".join("" if bound is None else str(bound) for bound in (start, stop, step))
    result = infer(op("get_item", key=[":", key]), (tensor(T),))
    if all(one.holds({"T": size}) for one in result.assumes):
        from shapecalc.dims import bind

        assert bind(result.output.shape[1], {"T": size}) == len(range(size)[slice(start, stop, step)])
