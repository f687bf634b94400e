"""Sizes computed with: a formula bound to values is what plain arithmetic gives."""

from __future__ import annotations

import operator
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.dims import (
    Dim,
    Size,
    add_up,
    binary_text,
    bind,
    ceil_div,
    factor_text,
    floor_div,
    formula,
    is_unknown,
    prod,
    size_text,
    symbol,
    symbols,
    to_json,
    unknown,
    unknowns,
    window_output,
)
from tests.dims.strategies import Formula, Values, bindings, formulas, polynomials

H, T, W = symbol("H"), symbol("T"), symbol("W")
units, features = symbol("units"), symbol("features")


@given(formulas(), bindings)
def test_binding_a_formula_gives_what_plain_arithmetic_gives(drawn: Formula, values: Values) -> None:
    assert bind(drawn.size, values) == drawn.compute(values)


@given(formulas(), formulas(), bindings)
def test_equal_normal_forms_are_equal_in_value_and_in_hash(left: Formula, right: Formula, values: Values) -> None:
    assert (left.size + right.size) - right.size == left.size
    assert hash(left.size + right.size) == hash(right.size + left.size)
    if left.size == right.size:
        assert left.compute(values) == right.compute(values)


@given(formulas(), formulas("BC"), bindings)
def test_a_symbol_may_be_bound_to_a_formula(outer: Formula, inner: Formula, values: Values) -> None:
    bound = bind(outer.size, {"A": inner.size})
    assert bind(bound, values) == outer.compute({**values, "A": inner.compute(values)})


@given(polynomials(), st.integers(1, 12), st.integers(1, 12))
def test_dividing_twice_is_dividing_once(drawn: Formula, first: int, second: int) -> None:
    assert floor_div(floor_div(drawn.size, first), second) == floor_div(drawn.size, first * second)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 4), st.sampled_from(["valid", "same"])), max_size=12))
def test_a_chain_of_strided_windows_stays_one_quotient(chain: list[tuple[int, int, str]]) -> None:
    size: Size = H
    for kernel, stride, padding in chain:
        size = window_output(size, kernel, stride, padding)
    assert str(size).count("//") <= 1


@given(st.lists(st.one_of(formulas().map(lambda drawn: drawn.size), st.integers(-5, 5)), max_size=5))
def test_prod_and_add_up_fold_the_operators(sizes: list[Size]) -> None:
    total: Size = 0
    product: Size = 1
    for size in sizes:
        total, product = total + size, product * size
    assert add_up(sizes) == total
    assert prod(sizes) == product


def test_a_constant_result_is_an_int() -> None:
    results: list[Size] = [T - T, T * 0, (T + 2) - T, 3 - (T - T), floor_div(2 * T + 3, 2) - T, T**0, -T + T]
    assert results == [0, 0, 2, 3, 1, 1, 0]
    assert {type(result) for result in results} == {int}


def test_a_name_equals_itself_and_an_unknown_only_itself() -> None:
    batch = unknown("x")
    assert symbol("T") == T
    assert T != W
    assert batch == batch + 0
    assert unknown() != unknown()
    assert batch - batch == 0
    assert T != 1
    assert [each.hint for each in unknowns(2 * batch + T)] == ["x"]


def test_leaves_are_found_inside_quotients() -> None:
    batch = unknown()
    assert symbols(floor_div(H + W, 2) * T + 1) == {"H", "W", "T"}
    assert symbols(5) == frozenset()
    assert is_unknown(floor_div(T + batch, 3))
    assert not is_unknown(floor_div(T, 3))
    assert not is_unknown(5)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (floor_div(2 * T + 3, 2), "T + 1"),
        (floor_div(6 * T + 4, 4), "T + T//2 + 1"),
        (floor_div(floor_div(T, 2) + 1, 2), "(T + 2)//4"),
        (floor_div(2 * floor_div(T, 3) + 1, 4), "T//6"),
        (floor_div(4 * T, 4), "T"),
        (ceil_div(T, 2), "(T + 1)//2"),
        (floor_div(2 * T + 3 * H, 5), "(3*H + 2*T)//5"),
        (8 * ceil_div(T, 2), "8*((T + 1)//2)"),
        (floor_div(H - 1, 2), "(H - 1)//2"),
        (floor_div(H, 2) * floor_div(W, 2), "(H//2)*(W//2)"),
        (floor_div(H, 2) ** 2, "(H//2)**2"),
        (-floor_div(H, 2), "-(H//2)"),
        (H - floor_div(W, 2), "H - W//2"),
        (H * W * 64, "64*H*W"),
        (T * 8 + 12, "8*T + 12"),
        (H - 1, "H - 1"),
        (1 - H, "1 - H"),
        (-H - 1, "-H - 1"),
        (W - H * T, "W - H*T"),
        (1 + units + features, "features + units + 1"),
        (units * units + units, "units**2 + units"),
        (symbol("b") + symbol("A") + symbol("B") + symbol("a"), "A + a + B + b"),
        (unknown() + T, "None"),
    ],
)
def test_text(size: Size, text: str) -> None:
    assert str(size) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (4 * units * features + 4 * units * units + 4 * units, "4*units*(features + units + 1)"),
        (8 * T + 12, "4*(2*T + 3)"),
        (T + 1, "T + 1"),
        (6 * T, "6*T"),
        (T * floor_div(H, 2) + floor_div(H, 2), "(H//2)*(T + 1)"),
        (3 * H * H - 6 * H, "3*H*(H - 2)"),
        (unknown() * 2 + 2, "None"),
        (140, "140"),
    ],
)
def test_factored(size: Size, text: str) -> None:
    assert factor_text(size) == text


