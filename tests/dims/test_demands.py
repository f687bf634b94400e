"""What rules demand of sizes: what each gives, assumes and refuses."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import (
    Relation,
    Shape,
    Size,
    bind,
    broadcast,
    broadcast_shapes,
    exact,
    require_at_least,
    require_same,
    symbol,
    unknown,
    watch_assumptions,
)
from tests.dims.strategies import Formula, Values, bindings, formulas

T, U = symbol("T"), symbol("U")
BATCH = unknown()


def assumed(demand: Callable[[], object]) -> tuple[object, list[str]]:
    """What a demand returns, and the text of what it assumes, each once."""
    with watch_assumptions as relations:
        result = demand()
    return result, [str(relation) for relation in dict.fromkeys(relations)]


@pytest.mark.parametrize(
    ("demand", "result", "relations"),
    [
        (lambda: exact(12, 4), 3, []),
        (lambda: exact(8 * T + 4, 4), 2 * T + 1, []),
        (lambda: exact(8 * T * U, 2 * T), 4 * U, []),
        (lambda: exact(T * U + U + T + 1, T + 1), U + 1, []),
        (lambda: exact(0, T), 0, []),
        (lambda: str(exact(T, 4)), "T//4", ["T % 4 == 0"]),
        (lambda: str(exact(12, T)), "None", ["12 % T == 0"]),
        (lambda: str(exact(T, U)), "None", ["T % U == 0"]),
        (lambda: require_same(5, 5), 5, []),
        (lambda: require_same(T, T), T, []),
        (lambda: require_same(T, U), T, ["T == U"]),
        (lambda: require_same(T, 5), 5, ["T == 5"]),
        (lambda: require_same(5, T), 5, ["T == 5"]),
        (lambda: require_same(BATCH, 5), BATCH, ["None == 5"]),
        (lambda: require_same(T, BATCH), BATCH, ["T == None"]),
        (lambda: require_same(unknown(), BATCH) == BATCH, False, ["None == None"]),
        (lambda: require_at_least(7, 7), 7, []),
        (lambda: require_at_least(T, 1), T, []),
        (lambda: require_at_least(T, 5), T, ["T >= 5"]),
        (lambda: broadcast(5, 5), 5, []),
        (lambda: broadcast(1, 5), 5, []),
        (lambda: broadcast(T, 1), T, []),
        (lambda: broadcast(1, BATCH), BATCH, []),
        (lambda: broadcast(T, 5), 5, ["T == 5"]),
        (lambda: broadcast(5, BATCH), BATCH, ["None == 5"]),
        (lambda: broadcast(T, U), T, ["T == U"]),
        (lambda: (require_same(T, U), require_same(T, U)), (T, T), ["T == U"]),
        (lambda: broadcast_shapes((BATCH, 5, 1), (T,)), (BATCH, 5, T), []),
        (lambda: broadcast_shapes((3,), (BATCH, 1)), (BATCH, 3), []),
        (lambda: broadcast_shapes((2, 1, 1), (1, 3, 1), (1, 1, 4)), (2, 3, 4), []),
        (lambda: broadcast_shapes(), (), []),
    ],
)
def test_demands(demand: Callable[[], object], result: object, relations: list[str]) -> None:
    assert assumed(demand) == (result, relations)


@pytest.mark.parametrize(
    ("demand", "code", "message"),
    [
        (lambda: exact(7, 2), "SC404", "needs a multiple of 2, got 7"),
        (lambda: exact(2 * T + 1, 2), "SC404", "needs a multiple of 2, got 2*T + 1"),
        (lambda: exact(3, T + 3), "SC404", "needs a multiple of T + 3, got 3"),
        (lambda: exact(3, 0), "SC404", "needs a multiple of 0, got 3"),
        (lambda: require_same(5, 7), "SC401", "needs equal sizes, got 5 and 7"),
        (lambda: require_same(T + 1, T), "SC401", "needs equal sizes, got T + 1 and T"),
        (lambda: require_same(BATCH, BATCH + 1), "SC401", "needs equal sizes, got None and None + 1"),
        (lambda: require_at_least(5, 7), "SC401", "needs a size of at least 7, got 5"),
        (lambda: require_at_least(T, T + 1), "SC401", "needs a size of at least T + 1, got T"),
        (lambda: broadcast(5, 7), "SC405", "needs equal sizes or a 1, got 5 and 7"),
        (
            lambda: broadcast_shapes((BATCH, 5), (BATCH, 7)),
            "SC405",
            "cannot broadcast (None, 5) with (None, 7): needs equal sizes or a 1, got 5 and 7",
        ),
        (lambda: require_same(5, 7, "heads differ"), "SC401", "heads differ"),
        (lambda: broadcast(5, 7, "heads differ"), "SC405", "heads differ"),
    ],
)
def test_refusals(demand: Callable[[], object], code: str, message: str) -> None:
    with pytest.raises(ShapeError) as caught:
        demand()
    assert str(caught.value) == caught.value.message == message
    assert caught.value.code == code
    assert caught.value.path == ()


def test_blame_is_passed_on() -> None:
    with pytest.raises(ShapeError) as caught:
        exact(7, 2, arg="groups", help="set `groups: 1`", code="SC403")
    assert (caught.value.arg, caught.value.help, caught.value.code) == ("groups", "set `groups: 1`", "SC403")
    with pytest.raises(ShapeError) as caught:
        broadcast_shapes((5,), (7,), input="value")
    assert caught.value.input == "value"


def test_collections_nest() -> None:
    with watch_assumptions as outer:
        require_same(T, 5)
        with watch_assumptions as inner:
            require_same(U, 6)
        require_same(T, U)
    assert inner == [Relation(U, "==", 6)]
    assert outer == [Relation(T, "==", 5), Relation(T, "==", U)]


def test_without_a_collection_assumptions_are_dropped() -> None:
    assert require_same(T, 5) == 5
    assert assumed(lambda: None) == (None, [])


def test_a_demand_that_is_refused_ends_the_watch() -> None:
    with watch_assumptions as outer:
        with suppress(ShapeError), watch_assumptions as inner:
            require_same(T, 5)
            require_same(3, 4)
        require_same(U, 6)
    assert inner == [Relation(T, "==", 5)]
    assert outer == [Relation(U, "==", 6)]


@given(formulas(), st.integers(1, 6), bindings)
def test_exact_then_bind_is_bind_then_divide(drawn: Formula, divisor: int, values: Values) -> None:
    quotient: Size | None = None
    with watch_assumptions as relations, suppress(ShapeError):
        quotient = exact(drawn.size, divisor)
    number = drawn.compute(values)
    if quotient is None:
        assert number % divisor != 0
    elif all(relation.holds(values) for relation in relations):
        assert number % divisor == 0
        assert bind(quotient, values) == number // divisor
    else:
        assert number % divisor != 0


@given(formulas(), formulas())
def test_a_product_is_divided_exactly_by_its_factor(left: Formula, right: Formula) -> None:
    if right.size != 0:
        assert assumed(lambda: exact(left.size * right.size, right.size)) == (left.size, [])


@given(st.lists(st.one_of(st.integers(1, 3), st.sampled_from([T, U])), max_size=3))
def test_a_shape_broadcasts_with_itself_and_with_ones(sizes: list[Size]) -> None:
    shape = Shape(sizes)
    ones = (1,) * len(sizes)
    assert assumed(lambda: broadcast_shapes(shape, ones, shape)) == (shape, [])
