"""Formulas over arrays: equal to the same formula bound point by point, however large the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.analysis.solving.vectorised import evaluate_on_grid, holds_on_grid, reach
from shapecalc.dims import Relation, bind, parse_size, symbol
from tests.dims.strategies import Formula, formulas

POINTS = st.lists(st.fixed_dictionaries({name: st.integers(1, 10**12) for name in "ABC"}), min_size=1, max_size=4)


@given(formulas(), POINTS)
def test_every_point_is_what_the_formula_stands_for(formula: Formula, points: list[dict[str, int]]) -> None:
    arrays = {name: np.array([point[name] for point in points]) for name in "ABC"}
    found = np.broadcast_to(evaluate_on_grid(formula.size, arrays), len(points)).tolist()
    assert found == [formula.compute(point) for point in points]


def test_arrays_broadcast_against_each_other() -> None:
    found = evaluate_on_grid(parse_size("T*U + 2*T + 1"), {"T": np.array([[1], [2]]), "U": np.array([[3, 4, 5]])})
    assert found.tolist() == [[6, 7, 8], [11, 13, 15]]
    assert found.dtype == np.int64


@pytest.mark.parametrize(
    ("formula", "value", "dtype"),
    [
        ("n**2", 3_037_000_499, np.int64),  # the last whose square is below 2**63
        ("n**2", 3_037_000_500, object),
        ("n**3 - n**3 + n", 10**9, np.int64),
        ("n**4", 10**18, object),
        ("(n**2)//4", 10**10, object),
        ("9223372036854775807*n", 1, np.int64),
        ("9223372036854775808*n", 1, object),
    ],
)
def test_what_int64_cannot_hold_is_held_exactly(formula: str, value: int, dtype: type) -> None:
    size = parse_size(formula)
    found = evaluate_on_grid(size, {"n": np.array([value])})
    assert found.dtype == dtype
    assert found.tolist() == [bind(size, {"n": value})]


def test_reach_counts_intermediate_results() -> None:
    assert reach(parse_size("3*n - 2"), {"n": 10}) == 32
    assert reach(parse_size("(5*n + 3)//7"), {"n": 10}) == 53


def test_a_number_is_an_array_too() -> None:
    assert evaluate_on_grid(7, {"n": np.array([1, 2])}).tolist() == 7


def test_a_symbol_without_values() -> None:
    with pytest.raises(KeyError, match="m"):
        evaluate_on_grid(symbol("m"), {"n": np.array([1])})


@pytest.mark.parametrize(
    ("left", "op", "right", "holds"),
    [
        ("n", "==", "3", [False, False, True, False]),
        ("2*n", ">=", "m + 3", [False, False, False, True]),
        ("m", "%", "n", [True, True, False, True]),
        ("n", "%", "2", [False, True, False, True]),
        ("m", "%", "n//3", [False, False, True, True]),
    ],
)
def test_relations(left: str, op: str, right: str, holds: list[bool]) -> None:
    values = {"n": np.array([1, 2, 3, 4]), "m": np.array([4])}
    assert holds_on_grid(Relation(parse_size(left), op, parse_size(right)), values).tolist() == holds
