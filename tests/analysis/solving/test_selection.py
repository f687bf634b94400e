"""Conditions and Pareto fronts over columns."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.analysis.amounts import FORMS
from shapecalc.analysis.solving.selection import Goal, parse_condition, parse_goals, select_front

COLUMNS = {
    "params": np.array([0, 5, 10, 2**62]),
    "macs": np.array([None, 3, 2**70, 4], dtype=object),
    "width": np.array([0.25, 0.5, 1, 2.5], dtype=object),
    "kind": np.array(["relu", "gelu", "relu", 4], dtype=object),
}


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("params <= 5", [0, 1]),
        ("params<5", [0]),
        ("params >= 5.5", [2, 3]),
        ("params > 4.5", [1, 2, 3]),
        ("params < 9.99", [0, 1]),
        ("params == 10", [2]),
        ("params = 10.5", []),
        ("params != 10.5", [0, 1, 2, 3]),
        ("params != 10", [0, 1, 3]),
        ("params <= 5 K", [0, 1, 2]),
        ("params < 1000T", [0, 1, 2]),
        ("params < 99999999T", [0, 1, 2, 3]),
        ("params >= 99999999T", []),
        ("macs <= 1KiB", [1, 3]),
        ("macs > 1M", [2]),
        ("macs != 3", [2, 3]),
        ("width <= 0.5", [0, 1]),
        ("width == 1", [2]),
        ("kind == relu", [0, 2]),
        ("kind != relu", [1, 3]),
        ("kind <= 5", [3]),
    ],
)
def test_conditions(text: str, rows: list[int]) -> None:
    mask = parse_condition(text, COLUMNS).select_rows(COLUMNS)
    assert np.flatnonzero(mask).tolist() == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("params", "`params` is no condition such as `params <= 5M`"),
        ("prams <= 5", "there is no column `prams`; did you mean `params`?"),
        ("x <= 5", "there is no column `x`; the columns are params, macs, width, kind"),
        ("params <= 5Q", f"`5Q` is no amount: {FORMS}"),
        ("params == 5Q", f"`5Q` is no amount: {FORMS}"),
        ("params <= few", f"`few` is no amount: {FORMS}"),
        ("params <= -5", f"`-5` is no amount: {FORMS}"),
    ],
)
def test_what_is_no_condition(text: str, message: str) -> None:
    with pytest.raises(ValueError) as error:
        parse_condition(text, COLUMNS)
    assert str(error.value) == message


def test_goals() -> None:
    assert parse_goals("params, macs:min,width:max", COLUMNS) == [
        Goal("params", False),
        Goal("macs", False),
        Goal("width", True),
    ]
    with pytest.raises(ValueError) as error:
        parse_goals("params:low", COLUMNS)
    assert str(error.value) == "`params:low`: a column is followed by `:min` or `:max`"


ROWS = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.tuples(*[st.integers(0, 5)] * width), min_size=1, max_size=40)
)


@given(ROWS, st.booleans(), st.sampled_from([np.int64, object]))
def test_a_front_is_what_nothing_beats(rows: list[tuple[int, ...]], largest: bool, dtype: type) -> None:
    columns: dict[str, Any] = {
        str(at): np.array(column, dtype=dtype) for at, column in enumerate(zip(*rows, strict=True))
    }
    goals = [Goal(name, largest and name == "0") for name in columns]
    costs = [tuple(-value if goal.largest else value for value, goal in zip(row, goals, strict=True)) for row in rows]

    def beaten(cost: tuple[int, ...]) -> bool:
        return any(other != cost and all(a <= b for a, b in zip(other, cost, strict=True)) for other in costs)

    assert select_front(columns, goals).tolist() == [not beaten(cost) for cost in costs]


def test_a_front_of_a_whole_grid() -> None:
    first, second = np.array(list(product(range(300), range(300)))).T
    mask = select_front({"a": first, "b": second}, [Goal("a", True), Goal("b", True)])
    assert (first[mask].tolist(), second[mask].tolist()) == ([299], [299])


def test_no_rows_have_no_front() -> None:
    assert select_front({"a": np.array([], dtype=np.int64)}, [Goal("a", False)]).tolist() == []


@pytest.mark.parametrize("name", ["macs", "kind"])
def test_a_goal_is_a_number_everywhere(name: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}` is not a number everywhere"):
        select_front(COLUMNS, [Goal(name, False)])
