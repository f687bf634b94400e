"""The text of an assumption says what the assumption says."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shapecalc.dims import Relation, bind, floor_div, parse_size, symbol, unknown
from tests.dims.strategies import Formula, formulas

H, T, U = symbol("H"), symbol("T"), symbol("U")


@pytest.mark.parametrize(
    ("relation", "text"),
    [
        (Relation(floor_div(H - 1, 2) + 1, ">=", 3), "H >= 5"),
        (Relation(H - 4, ">=", 1), "H >= 5"),
        (Relation(20, ">=", 2 * T), "T <= 10"),
        (Relation(T * T, ">=", 10), "T >= 4"),
        (Relation(T, ">=", U), "T >= U"),
        (Relation(7, ">=", T + U), "T + U <= 7"),
        (Relation(T, "==", U), "T == U"),
        (Relation(T + 1, "==", U + 1), "T == U"),
        (Relation(2 * T, "==", 4 * U), "T == 2*U"),
        (Relation(5, "==", T), "T == 5"),
        (Relation(3 * T, "==", 12), "T == 4"),
        (Relation(floor_div(H + 1, 2), "==", 3), "5 <= H <= 6"),
        (Relation(T * T, "==", 5), "T**2 == 5"),
        (Relation(8 * T * U, "==", 16 * floor_div(T * U, 2)), "(T*U) % 2 == 0"),
        (Relation(3 * floor_div(T + U, 3), "==", T + U), "(T + U) % 3 == 0"),
        (Relation(2 * floor_div(T * U, 3), "==", T * U), "T*U == 2*((T*U)//3)"),
        (Relation(T * U, "==", 2 * floor_div(T * U, 3)), "T*U == 2*((T*U)//3)"),
        (Relation(T, "%", 4), "T % 4 == 0"),
        (Relation(6 * T, "%", 4), "T % 2 == 0"),
        (Relation(T + 1, "%", 4), "T % 4 == 3"),
        (Relation(T + U, "%", 4), "(T + U) % 4 == 0"),
        (Relation(floor_div(T, 2), "%", 4), "(T//2) % 4 == 0"),
        (Relation(12, "%", T), "12 % T == 0"),
        (Relation(T, "%", U + 1), "T % (U + 1) == 0"),
        (Relation(unknown(), "==", 5), "None == 5"),
        (Relation(unknown(), "==", unknown()), "None == None"),
        (Relation(unknown() + 1, ">=", 5), "None >= 4"),
        (Relation(unknown(), "%", 4), "None % 4 == 0"),
        (Relation(5, ">=", 3), "5 >= 3"),
    ],
)
def test_text(relation: Relation, text: str) -> None:
    assert str(relation) == text


def number_of(side: str, value: int) -> int:
    """One side of a printed relation, computed for a value of A."""
    size, _, divisor = side.partition(" % ")
    number = bind(parse_size(size), {"A": value})
    assert isinstance(number, int)
    return number % int(divisor) if divisor else number


def true_of(text: str, value: int) -> bool:
    """What a printed relation, perhaps a chained one, says of a value of A."""
    first, *rest = re.split(r" (==|>=|<=) ", text)
    left = number_of(first, value)
    for sign, side in zip(rest[::2], rest[1::2], strict=True):
        right = number_of(side, value)
        if not {"==": left == right, ">=": left >= right, "<=": left <= right}[sign]:
            return False
        left = right
    return True


@given(formulas("A"), st.sampled_from(["==", ">="]), st.integers(-4, 30), st.integers(1, 60))
def test_the_solved_text_says_what_the_relation_says(drawn: Formula, op: str, right: int, value: int) -> None:
    assume(not isinstance(drawn.size, int))
    number = drawn.compute({"A": value})
    relation = Relation(drawn.size, op, right)
    expected = number == right if op == "==" else number >= right
    assert true_of(str(relation), value) is expected
    assert relation.holds({"A": value}) is expected


@given(formulas("A"), st.integers(2, 12), st.integers(1, 60))
def test_a_solved_divisibility_says_what_the_relation_says(drawn: Formula, divisor: int, value: int) -> None:
    assume(not isinstance(drawn.size, int))
    relation = Relation(drawn.size, "%", divisor)
    expected = drawn.compute({"A": value}) % divisor == 0
    assert true_of(str(relation), value) is expected
    assert relation.holds({"A": value}) is expected


def test_holds_is_open_while_a_size_has_no_value() -> None:
    assert Relation(T, "==", U).holds({"T": 3}) is None
    assert Relation(T, "==", U).holds({"T": 3, "U": 4}) is False
    assert Relation(T, ">=", 5).holds({}) is None
    assert Relation(unknown(), "==", 5).holds({"T": 5}) is None
    assert Relation(T * U, "%", 4).holds({"T": 8}) is True
    assert Relation(T * U, "%", 4).holds({"T": 2}) is None
    assert Relation(12, "%", T).holds({"T": 5}) is False
    assert Relation(12, "%", T).holds({"T": 0}) is False


def test_a_threshold_of_thousands_of_digits_is_printed() -> None:
    assert str(Relation(T, ">=", 10**4999)) == "T >= about 10**4999"
