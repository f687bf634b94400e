"""Sizes and shapes are read back from the text that prints them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.dims import Shape, factor_text, floor_div, is_unknown, parse_shape, parse_size, symbol
from tests.dims.strategies import Formula, formulas

T, U = symbol("T"), symbol("U")


@given(formulas())
def test_what_is_printed_is_read_back(drawn: Formula) -> None:
    assert parse_size(str(drawn.size)) == drawn.size
    assert parse_size(factor_text(drawn.size)) == drawn.size


@given(st.lists(formulas().filter(lambda drawn: not isinstance(drawn.size, int)), max_size=3))
def test_a_printed_shape_is_read_back(drawn: list[Formula]) -> None:
    shape = Shape([each.size for each in drawn])
    assert parse_shape(str(shape)) == shape


def refusal_of(parse: Callable[[str], object], text: str) -> str | None:
    try:
        parse(text)
    except ValueError as error:
        return str(error)
    return None


@given(st.text(alphabet="()[]+-*/ ,0123TUNone", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_size, parse_shape):
        refusal = refusal_of(parse, text)
        assert refusal is None or refusal.startswith("cannot read ")


def test_precedence_is_that_of_python() -> None:
    assert parse_size("2 + 3*4 - 5//2") == 12
    assert parse_size("-T//2") == floor_div(-T, 2)
    assert parse_size("-(T//2)") == -floor_div(T, 2)
    assert parse_size("-T**2") == -(T * T)
    assert parse_size("3*T//2") == floor_div(3 * T, 2)
    assert parse_size("8*((T + 1)//2)") == 8 * floor_div(T + 1, 2)
    assert parse_size("--T") == T


def test_shapes_in_both_brackets() -> None:
    shape = parse_shape("(None, 5, 1)")
    assert str(shape) == "(None, 5, 1)"
    assert is_unknown(shape[0])
    assert parse_shape("[5, T]") == (5, T)
    assert parse_shape("(5,)") == (5,)
    assert parse_shape("()") == ()
    assert parse_shape(" [ 2*T + 1 , (U) ] ") == (2 * T + 1, U)
    first, second = parse_shape("(None, None)")
    assert first != second


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot read '' as a size: it ends too soon"),
        ("2T", "cannot read '2T' as a size: '2T' is not expected"),
        ("T U", "cannot read 'T U' as a size: 'U' is not expected"),
        ("T +", "cannot read 'T +' as a size: it ends too soon"),
        ("(T", "cannot read '(T' as a size: ')' is missing"),
        ("T//0", "cannot read 'T//0' as a size: // takes a whole number of at least 1"),
        ("T//U", "cannot read 'T//U' as a size: // takes a whole number of at least 1"),
        ("T**99", "cannot read 'T**99' as a size: ** takes a whole number of at most 64"),
        ("T.real", "cannot read 'T.real' as a size: '.' is not expected"),
        ("(9**64)**64", "cannot read '(9**64)**64' as a size: its numbers are too large"),
        ("(" * 99, f"cannot read '{'(' * 77}...' as a size: too many brackets"),
        ("1" * 1001, "cannot read a size of 1001 characters: at most 1000"),
    ],
)
def test_junk_for_a_size(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_size(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5, 1", "cannot read '5, 1' as a shape"),
        ("(5, 1]", "cannot read '(5, 1]' as a shape: ']' is not expected"),
        ("(5", "cannot read '(5' as a shape: ',' is missing"),
        ("(5,,1)", "cannot read '(5,,1)' as a shape: ',' is not expected"),
        ("(-1, 5)", "cannot read '(-1, 5)' as a shape: a size is not negative"),
        ("(5) 1", "cannot read '(5) 1' as a shape: '1' is not expected"),
    ],
)
def test_junk_for_a_shape(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_shape(text)
    assert str(caught.value) == message