def test_a_formula_shows_the_unknowns_one_by_one() -> None:
    assert formula(2 * unknown() + T) == "2*None + T"
    assert repr(unknown() + 1) == "None + 1"


def test_json_values() -> None:
    assert to_json(5) == 5
    assert to_json(2 * T + 1) == "2*T + 1"
    assert to_json(unknown() * 3) is None
    assert to_json(10**4999) == "about 10**4999"


def test_a_number_of_thousands_of_digits_can_be_printed() -> None:
    assert size_text(10**4999) == "about 10**4999"
    assert size_text(-(10**4999)) == "about -10**4999"
    assert str(T * 10**4999) == "about 10**4999*T"
    assert size_text(10**100) == "1" + "0" * 100


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda size: size // 2, "a symbolic size has no //: use floor_div, ceil_div, or exact where it must divide"),
        (lambda size: 2 // size, "a symbolic size has no //: use floor_div, ceil_div, or exact where it must divide"),
        (lambda size: size / 2, "a symbolic size has no /: use exact"),
        (lambda size: size % 2, "a symbolic size has no %: use exact, which demands that it divides"),
        (lambda size: divmod(size, 2), "a symbolic size has no %: use exact, which demands that it divides"),
        (
            lambda size: size < 2,
            "a symbolic size has no order: use require_at_least, or at_least for an answer that may be None",
        ),
        (
            lambda size: max(2, size),
            "a symbolic size has no order: use require_at_least, or at_least for an answer that may be None",
        ),
        (bool, "a symbolic size has no truth value: use require_at_least, or same for an answer that may be None"),
        (range, "a symbolic size has no one number: use bind to give its symbols values"),
        (int, "a symbolic size has no one number: use bind to give its symbols values"),
    ],
)
def test_a_question_without_an_answer_names_the_demand(ask: Callable[[Dim], object], message: str) -> None:
    with pytest.raises(TypeError) as caught:
        ask(T)
    assert str(caught.value) == message


@pytest.mark.parametrize("combine", [operator.add, operator.sub, operator.mul, operator.pow])
def test_only_whole_numbers_mix_with_sizes(combine: Callable[[Dim, float], object]) -> None:
    with pytest.raises(TypeError):
        combine(T, 0.5)


@pytest.mark.parametrize("divisor", [0, -2])
def test_division_by_less_than_one_is_refused(divisor: int) -> None:
    with pytest.raises(ValueError, match=f"a size is divided by 1 or more, not by {divisor}"):
        floor_div(T, divisor)


def test_a_formula_grown_without_end_becomes_unknown() -> None:
    nested: Size = T
    squared: Size = T
    for _ in range(2000):
        nested = floor_div(3 * nested + 1, 2)
        squared = squared * squared
    assert str(nested) == "None"
    assert str(squared) == "None"
    assert str((H + T + W + 1) ** 64) == "None"
    assert str(T**64) == "T**64"
    assert str(T**65) == "None"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1_600, "1.6 KiB"),
        (5 * 2**20, "5.0 MiB"),
        (3 * 2**60, "3,072.0 PiB"),
        (4 * symbol("T"), "4*T B"),
    ],
)
def test_bytes_for_people(size: Size, text: str) -> None:
    assert binary_text(size) == text
